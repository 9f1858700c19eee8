"""A slow evaluator of IAM requests over plain JSON, written from AWS's pages alone, to hold the product's against.

It shares no code with the product: loops instead of compiled statements, a recursive matcher instead of expressions.
`decide` has the whole evaluation; its rules and the pages they come from (docs.aws.amazon.com, IAM user guide, but for
those of AWS Organizations and Amazon ECR):

- order, and same-account evaluation: reference_policies_evaluation-logic_policy-eval-denyallow.html
- which principal of a resource policy passes which implicit deny: the same page, and
  reference_policies_elements_principal.html (aws:PrincipalArn under `*`)
- another account's caller: reference_policies_evaluation-logic-cross-account.html
- Deny with NotPrincipal, also for callers with a boundary: reference_policies_elements_notprincipal.html,
  access_policies_boundaries.html
- SCPs: organizations/latest/userguide/orgs_manage_policies_scps.html and …_scps_evaluation.html
- RCPs: organizations/latest/userguide/orgs_manage_policies_rcps.html and …_rcps_evaluation.html
- endpoint policies: AmazonECR/latest/userguide/vpc-endpoints.html
- repository and registry policies: AmazonECR/latest/userguide/repository-policies.html, registry-permissions.html
- conditions: reference_policies_elements_condition_operators.html,
  reference_policies_condition-single-vs-multi-valued-context-keys.html
- wildcards and variables: reference_policies_elements_resource.html, reference_policies_variables.html
- keys that follow from the request: reference_policies_condition-keys.html

Where the pages are silent or contradict each other, the reading is taken that allows less in an Allow and denies more
in a Deny:

1. A resource policy that names `*`, or all but some (NotPrincipal), is limited by the implicit deny of a boundary and
   of a session policy, unless the statement asks for aws:PrincipalArn by name, without wildcards.
2. A federated user without a session policy has nothing by its identity policies.
3. A Deny with NotPrincipal spares a caller only if its account, its user or role, and its session are all named; an
   Allow with NotPrincipal reaches a caller only if none of them is.
4. A variable without a value matches nothing: a condition with it does not hold, a negated one does, as the page on
   variables says. One with an empty value is read both ways, as without a value and as an empty text: what an Allow
   asks must be so either way, what a Deny asks one way. An Allow with NotResource applies to nothing where one of its
   variables has no value or an empty one; in a Deny, such a variable excludes nothing.
5. An operator without a set qualifier on a key of several values holds in an Allow if it does for each of them, in a
   Deny if it does for any.
6. A request of `*` has no tags of a resource; aws:ResourceAccount is the caller's account. A repository policy (no
   Resource) says nothing about it; a registry policy does not allow it, and denies it by a Resource that is `*` or a
   NotResource that is not.
7. A key with an empty set of values is absent; to Null, an empty text is no value.
8. RCPFullAWSAccess cannot be detached: an RCP only denies. A level of SCPs without any document allows nothing.
9. A service-linked role is known by its path `/aws-service-role/`, which a session's ARN does not tell; the request can
   say it.
"""

from __future__ import annotations

import base64
import ipaddress
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

__all__ = ["decide", "explicit_denials"]

Document = dict[str, Any]
Levels = list[list[Document]]

# Which implicit deny a grant of a resource policy passes, in the caller's own account.
PASSES_LIMITS = {
    "user": True,
    "role": False,
    "session": True,
    "federated": True,
    "principal-arn": True,
    "everyone": False,
    "not-principal": False,
    "service": True,
}


def decide(
    request: dict[str, Any],
    identity: list[Document] = [],  # noqa: B006
    resource: list[Document] = [],  # noqa: B006
    boundary: Document | None = None,
    session: Document | None = None,
    scps: Levels | None = None,
    rcps: Levels | None = None,
    endpoint: Document | None = None,
) -> tuple[str, str]:
    """The effect (`Allow`, `ExplicitDeny`, `ImplicitDeny`) and the layer that decided.

    A request has `action`, `resource`, `principal` and `context`; and, where true, `management_account` (the caller's
    account is the organisation's), `resource_in_management_account`, and `service_linked_role`.
    """
    layers = Layers(request, identity, resource, boundary, session, scps, rcps, endpoint)
    denied = layers.denying()
    if denied:
        return "ExplicitDeny", denied[0]
    for level in layers.scps:
        if not any(layers.allows(document) for document in level):
            return "ImplicitDeny", "scp"
    if endpoint is not None and not layers.grants([endpoint]):
        return "ImplicitDeny", "endpoint"
    return layers.of_an_account() if layers.caller["account"] == layers.owner else layers.across_accounts()


def explicit_denials(request: dict[str, Any], **policies: Any) -> list[str]:
    """Every layer that denies explicitly."""
    return Layers(
        request,
        policies.get("identity", []),
        policies.get("resource", []),
        policies.get("boundary"),
        policies.get("session"),
        policies.get("scps"),
        policies.get("rcps"),
        policies.get("endpoint"),
    ).denying()


class Layers:
    """One request, and what is in force for it."""

    def __init__(
        self,
        request: dict[str, Any],
        identity: list[Document],
        resource: list[Document],
        boundary: Document | None,
        session: Document | None,
        scps: Levels | None,
        rcps: Levels | None,
        endpoint: Document | None,
    ) -> None:
        self.action: str = request["action"]
        self.resource: str = request["resource"]
        self.caller = caller_of(request["principal"])
        self.owner = account_of(self.resource) or self.caller["account"]
        self.context = context_of(request, self.caller, self.owner)
        self.identity, self.policies = identity, resource
        self.boundary, self.session, self.endpoint = boundary, session, endpoint
        kind = self.caller["kind"]
        service_linked = request.get("service_linked_role") or "/aws-service-role/" in request["principal"]
        no_scps = kind == "service" or service_linked or request.get("management_account")
        self.scps: Levels = [] if no_scps else (scps or [])
        no_rcps = service_linked or request.get("resource_in_management_account")
        self.rcps: Levels = [] if no_rcps else (rcps or [])
        if kind in ("root", "service"):  # neither has identity policies
            self.identity = []

    def denying(self) -> list[str]:
        """The layers with a Deny that applies, in the order of AWS's page."""
        found = []
        if any(self.denies(document) for level in self.rcps for document in level):
            found.append("rcp")
        if any(self.denies(document) for level in self.scps for document in level):
            found.append("scp")
        if self.endpoint is not None and self.denies(self.endpoint):
            found.append("endpoint")
        if any(self.denies(document, attached=True) for document in self.policies):
            found.append("resource")
        if any(self.denies(document) for document in self.identity):
            found.append("identity")
        if self.boundary is not None and self.denies(self.boundary):
            found.append("boundary")
        if self.session is not None and self.denies(self.session):
            found.append("session")
        return found

    def of_an_account(self) -> tuple[str, str]:
        grants = self.grants(self.policies, attached=True)
        if self.caller["kind"] == "service":
            return ("Allow", "resource") if grants else ("ImplicitDeny", "resource")
        if self.caller["kind"] == "root":
            return "Allow", "resource" if grants else "identity"
        in_boundary, in_session = self.within_boundary(), self.within_session()
        direct = [grant for grant in grants if grant != "account"]
        for grant in direct:
            if PASSES_LIMITS[grant] or (in_boundary and in_session):
                return "Allow", "resource"
        if not direct and not any(self.allows(document) for document in self.identity):
            return "ImplicitDeny", "identity"
        if not in_boundary:
            return "ImplicitDeny", "boundary"
        if not in_session:
            return "ImplicitDeny", "session"
        return "Allow", "identity"

    def across_accounts(self) -> tuple[str, str]:
        """Both accounts have to allow: the owner by its resource policies, the caller's by its own."""
        if not self.grants(self.policies, attached=True):
            return "ImplicitDeny", "resource"
        if self.caller["kind"] == "service":
            return "Allow", "resource"
        if self.caller["kind"] != "root" and not any(self.allows(document) for document in self.identity):
            return "ImplicitDeny", "identity"
        if not self.within_boundary():
            return "ImplicitDeny", "boundary"
        if not self.within_session():
            return "ImplicitDeny", "session"
        return "Allow", "resource"

    def within_boundary(self) -> bool:
        return self.boundary is None or self.allows(self.boundary)

    def within_session(self) -> bool:
        if self.session is None:
            return self.caller["kind"] != "federated"
        return self.allows(self.session)

    def denies(self, document: Document, attached: bool = False) -> bool:
        return any(True for _ in self.applying(document, "Deny", attached))

    def allows(self, document: Document) -> bool:
        return any(True for _ in self.applying(document, "Allow", False))

    def grants(self, documents: list[Document], attached: bool = False) -> list[str]:
        """The ways in which Allow statements with a Principal name the caller."""
        return [form for document in documents for form in self.applying(document, "Allow", attached)]

    def applying(self, document: Document, effect: str, attached: bool) -> Iterator[str]:
        """For each statement of that effect which applies, how it names the caller ("" where it has no Principal).

        `attached` documents are a resource's own: without Resource they are about that resource.
        """
        variables = document.get("Version") == "2012-10-17"
        for statement in as_list(document["Statement"]):
            if statement["Effect"] != effect or not self.is_action(statement):
                continue
            if not self.is_resource(statement, effect, variables, attached):
                continue
            if not self.holds(statement.get("Condition", {}), effect, variables):
                continue
            if "NotPrincipal" in statement:
                if self.is_not_principal(statement["NotPrincipal"], effect):
                    yield "not-principal"
            elif "Principal" in statement:
                for form in self.forms(statement["Principal"]):
                    by_name = form == "everyone" and self.asks_for_this_principal(statement)
                    yield "principal-arn" if by_name else form
            else:
                yield ""

    # Principal

    def forms(self, principal: Any) -> list[str]:
        """The ways in which a Principal (or NotPrincipal) element names the caller."""
        if principal == "*":
            return ["everyone"]
        caller, found = self.caller, []
        for name in as_list(principal.get("AWS", [])):
            if name == "*":
                found.append("everyone")
            elif name in (caller["account"], f"arn:{caller['partition']}:iam::{caller['account']}:root"):
                if caller["account"]:
                    found.append("account")
            elif name == caller["arn"]:
                found.append(caller["kind"])
            elif caller["kind"] == "session" and is_role(name, caller):
                found.append("role")
        if caller["kind"] == "service" and caller["arn"] in as_list(principal.get("Service", [])):
            found.append("service")
        return found

    def is_not_principal(self, element: Any, effect: str) -> bool:
        forms = set(self.forms(element))
        if "everyone" in forms:
            return False
        if effect == "Allow":
            return not forms
        if self.boundary is not None:
            return True
        needed = {
            "user": {"account", "user"},
            "role": {"account", "role"},
            "session": {"account", "role", "session"},
            "federated": {"account", "federated"},
            "root": {"account"},
            "service": {"service"},
        }[self.caller["kind"]]
        return not needed <= forms

    def asks_for_this_principal(self, statement: Document) -> bool:
        for operator, keys in statement.get("Condition", {}).items():
            if operator not in ("ArnEquals", "ArnLike", "StringEquals", "StringLike"):
                continue
            for key, values in keys.items():
                named = as_list(values)
                if key.lower() == "aws:principalarn" and self.context.get("aws:principalarn") in named:
                    return True
        return False

    # Action and Resource

    def is_action(self, statement: Document) -> bool:
        patterns = as_list(statement.get("Action", statement.get("NotAction")))
        found = False
        for pattern in patterns:
            if glob(letters(pattern.lower(), crossing=True), self.action.lower()):
                found = True
        return found if "Action" in statement else not found

    def is_resource(self, statement: Document, effect: str, variables: bool, attached: bool) -> bool:
        without = "Resource" not in statement and "NotResource" not in statement
        if attached and self.resource == "*" and (effect == "Allow" or without):
            return False
        if without:
            return True
        negated = "NotResource" in statement
        found = False
        for pattern in as_list(statement.get("Resource", statement.get("NotResource"))):
            replaced = self.replaced(pattern, variables, empty=effect == "Deny" and not negated)
            if replaced is None:
                if negated and effect == "Allow":
                    return False
            elif glob(segments(replaced), self.resource):
                found = True
        return found != negated

    def replaced(self, text: str, variables: bool, empty: bool) -> list[Any] | None:
        """A text as characters and wildcards, its variables replaced; None where one has no value, or no `empty` one.

        A replaced variable is a tuple of one text: its characters are never wildcards.
        """
        if not variables:
            return list(text)
        found: list[Any] = []
        place = 0
        while place < len(text):
            end = text.find("}", place)
            if not text.startswith("${", place) or end < 0:
                found.append(text[place])
                place += 1
                continue
            name, _, default = text[place + 2 : end].partition(",")
            place = end + 1
            if name in ("*", "?", "$"):
                found.append((name,))
                continue
            value = self.context.get(name.strip().lower())
            if value == "" and not empty:
                return None
            if value is None and default:
                value = default.strip()[1:-1]
            if not isinstance(value, str):
                return None
            found.append((value,))
        return found

    # Condition

    def holds(self, conditions: Document, effect: str, variables: bool) -> bool:
        for operator, keys in conditions.items():
            for key, values in keys.items():
                wanted = [value_text(value) for value in as_list(values)]
                if not self.holds_for(operator, self.context.get(key.lower()), wanted, effect, variables):
                    return False
        return True

    def holds_for(
        self, operator: str, given: str | list[str] | None, wanted: list[str], effect: str, variables: bool
    ) -> bool:
        if operator == "Null":
            is_null = given in (None, "", [""])
            return any(is_null == (value.lower() == "true") for value in wanted)
        qualifier, _, name = operator.rpartition(":")
        if_exists = name.endswith("IfExists")
        name = name.removesuffix("IfExists")
        negated = "Not" in name
        if given is None:
            if if_exists or qualifier == "ForAllValues":
                return True
            return negated and qualifier != "ForAnyValue"
        values = as_list(given)
        results = [self.compares(name, negated, value, wanted, effect, variables) for value in values]
        if qualifier:
            results = [result for value, result in zip(values, results, strict=True) if value != ""]
        if qualifier == "ForAllValues":
            return all(results)
        if qualifier == "ForAnyValue":
            return any(results)
        return all(results) and bool(results) if effect == "Allow" else any(results)

    def compares(self, name: str, negated: bool, value: str, wanted: list[str], effect: str, variables: bool) -> bool:
        takes_variables = name.startswith(("String", "Arn"))
        held = []
        for empty in (True, False):
            patterns = [self.replaced(text, variables and takes_variables, empty) for text in wanted]
            found = [matches(name.replace("Not", "", 1), value, pattern) for pattern in patterns if pattern is not None]
            held.append(any(found) != negated)
        return all(held) if effect == "Allow" else any(held)


def matches(name: str, value: str, wanted: list[Any]) -> bool:
    """Whether a value of the request matches one of the policy, by an operator without its negation."""
    text = "".join(each[0] for each in wanted)
    if name == "StringEquals":
        return value == text
    if name == "StringEqualsIgnoreCase":
        return value.lower() == text.lower()
    if name == "StringLike":
        return glob([wildcard(each, crossing=True) for each in wanted], value)
    if name in ("ArnEquals", "ArnLike"):
        return is_arn_like(value, wanted)
    if name == "Bool":
        return value.lower() == text.lower()
    if name == "BinaryEquals":
        return base64.b64decode(value) == base64.b64decode(text)
    if name == "IpAddress":
        return ipaddress.ip_address(value) in ipaddress.ip_network(text, strict=False)
    if name.startswith("Numeric"):
        return compared(name.removeprefix("Numeric"), Decimal(value), Decimal(text))
    if name.startswith("Date"):
        return compared(name.removeprefix("Date"), moment(value), moment(text))
    raise ValueError(name)


def compared(relation: str, left: Any, right: Any) -> bool:
    if relation == "Equals":
        return bool(left == right)
    if relation == "LessThan":
        return bool(left < right)
    if relation == "LessThanEquals":
        return bool(left <= right)
    if relation == "GreaterThan":
        return bool(left > right)
    if relation == "GreaterThanEquals":
        return bool(left >= right)
    raise ValueError(relation)


def moment(text: str) -> datetime:
    """A W3C date (a year, a month, a day, or a time with its zone) or seconds since 1970."""
    if text.isdigit() and len(text) != 4:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=int(text))
    for form in ("%Y", "%Y-%m", "%Y-%m-%d"):
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    return datetime.fromisoformat(text)


def is_arn_like(value: str, wanted: list[Any]) -> bool:
    """Each of the six parts by itself; the last one may have colons."""
    patterns: list[list[Any]] = [[]]
    for each in wanted:
        if each == ":" and len(patterns) < 6:
            patterns.append([])
        else:
            patterns[-1].append(each)
    parts = value.split(":", 5)
    if len(parts) != 6 or len(patterns) != 6:
        return False
    return all(
        glob([wildcard(each, crossing=True) for each in pattern], part)
        for pattern, part in zip(patterns, parts, strict=True)
    )


# Wildcards: a pattern is a list of ("text", t), ("one", crosses) and ("any", crosses); who crosses may take a colon.


def wildcard(each: Any, crossing: bool) -> tuple[str, Any]:
    if each == "*":
        return "any", crossing
    if each == "?":
        return "one", crossing
    return "text", each if isinstance(each, str) else each[0]


def letters(pattern: str, crossing: bool) -> list[tuple[str, Any]]:
    return [wildcard(each, crossing) for each in pattern]


def segments(pattern: list[Any]) -> list[tuple[str, Any]]:
    """A resource's pattern: wildcards stay within their segment, but for a `*` that ends one."""
    last = len(pattern) - 1
    return [
        wildcard(each, crossing=each == "*" and (place == last or pattern[place + 1] == ":"))
        for place, each in enumerate(pattern)
    ]


def glob(pattern: list[tuple[str, Any]], text: str) -> bool:
    if not pattern:
        return text == ""
    (kind, what), rest = pattern[0], pattern[1:]
    if kind == "text":
        return text.startswith(what) and glob(rest, text[len(what) :])
    if kind == "one":
        return text != "" and (what or text[0] != ":") and glob(rest, text[1:])
    if not rest and what:
        return True
    if glob(rest, text):
        return True
    return text != "" and (what or text[0] != ":") and glob(pattern, text[1:])


# The request


def caller_of(principal: str) -> dict[str, str]:
    """The kind of a caller, with its account and partition."""
    if not principal.startswith("arn:"):
        return {"kind": "service", "arn": principal, "account": "", "partition": "aws", "name": principal}
    _, partition, _, _, account, rest = principal.split(":", 5)
    kind, _, name = rest.partition("/")
    kinds = {"assumed-role": "session", "federated-user": "federated"}
    return {
        "kind": kinds.get(kind, kind),
        "arn": principal,
        "account": account,
        "partition": partition,
        "name": name,
    }


def is_role(name: str, caller: dict[str, str]) -> bool:
    """Whether an ARN is the role of a caller's session: a role's name is unique in its account, whatever its path."""
    start = f"arn:{caller['partition']}:iam::{caller['account']}:role/"
    return name.startswith(start) and name.split("/")[-1] == caller["name"].split("/")[0]


def account_of(resource: str) -> str:
    return resource.split(":", 5)[4] if resource.startswith("arn:") else ""


def context_of(request: dict[str, Any], caller: dict[str, str], owner: str) -> dict[str, Any]:
    """The request's keys in lower case, with those that follow from who asks for what."""
    context = {key.lower(): value for key, value in request.get("context", {}).items() if value != []}
    if request["resource"] == "*":
        for key in list(context):
            if key.startswith(("aws:resourcetag/", "ecr:resourcetag/")):
                del context[key]
    else:
        region = request["resource"].split(":", 5)[3]
        if region:
            context["aws:requestedregion"] = region
    kind, account, name = caller["kind"], caller["account"], caller["name"]
    context["aws:principalisawsservice"] = "true" if kind == "service" else "false"
    if owner:
        context["aws:resourceaccount"] = owner
    if kind == "service":
        context["aws:principalservicename"] = caller["arn"]
        return context
    context["aws:principalaccount"] = account
    context["aws:principalarn"] = caller["arn"]
    context["aws:principaltype"] = {"user": "User", "root": "Account", "federated": "FederatedUser"}.get(
        kind, "AssumedRole"
    )
    if kind == "session":
        context["aws:principalarn"] = f"arn:{caller['partition']}:iam::{account}:role/{name.split('/')[0]}"
    if kind == "user":
        context["aws:username"] = name.split("/")[-1]
    if kind == "root":
        context["aws:userid"] = account
    if kind == "federated":
        context["aws:userid"] = f"{account}:{name}"
    return context


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def value_text(value: Any) -> str:
    """A JSON value of a condition as text."""
    return str(value).lower() if isinstance(value, bool) else str(value)
