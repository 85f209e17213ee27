"""Definitions kept by an Unleash server: source, Admin API, HTTP client, mapping."""
