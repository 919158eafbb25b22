"""Matching indicators against never-block lists."""

from __future__ import annotations

import ipaddress
from bisect import bisect_right
from collections.abc import Iterable
from socket import AF_INET, AF_INET6, inet_pton
from typing import Final

from ..indicator import CIDR, FQDN, HASH_TYPES, IP, IPV6, URL
from ..outcome import Ended, ended
from ..values.domains import is_public_suffix
from ..values.urls import WITH_SCHEME, has_path, url_host, with_scheme
from .built_in import BUILT_IN
from .entries import Entry, parse_entry

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network

BUILT_IN_LABEL: Final = "the built-in list"
"""How it is called in messages, beside the names of files."""


class NeverBlock:
    """Everything that must not be blocked, from the built-in list and from files.

    Memory grows with the lists, not with the collection. Immutable once made.

    Args:
        lists: pairs of (label, entries); the label is shown when an entry protects something.
        built_in: whether the built-in list is on; off only in tests.

    Attributes:
        networks: the addresses and ranges among the entries, each with the label of its list.
    """

    def __init__(self, lists: Iterable[tuple[str, Iterable[Entry]]] = (), *, built_in: bool = True) -> None:
        self._names: dict[str, str] = {}
        self._above: dict[str, str] = {}
        self._exact: dict[str, str] = {}
        self._whole_hosts: dict[str, str] = {}
        self._whole_domains: dict[str, str] = {}
        self._hosts_of_urls: dict[str, str] = {}
        networks: list[tuple[str, str]] = []
        self._vital: dict[str, str] = {}
        if built_in:
            own = [entry for entry in map(parse_entry, BUILT_IN) if entry]
            lists = [(BUILT_IN_LABEL, own), *lists]
            self._vital = {value.partition("/")[0]: BUILT_IN_LABEL for kind, value in own if kind != "hash"}
        for label, entries in lists:
            for kind, value in entries:
                if kind == "name":
                    self._add_name(value, label)
                elif kind == "whole_host":
                    self._add_name(value, label)
                    self._whole_hosts.setdefault(value, label)
                elif kind == "whole_domain":
                    self._add_name(value, label)
                    self._whole_domains.setdefault(value, label)
                elif kind == "url":
                    address = self._add_url(value, label)
                    if address:
                        networks.append((address, label))
                elif kind == "network":
                    networks.append((value, label))
                else:
                    self._exact.setdefault(value, label)
        self.networks = tuple(networks)
        parsed = [(ipaddress.ip_network(value), label) for value, label in networks]
        self._v4 = _Intervals(parsed, 4)
        self._v6 = _Intervals(parsed, 6)

    def _add_name(self, name: str, label: str) -> None:
        # Whatever is registered under a public suffix belongs to others: the entry stands for itself alone.
        if "." not in name or is_public_suffix(name):
            self._exact.setdefault(name, label)
        else:
            self._names.setdefault(name, label)
        self._add_above(name, label)

    def _add_above(self, name: str, label: str) -> None:
        dot = name.find(".")
        while dot >= 0:
            name = name[dot + 1 :]
            self._above.setdefault(name, label)
            dot = name.find(".")

    def _add_url(self, url: str, label: str) -> str | None:
        """The address that is the URL's host, if it is one."""
        if has_path(url):
            for whole in (
                [url] if url.startswith(WITH_SCHEME) else [with_scheme(url, "http"), with_scheme(url, "https")]
            ):
                self._exact.setdefault(whole, label)
        # A row for its host, or for a name above that, would block the URL as well.
        host = url_host(url)
        if _is_address(host):
            return host
        self._hosts_of_urls.setdefault(host, label)
        self._above.setdefault(host, label)
        self._add_above(host, label)
        return None

    def judge(self, kind: str, value: str) -> Ended | None:
        """Why this indicator must not be blocked, or None.

        Args:
            kind: one of the eight types.
            value: canonical.
        """
        if kind == URL:
            found = self._judge_url(value)
        elif kind == IP:
            found = self._v4.find_address(inet_pton(AF_INET, value))
        elif kind == FQDN:
            found = _under(value, self._names) or self._exact.get(value) or self._above.get(value)
        elif kind in HASH_TYPES:
            found = self._exact.get(value)
        elif kind == IPV6:
            found = self._v6.find_address(inet_pton(AF_INET6, value))
        else:
            found = self._judge_range(value) if kind == CIDR else None
        if found is None:
            return None
        return ended("built_in" if found == BUILT_IN_LABEL else "never_block", f"{value} is protected by {found}")

    def _judge_url(self, url: str) -> str | None:
        host = url_host(url)
        # Outside Edge an https row is matched by its host alone: any URL there would block the host.
        if _under(host, self._vital):
            return BUILT_IN_LABEL
        if has_path(url):
            found = self._exact.get(url) if self._exact else None
            if found is None and self._whole_hosts:
                found = self._whole_hosts.get(host)
            return _under(host, self._whole_domains) if found is None and self._whole_domains else found
        if not _is_address(host):
            return _under(host, self._names) or self._exact.get(host) or self._hosts_of_urls.get(host)
        if ":" in host:
            return self._v6.find_address(inet_pton(AF_INET6, host))
        return self._v4.find_address(inet_pton(AF_INET, host))

    def _judge_range(self, value: str) -> str | None:
        network = ipaddress.ip_network(value)
        intervals = self._v4 if network.version == 4 else self._v6
        return intervals.find(int(network.network_address), int(network.broadcast_address))


def _under(name: str, names: dict[str, str]) -> str | None:
    """The label of the entry that this name equals or stands under."""
    found = names.get(name)
    dot = name.find(".")
    while found is None and dot >= 0:
        name = name[dot + 1 :]
        found = names.get(name)
        dot = name.find(".")
    return found


def _is_address(host: str) -> bool:
    """Whether the host of a canonical URL is an address: no name ends in a numeric label."""
    return ":" in host or host.rpartition(".")[2].isdecimal()


class _Intervals:
    """Closed, disjoint intervals of the addresses of one IP version as integers, each with a label."""

    def __init__(self, networks: Iterable[tuple[_Network, str]], version: int) -> None:
        intervals = (
            (int(network.network_address), int(network.broadcast_address), label)
            for network, label in networks
            if network.version == version
        )
        self._firsts: list[int] = []
        self._lasts: list[int] = []
        self._labels: list[str] = []
        for first, last, label in sorted(intervals):
            if self._lasts and first <= self._lasts[-1]:
                self._lasts[-1] = max(self._lasts[-1], last)
            else:
                self._firsts.append(first)
                self._lasts.append(last)
                self._labels.append(label)

    def find(self, first: int, last: int) -> str | None:
        """The label of an interval that overlaps first..last."""
        at = bisect_right(self._firsts, last) - 1
        return self._labels[at] if at >= 0 and self._lasts[at] >= first else None

    def find_address(self, packed: bytes) -> str | None:
        """The label of the interval that holds this address."""
        number = int.from_bytes(packed, "big")
        return self.find(number, number)
