"""The one part of janus-client that is used: its WebSocket transport, without the rest.

Importing the package as a whole loads aiortc, PyAV and cryptography for its plugins, none of which
is used here: 24 MB of memory and half a second for every process that serves. The transport
itself needs none of them.
"""

from __future__ import annotations

import sys
import warnings
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any

PACKAGE = "janus_client"


def transport_class() -> Any:
    """``janus_client.JanusTransportWebsocket``; janus-client has no types."""
    with warnings.catch_warnings():
        # It names a class that websockets has deprecated, in an annotation only.
        warnings.simplefilter("ignore", DeprecationWarning)
        return _alone("transport_websocket").JanusTransportWebsocket


def _alone(module: str) -> ModuleType:
    """A module of the package, without running the package's own ``__init__``.

    An empty stand-in takes the package's place meanwhile, and leaves it again: whoever imports
    the package later gets the real one, with this very module in it.
    """
    spec = find_spec(PACKAGE)
    if PACKAGE in sys.modules or spec is None:
        return import_module(f"{PACKAGE}.{module}")
    stand_in = sys.modules[PACKAGE] = ModuleType(PACKAGE)
    stand_in.__path__ = list(spec.submodule_search_locations or ())
    try:
        return import_module(f"{PACKAGE}.{module}")
    finally:
        del sys.modules[PACKAGE]
