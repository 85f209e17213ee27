"""The web app behind a real nginx with our site: limits count who asks, not nginx."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from werkzeug.serving import make_server

from script.servers.nginx import NginxServer
from tests.harness.factories import House
from tests.harness.shared_folder import let_others_in

pytestmark = pytest.mark.server


@pytest.fixture
def nginx(house: House, tmp_path: Path) -> Iterator[NginxServer]:
    let_others_in(tmp_path)  # nginx is another user
    web = make_server("127.0.0.1", 0, house.app, threaded=True)
    thread = threading.Thread(target=web.serve_forever)
    thread.start()
    with NginxServer(tmp_path, web=f"127.0.0.1:{web.server_port}") as running:
        yield running
    web.shutdown()
    thread.join()
    web.server_close()


def status(nginx: NginxServer, path: str, address: str, claimed: str = "") -> int:
    """What a browser at one address of this machine gets."""
    source = http.client.HTTPConnection("127.0.0.1", nginx.port, 60, source_address=(address, 0))
    headers = {"Accept": "text/html"} | ({"X-Forwarded-For": claimed} if claimed else {})
    try:
        source.request("GET", path, headers=headers)
        return source.getresponse().status
    finally:
        source.close()


def test_wrong_links_of_one_shut_the_door_for_nobody_else(house: House, nginx: NginxServer) -> None:
    link = f"/sign-in/{house.accounts.links.make(house.person().id)}"
    made = house.accounts.invitations.make("beta", 1, timedelta(days=1))
    invitation = f"/i/{house.accounts.invitations.token(made)}"
    wrong = [status(nginx, f"/sign-in/wrong{n}", "127.0.0.2", f"192.0.2.{n}") for n in range(21)]
    assert wrong == [404] * 20 + [429]
    assert status(nginx, "/sign-in/wrong", "127.0.0.3") == 404
    for address in ("127.0.0.2", "127.0.0.3"):
        assert status(nginx, link, address) == 200
        assert status(nginx, invitation, address) == 200
