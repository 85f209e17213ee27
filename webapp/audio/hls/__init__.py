"""Listening a few seconds late, through HLS: who does, by which address, and until when."""
