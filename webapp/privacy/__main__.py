"""Prints the table of docs/privacy.md: `.venv/bin/python -m webapp.privacy`."""

from config.settings import settings_or_exit
from webapp.privacy.retention_table import table_of_holdings

if __name__ == "__main__":
    print(table_of_holdings(settings_or_exit("webapp.privacy")))  # noqa: T201 - a program
