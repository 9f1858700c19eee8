"""Amazon ECR access from a catalog of personas: rendered to IAM policies, proven offline, applied safely."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from ecrgen.catalog.catalog import Catalog as Catalog
    from ecrgen.errors import EcrgenError as EcrgenError
    from ecrgen.errors import PolicyError as PolicyError
    from ecrgen.policy.access import Difference as Difference
    from ecrgen.policy.access import access as access
    from ecrgen.policy.access import diff as diff
    from ecrgen.policy.check import Finding as Finding
    from ecrgen.policy.check import check as check
    from ecrgen.policy.document import PolicyDocument as PolicyDocument
    from ecrgen.policy.document import Statement as Statement
    from ecrgen.policy.evaluate import Decision as Decision
    from ecrgen.policy.evaluate import Match as Match
    from ecrgen.policy.evaluate import Request as Request
    from ecrgen.policy.evaluate import evaluate as evaluate
    from ecrgen.policy.pack import pack as pack
    from ecrgen.provision.changes import Plan as Plan
    from ecrgen.provision.plan import plan as plan

# Where each public name lives: importing ecrgen costs nothing until a name is used.
_HOMES = {
    "Catalog": "ecrgen.catalog.catalog",
    "Decision": "ecrgen.policy.evaluate",
    "Difference": "ecrgen.policy.access",
    "EcrgenError": "ecrgen.errors",
    "Finding": "ecrgen.policy.check",
    "Match": "ecrgen.policy.evaluate",
    "Plan": "ecrgen.provision.changes",
    "PolicyDocument": "ecrgen.policy.document",
    "PolicyError": "ecrgen.errors",
    "Request": "ecrgen.policy.evaluate",
    "Statement": "ecrgen.policy.document",
    "access": "ecrgen.policy.access",
    "check": "ecrgen.policy.check",
    "diff": "ecrgen.policy.access",
    "evaluate": "ecrgen.policy.evaluate",
    "pack": "ecrgen.policy.pack",
    "plan": "ecrgen.provision.plan",
}
__all__ = ["__version__", *_HOMES]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'ecrgen' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
