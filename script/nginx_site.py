"""Prints the site for the settings: ``python -m script.nginx_site rooms.example > FILE``."""

from __future__ import annotations

import sys

from config.settings import settings_or_exit
from script.servers.nginx import site

if __name__ == "__main__":
    settings = settings_or_exit("script.nginx_site")
    name = sys.argv[1] if len(sys.argv) > 1 else "_"
    web = f"127.0.0.1:{settings.port}"
    secure = settings.cookie_secure
    sys.stdout.write(site(settings.hls_folder, web=web, listen="80", name=name, secure=secure))
