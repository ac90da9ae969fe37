"""Which URLs may be fetched: one strict grammar, and the addresses that we must not be pointed at."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from tether_calls.common.http.limits import FetchLimits
from tether_calls.common.http.problems import FetchError, FetchProblem

MAX_URL_LENGTH = 2_048

# One grammar instead of two parsers that may disagree: visible ASCII, no user part, no backslash, no zone id.
_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::(?P<port>[0-9]{1,5}))?(?P<rest>[/?#][!-\[\]-~]*)?",
    re.ASCII | re.IGNORECASE,
)
# Of visible ASCII, what HTTP does not allow in a path or a query. Everything else is sent as it was written: a signed
# URL is often signed over its very letters.
_UNSAFE = re.compile(r'["<>^`{|}]|%(?![0-9A-Fa-f]{2})')
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
# "127.1", "0x7f000001", "2130706433" are IPv4 to a resolver: https://url.spec.whatwg.org/#ends-in-a-number-checker
_ENDS_IN_A_NUMBER = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")

# The special-purpose registries of IANA, spelled out because Python 3.11 calls several of these "global":
# https://www.iana.org/assignments/iana-ipv4-special-registry and .../iana-ipv6-special-registry.
# 168.63.129.16 is Azure's host. 2001::/23 has Teredo and ORCHID, 2002::/16 is 6to4.
# fmt: off
_NOT_PUBLIC = tuple(ipaddress.ip_network(network) for network in (
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "168.63.129.16/32", "169.254.0.0/16",
    "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",
    "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
    "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
))
# fmt: on
# This alone refuses ::/96, mapped IPv4, NAT64, unique local (where clouds keep metadata), link-local,
# site-local and multicast.
_PUBLIC_IPV6 = ipaddress.IPv6Network("2000::/3")


@dataclass(frozen=True)
class Target:
    """A URL that passed the grammar, in parts; `exempt` when its host may be private.

    `path` is what stands in the request's first line: path and query, as they were written.
    """

    url: str
    path: str
    scheme: str
    host: str
    port: int
    exempt: bool

    @property
    def origin(self) -> tuple[str, str, int]:
        return self.scheme, self.host, self.port


def check(url: str, limits: FetchLimits) -> Target:
    """Raises FetchError: INVALID_URL, FORBIDDEN_PORT, FORBIDDEN_ADDRESS (names are looked up when connecting)."""
    match = _URL.fullmatch(url) if len(url) <= MAX_URL_LENGTH else None
    if match is None:
        raise FetchError(FetchProblem.INVALID_URL)
    scheme, host = match["scheme"].lower(), match["host"].lower()
    port = int(match["port"] or (443 if scheme == "https" else 80))
    address = _literal(host)
    if not 0 < port < 65_536:
        raise FetchError(FetchProblem.INVALID_URL)
    exempt_hosts = {name.lower() for name in limits.exempt_hosts}
    exempt = not exempt_hosts.isdisjoint({host, host.strip("[]"), f"{host}:{port}"})
    if not exempt and port < 1_024 and port not in (80, 443):
        raise FetchError(FetchProblem.FORBIDDEN_PORT)
    if not exempt and address is not None and not is_public(address):
        raise FetchError(FetchProblem.FORBIDDEN_ADDRESS)
    path = _UNSAFE.sub(lambda found: f"%{ord(found[0]):02X}", (match["rest"] or "").partition("#")[0])
    whole = url[: match.start("rest")] + path if match["rest"] else url
    path = path if path.startswith("/") else f"/{path}"
    return Target(url=whole, path=path, scheme=scheme, host=host, port=port, exempt=exempt)


def _literal(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        if host.startswith("["):
            return ipaddress.IPv6Address(host[1:-1])
        if _ENDS_IN_A_NUMBER.fullmatch(host):
            return ipaddress.IPv4Address(host)
    except ValueError:
        raise FetchError(FetchProblem.INVALID_URL) from None
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in host.split(".")):
        raise FetchError(FetchProblem.INVALID_URL)
    return None


def is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether an address is on the public internet."""
    if address.version == 6 and address not in _PUBLIC_IPV6:
        return False
    return address.is_global and not any(address in network for network in _NOT_PUBLIC)
