"""Janus, the audio server: its configuration (templates/) and how one is run (server.py)."""

from config.janus.server import JanusOptions, JanusServer, JanusWillNotStart

__all__ = ["JanusOptions", "JanusServer", "JanusWillNotStart"]
