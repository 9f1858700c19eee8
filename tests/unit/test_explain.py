"""explain: tests/cases/explain/*.yaml, a text as people paste it → what it is about.

In a text and what it `is`, ROLE, WEB, FAR, IMAGE and URL stand for ARNs and addresses, S for AWS's sentence up to its
reason, I for the sentence with its reason. `cause` is a part of one of the causes, `known` False for exit 1.
"""

from __future__ import annotations

import gzip
import json
import re
import time
from pathlib import Path
from typing import Any

import botocore
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tables import load

from ecrgen.audit.causes import TABLE
from ecrgen.audit.client import requests
from ecrgen.audit.explain import explain
from ecrgen.audit.message import TERM_OF, sentences
from ecrgen.catalog.catalog import Catalog
from ecrgen.catalog.load import builtin_file
from ecrgen.catalog.model import Target
from ecrgen.cli.views.explanation import values
from ecrgen.policy.document import PolicyDocument
from ecrgen.policy.evaluate import evaluate
from ecrgen.policy.layers import LAYERS
from ecrgen.policy.request import Request
from ecrgen.proof.operations import Situation, answer, question

CATALOG = Catalog.load(builtin_file())
ROLE = "arn:aws:sts::111122223333:assumed-role/ci/job"
WEB = "arn:aws:ecr:eu-west-1:111122223333:repository/team/web"
REGISTRY = "111122223333.dkr.ecr.eu-west-1.amazonaws.com"
S = f"User: {ROLE} is not authorized to perform: ecr:InitiateLayerUpload on resource: {WEB}"
WORDS = {
    "ROLE": ROLE,
    "WEB": WEB,
    "FAR": "arn:aws:ecr:eu-west-1:444455556666:repository/shared/base",
    "IMAGE": f"{REGISTRY}/team/web",
    "URL": f"https://{REGISTRY}/v2/team/web",
    "S": S,
    "I": f"{S} because no identity-based policy allows the ecr:InitiateLayerUpload action",
}
CASES = load("explain", {"name", "text", "is", "cause", "known"})


def login(message: str) -> bool:
    """Whether a message has causes beside a permission, and names none of the actions."""
    return "no basic auth credentials" in message or "first-pull" in " ".join(explain(CATALOG, message).causes)


def in_full(text: str) -> str:
    return re.sub("<([A-Z]+)>", lambda found: WORDS[found[1]], text)


def test_there_are_enough_cases() -> None:
    """Every sentence, client and event has its case, and the same denial in the forms that it is pasted in."""
    assert len(CASES) >= 230


@pytest.mark.parametrize(("table", "case"), CASES)
def test_case(table: dict[str, Any], case: dict[str, Any]) -> None:
    """A text is explained as its table says."""
    found = explain(CATALOG, in_full(case["text"]))
    made = values(found)
    expected = {
        key: WORDS.get(value, value) if isinstance(value, str) else value
        for key, value in case.get("is", table.get("is")).items()
    }
    assert {key: made[key] for key in expected} == expected
    assert found.known == case.get("known", True)
    assert any(case["cause"] in cause for cause in found.causes) if "cause" in case else True
    assert found.causes or not found.known


def test_every_error_of_ecr_is_known() -> None:
    """Each error that ECR's API has is one whose cause is told; none of them is taken for a missing permission."""
    model = Path(botocore.__file__).parent / "data" / "ecr" / "2015-09-21" / "service-2.json.gz"
    shapes = json.loads(gzip.decompress(model.read_bytes()))["shapes"]
    errors = [name for name, shape in shapes.items() if shape.get("exception")]
    assert len(errors) >= 40
    for name in errors:
        explained = explain(CATALOG, f"An error occurred ({name}) when calling the BatchGetImage operation: no")
        assert explained.known, name
        assert not any("permission is missing" in cause for cause in explained.causes), name


def test_no_kind_of_message_takes_long_to_look_for() -> None:
    """What a kind of message may hold between its words is of some length, so that a log takes time as it is long."""
    for kind in TABLE:
        assert not re.search(r"(\.|\\[SWDswd]|\])[*+](?!\?)(?!\Z)", kind.pattern.replace("\\s*", "")), kind.pattern
    for text in ("dkr.ecr" * 3_000, "resolve ref " + ":" * 20_000, "failed to resolve reference " + "a" * 20_000):
        begun = time.process_time()
        explain(CATALOG, text)
        assert time.process_time() - begun < 5


@pytest.mark.parametrize("layer", LAYERS)
def test_what_evaluate_says_is_read_back(layer: str) -> None:
    """The words of each decision's denial are read as the layer and the effect that it has."""
    request = Request("ecr:PutImage", WEB, ROLE)
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}

    def document(statement: dict[str, Any]) -> PolicyDocument:
        return PolicyDocument.from_dict({"Version": "2012-10-17", "Statement": statement})

    for effect, statement in (
        ("explicit", {**everything, "Effect": "Deny"}),
        ("implicit", {**everything, "Action": "s3:*"}),
    ):
        if effect == "implicit" and layer in ("resource", "rcp"):
            continue  # neither is what a request of the same account misses
        given: dict[str, Any] = {"identity": [document(everything)]}
        if layer in ("resource", "rcp"):
            statement = {**statement, "Principal": "*"}
        if layer == "resource":
            del statement["Resource"]
        one = document(statement)
        argument = {"scp": "scps", "rcp": "rcps"}.get(layer, layer)
        given[argument] = (
            [[one]] if layer in ("scp", "rcp") else one if layer in ("boundary", "session", "endpoint") else [one]
        )
        if layer == "endpoint":
            given[argument] = document({**statement, "Principal": "*"})
        decision = evaluate(request, **given)
        (denial,) = sentences(
            f"User: {ROLE} is not authorized to perform: ecr:PutImage on resource: {WEB} {decision.denial}"
        )
        assert (denial.layer, denial.effect) == (decision.layer, effect) == (layer, effect)


def test_every_message_of_the_catalog_is_explained() -> None:
    """Whatever `can` says that a client shows, of each action alone, explain reads as that operation and action."""
    seen: set[tuple[str, str]] = set()
    situation = Situation(Target("aws", "111122223333", ("eu-west-1",)), ROLE, {"aws:TagKeys": "team"})
    for operation in CATALOG.operations.values():
        asked = question(CATALOG, operation.name, "team/web", situation)
        for client in operation.clients:
            for action in {action for request in client.requests for action in request.actions}:
                allowed = [step.request.action for step in asked.steps if step.request.action != action]
                policy = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": allowed, "Resource": "*"}}
                message = answer(asked, identity=[PolicyDocument.from_dict(policy)]).messages[client.name]
                assert message is not None
                if (message, action) in seen:
                    continue
                seen.add((message, action))
                found = explain(CATALOG, message.replace("TAG", "1.2").replace("DIGEST", "sha256:0123"))
                assert found.known, message
                if "is not authorized" in message:
                    assert (found.denial.action, found.denial.layer) == (action, "identity"), message
                else:
                    assert action in (found.denial.action, *" ".join(found.causes).replace(",", "").split()) or login(
                        message
                    )


@pytest.mark.parametrize("action", sorted({action for each in CATALOG.operations.values() for action in each.actions}))
def test_the_persona_gives_what_was_denied(action: str) -> None:
    """The persona of an explanation allows the action on the resource, and none with a pattern where names do."""
    found = explain(CATALOG, f"User: {ROLE} is not authorized to perform: {action} on resource: {WEB}")
    if found.remedy is None:
        assert any(cause.startswith("No persona") for cause in found.causes)
        return
    policy = CATALOG.render(found.remedy.persona, account="111122223333", region="eu-west-1", **found.remedy.arguments)
    resource = "*" if action in ("ecr:GetAuthorizationToken", "ecr-public:GetAuthorizationToken") else WEB
    assert (
        evaluate(Request(action, resource, ROLE), identity=[policy]).allowed
        or action.startswith("ecr-public:")
        or resource == WEB
    )
    if "*" in str(found.remedy.arguments):
        assert found.remedy.persona == "cached-pull"


def test_layers_have_their_words() -> None:
    """Every layer of evaluate can be read."""
    assert TERM_OF.keys() == {*LAYERS, "trust"}


def test_requests_of_the_catalog_are_looked_at() -> None:
    """There is something to invert."""
    assert len(list(requests(CATALOG))) > 30


@given(
    st.text()
    | st.text(alphabet='{}[]"\\:,nu0e \n\x1b[mUser: is not authorized to perform: ecr:*').map(
        lambda text: f"User: {text}"
    )
)
def test_any_text_has_an_answer(text: str) -> None:
    """No text makes it raise, and the answer is JSON."""
    json.dumps(values(explain(CATALOG, text)))
