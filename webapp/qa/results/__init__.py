"""Figures: what became of people, by what they had.

view_model    figures in the reader's words and numbers, and where their intervals are drawn
csv_export    the same as a file
routes        the pages
"""

from webapp.qa.results.routes import add_pages

__all__ = ["add_pages"]
