"""Janus, as far as sound needs it: the connection and the two plugins."""
