"""The product manager's console: who has which feature, and everything that changes it.

init_app    adds its pages to an app; after accounts, security and gates
"""

from webapp.console.routes import init_app

__all__ = ["init_app"]
