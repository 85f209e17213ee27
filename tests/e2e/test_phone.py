"""What a phone does while one listens and speaks: the lock screen, and not going to sleep."""

from __future__ import annotations

from collections.abc import Iterator

from tests.e2e.conftest import Come

BUTTONS = """(() => {
    const known = {};
    const set = MediaSession.prototype.setActionHandler;
    MediaSession.prototype.setActionHandler = function (action, handler) {
        known[action] = handler;
        return set.call(this, action, handler);
    };
    const locks = new Set();
    const request = WakeLock.prototype.request;
    WakeLock.prototype.request = async function (kind) {
        const lock = await request.call(this, kind);
        locks.add(lock);
        return lock;
    };
    window.phone = {
        press: action => { known[action](); },
        awake: () => [...locks].filter(lock => !lock.released).length,
    };
})()"""
"""Its buttons, which no script can press otherwise, and whether it is kept awake."""

SHOWN = "() => [navigator.mediaSession.metadata?.title, navigator.mediaSession.playbackState]"


def test_lock_screen_and_sleep(come: Come, numbers: Iterator[int]) -> None:
    host = come("Hana", followers=1200, speaks="host")
    host.hosts(f"On the night bus {next(numbers)}")
    guest = come("Tomas", speaks="tester")
    guest.page.context.grant_permissions(["microphone", "screen-wake-lock"])
    guest.page.add_init_script(BUTTONS)
    guest.opens_space(host.title)
    guest.presses("Start listening")
    guest.hears(host)
    assert guest.page.evaluate(SHOWN) == [host.title, "playing"]

    guest.page.evaluate("phone.press('pause')")
    guest.has("Start listening")
    guest.ear.goes_silent()
    assert guest.page.evaluate(SHOWN) == [host.title, "paused"]
    guest.page.evaluate("phone.press('play')")
    guest.has("Stop listening")
    guest.hears(host)

    assert guest.page.evaluate("phone.awake()") == 0
    guest.gets_on_stage(host)
    guest.page.wait_for_function("() => phone.awake() === 1")
    guest.page.evaluate("phone.press('pause')")
    host.hears(guest)
    guest.hears(host)
    guest.presses("Leave the stage")
    guest.page.wait_for_function("() => phone.awake() === 0")
