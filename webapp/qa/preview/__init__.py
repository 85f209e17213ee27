"""Preview: links that show the product as somebody else sees it."""

from webapp.qa.preview.routes import add_pages

__all__ = ["add_pages"]
