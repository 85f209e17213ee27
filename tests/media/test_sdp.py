"""What browsers say of their connections is written anew; what does not fit is refused."""

from __future__ import annotations

import re

import pytest
from aiortc.sdp import SessionDescription
from aiortc.sdp import candidate_from_sdp as parse_candidate

from media.sdp import EXTENSIONS, MalformedSdp, sanitize_candidate, sanitize_sdp
from tests.harness.session_descriptions import KNOWN_ATTACKS, NAMES, attacked, mutations, recorded
from tests.media.peers import Peer, Tone

LINE = re.compile(
    r"v=0|s=-|t=0 0|o=- \d{1,20} \d{1,20} IN IP4 127\.0\.0\.1|m=audio 9 UDP/TLS/RTP/SAVPF \d{1,3}"
    r"|c=IN IP4 0\.0\.0\.0|a=(sendrecv|sendonly|recvonly|inactive|rtcp-mux|end-of-candidates)"
    r"|a=(group:BUNDLE |mid:)[\w.+-]{1,32}|a=ice-(ufrag|pwd):[A-Za-z0-9+/]{4,256}"
    r"|a=ice-options:[a-z0-9 ]+|a=fingerprint:sha-\d+ [0-9A-Fa-f:]+"
    r"|a=setup:(actpass|active|passive)"
    r"|a=rtpmap:\d+ opus/48000/2|a=rtcp-fb:\d+ (transport-cc|nack)|a=fmtp:\d+ [a-z0-9=;-]+"
    r"|a=extmap:([1-9]|1[0-4]) \S+|a=ssrc:\d+ cname:\S{1,128}|a=candidate:[\w.:+/ -]+",
    re.ASCII,
)
"""All that may ever be written, each line by itself."""


def opus(text: str) -> dict[str, object]:
    """What aiortc reads of Opus, ICE and DTLS in a description."""
    [media] = SessionDescription.parse(text).media
    codec = next(codec for codec in media.rtp.codecs if codec.mimeType == "audio/opus")
    return {
        "mid": media.rtp.muxId,
        "direction": media.direction,
        "payload": codec.payloadType,
        "parameters": codec.parameters,
        "feedback": [feedback.type for feedback in codec.rtcpFeedback],
        "extensions": {e.id: e.uri for e in media.rtp.headerExtensions if e.uri in EXTENSIONS},
        "ice": (media.ice.usernameFragment, media.ice.password, media.ice_options),
        "dtls": (media.dtls.role, media.dtls.fingerprints),
        "rtcp-mux": media.rtcp_mux,
        "sources": [(source.ssrc, source.cname) for source in media.ssrc],
        "candidates": media.ice_candidates,
    }


@pytest.mark.parametrize("name", NAMES)
def test_browser_description_keeps_all_that_sound_needs(name: str) -> None:
    """Read by the whole of aiortc, of which the product loads the parser alone."""
    before, after = recorded(name), sanitize_sdp(recorded(name))
    assert opus(after) == opus(before)
    assert all(LINE.fullmatch(line) for line in after.splitlines())


async def test_description_with_candidates_keeps_them() -> None:
    peer = Peer(Tone(440))
    try:
        await peer.offer()
        offer = peer.pc.localDescription.sdp
    finally:
        await peer.close()
    assert opus(sanitize_sdp(offer)) == opus(offer)
    assert opus(offer)["candidates"], "it would show nothing"


def test_opus_parameters_of_all_kinds_are_kept() -> None:
    wanted = "minptime=10; useinbandfec=1;stereo=1;sprop-stereo=1;usedtx=1;maxaveragebitrate=64000"
    offer = recorded("chromium-offer").replace("minptime=10;useinbandfec=1", wanted)
    assert f"a=fmtp:111 {wanted.replace(' ', '')}\r\n" in sanitize_sdp(offer)


@pytest.mark.parametrize("line", KNOWN_ATTACKS, ids=lambda line: repr(line[:24]))
@pytest.mark.parametrize("name", ["chromium-offer", "firefox-answer"])
def test_known_attack_is_refused_or_left_out(name: str, line: str) -> None:
    harmless = ("a=sctp-port:5000", "a=rtcp-fb:* nack pli")
    text = f"{recorded(name)}{line}\r\n"
    if line in harmless:
        assert sanitize_sdp(text) == sanitize_sdp(recorded(name))
    else:
        with pytest.raises(MalformedSdp):
            sanitize_sdp(text)


def test_attack_that_is_no_single_line_is_refused() -> None:
    for text in list(attacked(recorded("chromium-offer")))[len(KNOWN_ATTACKS) :]:
        with pytest.raises(MalformedSdp):
            sanitize_sdp(text)


def test_mutation_is_refused_or_written_from_the_lists() -> None:
    accepted = 0
    for text in mutations(seed=7, count=10_000):
        try:
            written = sanitize_sdp(text)
        except MalformedSdp:
            continue
        accepted += 1
        lines = written.splitlines()
        assert written == "\r\n".join([*lines, ""])
        assert [line for line in lines if not LINE.fullmatch(line)] == []
        assert sanitize_sdp(written) == written
    assert accepted > 1_000, "else hardly anything was tried"


CANDIDATES = {
    "host": "candidate:2509095729 1 udp 2113937151 192.0.2.2 45790 typ host generation 0 ufrag S",
    "IPv6": "candidate:2466230145 1 udp 2113942271 fd00::2 39495 typ host generation 0",
    "mDNS": "candidate:1 1 UDP 2113 1f8b5197-5ce0-4128-bb66-b93aae820c06.local 55960 typ host",
    "tcp": "candidate:3 1 tcp 1518280447 192.0.2.2 9 typ host tcptype active generation 0",
    "reflexive": "candidate:4 1 udp 1677729535 198.51.100.7 50 typ srflx raddr 0.0.0.0 rport 0",
    "relay": "candidate:5 1 udp 33562367 198.51.100.9 61000 typ relay raddr 192.0.2.2 rport 45790",
}


@pytest.mark.parametrize("kind", CANDIDATES)
def test_browser_candidate_keeps_all_that_ice_needs(kind: str) -> None:
    line = CANDIDATES[kind]
    candidate = sanitize_candidate(line, "0", 0)
    assert candidate is not None
    before, after = parse_candidate(line), parse_candidate(candidate.line)
    before.protocol = before.protocol.lower()
    before.foundation = before.foundation.removeprefix("candidate:")
    after.foundation = after.foundation.removeprefix("candidate:")
    assert after == before
    assert candidate.message() == {"candidate": candidate.line, "sdpMid": "0", "sdpMLineIndex": 0}


def test_empty_candidate_says_that_there_are_no_more() -> None:
    assert sanitize_candidate("", "0", 0) is None


@pytest.mark.parametrize(
    "line",
    [
        "candidate:nonsense",
        "candidate:1 1 udp 1 127.0.0.1 9 typ host\0",
        "candidate:1 1 udp 1 127.0.0.1 9 typ host\r\na=extmap:-3 x",
        "candidate:1 3 udp 1 127.0.0.1 9 typ host",
        "candidate:1 1 sctp 1 127.0.0.1 9 typ host",
        "candidate:1 1 udp -1 127.0.0.1 9 typ host",
        "candidate:1 1 udp 4294967296 127.0.0.1 9 typ host",
        "candidate:1 1 udp 1 127.0.0.1 65536 typ host",
        "candidate:1 1 udp 1 localhost 9 typ host",
        "candidate:1 1 udp 1 fe80::1%eth0 9 typ host",
        "candidate:1 1 udp 1 " + "a" * 200 + ".local 9 typ host",
        "candidate:1 1 udp 1 127.0.0.1 9 typ other",
        "candidate:1 1 udp 1 127.0.0.1 9 typ srflx raddr x rport 1",
        "candidate:1 1 udp 1 127.0.0.1 9 typ srflx raddr 127.0.0.1",
        "candidate:1 1 tcp 1 127.0.0.1 9 typ host tcptype maybe",
        "candidate:" + "f" * 33 + " 1 udp 1 127.0.0.1 9 typ host",
    ],
)
def test_malformed_candidate_is_refused(line: str) -> None:
    with pytest.raises(MalformedSdp):
        sanitize_candidate(line, "0", 0)


def test_candidate_of_another_section_is_refused() -> None:
    for mid, index in (("\0", 0), ("m" * 33, 0), ("0", 1)):
        with pytest.raises(MalformedSdp):
            sanitize_candidate(CANDIDATES["host"], mid, index)
