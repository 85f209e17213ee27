"""Janus, the audio server: its configuration (templates/) and how one is run (server.py)."""

from config.janus.server import JanusServer, JanusWillNotStart

__all__ = ["JanusServer", "JanusWillNotStart"]
