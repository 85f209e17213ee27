"""The console's pages of people and cohorts.

people_routes           who there is, found and paged; invitations, sign-in links
cohort_rename           cohorts made and renamed
bulk_cohort_change      several people into another cohort, with what that does
import_routes           people from a file
personal_data_routes    what is kept about one of them, and how to delete it
"""

from flask import Blueprint

from webapp.app.services import Core
from webapp.console.people import (
    bulk_cohort_change,
    cohort_rename,
    import_routes,
    people_routes,
    personal_data_routes,
)


def add_pages(blueprint: Blueprint, core: Core) -> None:
    """Adds `/console/people` and everything below it."""
    people_routes.add_pages(blueprint, core)
    cohort_rename.add_pages(blueprint, core)
    bulk_cohort_change.add_pages(blueprint, core)
    import_routes.add_pages(blueprint, core)
    personal_data_routes.add_pages(blueprint, core)
