"""What a device tells about itself, as far as its owner needs to tell it from another one."""

from __future__ import annotations

from dataclasses import dataclass

# Order matters: most browsers claim to be the ones after them in this list as well.
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("Chrome", "Chrome"),
    ("CriOS", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)
PLATFORMS = {"Android": "android", "iPhone": "ios", "iPad": "ios"}


@dataclass(frozen=True, slots=True)
class Device:
    """`label` is for its owner ("Firefox, Android"; empty when unknown), `platform` for
    strategies: android, ios or desktop."""

    label: str
    platform: str


def describe(user_agent: str) -> Device:
    """The device behind a User-Agent header."""
    browser, system = _first(BROWSERS, user_agent), _first(SYSTEMS, user_agent)
    label = ", ".join(part for part in (browser, system) if part)
    return Device(label, PLATFORMS.get(system, "desktop"))


def _first(names: tuple[tuple[str, str], ...], user_agent: str) -> str:
    return next((name for mark, name in names if mark in user_agent), "")
