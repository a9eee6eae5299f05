"""Which addresses outside may be called. An address inside a network is not: whoever may write a
webhook could otherwise have this server knock at doors that only it can reach."""

import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

LONGEST_URL = 500
# Not Python's `is_global`: what that says has changed from one version to the next.
INNER = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",
        "100.64.0.0/10",  # of carriers
        "127.0.0.0/8",
        "168.63.129.16/32",  # public by its number, and where Azure tells machines their secrets
        "169.254.0.0/16",  # link-local, and where clouds tell machines their secrets
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",  # documentation, as two below
        "192.88.99.0/24",  # relays of 6to4
        "192.168.0.0/16",
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",  # multicast, reserved, broadcast
    )
)
# Of IPv6 only this part is the public network: mapped and translated addresses (::ffff:0:0/96,
# 64:ff9b::/96), local and multicast ones lie outside of it.
PUBLIC_SIX = IPv6Network("2000::/3")
INNER_SIX = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",  # protocols, among them Teredo, which holds an IPv4 address
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4, which holds an IPv4 address
        "3fff::/20",  # documentation
    )
)

_URL = re.compile(
    r"(?P<scheme>[a-z]+)://"
    r"(?P<host>\[[0-9a-f:.]+\]|[a-z0-9_](?:[a-z0-9._-]*[a-z0-9_])?)"
    r"(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<target>[/?][!-~]*)?",
    re.IGNORECASE,
)
# Ports below are those of mail, shells, directories and the like, which are not for us to knock at.
WEB_PORT, FIRST_FREE_PORT = 443, 1024


class Refused(ValueError):
    """Why an address is not called, as a sentence."""


def is_public(address: Address) -> bool:
    """Whether the address belongs to the public network, and stands for no other address."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in INNER)
    if address.scope_id is not None:
        return False
    return address in PUBLIC_SIX and not any(address in network for network in INNER_SIX)


@dataclass(frozen=True)
class Allowed:
    """What an installation lets itself call in its own network: ``host:port`` or a CIDR block."""

    places: frozenset[tuple[str, int]]
    networks: tuple[Network, ...]

    @classmethod
    def of(cls, words: Iterable[str]) -> "Allowed":
        """Raises ValueError for a word that is neither."""
        places, networks = set(), []
        for word in words:
            if "/" in word:
                networks.append(ip_network(word))
                continue
            host, _, port = word.rpartition(":")
            if not host or not port.isdecimal() or not 0 < int(port) < 65536:
                raise ValueError(f"{word!r} is neither host:port nor a network such as 10.2.0.0/16")
            places.add((host.strip("[]").lower(), int(port)))
        return cls(frozenset(places), tuple(networks))

    def place(self, host: str, port: int) -> bool:
        return (host, port) in self.places

    def network(self, address: Address) -> bool:
        return any(address in network for network in self.networks)

    def check(self, address: Address, host: str, port: int) -> None:
        if not (is_public(address) or self.place(host, port) or self.network(address)):
            raise Refused(f"{host} is inside a network, and such addresses are not called.")


@dataclass(frozen=True)
class Target:
    """A web address, taken apart once: whoever calls it must not read it in another way."""

    secure: bool
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.secure else 80) else f"{host}:{self.port}"


def without_path(url: str) -> str:
    """Scheme, host and port: what follows may be a secret, also where no slash comes first."""
    found = _URL.fullmatch(url)
    if found is None:
        return ""
    port = f":{found['port']}" if found["port"] else ""
    return f"{found['scheme']}://{found['host']}{port}"


def target_of(url: str, allowed: Allowed) -> Target:
    """The address, checked as far as it can be without asking for its name. Raises Refused."""
    if len(url) > LONGEST_URL:
        raise Refused(f"An address has at most {LONGEST_URL} characters.")
    if not url.isascii():
        raise Refused("An address has ASCII characters only; write names as punycode (xn--…).")
    scheme, mark, rest = url.partition("://")
    if not mark or scheme.lower() not in ("http", "https"):
        raise Refused("An address begins with https://.")
    if "@" in re.split(r"[/?#]", rest, maxsplit=1)[0]:
        raise Refused("No name or password in the address: everybody could read it in a log.")
    match = _URL.fullmatch(url)
    if match is None or "#" in url or "\\" in url:
        raise Refused("This is not a web address such as https://example.org/hook.")
    secure = match["scheme"].lower() == "https"
    port = int(match["port"]) if match["port"] else (443 if secure else 80)
    if not 0 < port < 65536:
        raise Refused("A port is a number from 1 to 65535.")
    path = match["target"] or "/"
    host = match["host"].strip("[]").lower()
    target = Target(secure, host, port, path if path[0] == "/" else f"/{path}")
    _check_host(target, allowed)
    return target


def _check_host(target: Target, allowed: Allowed) -> None:
    host, port = target.host, target.port
    literal = literal_of(host)
    if literal is not None:
        allowed.check(literal, host, port)
    elif _is_number(host):
        # 2130706433, 0x7f.1 and 0177.0.0.1 are all 127.0.0.1 to the system's resolver.
        raise Refused("Write a numeric address as four decimal numbers, such as 93.184.216.34.")
    elif not allowed.place(host, port) and "." not in host:
        raise Refused(f"{host} is inside a network, and such addresses are not called.")
    known = allowed.place(host, port) or (literal is not None and allowed.network(literal))
    if not target.secure and not known:
        raise Refused("An address begins with https://.")
    if port != WEB_PORT and port < FIRST_FREE_PORT and not known:
        raise Refused("The port of an address is 443, or above 1023.")


def literal_of(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _is_number(host: str) -> bool:
    try:
        socket.inet_aton(host)
    except OSError:
        return False
    return True
