"""A real Unleash server of our own, on a PostgreSQL of its own."""

from config.unleash.kept import KeptUnleash
from config.unleash.ports import preferred_port
from config.unleash.postgres import PostgresServer
from config.unleash.server import PORT, UnleashServer, UnleashWillNotStart

__all__ = [
    "PORT",
    "KeptUnleash",
    "PostgresServer",
    "UnleashServer",
    "UnleashWillNotStart",
    "preferred_port",
]
