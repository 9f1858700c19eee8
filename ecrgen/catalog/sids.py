"""Sids of ecrgen's own statements in policies that others write too: whose they are, and of which grant.

`Ecrgen`, eight hexadecimal digits of the namespace, the grant's name, and a number after `ZZ`:

    namespace payments, grant web-ci, its 2nd statement: Ecrgen94c9d7d9webZ2dciZZ2

A Sid is of letters and digits only, so `-`, `_` and `Z` of a grant's name are written as `Z` and two hexadecimal
digits. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_sid.html
"""

from __future__ import annotations

import hashlib
import re

__all__ = ["grant_of_sid", "in_letters", "sid_of", "sid_prefix"]

ESCAPED = re.compile("[^A-Ya-z0-9]")
ESCAPE = re.compile("Z([0-9a-f]{2})")
GRANT_AND_NUMBER = re.compile("((?:[A-Ya-z0-9]|Z[0-9a-f]{2})+)ZZ[1-9][0-9]*")


def sid_prefix(namespace: str) -> str:
    """The beginning of the Sid of every statement of a namespace."""
    return f"Ecrgen{hashlib.sha256(namespace.encode()).hexdigest()[:8]}"


def sid_of(namespace: str, grant: str, number: int) -> str:
    """The Sid of a grant's statement of that number, from 1, in one document."""
    return f"{sid_prefix(namespace)}{in_letters(grant)}ZZ{number}"


def in_letters(name: str) -> str:
    """A grant's name in letters and digits, as no other name is written; `ZZ` is not in it."""
    return ESCAPED.sub(lambda found: f"Z{ord(found.group()):02x}", name)


def grant_of_sid(namespace: str, sid: str) -> str | None:
    """The grant whose statement has this Sid; None for a Sid that `sid_of` does not give in this namespace."""
    prefix = sid_prefix(namespace)
    found = GRANT_AND_NUMBER.fullmatch(sid[len(prefix) :]) if sid.startswith(prefix) else None
    return ESCAPE.sub(lambda escape: chr(int(escape[1], 16)), found[1]) if found else None
