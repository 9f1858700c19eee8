"""IP ranges as IAM reads them."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_network

__all__ = ["network_of"]


@lru_cache(maxsize=2048)
def network_of(text: str) -> IPv4Network | IPv6Network | None:
    """The range that a text is, its bits beyond the mask ignored as IAM does; None where it is none."""
    mask = text.partition("/")[2]
    if "/" in text and not (mask.isascii() and mask.isdecimal()):
        return None
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None
