"""A real Unleash server of our own, on a PostgreSQL of its own."""

from config.unleash.postgres import PostgresServer
from config.unleash.server import UnleashServer, UnleashWillNotStart

__all__ = ["PostgresServer", "UnleashServer", "UnleashWillNotStart"]
