"""Inbox: problems that people have reported, with what they saw."""

from webapp.qa.inbox.routes import add_pages

__all__ = ["add_pages"]
