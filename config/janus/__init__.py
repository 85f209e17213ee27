"""Janus, the audio server: its configuration (templates/). How one is run:
script/servers/janus.py."""
