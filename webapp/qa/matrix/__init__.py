"""Matrix: personas and features, what is expected beside what is.

service     the matrix
export      the matrix as a file or on a terminal
forms       what the form of a persona sends
routes      the pages
commands    `flask qa matrix`
"""

from webapp.qa.matrix.routes import add_pages

__all__ = ["add_pages"]
