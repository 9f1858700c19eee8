"""What IAM keeps of a denied request, asked by the id in its message.

GetRequestAuthorizationDetails and GetRequestAuthorizationPolicy of the service iam-toolbox read and change nothing;
they need permissions of iam by these names.
https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied-authorization-id.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Literal, TypeVar

from ecrgen.account.answers import Answer
from ecrgen.account.authorization import Authorization, Check, Effect, Evaluated, Evaluation, Matched
from ecrgen.account.faults import AwsError, fault_of
from ecrgen.errors import EcrgenError
from ecrgen.policy.layers import Layer

__all__ = ["CHECKS", "EFFECTS", "POLICY_TYPES", "STATEMENTS", "authorization", "toolbox"]

SERVICE = "iam-toolbox"
DETAILS, POLICY = "GetRequestAuthorizationDetails", "GetRequestAuthorizationPolicy"

# Every value that AWS's service model lists, as what it is to us.
CHECKS: Mapping[str, Layer] = {
    "RESOURCE_CONTROL_POLICY": "rcp",
    "SERVICE_CONTROL_POLICY": "scp",
    "VPC_ENDPOINT": "endpoint",
    "RESOURCE": "resource",
    "PRINCIPAL": "identity",
    "PERMISSIONS_BOUNDARY": "boundary",
    "SESSION": "session",
}
POLICY_TYPES: Mapping[str, Layer] = {
    "RESOURCE_CONTROL_POLICY": "rcp",
    "SERVICE_CONTROL_POLICY": "scp",
    "VPC_ENDPOINT_POLICY": "endpoint",
    "RESOURCE_BASED_POLICY": "resource",
    "IDENTITY_BASED_POLICY": "identity",
    "PERMISSIONS_BOUNDARY": "boundary",
    "SESSION_POLICY": "session",
}
EFFECTS: Mapping[str, Effect] = {
    "ALLOW": "allow",
    "NO_IMPACT": "none",
    "IMPLICIT_DENY": "implicit",
    "EXPLICIT_DENY": "explicit",
}
STATEMENTS: Mapping[str, Literal["Allow", "Deny"]] = {"ALLOW": "Allow", "DENY": "Deny"}
Value = TypeVar("Value")


def toolbox(*, profile: str | None = None, endpoint_url: str | None = None, region: str | None = None) -> Any:
    """A client as the caller whom boto3's credential chain finds, in the region of the denial, else in the profile's.

    Raises EcrgenError where the boto3 that is installed does not know the service, for a profile that is not there,
    and for settings that do not work.
    """
    import boto3
    import botocore
    from botocore.config import Config
    from botocore.exceptions import UnknownServiceError

    config = Config(retries={"mode": "standard", "total_max_attempts": 5}, connect_timeout=5, read_timeout=30)
    try:
        session = boto3.Session(profile_name=profile)
        where = region or session.region_name
        return session.client(SERVICE, region_name=where, endpoint_url=endpoint_url, config=config)  # type: ignore[call-overload]
    except UnknownServiceError:
        raise EcrgenError(
            f"botocore {botocore.__version__} does not know the service {SERVICE} yet; "
            "install a newer one: pip install --upgrade boto3"
        ) from None
    except Exception as error:
        raise AwsError(fault_of(error), DETAILS, "") from None


def authorization(client: Any, id: str) -> Authorization:
    """What IAM keeps under an id, with the documents of the policies whose layer denied the request.

    Raises EcrgenError where there is nothing (any more, or in this region), without permission or credentials, and
    where AWS is out of reach.
    """
    context: dict[str, Any] = {}
    evaluations: list[Evaluation] = []
    policies: dict[str, Evaluated] = {}
    for page in pages(client, id):
        context |= mapping(page.member("requestContext"))
        evaluations += map(evaluation, page.items("evaluations"))
        policies.update((each.uri, each) for each in map(policy, page.items("policies")))
    layers = {layer for each in evaluations for layer in denying_layers(each)}
    uris = {uri for each in evaluations for uri in denying_policies(each)}
    return Authorization(
        id,
        context,
        tuple(evaluations),
        tuple(
            with_document(client, id, each) if each.layer in layers or each.uri in uris else each
            for each in policies.values()
        ),
    )


def pages(client: Any, id: str) -> Iterator[Answer]:
    asked: dict[str, str] = {"authorizationId": id}
    seen: set[str] = set()
    while True:
        page = answered(client.get_request_authorization_details, DETAILS, client.meta.region_name, asked)
        yield page
        if page.get("nextToken") is None:
            return
        asked = asked | {"nextToken": page.text("nextToken")}
        if asked["nextToken"] in seen:
            raise page.wrong("goes round in a circle: a nextToken comes a second time; run it again")
        seen.add(asked["nextToken"])


def answered(call: Callable[..., object], operation: str, region: str, asked: Mapping[str, str]) -> Answer:
    """The answer of a call. Raises EcrgenError with what to do."""
    try:
        answer = call(**asked)
    except Exception as error:
        fault = fault_of(error)
        said = f" ({fault.message})" if fault.message else ""
        if fault.meaning == "denied":
            raise EcrgenError(f"{operation}: access denied: needs iam:{operation}{said}") from None
        if fault.code == "ResourceNotFoundException":
            raise EcrgenError(
                f"{operation}: AWS has nothing under {asked['authorizationId']} in {region}: wait a minute after the "
                "denial, ask within 24 hours, and as somebody of the account or organization that was denied"
            ) from None
        raise AwsError(fault, operation, "") from None
    return Answer(answer, f"{operation}: AWS did not answer properly")


def evaluation(given: Answer) -> Evaluation:
    checks = None if given.get("checks") is None else tuple(map(check, given.items("checks")))
    resource = given.get("resource")
    return Evaluation(
        given.text("action"),
        str(resource.value or "*") if resource else "*",
        known(given, "evaluatedEffect", EFFECTS),
        checks,
        tuple(map(matched, given.items("matchedPolicies"))),
        {} if (context := given.get("context")) is None else mapping(context),
    )


def check(given: Answer) -> Check:
    name, target = given.text("checkType"), given.get("targetArn")
    return Check(
        CHECKS.get(name),
        name,
        known(given, "evaluatedEffect", EFFECTS),
        None if target is None else given.text("targetArn"),
        tuple(map(matched, given.items("matchedPolicies"))),
    )


def matched(given: Answer) -> Matched:
    sids: dict[str, list[str]] = {"Allow": [], "Deny": []}
    for each in given.items("matchedStatements"):
        sids[known(each, "evaluatedEffect", STATEMENTS)].append(each.text("sid") if each.get("sid") else "")
    return Matched(given.text("uri"), tuple(sids["Allow"]), tuple(sids["Deny"]))


def policy(given: Answer) -> Evaluated:
    name = given.text("type")
    attached = tuple(each.text("arn") for each in given.items("attachedTo"))
    return Evaluated(POLICY_TYPES.get(name), name, given.text("uri"), given.flag("inline"), attached)


def known(given: Answer, name: str, values: Mapping[str, Value]) -> Value:
    """What a value of AWS's is to us."""
    text = given.text(name)
    if text not in values:
        raise given.wrong(f"has {name} {text}, which this version of ecrgen does not know")
    return values[text]


def denying_layers(given: Evaluation) -> Iterable[Layer | None]:
    """The layers of the checks that deny; none for what is allowed, or where AWS shows no checks."""
    return (each.layer for each in given.checks or () if each.effect in ("implicit", "explicit"))


def denying_policies(given: Evaluation) -> Iterable[str]:
    """The policies with a statement that denies."""
    return (each.uri for each in given.matched if each.denying)


def with_document(client: Any, id: str, given: Evaluated) -> Evaluated:
    """The policy with the document that was asked then, or with why it cannot be had."""
    asked = {"authorizationId": id, "policyUri": given.uri}
    try:
        answer = answered(client.get_request_authorization_policy, POLICY, client.meta.region_name, asked)
        return replace(given, document=mapping(answer.member("policyDocument")))
    except EcrgenError as error:
        return replace(given, unread=error.problems[0])


def mapping(given: Answer) -> Mapping[str, Any]:
    if not isinstance(given.value, dict):
        raise given.wrong("is not an object")
    return given.value
