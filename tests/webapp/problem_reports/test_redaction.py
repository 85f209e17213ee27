"""What lets somebody in, and what tells where somebody is, goes out of a text; the rest stays."""

from __future__ import annotations

import pytest

from webapp.problem_reports.redaction import scrubbed


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("I opened /i/abc.def-123 twice", "I opened /i/… twice"),
        ("/sign-in/Zm9vYmFy", "/sign-in/…"),
        ("https://sound.example:8443/spaces/ab12?x=1#y", "https://…/spaces/ab12?…"),
        ("wss://192.0.2.7:5000/socket.io/?EIO=4&sid=x", "wss://…/socket.io/?…"),
        ("/spaces/ab12cd34?token=9", "/spaces/ab12cd34?…"),
        ("from 192.0.2.7", "from …"),
        ("192.0.2.7:5000 answered", "… answered"),
        ("2001:db8::1 and fe80::1", "… and …"),
        ("candidate 2001:0db8:0:0:0:0:0:1", "candidate …"),
        ("cookie eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIx.SflKxwRJSMeKK", "cookie …"),
        ("key 0123456789abcdef0123456789abcdef", "key …"),
    ],
)
def test_what_goes(text: str, left: str) -> None:
    assert scrubbed(text) == left


@pytest.mark.parametrize(
    "text",
    [
        "At 12:30:45 the sound was gone. Really? Yes!",
        "It said 99.5 % at 4:10, in v1.2",
        "Ça s’est arrêté, et puis plus rien : 3 fois",
        "TypeError: x is undefined (listening.js:12)",
        "/spaces/ab12cd34",
        "unbelievablyincomprehensible",
    ],
)
def test_what_stays(text: str) -> None:
    assert scrubbed(text) == text


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("It was 192.0.2.7.", "It was …."),
        ("2001:db8::1: no answer", "…: no answer"),
        ('"/spaces/ab12?token=9"', '"/spaces/ab12?…"'),
        ("(https://sound.example/x?q=1)", "(https://…/x?…)"),
    ],
)
def test_what_goes_beside_marks(text: str, left: str) -> None:
    assert scrubbed(text) == left
