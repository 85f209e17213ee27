"""The former name of ``python -m script.nginx_site``, for one release."""

from __future__ import annotations

import runpy

if __name__ == "__main__":
    runpy.run_module("script.nginx_site", run_name="__main__", alter_sys=True)
