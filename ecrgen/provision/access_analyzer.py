"""The same documents through IAM Access Analyzer: its findings, and one list of them and the offline ones.

ValidatePolicy is free, changes nothing and needs access-analyzer:ValidatePolicy only.
https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_ValidatePolicy.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ecrgen.account.faults import AwsError, fault_of
from ecrgen.errors import EcrgenError, PolicyError
from ecrgen.policy.check import RULES, Finding, document_order
from ecrgen.policy.document import PolicyDocument
from ecrgen.policy.elements import parse_json
from ecrgen.policy.kinds import PolicyKind
from ecrgen.policy.recognise import as_type

if TYPE_CHECKING:
    from mypy_boto3_accessanalyzer import AccessAnalyzerClient

__all__ = ["analyzer", "merged", "validated"]

OPERATION = "ValidatePolicy"


def analyzer(
    *, profile: str | None = None, endpoint_url: str | None = None, region: str | None = None
) -> AccessAnalyzerClient:
    """A client as the caller whom boto3's credential chain finds; `region` is used where the profile names none.

    Raises EcrgenError for a profile that is not there or settings that do not work.
    """
    import boto3
    from botocore.config import Config

    try:
        session = boto3.Session(profile_name=profile)
        config = Config(retries={"mode": "standard", "total_max_attempts": 5}, connect_timeout=5, read_timeout=30)
        where = session.region_name or region
        return session.client("accessanalyzer", region_name=where, endpoint_url=endpoint_url, config=config)
    except Exception as error:
        raise AwsError(fault_of(error), OPERATION, "") from None


def validated(
    client: AccessAnalyzerClient,
    policy: PolicyDocument | str | bytes,
    *,
    policy_type: str | None = None,
) -> tuple[Finding, ...]:
    """Access Analyzer's findings on a document, one for each place that it names. `policy_type` as in check.

    Access Analyzer has no resource type for ECR, and checks what all resource policies share; that the policy of a
    repository names no Resource is left out.
    Raises EcrgenError without credentials, without permission or where AWS is out of reach.
    """
    text = policy_text(policy)
    kind = kind_of(text, policy_type)
    found = [finding for reply in pages(client, text, kind) for finding in findings_of(reply)]
    of_kind = (finding for finding in found if finding.code != "MISSING_RESOURCE" or kind.resource == "needed")
    return tuple(sorted(of_kind, key=document_order))


def pages(client: AccessAnalyzerClient, text: str, kind: PolicyKind) -> Iterator[Mapping[str, Any]]:
    """The findings of every page, as AWS sends them."""
    asked: Any = {"policyDocument": text, "policyType": kind.analyzer}
    if kind.analyzer_resource:
        asked["validatePolicyResourceType"] = kind.analyzer_resource
    while True:
        try:
            page: Mapping[str, Any] = client.validate_policy(**asked)
        except Exception as error:
            fault = fault_of(error)
            if fault.meaning == "denied":
                said = f" ({fault.message})" if fault.message else ""
                raise EcrgenError(f"{OPERATION}: access denied: needs access-analyzer:{OPERATION}{said}") from None
            raise AwsError(fault, OPERATION, "") from None
        yield from page["findings"]
        if not page.get("nextToken"):
            return
        asked["nextToken"] = page["nextToken"]


def policy_text(policy: PolicyDocument | str | bytes) -> str:
    if isinstance(policy, PolicyDocument):
        return policy.to_json(indent=None)
    return policy if isinstance(policy, str) else policy.decode("utf-8-sig", errors="replace")


def kind_of(text: str, policy_type: str | None) -> PolicyKind:
    try:
        data = parse_json(text)
    except PolicyError:
        data = None
    return as_type(data, policy_type).kind


def findings_of(reply: Mapping[str, Any]) -> Iterator[Finding]:
    """A finding of Access Analyzer as ours, once for each place."""
    code = str(reply["issueCode"])
    rule = RULES.get(code)
    paths = dict.fromkeys(path_of(location["path"]) for location in reply["locations"]) or {"": None}
    for path in paths:
        yield Finding(
            code,
            reply["findingType"],
            path,
            " ".join(str(reply["findingDetails"]).split()),
            rule.fix if rule is not None else "",
            str(reply["learnMoreLink"]),
            "access-analyzer",
        )


def path_of(elements: Iterable[Mapping[str, Any]]) -> str:
    """AWS's path elements as ours: names are steps, indexes are in brackets; a part of a text is that text."""
    path = ""
    for element in elements:
        if "index" in element:
            path += f"[{element['index']}]"
        elif "substring" not in element:
            name = str(element.get("value", element.get("key", "")))
            path += f".{name}" if path else name
    return path


def merged(offline: Iterable[Finding], theirs: Iterable[Finding]) -> tuple[Finding, ...]:
    """One list of both: what is found by both at one place is there once, in our words and marked so."""
    found = list(theirs)
    out = []
    for finding in offline:
        same = next((other for other in found if is_same(finding, other)), None)
        out.append(finding if same is None else replace(finding, origin="both"))
    alone = (other for other in found if not any(is_same(finding, other) for finding in out))
    return tuple(sorted((*out, *alone), key=document_order))


def is_same(ours: Finding, theirs: Finding) -> bool:
    """True for one code and one path, or a path inside the other's (a list, one value of it)."""
    if ours.code != theirs.code:
        return False
    short, long = sorted((ours.path, theirs.path), key=len)
    return short == long or (short != "" and long.startswith((f"{short}.", f"{short}[")))
