"""Prints the table of docs/privacy.md: `.venv/bin/python -m webapp.privacy`."""

from config.settings import Settings
from webapp.privacy.table import table_of_holdings

if __name__ == "__main__":
    print(table_of_holdings(Settings()))  # noqa: T201 - a program
