"""Settings of the web process, and the configuration of each server beside it."""
