"""An Unleash server of our own: what npm installs of it. How one is run:
script/servers/unleash.py."""
