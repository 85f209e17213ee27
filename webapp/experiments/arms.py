"""The answers of a gate, as figures know them. A variant is stored with a colon before it:
":tray"."""

from __future__ import annotations

from typing import Final

CLOSED: Final = "no"
"""Closed for somebody whom the percentages have left out: what the feature is compared with."""

OUTSIDE: Final = "out"
"""Closed for somebody who could not have had it, whatever the percentages: no comparison at all."""

OPEN: Final = "yes"
"""Open, and there are no variants."""
