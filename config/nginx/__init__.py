"""nginx in front of the web process: its configuration (templates/).

``python -m script.nginx_site NAME`` prints the site for this machine's settings.
"""
