"""Runs Unleash until Ctrl-C, SIGTERM or SIGHUP; what script/unleash ends with."""

from __future__ import annotations

import signal
import sys

from config.settings import settings_or_exit
from script import privileges
from script.servers.tcp_ports import preferred_port
from script.servers.unleash import PORT, UnleashServer, UnleashWillNotStart

ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main() -> int:
    settings = settings_or_exit("script/unleash")
    privileges.leave_root(settings, privileges.program())
    # Blocked from the beginning: one that comes while it starts is taken up when it has.
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDING_SIGNALS)
    folder = settings.var_folder / "unleash"
    server = UnleashServer(folder, preferred_port(PORT))
    try:
        with server:
            say(f"Unleash is at {server.url}; Ctrl-C ends it")
            say(f"sign in as {server.user}; password and tokens: {server.secrets_file}")
            say(f"script/run with it: UNLEASH_URL={server.url}, the tokens as UNLEASH_*_TOKEN;")
            say("script/run --unleash does all of that by itself")
            signal.sigwait(ENDING_SIGNALS)
    except UnleashWillNotStart as reason:
        say(str(reason))
        return 1
    return 0


def say(text: str) -> None:
    sys.stderr.write(f"script/unleash: {text}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
