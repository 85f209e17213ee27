"""Figures: what became of people, by what they had.

view      figures in the reader's words and numbers, and where their intervals are drawn
sheets    the same as a file
routes    the pages
"""

from webapp.qa.figures.routes import add_pages

__all__ = ["add_pages"]
