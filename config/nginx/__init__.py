"""nginx in front of the web process: its configuration (templates/) and how one is run for tests.

``python -m config.nginx NAME`` prints the site for this machine's settings.
"""

from config.nginx.server import NginxServer, NginxWillNotStart, site

__all__ = ["NginxServer", "NginxWillNotStart", "site"]
