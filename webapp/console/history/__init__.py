"""The console's pages that look back.

change_history_routes   every change, found by who, what and when; as a file
audit_log_routes        what was done to people, cohorts and protection
decision_routes         what gates have answered in the last hours, as a chart and as a table
stale_routes            features that have outlived their experiment
"""

from flask import Blueprint

from webapp.app.services import Core
from webapp.console.history import (
    audit_log_routes,
    change_history_routes,
    decision_routes,
    stale_routes,
)


def add_pages(blueprint: Blueprint, core: Core) -> None:
    """Adds the pages of history, `/console/decisions` and `/console/stale`."""
    change_history_routes.add_pages(blueprint, core)
    audit_log_routes.add_pages(blueprint, core)
    audit_log_routes.follow(core)
    decision_routes.add_pages(blueprint, core)
    stale_routes.add_pages(blueprint, core)
