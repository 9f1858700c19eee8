"""A short name for JSON values"""

from __future__ import annotations

import hashlib
import json

__all__ = ["fingerprint"]


def fingerprint(content: object) -> str:
    """16 hexadecimal digits for JSON values, the same for the same values in any order of keys."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
