"""How the parts of the workbench are led to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class NavItem:
    """`endpoint` of a part's first page ("qa.explain"), and two texts by their keys: its name, and
    what one comes to it for."""

    endpoint: str
    label: str
    purpose: str

    def is_around(self, endpoint: str | None) -> bool:
        """Whether a page is one of this part's."""
        return endpoint is not None and endpoint.startswith(self.endpoint)
