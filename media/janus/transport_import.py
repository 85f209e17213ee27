"""Single modules of janus-client and aiortc, imported without the rest of their packages.

Importing janus-client as a whole loads aiortc, PyAV and cryptography for its plugins, none of which
is used here: 24 MB of memory and half a second for every process that serves. The WebSocket
transport needs none of them. The SDP parser of aiortc as it stands costs 42 MB and 0.13 s; by
itself it costs 0.5 MB.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType, SimpleNamespace
from typing import Any

JANUS_CLIENT = "janus_client"
AIORTC = "aiortc"
AIORTC_NAMES: Mapping[str, Mapping[str, Any]] = {
    "rtp": {"FORBIDDEN_PAYLOAD_TYPES": range(72, 77)},  # RFC 5761, section 4
    "rtcdtlstransport": {
        "RTCDtlsFingerprint": SimpleNamespace,
        "RTCDtlsParameters": SimpleNamespace,
    },
    "rtcicetransport": {"RTCIceCandidate": SimpleNamespace, "RTCIceParameters": SimpleNamespace},
    "rtcsctptransport": {"RTCSctpCapabilities": SimpleNamespace},
}
"""What the SDP parser takes from modules that load native libraries: plain records."""


def transport_class() -> Any:
    """``janus_client.JanusTransportWebsocket``; janus-client has no types."""
    with warnings.catch_warnings():
        # It names a class that websockets has deprecated, in an annotation only.
        warnings.simplefilter("ignore", DeprecationWarning)
        return _alone(JANUS_CLIENT, "transport_websocket").JanusTransportWebsocket


def sdp_parser() -> Any:
    """The module ``aiortc.sdp``: its parser of session descriptions and of ICE candidates.

    Candidates, ICE and DTLS parameters are plain records with the attributes of aiortc's classes.
    """
    return _alone(AIORTC, "sdp", AIORTC_NAMES)


def _alone(package: str, module: str, names: Mapping[str, Mapping[str, Any]] | None = None) -> Any:
    """A module of a package, without running the package's own ``__init__``.

    An empty stand-in takes the package's place meanwhile, and leaves it again: whoever imports
    the package later gets the real one. ``names``: modules of the package that have stand-ins as
    well, with what is imported from them.
    """
    spec = find_spec(package)
    if package in sys.modules or spec is None:
        return import_module(f"{package}.{module}")
    stand_in = sys.modules[package] = ModuleType(package)
    stand_in.__path__ = list(spec.submodule_search_locations or ())
    for name, content in (names or {}).items():
        part = sys.modules[f"{package}.{name}"] = ModuleType(f"{package}.{name}")
        part.__dict__.update(content)
        setattr(stand_in, name, part)
    try:
        return import_module(f"{package}.{module}")
    finally:
        del sys.modules[package]
        if names is not None:
            # Built on stand-ins: the real package must not find it.
            for loaded in [name for name in sys.modules if name.startswith(f"{package}.")]:
                del sys.modules[loaded]
