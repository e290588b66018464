"""Names to the addresses that may be asked: whatever a link or a name server says, not this machine's own network."""

import ipaddress
import socket

from corpus.errors import LinkFailed

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
# An IPv4 address in the last 32 bits, for networks that speak IPv6 alone: RFC 6052, section 2.1.
NAT64 = ipaddress.ip_network("64:ff9b::/96")


def addresses(host: str, port: int, *, allow_private: bool) -> list[str]:
    """Return the numeric addresses of a host, in the order in which they are to be tried.

    Raises LinkFailed where there are none, or where any is one that may not be asked.
    """
    try:
        answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        missing = isinstance(error, UnicodeError) or getattr(error, "errno", 0) == socket.EAI_NONAME
        raise LinkFailed("there is no server of that name" if missing else "the name server does not answer") from None
    found = list(dict.fromkeys(str(answer[4][0]) for answer in answers))
    for address in found:
        if not may_be_asked(address, allow_private=allow_private):
            raise LinkFailed("a private address", lasting=True)
    return found


def may_be_asked(address: str, *, allow_private: bool) -> bool:
    """Tell whether an address is public, or private where that is allowed.

    Link-local addresses, where clouds keep their machines' secrets, and those of no one machine never are.
    """
    try:
        one = _unwrapped(ipaddress.ip_address(address))
    except ValueError:
        return False
    if one.is_link_local or one.is_multicast or one.is_unspecified:
        return False
    if allow_private and (one.is_loopback or one.is_private):
        return True
    return one.is_global and not one.is_reserved


def _unwrapped(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 one stands for, or the address itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address
