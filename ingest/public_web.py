"""Which addresses may be asked for at all, where they come from outside: the public web alone.

Belongs here: protocols, credentials in an address, and hosts inside a network. Does not belong
here: the request (`http`).
"""

import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.request import getproxies, proxy_bypass

import httpcore
import httpx

from ingest.errors import ForbiddenAddressError, InterruptedTransferError

PROTOCOLS = ("http", "https")
TRANSLATED = IPv6Network("64:ff9b::/96")  # stands for the IPv4 address in its last bits
LOCAL = (IPv6Network("64:ff9b:1::/48"), IPv6Network("fec0::/10"))  # within a network by RFC
IPV4_BITS = 32


def resolve(host: str) -> list[str]:
    """Every IP address of a host; raises OSError where it has none."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)]


@dataclass(frozen=True)
class PublicWeb:
    """Admits http and https addresses whose host is on the internet.

    A name is looked up before it is asked. It may be given another address in between, so the
    connection itself (`transport`) goes to an address that was looked at, and who answered is
    looked at again. A proxy looks names up by itself, so there the first look has to do.
    `allows_private_hosts` is for tests, and for servers of one's own.
    """

    allows_private_hosts: bool = False
    addresses_of: Callable[[str], list[str]] = resolve

    def admit(self, address: httpx.URL) -> None:
        """Raise ForbiddenAddressError unless the address may be asked for.

        A name that cannot be looked up is an InterruptedTransferError.
        """
        if address.scheme not in PROTOCOLS or not address.host:
            raise ForbiddenAddressError(
                str(address), "not an address of the web", "give one that begins with https://"
            )
        if address.userinfo:
            raise ForbiddenAddressError(
                str(address.copy_with(userinfo=b"")),
                "carries a user name, and it would be kept",
                "give the address without it, or save the article to a file",
            )
        if self.allows_private_hosts:
            return
        if not all(is_public(found) for found in self._looked_up(address)):
            raise _private(str(address))

    def transport(self) -> httpx.BaseTransport | None:
        """What connects to public addresses alone; None where a proxy connects instead."""
        if self.allows_private_hosts or {"http", "https", "all"} & getproxies().keys():
            return None
        return _PinnedTransport(self.addresses_of)

    def admit_peer(self, response: httpx.Response) -> None:
        """Raise ForbiddenAddressError where the answer came from inside a network."""
        stream = response.extensions.get("network_stream")
        host = response.request.url.host
        proxies = getproxies()
        is_proxied = response.request.url.scheme in proxies or "all" in proxies
        is_direct = not is_proxied or bool(proxy_bypass(host))
        if self.allows_private_hosts or stream is None or not is_direct:
            return
        peer = stream.get_extra_info("server_addr")
        if peer and not is_public(peer[0]):
            raise _private(str(response.request.url))

    def _looked_up(self, address: httpx.URL) -> list[str]:
        try:
            return self.addresses_of(address.host)
        except (OSError, UnicodeError) as error:
            raise InterruptedTransferError(
                str(address), f"its host cannot be looked up ({error})", "check its spelling"
            ) from error


class _PinnedTransport(httpx.HTTPTransport):
    """httpx's own transport, whose connections go to addresses that were looked at."""

    def __init__(self, addresses_of: Callable[[str], list[str]]) -> None:
        super().__init__()
        # httpx offers no place for a network backend; the version of it is bounded for that.
        self._pool = httpcore.ConnectionPool(
            ssl_context=httpx.create_ssl_context(), network_backend=_PublicBackend(addresses_of)
        )


class _PublicBackend(httpcore.SyncBackend):
    """Looks a host up once, and connects to an address of that very answer."""

    def __init__(self, addresses_of: Callable[[str], list[str]]) -> None:
        self._addresses_of = addresses_of

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """A connection to the first address that answers; TLS still asks for the host's name.

        Raises ForbiddenAddressError where one of the addresses is within a network, ConnectError
        where none answers.
        """
        try:
            addresses = self._addresses_of(host)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"{host} cannot be looked up ({error})") from error
        if not all(is_public(address) for address in addresses):
            raise _private(f"{host}:{port}")
        failure: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in addresses:
            try:
                return super().connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure


def is_public(text: str) -> bool:
    """Whether an IP address is one of the internet, and of a single host."""
    address = _embedded(ip_address(text.partition("%")[0]))
    is_local = isinstance(address, IPv6Address) and any(address in network for network in LOCAL)
    return address.is_global and not address.is_multicast and not is_local


def _embedded(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address that an IPv6 address stands for, where it does."""
    if isinstance(address, IPv4Address):
        return address
    is_compatible = int(address) >> IPV4_BITS == 0
    if is_compatible or address in TRANSLATED:
        return IPv4Address(int(address) & (1 << IPV4_BITS) - 1)
    return address.ipv4_mapped or address.sixtofour or address


def _private(url: str) -> ForbiddenAddressError:
    return ForbiddenAddressError(
        url,
        "leads into a private network",
        "save the article to a file and give that; for a server of your own, set"
        " PLUMBLINE_ALLOW_PRIVATE_HOSTS=yes",
    )
