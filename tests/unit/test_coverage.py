"""Coverage: which persona gives each action of ECR, and how each differs from AWS's own managed policies."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest

from ecrgen.catalog.catalog import Catalog
from ecrgen.catalog.load import builtin_file
from ecrgen.catalog.model import Persona, Target
from ecrgen.catalog.render import render
from ecrgen.policy import reference
from ecrgen.policy.access import diff
from ecrgen.policy.aws_policies import aws_policies
from ecrgen.policy.evaluate import evaluate
from ecrgen.policy.request import Request
from ecrgen.proof.coverage import Coverage, Giver, coverage

TARGET = Target("aws", "123456789012", ("us-east-1",))
BUILTIN = Catalog.load(builtin_file())
NAMES = {"repository": "my-repo", "repository-pattern": "team-a/*"}
REPOSITORIES = ("my-repo", "team-a/web", "docker-hub/web")


@cache
def builtin() -> Coverage:
    return coverage(BUILTIN, TARGET)


def allows(document: Any, action: str) -> bool:
    """Does the reference evaluator let an action through, on a repository or without one, with no context?"""
    service = action.partition(":")[0]
    region = TARGET.regions[0] if service == "ecr" else ""
    asked = [f"arn:aws:{service}:{region}:{TARGET.account}:repository/{name}" for name in REPOSITORIES]
    return any(evaluate(Request(action, each), identity=[document]).allowed for each in (*asked, "*"))


@pytest.mark.parametrize(
    "persona", [each for each in BUILTIN.personas.values() if not each.of_registry], ids=lambda each: each.name
)
def test_a_persona_gives_what_the_evaluator_lets_through(persona: Persona) -> None:
    """An action is given by a persona, without conditions and optional parameters, exactly where a request passes."""
    arguments = next((each.arguments for each in persona.expect if each.arguments), {})
    required = {name: arguments[name] for name, each in persona.parameters.items() if each.required}
    document = render(BUILTIN.bind(persona.name, required), TARGET)
    for covered in builtin().actions:
        assert (Giver(persona.name) in covered.personas) is allows(document, covered.action), covered.action


def test_every_action_of_the_reference_is_told_once() -> None:
    """Given or not, each action of ECR and ECR Public stands in the list, and AWS's policies that give it with it."""
    actions = [each.action for each in builtin().actions]
    assert actions == [*reference.expand("ecr:*"), *reference.expand("ecr-public:*")]
    for each in builtin().actions:
        assert set(each.policies) == {
            name for name, policy in aws_policies().items() if allows_at_all(policy.document, each.action)
        }
    assert builtin().reference_date == reference.data_date()


def allows_at_all(document: Any, action: str) -> bool:
    """AWS's policies know conditions; each of those for ECR is on the account of the repository."""
    arn = f"arn:aws:ecr:us-east-1:{TARGET.account}:repository/my-repo"
    context = {"aws:ResourceAccount": TARGET.account, "aws:PrincipalAccount": TARGET.account}
    return any(evaluate(Request(action, each, context=context), identity=[document]).allowed for each in (arn, "*"))


@pytest.mark.parametrize(
    ("action", "giver"),
    [
        ("ecr:SetRepositoryPolicy", Giver("operator", ("repo",))),
        ("ecr:TagResource", Giver("create-and-push", ("tag_key",), True)),
        ("ecr:TagResource", Giver("repo-admin")),
        ("ecr:BatchImportUpstreamImage", Giver("cached-pull")),
        ("ecr:ReplicateImage", Giver("replication", (), False, registry=True)),
    ],
)
def test_what_an_action_takes_is_said(action: str, giver: Giver) -> None:
    """An action that comes with an optional parameter only, or under conditions, is not said to come without."""
    (covered,) = [each for each in builtin().actions if each.action == action]
    assert [each for each in covered.personas if each.persona == giver.persona] == [giver]


def test_the_nearest_policy_comes_first_with_the_whole_difference() -> None:
    """The first policy is the one with the most alike actions, and what is told of each is the difference of access."""
    compared = {each.persona: each for each in builtin().personas}
    assert compared.keys() == BUILTIN.personas.keys()
    nearest = {name: str(each.against[0].policy) for name, each in compared.items() if each.against}
    assert nearest["console-read-only"] == "AmazonEC2ContainerRegistryReadOnly (v3 of 2019-12-10)"
    assert compared["console-read-only"].against[0].differences == ()
    assert nearest["pull"] == "AmazonEC2ContainerRegistryPullOnly (v1 of 2024-10-04)"
    assert nearest["public-push"] == "AmazonElasticContainerRegistryPublicPowerUser (v1 of 2020-12-01)"
    assert nearest.keys().isdisjoint({"self-view", "operator", "replication"})
    assert compared["replication"].registry
    document = render(BUILTIN.bind("pull", {"repo": "my-repo"}), TARGET)
    for against in compared["pull"].against:
        assert against.differences == diff(document, against.policy.document)
        assert against.policy.attachable
    (own,) = [each for each in compared["pull"].against if each.policy.name == "AmazonECSTaskExecutionRolePolicy"]
    assert own.more == ("ecr:BatchCheckLayerAvailability", "logs:CreateLogStream", "logs:PutLogEvents")
    assert (own.less, own.wider, own.narrower) == ((), True, False)
    public = next(each for each in compared["pull"].against if each.policy.name.endswith("ContainerRegistryFullAccess"))
    assert {"cloudtrail:LookupEvents", "iam:CreateServiceLinkedRole"} < set(public.more)
    less = {each.policy.name: each for each in compared["cleanup"].against}["AmazonEC2ContainerRegistryReadOnly"]
    assert (less.less, less.wider, less.narrower) == (("ecr:BatchDeleteImage",), True, False)


SITE = """
version: 1
extends: builtin
personas:
  broken: {summary: Broken, template: broken.json.j2}
  deny: {summary: All but one, template: deny.json.j2}
  more:
    summary: More by options
    template: more.json.j2
    parameters: {one: {type: repository, required: false}, two: {type: repository, required: false}}
"""
DENY = """{"Version": "2012-10-17", "Statement": [
  {"Effect": "Allow", "Action": ["ecr:ListImages", "ecr:PutImage"], "Resource": "*"},
  {"Effect": "Deny", "Action": "ecr:PutImage", "Resource": "arn:aws:ecr:*:*:repository/prod"},
  {"Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*"},
  {"Effect": "Deny", "Action": "ecr:GetAuthorizationToken", "Resource": "*"}
]}"""
MORE = """{"Version": "2012-10-17", "Statement": [
  {% if one and two %}{"Effect": "Allow", "Action": "ecr:PutImage", "Resource": "*"},{% endif %}
  {% if one %}{"Effect": "Allow", "Action": "ecr:ListImages", "Resource": "*"},{% endif %}
  {"Effect": "Allow", "Action": "ecr:ListImages", "Resource": "*",
   "Condition": {"Bool": {"aws:SecureTransport": "true"}}}
]}"""


@pytest.fixture
def site(tmp_path: Path) -> Coverage:
    (tmp_path / "templates").mkdir()
    for name, text in (("broken", "{{ nothing }}"), ("deny", DENY), ("more", MORE)):
        (tmp_path / f"templates/{name}.json.j2").write_text(text)
    (tmp_path / "catalog.yaml").write_text(SITE)
    return coverage(Catalog.load(tmp_path / "catalog.yaml"), TARGET)


def givers(shown: Coverage, persona: str) -> dict[str, list[Giver]]:
    found = {each.action: [one for one in each.personas if one.persona == persona] for each in shown.actions}
    return {action: those for action, those in found.items() if those}


def test_what_a_deny_takes_back_is_not_given(site: Coverage) -> None:
    """What is denied whole is not given, and what is denied somewhere is limited."""
    assert givers(site, "deny") == {
        "ecr:ListImages": [Giver("deny")],
        "ecr:PutImage": [Giver("deny", (), True)],
    }


def test_what_several_parameters_give_together_is_told(site: Coverage) -> None:
    """An action of one parameter names that, an action of both names both, and one without conditions comes beside."""
    assert givers(site, "more") == {
        "ecr:ListImages": [Giver("more", (), True), Giver("more", ("one",))],
        "ecr:PutImage": [Giver("more", ("one", "two"))],
    }


def test_a_persona_that_cannot_be_rendered_is_not_known(site: Coverage) -> None:
    """It gives nothing and is compared with nothing, and the reason is told."""
    (broken,) = [each for each in site.personas if each.persona == "broken"]
    assert givers(site, "broken") == {}
    assert broken.against == ()
    assert any("nothing" in problem for problem in broken.problems)
