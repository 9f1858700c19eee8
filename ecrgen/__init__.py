"""Amazon ECR access from a catalog of personas: rendered to IAM policies, proven offline, applied safely."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from ecrgen.catalog.argument_types import Tag as Tag
    from ecrgen.catalog.arguments import Parameter as Parameter
    from ecrgen.catalog.catalog import Catalog as Catalog
    from ecrgen.catalog.model import BoundGuard as BoundGuard
    from ecrgen.catalog.model import BoundPersona as BoundPersona
    from ecrgen.catalog.model import Client as Client
    from ecrgen.catalog.model import ClientRequest as ClientRequest
    from ecrgen.catalog.model import Expectation as Expectation
    from ecrgen.catalog.model import Grant as Grant
    from ecrgen.catalog.model import Guard as Guard
    from ecrgen.catalog.model import Ignore as Ignore
    from ecrgen.catalog.model import NamedAccount as NamedAccount
    from ecrgen.catalog.model import Operation as Operation
    from ecrgen.catalog.model import Persona as Persona
    from ecrgen.catalog.model import Rendered as Rendered
    from ecrgen.catalog.model import Target as Target
    from ecrgen.catalog.model import Template as Template
    from ecrgen.errors import EcrgenError as EcrgenError
    from ecrgen.errors import PolicyError as PolicyError
    from ecrgen.policy.access import Access as Access
    from ecrgen.policy.access import Difference as Difference
    from ecrgen.policy.access import Names as Names
    from ecrgen.policy.access import access as access
    from ecrgen.policy.access import diff as diff
    from ecrgen.policy.caller import Caller as Caller
    from ecrgen.policy.check import Finding as Finding
    from ecrgen.policy.check import check as check
    from ecrgen.policy.document import Condition as Condition
    from ecrgen.policy.document import PolicyDocument as PolicyDocument
    from ecrgen.policy.document import Statement as Statement
    from ecrgen.policy.evaluate import Decision as Decision
    from ecrgen.policy.evaluate import Match as Match
    from ecrgen.policy.evaluate import evaluate as evaluate
    from ecrgen.policy.layers import Policies as Policies
    from ecrgen.policy.open_question import OpenDecision as OpenDecision
    from ecrgen.policy.open_question import OpenKey as OpenKey
    from ecrgen.policy.open_question import ask as ask
    from ecrgen.policy.pack import pack as pack
    from ecrgen.policy.question import Unsettled as Unsettled
    from ecrgen.policy.request import Request as Request

# Where each public name lives: importing ecrgen costs nothing until a name is used.
_HOMES = {
    "Access": "ecrgen.policy.access",
    "BoundGuard": "ecrgen.catalog.model",
    "BoundPersona": "ecrgen.catalog.model",
    "Caller": "ecrgen.policy.caller",
    "Catalog": "ecrgen.catalog.catalog",
    "Client": "ecrgen.catalog.model",
    "ClientRequest": "ecrgen.catalog.model",
    "Condition": "ecrgen.policy.document",
    "Decision": "ecrgen.policy.evaluate",
    "Difference": "ecrgen.policy.access",
    "EcrgenError": "ecrgen.errors",
    "Expectation": "ecrgen.catalog.model",
    "Finding": "ecrgen.policy.check",
    "Grant": "ecrgen.catalog.model",
    "Guard": "ecrgen.catalog.model",
    "Ignore": "ecrgen.catalog.model",
    "NamedAccount": "ecrgen.catalog.model",
    "Match": "ecrgen.policy.evaluate",
    "Names": "ecrgen.policy.access",
    "OpenDecision": "ecrgen.policy.open_question",
    "OpenKey": "ecrgen.policy.open_question",
    "Operation": "ecrgen.catalog.model",
    "Parameter": "ecrgen.catalog.arguments",
    "Persona": "ecrgen.catalog.model",
    "Policies": "ecrgen.policy.layers",
    "PolicyDocument": "ecrgen.policy.document",
    "PolicyError": "ecrgen.errors",
    "Rendered": "ecrgen.catalog.model",
    "Request": "ecrgen.policy.request",
    "Statement": "ecrgen.policy.document",
    "Tag": "ecrgen.catalog.arguments",
    "Target": "ecrgen.catalog.model",
    "Template": "ecrgen.catalog.model",
    "Unsettled": "ecrgen.policy.question",
    "access": "ecrgen.policy.access",
    "ask": "ecrgen.policy.open_question",
    "check": "ecrgen.policy.check",
    "diff": "ecrgen.policy.access",
    "evaluate": "ecrgen.policy.evaluate",
    "pack": "ecrgen.policy.pack",
}
__all__ = ["__version__", *_HOMES]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'ecrgen' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
