"""The Opus that Janus uses (libopus), as Janus and Chromium set it for one voice: 20 ms, VoIP."""

from __future__ import annotations

import ctypes
from collections.abc import Set
from ctypes.util import find_library

import numpy as np
from numpy.typing import NDArray

RATE = 48_000
FRAME = 960
LARGEST_PACKET = 1500

VOIP = 2048
SET_BITRATE, SET_COMPLEXITY, SET_FEC, SET_EXPECTED_LOSS = 4002, 4010, 4012, 4014
"""Values of opus_defines.h."""

Samples = NDArray[np.float64]


def _library() -> ctypes.CDLL:
    library = ctypes.CDLL(find_library("opus") or "libopus.so.0")
    for name in ("opus_encoder_create", "opus_decoder_create"):
        getattr(library, name).restype = ctypes.c_void_p
    return library


class Encoder:
    """`bitrate` in bits per second, `expected_loss` in percent: with any, in-band FEC is on.
    `complexity` up to 10."""

    def __init__(self, bitrate: int, expected_loss: int = 0, complexity: int = 9) -> None:
        self._opus = _library()
        error = ctypes.c_int()
        made = self._opus.opus_encoder_create(RATE, 1, VOIP, ctypes.byref(error))
        self._state = ctypes.c_void_p(made)
        self._set(SET_BITRATE, bitrate)
        self._set(SET_COMPLEXITY, complexity)
        self._set(SET_FEC, int(expected_loss > 0))
        self._set(SET_EXPECTED_LOSS, expected_loss)

    def packet(self, frame: Samples) -> bytes:
        """20 ms."""
        wanted = np.clip(np.round(frame * 32767), -32768, 32767).astype("<i2").tobytes()
        room = ctypes.create_string_buffer(LARGEST_PACKET)
        size = self._opus.opus_encode(self._state, wanted, FRAME, room, LARGEST_PACKET)
        if size < 0:
            raise RuntimeError(f"opus_encode: {size}")
        return room.raw[:size]

    def _set(self, what: int, value: int) -> None:
        self._opus.opus_encoder_ctl(self._state, ctypes.c_int(what), ctypes.c_int(value))


class Decoder:
    """Hides what is lost as a receiver does: from the next packet where that repeats it."""

    def __init__(self) -> None:
        self._opus = _library()
        error = ctypes.c_int()
        made = self._opus.opus_decoder_create(RATE, 1, ctypes.byref(error))
        self._state = ctypes.c_void_p(made)

    def frame(self, packet: bytes | None, *, repeated: bool = False) -> Samples:
        """20 ms; None where nothing came. `repeated`: the packet is the next one, and holds it."""
        room = ctypes.create_string_buffer(FRAME * 2)
        size = len(packet) if packet else 0
        self._opus.opus_decode(self._state, packet, size, room, FRAME, int(repeated))
        return np.frombuffer(room.raw, "<i2").astype(float) / 32768


def sent(samples: Samples, encoder: Encoder, lost: Set[int] = frozenset()) -> tuple[Samples, int]:
    """What is heard at the other end, and its bits per second. `lost`: packets by number."""
    frames = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME)
    packets = [encoder.packet(frame) for frame in frames]
    decoder, heard = Decoder(), []
    for number, packet in enumerate(packets):
        following = packets[number + 1] if number + 1 < len(packets) else None
        if number not in lost:
            heard.append(decoder.frame(packet))
        elif following is not None and number + 1 not in lost:
            heard.append(decoder.frame(following, repeated=True))
        else:
            heard.append(decoder.frame(None))
    rate = sum(map(len, packets)) * 8 * RATE // len(frames) // FRAME
    return np.concatenate(heard), rate
