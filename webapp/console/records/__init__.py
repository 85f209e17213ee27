"""The console's pages that look back.

history     every change, found by who, what and when; as a file
acts        what was done to people, cohorts and protection
decisions   what gates have answered in the last hours, as a chart and as a table
stale       features that have outlived their experiment
"""

from flask import Blueprint

from webapp.console.records import acts, decisions, history, stale
from webapp.core import Core


def add_pages(blueprint: Blueprint, core: Core) -> None:
    """Adds the pages of history, `/console/decisions` and `/console/stale`."""
    history.add_pages(blueprint, core)
    acts.add_pages(blueprint, core)
    acts.follow(core)
    decisions.add_pages(blueprint, core)
    stale.add_pages(blueprint, core)
