"""The sound check: what one hears of oneself, and what it says."""

from __future__ import annotations

import base64

import numpy as np
from playwright.sync_api import expect

from flags.catalogue import WEB_HOSTING, WEB_SPEAKING
from flags.sources.interface import Closing, Source
from tests.e2e.conftest import BY, Come
from tests.e2e.ear import LIKE
from tests.e2e.person import Somebody
from tests.e2e.speech import Samples, likeness

KEEP_RECORDINGS = """(() => {
    const make = URL.createObjectURL;
    URL.createObjectURL = blob => { window.made = blob; return make.call(URL, blob); };
    const came = new Set();
    window.RTCPeerConnection = class extends RTCPeerConnection {
        constructor(...how) {
            super(...how);
            this.addEventListener("track", ({ track }) => came.add(track));
        }
    };
    window.MediaRecorder = class extends MediaRecorder {
        constructor(stream, ...how) {
            super(stream, ...how);
            window.cameBack = stream.getTracks().every(track => came.has(track));
        }
    };
})()"""

SAMPLES = """async () => {
    const context = new OfflineAudioContext(1, 48000, 48000);
    const sound = await context.decodeAudioData(await window.made.arrayBuffer());
    const samples = Int16Array.from(sound.getChannelData(0), level => level * 32767);
    const bytes = new Uint8Array(samples.buffer);
    let text = "";
    for (let at = 0; at < bytes.length; at += 32768)
        text += String.fromCharCode(...bytes.subarray(at, at + 32768));
    return btoa(text);
}"""


def recording(somebody: Somebody) -> Samples:
    """What the page has just played, or is playing."""
    raw = base64.b64decode(somebody.page.evaluate(SAMPLES))
    return np.frombuffer(raw, "<i2").astype(float) / 32768


def test_one_hears_oneself_and_is_told_what_to_do(come: Come, flags: Source) -> None:
    host = come("Hana", followers=1200, speaks="host")
    host.page.add_init_script(KEEP_RECORDINGS)
    host.goes_to("/")
    host.presses("New Space")
    host.page.get_by_role("link", name="Sound check").click()
    host.presses("Begin the check")
    host.reads("We hear a voice")
    host.presses("Record four seconds")
    host.has("Play it again")
    assert host.speech is not None
    assert np.median(likeness(recording(host), host.speech)) > LIKE
    assert host.page.evaluate("cameBack"), "by way of the server, as others will hear it"
    for words in ("Your voice is clear.", "the direct way (UDP)", "of the sound is lost"):
        host.reads(words)

    host.presses("Play a sound", "I heard nothing")
    host.reads("Something is in the way.")
    host.reads("choose another output below")
    host.presses("Play a sound", "I heard it")
    host.reads("You can go on stage.")

    for key in (WEB_HOSTING, WEB_SPEAKING):
        flags.turn_off(key, Closing.CUT, BY)
    expect(host.heading("Sound check")).to_have_count(0)


def test_without_a_microphone_it_says_what_to_do(come: Come) -> None:
    somebody = come("Tomas")
    somebody.page.goto(somebody.visitor.base_url + "/check")
    somebody.presses("Begin the check")
    somebody.reads("No microphone found.")
    somebody.has("Begin the check")
