"""A short name for JSON values"""

from __future__ import annotations

import hashlib
import json

__all__ = ["fingerprint"]


def fingerprint(content: object) -> str:
    """32 hexadecimal digits for JSON values, the same for the same values in any order of keys.

    They are 128 bits: nobody finds two values with the same ones, also not who may choose both.
    """
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:32]
