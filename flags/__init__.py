"""Who gets what: the gated features, and the one path on which their gates are evaluated.

Imports nothing of ours, nor Flask, SQLAlchemy or eventlet.
"""
