"""Whether the platform's own address, as it stands in mails, works for everybody."""

import re
import socket
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

# Names that do not exist on the internet, or that mean the reader's own machine or network.
_LOCAL = {
    *("localhost", "local", "localdomain", "internal", "intranet", "private", "lan", "home"),
    *("corp", "arpa", "test", "example", "invalid", "onion", "alt"),
}
_NAME = re.compile(r"(?!-)[a-z0-9-]{1,63}(?:\.(?!-)[a-z0-9-]{1,63})+")


def is_public(url: str) -> bool:
    """Https, to a name with a dot or an address of the whole internet. No name is looked up."""
    try:
        parts = urlsplit(url)
        host, _ = (parts.hostname or "").rstrip("."), parts.port
        is_plain = not (parts.username or parts.password or parts.query or parts.fragment)
        if parts.scheme != "https" or not is_plain or re.search(r"\s", url):
            return False
        address = _read_address(host)
        # As browsers do: compatibility letters and digits become ASCII, capitals become small.
        name = host if address else host.encode("idna").decode("ascii").lower().rstrip(".")
    except ValueError:
        return False
    address = address or _read_address(name)
    if address is not None:
        return address.is_global and not address.is_multicast
    last = name.rpartition(".")[2]
    return bool(_NAME.fullmatch(name)) and last not in _LOCAL and not _is_number(last)


def _read_address(host: str) -> IPv4Address | IPv6Address | None:
    """The address that browsers take the host for: 127.1 and 2130706433 are this machine."""
    if _is_number(host.rpartition(".")[2]):
        try:
            return IPv4Address(socket.inet_aton(host))
        except OSError:
            return None
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    within = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return within or address


def _is_number(label: str) -> bool:
    return re.fullmatch(r"[0-9]+|0x[0-9a-f]*", label) is not None
