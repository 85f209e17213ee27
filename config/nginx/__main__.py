"""The former name of ``python -m script.nginx_site``, for one release."""

from __future__ import annotations

import runpy
import sys

if __name__ == "__main__":
    sys.stderr.write("config.nginx is script.nginx_site now; use that name\n")
    runpy.run_module("script.nginx_site", run_name="__main__", alter_sys=True)
