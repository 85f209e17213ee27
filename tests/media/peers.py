"""The browser's side: a speaker that sends a tone, a listener that keeps what it hears."""

from __future__ import annotations

import asyncio
import fractions
from collections.abc import Callable

import av
import numpy as np
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from numpy.typing import NDArray

from media.sdp import SanitizedSdp, sanitize_sdp

RATE = 48_000
PACKET = 960  # samples in 20 ms
PATIENCE = 10.0  # seconds within which anything in these tests must have happened

Samples = NDArray[np.float64]


class Tone(MediaStreamTrack):  # type: ignore[misc]
    """A sine that can be silenced; sent in real time, as a microphone would."""

    kind = "audio"

    def __init__(self, hertz: float, level: float = 0.5) -> None:
        super().__init__()
        self.hertz = hertz
        self.level = level
        self._sent = 0
        self._began: float | None = None

    def cycles(self, at: Samples) -> Samples:
        """How many oscillations are over at these moments (seconds)."""
        return self.hertz * at

    async def recv(self) -> av.AudioFrame:
        loop = asyncio.get_running_loop()
        if self._began is None:
            self._began = loop.time()
        await asyncio.sleep(self._began + self._sent / RATE - loop.time())
        at = (self._sent + np.arange(PACKET)) / RATE
        wave = self.level * np.sin(2 * np.pi * self.cycles(at))
        frame = av.AudioFrame.from_ndarray(
            (wave * 32767).astype(np.int16).reshape(1, -1), format="s16", layout="mono"
        )
        frame.sample_rate, frame.pts = RATE, self._sent
        frame.time_base = fractions.Fraction(1, RATE)
        self._sent += PACKET
        return frame


class Sweep(Tone):
    """A tone that rises steadily: what is heard tells when it was said."""

    RISE = 300.0  # Hz per second

    def cycles(self, at: Samples) -> Samples:
        return self.hertz * at + self.RISE * at**2 / 2

    def said_at(self, hertz: float) -> float:
        """Seconds from the first sample to the one that had this frequency."""
        return (hertz - self.hertz) / self.RISE


class Peer:
    """One peer connection of a browser."""

    def __init__(self, send: Tone | None = None) -> None:
        self.pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.tone = send
        self._heard: list[Samples] = []
        self._more = asyncio.Event()
        self._reader: asyncio.Task[None] | None = None
        if send is not None:
            self.pc.addTrack(send)
        self.pc.on("track", self._on_track)

    async def offer(self) -> SanitizedSdp:
        """As Janus is to get it."""
        await self.pc.setLocalDescription(await self.pc.createOffer())
        return sanitize_sdp(self.pc.localDescription.sdp)

    async def accept(self, answer: str) -> None:
        await self.pc.setRemoteDescription(RTCSessionDescription(answer, "answer"))

    async def answer(self, offer: str) -> SanitizedSdp:
        """As Janus is to get it."""
        await self.pc.setRemoteDescription(RTCSessionDescription(offer, "offer"))
        await self.pc.setLocalDescription(await self.pc.createAnswer())
        return sanitize_sdp(self.pc.localDescription.sdp)

    def vanish(self) -> None:
        """Sends nothing any more, and says nothing of it."""
        for sender in self.pc.getSenders():
            sender.replaceTrack(None)

    async def close(self) -> None:
        if self._reader is not None:
            self._reader.cancel()
        await self.pc.close()

    # ------------------------------------------------------------------ what is heard

    @property
    def samples(self) -> int:
        """How many samples came in so far."""
        return sum(len(part) for part in self._heard)

    def heard(self, since: int = 0) -> Samples:
        """All samples from number ``since`` on, mono, -1 to 1."""
        whole = np.concatenate(self._heard) if self._heard else np.zeros(0)
        return whole[since:]

    async def hears(self, hertz: float, since: int = 0) -> None:
        """Return when a tenth of a second of that tone has come in after sample ``since``."""
        await self.until(lambda: has_tone(self.heard(since)[-RATE // 10 :], hertz))

    async def hears_silence(self, since: int = 0) -> None:
        await self.until(lambda: is_silent(self.heard(since)[-RATE // 10 :]))

    async def more(self, count: int) -> None:
        """Wait for that many further samples."""
        wanted = self.samples + count
        await self.until(lambda: self.samples >= wanted)

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not condition():
                self._more.clear()
                await self._more.wait()

    def _on_track(self, track: MediaStreamTrack) -> None:
        self._reader = asyncio.ensure_future(self._read(track))

    async def _read(self, track: MediaStreamTrack) -> None:
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                return
            stereo = frame.to_ndarray().reshape(-1, len(frame.layout.channels))
            self._heard.append(stereo[:, 0] / 32768)
            self._more.set()


def loudness(samples: Samples) -> float:
    """Root mean square, 0 to 1."""
    return float(np.sqrt(np.mean(samples**2))) if len(samples) else 0.0


def pitch(samples: Samples) -> float | None:
    """The strongest frequency in Hz; None when there is (nearly) nothing to hear."""
    if len(samples) < RATE // 50 or loudness(samples) < 0.02:
        return None
    padded = np.zeros(8 * len(samples))
    padded[: len(samples)] = samples * np.hanning(len(samples))
    return float(np.argmax(np.abs(np.fft.rfft(padded))) * RATE / len(padded))


def has_tone(samples: Samples, hertz: float) -> bool:
    """Whether this is the strongest frequency, within the resolution of these samples."""
    strongest = pitch(samples)
    return strongest is not None and abs(strongest - hertz) <= RATE / len(samples)


def moments(samples: Samples, sweep: Sweep, window: int = RATE // 20) -> list[float]:
    """When what is heard was said, for each window in which something is heard (seconds)."""
    starts = range(0, len(samples) - window, window)
    pitches = (pitch(samples[start : start + window]) for start in starts)
    return [sweep.said_at(hertz) for hertz in pitches if hertz is not None]


def is_silent(samples: Samples) -> bool:
    return len(samples) >= RATE // 20 and loudness(samples) < 0.005


def longest_silence(samples: Samples, quiet: float = 0.01, window: int = 240) -> float:
    """Seconds of the longest stretch without sound; counted in samples, so load does not matter."""
    count = len(samples) // window
    blocks = np.sqrt(np.mean(samples[: count * window].reshape(count, window) ** 2, axis=1))
    longest = run = 0
    for silent in blocks < quiet:
        run = run + 1 if silent else 0
        longest = max(longest, run)
    return longest * window / RATE
