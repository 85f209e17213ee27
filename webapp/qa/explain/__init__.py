"""Explain: a person, a persona or made-up properties, and a feature: the answer, and the whole why.

subject     who an answer is about
forms       what the forms ask
service     asking, and reading an answer again
store       answers as they were given, and the definitions that they were given on
text        explanations in the reader's words
routes      the pages
"""

from webapp.qa.explain.routes import add_pages

__all__ = ["add_pages"]
