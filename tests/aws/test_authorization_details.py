"""What IAM keeps of a denial, with botocore's Stubber on the service model's shapes: moto has no iam-toolbox."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import botocore
import pytest
from botocore.loaders import Loader
from botocore.stub import Stubber
from stubbed import client_of

from ecrgen.account.authorization import Authorization
from ecrgen.account.fetch_authorization import CHECKS, EFFECTS, POLICY_TYPES, STATEMENTS, authorization, toolbox
from ecrgen.audit.denial import Denial
from ecrgen.audit.explain import Explanation, explain
from ecrgen.audit.message import sentences
from ecrgen.catalog.catalog import Catalog
from ecrgen.catalog.load import builtin_file
from ecrgen.cli.views.explanation import text, values
from ecrgen.errors import EcrgenError
from ecrgen.policy.layers import LAYERS

known = "iam-toolbox" in Loader(include_default_search_paths=True).list_available_services("service-2")
needs_service = pytest.mark.skipif(not known, reason=f"botocore {botocore.__version__} has no service iam-toolbox")

CATALOG = Catalog.load(builtin_file())
ROLE = "arn:aws:iam::111122223333:role/team/ci"
SESSION = "arn:aws:sts::111122223333:assumed-role/ci/job"
WEB = "arn:aws:ecr:eu-west-1:111122223333:repository/team/web"
FAR = "arn:aws:ecr:eu-west-1:444455556666:repository/shared/base"
UNIT = "arn:aws:organizations::999988887777:ou/o-a1b2c3d4e5/ou-ab12-cdefgh34"
SCP = "arn:aws:organizations::999988887777:policy/o-a1b2c3d4e5/service_control_policy/p-12345678"
MESSAGE = (
    f"User: {SESSION} is not authorized to perform: ecr:PutImage on resource: {WEB} because no identity-based policy "
    "allows the ecr:PutImage action. Go to https://eu-west-1.console.aws.amazon.com/iam/home?region=eu-west-1"
    "#/authorization-details/abc123 for complete details, or call the GetRequestAuthorizationDetails API with the "
    "following authorization id: abc123"
)
DENY = {"Version": "2012-10-17", "Statement": [{"Sid": "NoPush", "Effect": "Deny", "Action": "ecr:*", "Resource": "*"}]}


@pytest.fixture
def client() -> Any:
    """A client that could not sign a real request, and is stubbed."""
    return client_of("iam-toolbox", "eu-west-1")


def check(kind: str, effect: str, *matched: dict[str, Any], target: str | None = None) -> dict[str, Any]:
    made: dict[str, Any] = {"checkType": kind, "evaluatedEffect": effect, "matchedPolicies": list(matched)}
    return made | ({"targetArn": target} if target else {})


def matched(uri: str, effect: str, *sids: str) -> dict[str, Any]:
    return {"uri": uri, "matchedStatements": [{"sid": sid, "evaluatedEffect": effect} for sid in sids]}


def policy(kind: str, uri: str, attached: str, *, inline: bool = False) -> dict[str, Any]:
    return {"type": kind, "uri": uri, "inline": inline, "attachedTo": [{"arn": attached}]}


def evaluation(effect: str, *checks: dict[str, Any], action: str = "ecr:PutImage", on: str = WEB) -> dict[str, Any]:
    return {"action": action, "resource": on, "evaluatedEffect": effect, "checks": list(checks)}


def details(evaluations: list[dict[str, Any]], *policies: dict[str, Any]) -> dict[str, Any]:
    return {
        "requestContext": {"aws:PrincipalArn": ROLE, "aws:MultiFactorAuthPresent": "false"},
        "evaluations": evaluations,
        "policies": list(policies),
    }


def asked(client: Any, message: str = MESSAGE) -> Explanation:
    return explain(CATALOG, message, None, lambda denial: authorization(client, denial.authorization or ""))


@needs_service
def test_every_value_of_the_model_is_mapped() -> None:
    """Each enumerated value of AWS's model has its meaning here: one that comes with a newer model fails this."""
    shapes = Loader(include_default_search_paths=True).load_service_model("iam-toolbox", "service-2")["shapes"]
    enums = {name: set(shape["enum"]) for name, shape in shapes.items() if "enum" in shape}
    assert enums == {
        "CheckType": set(CHECKS),
        "CheckEffect": set(EFFECTS),
        "EvaluatedEffect": set(EFFECTS) - {"NO_IMPACT"},
        "PolicyType": set(POLICY_TYPES),
        "StatementEffect": set(STATEMENTS),
    }
    assert set(CHECKS.values()) == set(POLICY_TYPES.values()) == set(LAYERS)


@needs_service
@pytest.mark.parametrize("kind", CHECKS)
@pytest.mark.parametrize("effect", ["IMPLICIT_DENY", "EXPLICIT_DENY"])
def test_the_check_that_denies_is_the_layer(client: Any, stub: Stubber, kind: str, effect: str) -> None:
    """Layer and effect are AWS's, whatever the message says."""
    allowed = [check(other, "ALLOW") for other in CHECKS if other != kind]
    stub.add_response("get_request_authorization_details", details([evaluation(effect, check(kind, effect), *allowed)]))
    found = asked(client)
    assert (found.denial.layer, found.denial.effect) == (CHECKS[kind], EFFECTS[effect])


@needs_service
def test_a_deny_is_told_with_its_statement_and_its_document(client: Any, stub: Stubber) -> None:
    """The policy with the Deny is named, its document is that of the time of the request, and no grant is advised."""
    denied = check("SERVICE_CONTROL_POLICY", "EXPLICIT_DENY", matched(SCP, "DENY", "NoPush"), target=UNIT)
    allowed = check("PRINCIPAL", "ALLOW", matched("inline-1", "ALLOW", "Push"))
    stub.add_response(
        "get_request_authorization_details",
        details(
            [evaluation("EXPLICIT_DENY", denied, allowed)],
            policy("SERVICE_CONTROL_POLICY", SCP, UNIT),
            policy("IDENTITY_BASED_POLICY", "inline-1", ROLE, inline=True),
        ),
        {"authorizationId": "abc123"},
    )
    stub.add_response(
        "get_request_authorization_policy",
        {"policyDocument": DENY},
        {"authorizationId": "abc123", "policyUri": SCP},
    )
    found = asked(client)
    shown = values(found)
    assert (shown["layer"], shown["effect"], shown["policy"], shown["grant"]) == ("scp", "explicit", SCP, None)
    assert found.causes[0] == f"By AWS, statement NoPush of {SCP} denies it (service control policy of {UNIT})."
    assert shown["policies"] == [
        {
            "layer": "scp",
            "type": "SERVICE_CONTROL_POLICY",
            "uri": SCP,
            "inline": False,
            "attached_to": [UNIT],
            "denies": ["NoPush"],
            "allows": [],
            "document": DENY,
        },
        {
            "layer": "identity",
            "type": "IDENTITY_BASED_POLICY",
            "uri": "inline-1",
            "inline": True,
            "attached_to": [ROLE],
            "denies": [],
            "allows": ["Push"],
            "document": None,
        },
    ]
    lines = list(text(found))
    assert f"policy: {SCP}: service control policy; of {UNIT}; denies by NoPush" in lines
    assert f"policy: an inline policy of {ROLE}: identity-based policy; allows by Push" in lines


@needs_service
def test_every_page_is_read_and_the_role_has_its_path(client: Any, stub: Stubber) -> None:
    """Evaluations of all pages count: the one that the message is about decides, and others that deny are named."""
    other = evaluation("IMPLICIT_DENY", check("PRINCIPAL", "IMPLICIT_DENY"), action="kms:Decrypt", on="")
    missing = evaluation("IMPLICIT_DENY", check("RESOURCE", "IMPLICIT_DENY"), check("PRINCIPAL", "ALLOW"), on=FAR)
    stub.add_response(
        "get_request_authorization_details", details([other]) | {"nextToken": "two"}, {"authorizationId": "abc123"}
    )
    stub.add_response(
        "get_request_authorization_details", details([missing]), {"authorizationId": "abc123", "nextToken": "two"}
    )
    found = asked(client, MESSAGE.replace(WEB, FAR))
    assert (found.denial.layer, found.denial.resource, found.half) == ("resource", FAR, "repository")
    assert found.remedy is not None
    assert found.remedy.grant is not None
    assert found.remedy.grant["to"] == [ROLE]
    assert "By AWS, also denied: kms:Decrypt on *." in found.causes


@needs_service
def test_of_several_missing_allows_the_first_in_the_order_of_aws_is_the_layer(client: Any, stub: Stubber) -> None:
    """Every check that lacks an Allow is told, with what it looked at."""
    owner, caller = check("RESOURCE", "IMPLICIT_DENY"), check("PRINCIPAL", "IMPLICIT_DENY")
    stub.add_response(
        "get_request_authorization_details",
        details([evaluation("IMPLICIT_DENY", owner, caller, on=FAR)], policy("IDENTITY_BASED_POLICY", "x", ROLE)),
    )
    stub.add_client_error("get_request_authorization_policy", "AccessDeniedException", "No.", 403)
    found = asked(client, MESSAGE.replace(WEB, FAR))
    assert found.denial.layer == "resource"
    assert found.causes[:2] == (
        "By AWS, no resource-based policy allows it; there is none.",
        "By AWS, no identity-based policy allows it; it looked at x.",
    )
    assert any("needs iam:GetRequestAuthorizationPolicy" in cause for cause in found.causes)


@needs_service
@pytest.mark.parametrize(
    ("context", "said"),
    [
        ({}, "by AWS, the request had aws:MultiFactorAuthPresent false."),
        ({"aws:MultiFactorAuthPresent": False}, "by AWS, the request had aws:MultiFactorAuthPresent false."),
        (
            {"AWS:MultiFactorAuthPresent": ["true", "x"]},
            "by AWS, the request had aws:MultiFactorAuthPresent true and x.",
        ),
    ],
)
def test_a_guard_that_did_not_hold_is_told_with_the_request_s_own_key(
    client: Any, stub: Stubber, tmp_path: Path, context: dict[str, Any], said: str
) -> None:
    """Where a grant gives it under a guard, the guard's key has the request's value, or that of the evaluation."""
    file = tmp_path / "catalog.yaml"
    file.write_text(
        'version: 1\nextends: builtin\naccount: "111122223333"\nregion: eu-west-1\n'
        "grants: {web: {persona: push, with: {repo: team/web}, guards: [mfa], to: role/team/ci}}\n"
    )
    denied = evaluation("IMPLICIT_DENY", check("PRINCIPAL", "IMPLICIT_DENY"))
    stub.add_response("get_request_authorization_details", details([denied | {"context": context}]))
    found = explain(Catalog.load(file), MESSAGE, None, lambda denial: authorization(client, denial.authorization or ""))
    assert [cause for cause in found.causes if "Grant web" in cause] == [
        f"Grant web gives this already, under mfa: {said}"
    ]


@needs_service
def test_without_checks_a_deny_that_matched_is_the_layer(client: Any, stub: Stubber) -> None:
    """AWS shows its checks to the principal's own account and organization; a policy's Deny tells the layer, too."""
    made: dict[str, Any] = {"action": "ecr:PutImage", "resource": WEB, "evaluatedEffect": "EXPLICIT_DENY"}
    denied = made | {"matchedPolicies": [matched("inline-2", "DENY", "No")]}
    told = policy("RESOURCE_BASED_POLICY", "inline-2", WEB, inline=True)
    stub.add_response("get_request_authorization_details", details([denied], told))
    stub.add_response("get_request_authorization_policy", {"policyDocument": DENY})
    found = asked(client)
    assert (found.denial.layer, found.denial.effect, found.denial.policy) == ("resource", "explicit", None)
    stub.add_response("get_request_authorization_details", details([made | {"evaluatedEffect": "IMPLICIT_DENY"}]))
    found = asked(client)
    assert (found.denial.layer, found.denial.effect) == (None, "implicit")
    assert "the account and the organization of whoever was denied" in found.causes[0]


@needs_service
@pytest.mark.parametrize(
    ("code", "status", "said"),
    [
        ("ResourceNotFoundException", 404, "nothing under abc123 in eu-west-1"),
        ("AccessDeniedException", 403, "needs iam:GetRequestAuthorizationDetails"),
        ("ValidationException", 400, "ValidationException"),
        ("UnrecognizedClientException", 403, "does not accept the credentials"),
    ],
)
def test_what_aws_refuses_is_an_error_that_says_what_to_do(
    client: Any, stub: Stubber, code: str, status: int, said: str
) -> None:
    """Each error of the model, and credentials that are none."""
    stub.add_client_error("get_request_authorization_details", code, "Because.", status)
    with pytest.raises(EcrgenError, match=said):
        asked(client)


@needs_service
def test_an_answer_that_is_none_is_an_error(client: Any) -> None:
    """Whatever comes in place of the model's shapes ends in an error, never in a traceback."""

    class Wrong:
        meta = client.meta

        def __init__(self, answer: Any) -> None:
            self.get_request_authorization_details = lambda **asked: answer

    whole = details(
        [evaluation("IMPLICIT_DENY", check("PRINCIPAL", "IMPLICIT_DENY"))], policy("SESSION_POLICY", "x", ROLE)
    )
    for broken in (
        None,
        [],
        {},
        whole | {"requestContext": "x"},
        whole | {"evaluations": [{}]},
        whole | {"evaluations": [evaluation("MAYBE")]},
        whole | {"policies": [{"uri": 7}]},
        whole | {"nextToken": "again"},
    ):
        with pytest.raises(EcrgenError, match="did not answer properly"):
            authorization(Wrong(broken), "abc123")


@needs_service
def test_kinds_that_are_not_known_yet_are_named(client: Any) -> None:
    """A check and a policy of a kind that this version does not know are told by AWS's names, as no layer."""

    class Newer:
        meta = client.meta

        def get_request_authorization_details(self, **asked: Any) -> Any:
            return details(
                [evaluation("IMPLICIT_DENY", check("WEATHER", "IMPLICIT_DENY"))], policy("SKY_POLICY", "x", ROLE)
            )

        def get_request_authorization_policy(self, **asked: Any) -> Any:
            return {"policyDocument": DENY}

    found = asked(Newer())
    assert (found.denial.layer, found.denial.effect) == (None, "implicit")
    assert "By AWS, no policy of check WEATHER allows it; it looked at x." in found.causes
    assert f"policy: x: SKY_POLICY; of {ROLE}" in list(text(found))


def test_only_a_message_with_an_id_can_be_asked_about() -> None:
    """Without an authorization id nothing is asked, and the error says what such a message has."""

    def ask(denial: Denial) -> Authorization:
        raise AssertionError("asked AWS")

    for message in (MESSAGE.partition(" Go to")[0], "no basic auth credentials", "all is well"):
        with pytest.raises(EcrgenError, match="no authorization id"):
            explain(CATALOG, message, None, ask)


def test_the_region_is_that_of_the_denial() -> None:
    """The console's address in the message tells where IAM keeps the details."""
    assert sentences(MESSAGE.replace("region=eu-west-1", "region=us-gov-west-1"))[0].region == "us-gov-west-1"
    assert sentences(MESSAGE.partition(" Go to")[0])[0].region is None


def test_a_botocore_without_the_service_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a botocore that does not know the service yet, the error says which to install."""
    listed = Loader.list_available_services
    monkeypatch.setattr(
        Loader,
        "list_available_services",
        lambda self, type_name: [each for each in listed(self, type_name) if each != "iam-toolbox"],
    )
    with pytest.raises(EcrgenError, match=r"does not know the service iam-toolbox yet.*pip install --upgrade boto3"):
        toolbox(region="eu-west-1")


def test_without_the_option_aws_is_never_asked() -> None:
    """`explain` of a message with an id loads no boto3, and a profile without the option is refused."""
    program = (
        "import sys; from ecrgen.cli.main import main\n"
        "try: main()\n"
        "except SystemExit as end: print(end.code, 'boto3' in sys.modules, file=sys.stderr)"
    )
    for options, code in (((), "None"), (("--profile", "x"), "2")):
        ran = subprocess.run(
            [sys.executable, "-c", program, "explain", MESSAGE, *options], capture_output=True, text=True, check=False
        )
        assert ran.stderr.splitlines()[-1] == f"{code} False", ran.stderr


@needs_service
def test_the_command_asks_where_the_message_says(tmp_path: Path) -> None:
    """`--authorization-details` sends a signed request in the region of the denial, and shows what comes."""
    asked_for: list[tuple[str, str]] = []

    class Toolbox(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked_for.append((self.path, self.headers["Authorization"].split("/")[2]))
            answer = json.dumps(details([evaluation("IMPLICIT_DENY", check("SESSION", "IMPLICIT_DENY"))])).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Toolbox)
    thread = Thread(target=server.serve_forever)
    thread.start()
    endpoint = ("--endpoint-url", f"http://127.0.0.1:{server.server_port}")
    try:
        ran = subprocess.run(
            [sys.executable, "-m", "ecrgen", "explain", MESSAGE, "--authorization-details", "--json", *endpoint],
            capture_output=True,
            text=True,
            check=False,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(tmp_path),
                "AWS_REGION": "us-east-1",
                "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
                "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            },
        )
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout)["layer"] == "session"
    assert asked_for == [("/authorization-details/abc123", "eu-west-1")]
