"""Sanitizes what browsers say of their connections: SDP (RFC 8866, RFC 8829) and ICE candidates.

Janus gets no line that a browser wrote. aiortc's parser takes the description apart; of that, what
is on the lists below and within its bounds is written anew, what is not known is left out, and what
contradicts them is refused. Why: see docs/decisions/no-sdp-as-it-came.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, NewType

from media.interfaces import Message
from media.janus.transport_import import sdp_parser

SanitizedSdp = NewType("SanitizedSdp", str)
"""A description that `sanitize_sdp` has written."""

MAX_SDP_LENGTH = 20_000
MAX_LINES = 250
MAX_LINE_LENGTH = 500
MAX_CANDIDATES = 50
MAX_FINGERPRINTS = 4
MAX_SSRCS = 4
MAX_EXTENSION_ID = 14  # RFC 8285, section 4.2: of one-byte headers

PROFILES = frozenset({"UDP/TLS/RTP/SAVPF", "UDP/TLS/RTP/SAVP", "RTP/SAVPF"})
EXTENSIONS = frozenset(
    {
        "urn:ietf:params:rtp-hdrext:ssrc-audio-level",
        "urn:ietf:params:rtp-hdrext:sdes:mid",
        "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
        "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
    }
)
FEEDBACK = frozenset({"transport-cc", "nack"})
OPUS_PARAMETERS = frozenset(  # RFC 7587, section 6.1: all of them are numbers
    {
        "cbr",
        "maxaveragebitrate",
        "maxplaybackrate",
        "maxptime",
        "minptime",
        "ptime",
        "sprop-maxcapturerate",
        "sprop-stereo",
        "stereo",
        "usedtx",
        "useinbandfec",
    }
)
ICE_OPTIONS = frozenset({"trickle", "ice2", "renomination"})
SETUP = {"auto": "actpass", "client": "active", "server": "passive"}  # RFC 5763, section 5
DIRECTIONS = frozenset({"sendrecv", "sendonly", "recvonly", "inactive"})
FINGERPRINT_BYTES = {"sha-1": 20, "sha-224": 28, "sha-256": 32, "sha-384": 48, "sha-512": 64}
CANDIDATE_TYPES = frozenset({"host", "srflx", "prflx", "relay"})
TCP_TYPES = frozenset({"active", "passive", "so"})

TEXT = re.compile(r"[\x20-\x7e\r\n]+")
CANDIDATE_TEXT = re.compile(r"[\x20-\x7e]{1,500}")
ORIGIN = re.compile(r"\S+ (\d{1,20}) (\d{1,20}) IN IP[46] \S+", re.ASCII)
TOKEN = re.compile(r"[A-Za-z0-9._+-]{1,32}")
CNAME = re.compile(r"[A-Za-z0-9._+/=@:{}-]{1,128}")
UFRAG = re.compile(r"[A-Za-z0-9+/]{4,256}")  # RFC 8839, section 5.4
PASSWORD = re.compile(r"[A-Za-z0-9+/]{22,256}")
DIGEST = re.compile(r"([0-9A-Fa-f]{2}:)*[0-9A-Fa-f]{2}")
FOUNDATION = re.compile(r"[A-Za-z0-9+/]{1,32}")
MDNS_NAME = re.compile(r"[0-9A-Fa-f-]{36}\.local")

PARSER = sdp_parser()


class MalformedSdp(ValueError):
    """No description or candidate that a browser of ours would send."""


@dataclass(frozen=True, slots=True)
class IceCandidate:
    """A remote candidate (RFC 8839, section 5.1), as `sanitize_candidate` has written it."""

    line: str
    mid: str | None = None
    line_index: int | None = None

    def message(self) -> Message:
        """The form in which Janus takes it (RTCIceCandidateInit)."""
        fields = {"candidate": self.line, "sdpMid": self.mid, "sdpMLineIndex": self.line_index}
        return {name: value for name, value in fields.items() if value is not None}


def sanitize_sdp(text: str) -> SanitizedSdp:
    """Writes a browser's offer or answer anew: one audio section with Opus, ICE and DTLS.

    Raises MalformedSdp.
    """
    lines = text.splitlines()
    _require(len(text) <= MAX_SDP_LENGTH and len(lines) <= MAX_LINES, "too long")
    _require(all(len(line) <= MAX_LINE_LENGTH for line in lines), "a line is too long")
    _require(TEXT.fullmatch(text) is not None, "control characters")
    _require(bool(lines) and lines[0] == "v=0", "no description")
    _require(sum(line.startswith("m=") for line in lines) == 1, "not one media section")
    session = _parse(PARSER.SessionDescription.parse, text)
    return SanitizedSdp("\r\n".join([*_session(session), *_media(session.media[0]), ""]))


def sanitize_candidate(
    text: str, mid: str | None = None, line_index: int | None = None
) -> IceCandidate | None:
    """Writes a browser's candidate anew; None for the empty one, which says that there are no more.

    Raises MalformedSdp.
    """
    if text == "":
        return None
    _require(CANDIDATE_TEXT.fullmatch(text) is not None, "no candidate")
    _require(mid is None or TOKEN.fullmatch(mid) is not None, "mid")
    _require(line_index is None or line_index == 0, "not of the one media section")
    candidate = _parse(PARSER.candidate_from_sdp, text.removeprefix("candidate:"))
    return IceCandidate(f"candidate:{_candidate(candidate)}", mid, line_index)


def _parse(parse: Any, text: str) -> Any:
    try:
        return parse(text)
    except Exception as error:  # noqa: BLE001 - aiortc's parser has no error of its own
        raise MalformedSdp(type(error).__name__) from None


def _require(fits: bool, reason: str) -> None:
    if not fits:
        raise MalformedSdp(reason)


def _matched(pattern: re.Pattern[str], value: object, reason: str) -> str:
    text = value if isinstance(value, str) else ""
    _require(pattern.fullmatch(text) is not None, reason)
    return text


def _one_of(known: Iterable[str], value: object, reason: str) -> str:
    _require(isinstance(value, str) and value in known, reason)
    return str(value)


def _number(value: object, most: int, reason: str, least: int = 0) -> int:
    _require(isinstance(value, int) and least <= value <= most, reason)
    return int(str(value))


def _session(session: Any) -> Iterator[str]:
    origin = ORIGIN.fullmatch(session.origin or "")
    if origin is None:
        raise MalformedSdp("origin")
    number, version = (_number(int(part), 2**64 - 1, "origin") for part in origin.groups())
    yield from ("v=0", f"o=- {number} {version} IN IP4 127.0.0.1", "s=-", "t=0 0")


def _media(media: Any) -> Iterator[str]:
    _require(media.kind == "audio" and 0 < media.port < 2**16, "no audio section")
    _one_of(PROFILES, media.profile, "profile")
    codec = _opus(media)
    mid = _matched(TOKEN, media.rtp.muxId, "mid")
    direction = _one_of(DIRECTIONS, media.direction or "sendrecv", "direction")
    _require(media.rtcp_mux, "no rtcp-mux")
    yield f"a=group:BUNDLE {mid}"
    yield f"m=audio 9 UDP/TLS/RTP/SAVPF {codec.payloadType}"
    yield "c=IN IP4 0.0.0.0"
    yield from (f"a={direction}", f"a=mid:{mid}", "a=rtcp-mux")
    yield from _ice_and_dtls(media)
    yield from _codec(codec)
    yield from _extensions(media.rtp.headerExtensions)
    yield from _ssrcs(media.ssrc)
    yield from _candidates(media)


def _opus(media: Any) -> Any:
    for codec in media.rtp.codecs:
        known = codec.mimeType.lower() == "audio/opus" and codec.payloadType in media.fmt
        if known and (codec.clockRate, codec.channels) == (48_000, 2):
            _number(codec.payloadType, 127, "payload type")
            return codec
    raise MalformedSdp("no Opus")


def _ice_and_dtls(media: Any) -> Iterator[str]:
    yield f"a=ice-ufrag:{_matched(UFRAG, media.ice.usernameFragment, 'ice-ufrag')}"
    yield f"a=ice-pwd:{_matched(PASSWORD, media.ice.password, 'ice-pwd')}"
    if options := [name for name in (media.ice_options or "").split() if name in ICE_OPTIONS]:
        yield f"a=ice-options:{' '.join(dict.fromkeys(options))}"
    _require(media.dtls is not None, "no setup")
    fingerprints = media.dtls.fingerprints
    _require(0 < len(fingerprints) <= MAX_FINGERPRINTS, "fingerprints")
    for fingerprint in fingerprints:
        algorithm = _one_of(FINGERPRINT_BYTES, fingerprint.algorithm.lower(), "fingerprint")
        digest = _matched(DIGEST, fingerprint.value, "fingerprint")
        _require(len(digest) == 3 * FINGERPRINT_BYTES[algorithm] - 1, "fingerprint")
        yield f"a=fingerprint:{algorithm} {digest}"
    yield f"a=setup:{SETUP[_one_of(SETUP, media.dtls.role, 'setup')]}"


def _codec(codec: Any) -> Iterator[str]:
    payload = codec.payloadType
    yield f"a=rtpmap:{payload} opus/48000/2"
    said = (feedback.type for feedback in codec.rtcpFeedback if not feedback.parameter)
    for feedback in dict.fromkeys(kind for kind in said if kind in FEEDBACK):
        yield f"a=rtcp-fb:{payload} {feedback}"
    parameters = []
    for name, value in codec.parameters.items():
        if (known := name.strip()) in OPUS_PARAMETERS:
            _require(re.fullmatch(r"\d{1,6}", str(value), re.ASCII) is not None, "fmtp")
            parameters.append(f"{known}={value}")
    if parameters:
        yield f"a=fmtp:{payload} {';'.join(parameters)}"


def _extensions(extensions: Iterable[Any]) -> Iterator[str]:
    numbers = set()
    for extension in extensions:
        number = _number(extension.id, MAX_EXTENSION_ID, "extmap", least=1)
        _require(number not in numbers, "extmap")
        numbers.add(number)
        if extension.uri in EXTENSIONS:
            yield f"a=extmap:{number} {extension.uri}"


def _ssrcs(ssrcs: Any) -> Iterator[str]:
    _require(len(ssrcs) <= MAX_SSRCS, "ssrc")
    for one in ssrcs:
        number = _number(one.ssrc, 2**32 - 1, "ssrc")
        if one.cname is not None:
            yield f"a=ssrc:{number} cname:{_matched(CNAME, one.cname, 'cname')}"


def _candidates(media: Any) -> Iterator[str]:
    _require(len(media.ice_candidates) <= MAX_CANDIDATES, "too many candidates")
    for candidate in media.ice_candidates:
        yield f"a=candidate:{_candidate(candidate)}"
    if media.ice_candidates_complete:
        yield "a=end-of-candidates"


def _candidate(candidate: Any) -> str:
    """RFC 8839, section 5.1. What is not in it, such as browsers' ``generation``, is left out."""
    protocol = _one_of(("udp", "tcp"), candidate.protocol.lower(), "transport")
    parts = [
        _matched(FOUNDATION, candidate.foundation, "foundation"),
        str(_number(candidate.component, 2, "component", least=1)),
        protocol,
        str(_number(candidate.priority, 2**32 - 1, "priority")),
        _address(candidate.ip),
        str(_number(candidate.port, 2**16 - 1, "port")),
        "typ",
        _one_of(CANDIDATE_TYPES, candidate.type, "type"),
    ]
    related = getattr(candidate, "relatedAddress", None)
    if related is not None:
        port = _number(getattr(candidate, "relatedPort", None), 2**16 - 1, "rport")
        parts += ["raddr", _address(related), "rport", str(port)]
    if protocol == "tcp":
        kind = getattr(candidate, "tcpType", None)
        parts += ["tcptype", _one_of(TCP_TYPES, kind, "tcptype")]
    return " ".join(parts)


def _address(text: str) -> str:
    """An IP address in its usual form, or the name that hides one (mDNS)."""
    if MDNS_NAME.fullmatch(text):
        return text
    _require("%" not in text, "address")
    try:
        return str(ip_address(text))
    except ValueError:
        raise MalformedSdp("address") from None
