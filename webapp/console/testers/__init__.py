"""The console's pages of people and cohorts.

people      who there is, found and paged; invitations, sign-in links
cohorts     made and renamed
moving      several people into another cohort, with what that does
importing   people from a file
data        what is kept about one of them, and how to delete it
"""

from flask import Blueprint

from webapp.console.testers import cohorts, data, importing, moving, people
from webapp.core import Core


def add_pages(blueprint: Blueprint, core: Core) -> None:
    """Adds `/console/people` and everything below it."""
    people.add_pages(blueprint, core)
    cohorts.add_pages(blueprint, core)
    moving.add_pages(blueprint, core)
    importing.add_pages(blueprint, core)
    data.add_pages(blueprint, core)
