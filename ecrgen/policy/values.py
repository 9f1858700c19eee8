"""The types that condition operators compare, each with the one reader of its texts: a value, or why there is none.

Evaluation matches what a reader reads, a check reports what it does not, in the reader's words, and a catalog's own
types narrow it.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from decimal import Decimal
    from ipaddress import IPv4Address, IPv6Address

__all__ = [
    "ADDRESS",
    "ARN",
    "BINARY",
    "BOOLEAN",
    "DATE",
    "NUMBER",
    "STRING",
    "VALUE_TYPES",
    "Instant",
    "Network",
    "Unreadable",
    "ValueType",
    "address",
    "boolean",
    "instant",
    "is_bare_number",
    "network",
    "number",
    "octets",
    "w3c",
]

DECIMAL = r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?(?P<exponent>[0-9]+))?"
EPOCH = r"(?P<sign>-?)(?P<seconds>[0-9]+)(\.(?P<fraction>[0-9]+))?"
# The six forms of https://www.w3.org/TR/NOTE-datetime, and what is left out or written otherwise most often.
W3C = (
    r"(?P<year>[0-9]{4})(-(?P<month>[0-9]{2})(-(?P<day>[0-9]{2})"
    r"(T(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})(:(?P<second>[0-9]{2})(\.(?P<fraction>[0-9]+))?)?"
    r"(?P<zone>Z|(?P<sign>[+-])(?P<offset_hours>[0-9]{2})(?P<colon>:?)(?P<offset_minutes>[0-9]{2}))?)?)?)?"
)
RANGE = r"(?P<address>[0-9A-Fa-f:.]+)(/(?P<prefix>[0-9]{1,3}))?"

EXPONENT_DIGITS = 4
EPOCH_DIGITS = 15
BOOLEANS = {"true": True, "false": False}
EPOCH_DAY = date(1970, 1, 1).toordinal()
DAY = 86400


class Unreadable(NamedTuple):
    """A text that is no value of a type, and why: what follows the text and a colon in a message."""

    why: str


class Instant(NamedTuple):
    """A point in time: whole seconds since 1970-01-01T00:00:00Z and the fraction after them."""

    seconds: int
    fraction: Decimal


class Network(NamedTuple):
    """A range of IP addresses: IP version, first address and netmask as integers. 203.0.113.0/24 prints as such."""

    version: int
    base: int
    mask: int

    def holds(self, host: IPv4Address | IPv6Address) -> bool:
        return host.version == self.version and int(host) & self.mask == self.base

    def contains(self, other: Network) -> bool:
        """Every address of the other range is one of this."""
        return (
            self.version == other.version
            and other.mask & self.mask == self.mask
            and other.base & self.mask == self.base
        )

    def overlaps(self, other: Network) -> bool:
        return self.contains(other) or other.contains(self)

    @property
    def first(self) -> str:
        """The first address, written as short as it can be."""
        from ipaddress import IPv4Address, IPv6Address  # for start-up: few commands read an address

        return str(IPv4Address(self.base) if self.version == 4 else IPv6Address(self.base))

    def __str__(self) -> str:
        return f"{self.first}/{self.mask.bit_count()}"


@lru_cache(maxsize=1024)
def number(text: str) -> Decimal | Unreadable:
    """An integer or decimal number, perhaps with an exponent."""
    from decimal import Decimal  # for start-up: few commands read a number

    found = re.fullmatch(DECIMAL, text)
    if found is None:
        return Unreadable("not a number, such as 3600 or 0.5")
    if len(found["exponent"] or "") > EXPONENT_DIGITS:
        return Unreadable(f"an exponent has at most {EXPONENT_DIGITS} digits")
    return Decimal(text)


def boolean(text: str) -> bool | Unreadable:
    """`true` or `false`, in any case."""
    value = BOOLEANS.get(text.lower())
    return Unreadable("must be true or false") if value is None else value


def octets(text: str) -> bytes | Unreadable:
    """The bytes of a base64 text."""
    try:
        return binascii.a2b_base64(text.encode("ascii"), strict_mode=True)
    except ValueError:
        return Unreadable("not base64, such as QmluYXJ5")


def is_bare_number(text: str) -> bool:
    """A date in digits only: a year, or seconds since 1970."""
    return re.fullmatch(EPOCH, text) is not None


@lru_cache(maxsize=1024)
def instant(text: str) -> Instant | Unreadable:
    """A date in a W3C form of ISO 8601, or seconds since 1970. Four digits are a year.

    A date without a time is its first moment, in UTC.
    """
    found = re.fullmatch(W3C, text)
    if found is None:
        return epoch(text)
    why = no_such_date(found) or no_such_time(found)
    if why:
        return Unreadable(why)
    hour, minute, second, hours, minutes = part(found, "hour", "minute", "second", "offset_hours", "offset_minutes")
    days = date(*(int(found[name] or 1) for name in ("year", "month", "day"))).toordinal() - EPOCH_DAY
    offset = (hours * 60 + minutes) * (-60 if found["sign"] == "-" else 60)
    seconds = days * DAY + hour * 3600 + minute * 60 + second - offset
    return Instant(seconds, fraction_of(found))


def part(found: re.Match[str], *names: str) -> tuple[int, ...]:
    return tuple(int(found[name] or 0) for name in names)


def epoch(text: str) -> Instant | Unreadable:
    """Seconds since 1970, with a fraction after 1970 only: that of a negative number could count either way."""
    found = re.fullmatch(EPOCH, text)
    if found is None:
        return Unreadable("not a date, such as 2026-06-30T23:59:59Z")
    if len(found["seconds"]) > EPOCH_DIGITS:
        return Unreadable(f"seconds since 1970 have at most {EPOCH_DIGITS} digits")
    if found["sign"] and found["fraction"]:
        return Unreadable("seconds before 1970 have no fraction")
    return Instant(int(found["sign"] + found["seconds"]), fraction_of(found))


def fraction_of(found: re.Match[str]) -> Decimal:
    from decimal import Decimal  # for start-up: few commands read a date

    return Decimal(f"0.{found['fraction'] or 0}")


def no_such_date(found: re.Match[str]) -> str:
    year, month, day = (int(found[name] or 1) for name in ("year", "month", "day"))
    if year == 0:
        return "no such date, years are 0001 to 9999"
    if not 1 <= month <= 12:
        return "no such date, months are 01 to 12"
    try:
        date(year, month, day)
    except ValueError:
        return f"no such date, {year:04}-{month:02} has no day {day:02}"
    return ""


def no_such_time(found: re.Match[str]) -> str:
    """The fault of a time or its zone: https://www.w3.org/TR/NOTE-datetime has neither 24:00 nor second 60."""
    hour, minute, second, hours, minutes = part(found, "hour", "minute", "second", "offset_hours", "offset_minutes")
    if hour > 23 or minute > 59 or second > 59:
        return "no such time, hours are 00 to 23, minutes and seconds 00 to 59"
    if found["hour"] and not found["zone"]:
        return "a time needs a zone, Z or an offset such as +05:30"
    if found["sign"] and not found["colon"]:
        return f"an offset is written with a colon, {found['sign']}{hours:02}:{minutes:02}"
    if hours > 23 or minutes > 59:
        return "no such offset, hours are 00 to 23, minutes 00 to 59"
    return ""


def w3c(moment: Instant) -> str | None:
    """The moment's second as AWS writes aws:CurrentTime, or None for a year that has no four digits."""
    days, rest = divmod(moment.seconds, DAY)
    if not 1 <= days + EPOCH_DAY <= date.max.toordinal():
        return None
    return f"{date.fromordinal(days + EPOCH_DAY)}T{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}Z"


@lru_cache(maxsize=1024)
def address(text: str) -> IPv4Address | IPv6Address | Unreadable:
    """An IPv4 or IPv6 address, without a zone."""
    from ipaddress import ip_address  # for start-up: few commands read an address

    if "%" in text:
        return Unreadable("an address has no zone here, such as %eth0")
    try:
        return ip_address(text)
    except ValueError:
        return Unreadable("not an address, such as 203.0.113.7 or 2001:db8::1")


@lru_cache(maxsize=2048)
def network(text: str) -> Network | Unreadable:
    """An address or a range in CIDR notation; without a prefix, the one address. Bits past the prefix do not count."""
    if "%" in text:
        return Unreadable("an address range has no zone, such as %eth0")
    found = re.fullmatch(RANGE, text)
    host = address(found["address"]) if found else None
    if found is None or host is None or isinstance(host, Unreadable):
        return Unreadable("not an address range, such as 203.0.113.0/24")
    bits = int(found["prefix"] or host.max_prefixlen)
    if bits > host.max_prefixlen:
        return Unreadable(f"the prefix of an IPv{host.version} range is at most /{host.max_prefixlen}")
    mask = (1 << host.max_prefixlen) - (1 << host.max_prefixlen - bits)
    return Network(host.version, int(host) & mask, mask)


TypeName = Literal["String", "Arn", "Numeric", "Date", "Bool", "Binary", "IpAddress"]


@dataclass(frozen=True, slots=True, eq=False)
class ValueType:
    """A type of values, known by identity. `read` gives a value, or Unreadable, for a text of a policy.

    `key_types` are the types of the condition keys whose values it may be compared with, as the Service Authorization
    Reference names them. `takes_variables`: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
    """

    name: TypeName
    read: Callable[[str], Any]
    key_types: tuple[str, ...]
    takes_variables: bool = False


STRING = ValueType("String", str, ("String", "ARN"), takes_variables=True)
ARN = ValueType("Arn", str, ("ARN", "String"), takes_variables=True)
NUMBER = ValueType("Numeric", number, ("Numeric",))
DATE = ValueType("Date", instant, ("Date",))
BOOLEAN = ValueType("Bool", boolean, ("Bool",))
BINARY = ValueType("Binary", octets, ("Binary",))
ADDRESS = ValueType("IpAddress", network, ("IPAddress",))
VALUE_TYPES = (STRING, ARN, NUMBER, DATE, BOOLEAN, BINARY, ADDRESS)
