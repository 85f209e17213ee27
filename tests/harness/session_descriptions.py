"""Session descriptions as browsers write them, and seeded mutations of them.

The files in `recorded/` hold one description each, with LF for CRLF. Chromium's were recorded with
Debian's Chromium; Firefox's follow what Firefox 128 writes: parameters before their codec, the
fingerprint of the session, extensions with a direction.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

RECORDED = Path(__file__).parent / "recorded"
NAMES = ("chromium-offer", "chromium-answer", "firefox-offer", "firefox-answer")
LEVEL = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"

KNOWN_ATTACKS = (
    f"a=extmap:-3 {LEVEL}",
    f"a=extmap:99999999999999999999 {LEVEL}",
    f"a=extmap:0 {LEVEL}",
    f"a=extmap:15 {LEVEL}",
    f"a=extmap:x {LEVEL}",
    f"a=extmap: {LEVEL}",
    "a=extmap:-3 urn:unknown",
    "a=ice-ufrag:\0\0\0\0",
    "a=mid:" + "m" * 5_000,
    "a=" + "x" * 19_000,
    "m=video 9 UDP/TLS/RTP/SAVPF 96",
    "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
    "a=sctp-port:5000",
    "a=rtpmap:111 opus/48000/2\x0b",
    "a=rtcp-fb:* nack pli",
    "a=candidate:1 1 udp 1 127.0.0.1 99999 typ host",
)
"""Lines that Janus 1.1.2 or a parser stumbles over; the first two stop its AudioBridge."""


def recorded(name: str) -> str:
    """A description with the line ends that the protocol has."""
    return (RECORDED / f"{name}.sdp").read_text("ascii").replace("\n", "\r\n")


def attacked(text: str) -> Iterator[str]:
    """The description with each of the known attacks, and those that are no single line."""
    for line in KNOWN_ATTACKS:
        yield f"{text}{line}\r\n"
    yield "\r\n".join(line for line in text.split("\r\n") if not line.startswith("m="))
    yield text + text[text.index("m=") :] * 40
    yield text.replace("\r\n", "\0\r\n")
    yield text[: text.index("m=")]


def mutations(seed: int, count: int, bases: tuple[str, ...] = NAMES) -> Iterator[str]:
    """So many mutated descriptions, the same ones for each seed; the known attacks come first."""
    chance = random.Random(seed)  # noqa: S311 - the same for each seed
    texts = [recorded(name) for name in bases]
    made = 0
    for text in texts:
        for mutant in attacked(text):
            made += 1
            yield mutant
    for _ in range(count - made):
        text = chance.choice(texts)
        for _ in range(chance.randint(1, 3)):
            text = chance.choice(MUTATORS)(chance, text)
        yield text


def _drop_line(chance: random.Random, text: str) -> str:
    lines = text.split("\r\n")
    del lines[chance.randrange(len(lines))]
    return "\r\n".join(lines)


def _repeat_line(chance: random.Random, text: str) -> str:
    lines = text.split("\r\n")
    line = chance.choice(lines)
    at = chance.randrange(len(lines))
    return "\r\n".join([*lines[:at], *[line] * chance.choice((1, 2, 50)), *lines[at:]])


def _swap_lines(chance: random.Random, text: str) -> str:
    lines = text.split("\r\n")
    one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    return "\r\n".join(lines)


def _change_number(chance: random.Random, text: str) -> str:
    places = [at for at, letter in enumerate(text) if letter.isdigit()]
    if not places:
        return text
    at = chance.choice(places)
    number = chance.choice(("-1", "-3", "0", "15", "256", "65536", "4294967296", "9" * 20, "1e9"))
    return text[:at] + number + text[at + 1 :]


def _change_character(chance: random.Random, text: str) -> str:
    at = chance.randrange(len(text) or 1)
    letter = chance.choice("\0\t\r\n :;=/,%-*aA0\x7f\x85\u2028é")
    return text[:at] + letter + text[at + chance.randint(0, 1) :]


def _cut(chance: random.Random, text: str) -> str:
    start = chance.randrange(len(text) or 1)
    return text[:start] + text[start + chance.randint(1, 80) :]


def _attack(chance: random.Random, text: str) -> str:
    lines = text.split("\r\n")
    at = chance.randint(0, len(lines))
    return "\r\n".join([*lines[:at], chance.choice(KNOWN_ATTACKS), *lines[at:]])


def _add_attribute(chance: random.Random, text: str) -> str:
    """Something that may well be there: most of these are accepted."""
    line = chance.choice(
        (
            "a=rtcp-rsize",
            "a=extmap-allow-mixed",
            f"a=extmap:{chance.randint(1, 14)} {LEVEL}",
            f"a=x-unknown:{chance.getrandbits(64)}",
            f"a=ssrc:{chance.getrandbits(32)} cname:c{chance.getrandbits(32)}",
            f"a=candidate:1 1 udp {chance.getrandbits(31)} 127.0.0.1 9999 typ host",
            f"a=ice-ufrag:{chance.getrandbits(40)}",
            "a=ptime:20",
            "b=AS:64",
        )
    )
    return f"{text}{line}\r\n"


MUTATORS = (
    _drop_line,
    _repeat_line,
    _swap_lines,
    _change_number,
    _change_character,
    _cut,
    _attack,
    _add_attribute,
    _add_attribute,
)
