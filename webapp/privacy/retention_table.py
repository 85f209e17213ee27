"""What is kept, as a table for people who operate the product."""

from __future__ import annotations

from config.settings import PREFIX, Settings
from webapp.infra.retention import HOLDINGS, Holding
from webapp.privacy.service import lasts


def table_of_holdings(settings: Settings) -> str:
    """In Markdown, one row for each table of the database."""
    lines = ["| Table | What | Why | How long |", "|---|---|---|---|"]
    for name, holding in HOLDINGS.items():
        row = (f"`{name}`", holding.what, holding.why, _how_long(holding, settings))
        lines.append(f"| {' | '.join(row)} |")
    return "\n".join(lines)


def _how_long(holding: Holding, settings: Settings) -> str:
    period = holding.period
    if period is None:
        return "as said"
    kept = lasts(period, settings)
    number = f"{kept.days} days" if kept.days > 1 else f"{int(kept.total_seconds()) // 3600} hours"
    by = f" (`{PREFIX}{period.setting.upper()}`)" if period.setting else ""
    return f"{number} after `{period.since}`{by}"
