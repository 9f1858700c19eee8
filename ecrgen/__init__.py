"""Amazon ECR access from a catalog of personas: rendered to IAM policies, proven offline, applied safely."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from ecrgen.catalog.model import Catalog as Catalog
    from ecrgen.errors import EcrgenError as EcrgenError
    from ecrgen.errors import PolicyError as PolicyError
    from ecrgen.policy.document import PolicyDocument as PolicyDocument
    from ecrgen.policy.document import Statement as Statement

# Where each public name lives: importing ecrgen costs nothing until a name is used.
_HOMES = {
    "Catalog": "ecrgen.catalog.model",
    "EcrgenError": "ecrgen.errors",
    "PolicyDocument": "ecrgen.policy.document",
    "PolicyError": "ecrgen.errors",
    "Statement": "ecrgen.policy.document",
}
__all__ = ["__version__", *_HOMES]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'ecrgen' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
