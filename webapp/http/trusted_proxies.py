"""Who is at the other end, where proxies stand in between. `X-Forwarded-For` and
`X-Forwarded-Proto` are believed from trusted proxies only: anybody can write a header."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any

from flask import Flask

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

IPV6_CUSTOMER_BITS = 64
"""One customer of a network provider has so many bits of an IPv6 address to choose from."""


def init_app(app: Flask, trusted: Sequence[Network]) -> None:
    """Gives every request the address of its client and the scheme that the client used. Call it
    last: whatever looks at a request comes after it."""
    inner: WsgiApp = app.wsgi_app

    def forwarded(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if _is_trusted(parsed(environ.get("REMOTE_ADDR", "")), trusted):
            environ["REMOTE_ADDR"] = client_of(environ, trusted)
            scheme = environ.get("HTTP_X_FORWARDED_PROTO", "").rpartition(",")[2].strip()
            if scheme in ("http", "https"):
                environ["wsgi.url_scheme"] = scheme
        return inner(environ, start_response)

    app.wsgi_app = forwarded  # type: ignore[method-assign]


def client_of(environ: dict[str, Any], trusted: Sequence[Network]) -> str:
    """The address nearest to us that is no trusted proxy's. What stands left of it in the header,
    the client may have written itself."""
    client = str(environ.get("REMOTE_ADDR", ""))
    for hop in reversed(environ.get("HTTP_X_FORWARDED_FOR", "").split(",")):
        address = parsed(hop)
        if address is None:
            break
        client = str(address)
        if not _is_trusted(address, trusted):
            break
    return client


def parsed(text: str) -> Address | None:
    """An address, an IPv4 one also where it is written as IPv6; None for anything else."""
    try:
        address = ip_address(text.strip().partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def limited_as(text: str) -> str:
    """What rate limits count an address as: an IPv6 one as its network of 64 bits."""
    address = parsed(text)
    if isinstance(address, IPv6Address):
        return str(IPv6Network((address, IPV6_CUSTOMER_BITS), strict=False))
    return str(address or "")


def _is_trusted(address: Address | None, trusted: Sequence[Network]) -> bool:
    return address is not None and any(address in network for network in trusted)
