"""AWS's managed policies for ECR as data, and the personas that they give the same as."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from command_line import ecrgen
from moto.iam.aws_managed_policies import aws_managed_policies_data

from ecrgen.account.desired import managed_arn
from ecrgen.catalog.catalog import Catalog
from ecrgen.catalog.load import builtin_file
from ecrgen.catalog.managed import ANY_TARGET, managed_of_persona, managed_policy, managed_unlike, same_access
from ecrgen.errors import EcrgenError
from ecrgen.policy.aws_policies import aws_policies, aws_policies_date, aws_policy
from ecrgen.policy.document import PolicyDocument

PULL_ONLY = "AmazonEC2ContainerRegistryPullOnly"
READ_ONLY = "AmazonEC2ContainerRegistryReadOnly"
TASKS = "AmazonECSTaskExecutionRolePolicy"
# With which AWS's container services pull.
RUNTIMES = {TASKS, "AmazonEC2ContainerServiceforEC2Role", "AmazonEKSFargatePodExecutionRolePolicy"}


def test_the_data_is_what_aws_answers() -> None:
    """Path, version, date and document of each policy are those of moto's copy of AWS's answers, and the day of the
    copy is its latest edit; none for ECR is missing.
    """
    copied = json.loads(aws_managed_policies_data)
    assert str(aws_policies_date()) == max(each["UpdateDate"] for each in copied.values())[:10]
    assert set(aws_policies()) == {name for name in copied if "ContainerRegistry" in name or "ECR" in name} | RUNTIMES
    for name, policy in aws_policies().items():
        assert policy.document == PolicyDocument.from_dict(copied[name]["Document"])
        assert (policy.path, policy.version, policy.edited) == (
            copied[name]["Path"],
            copied[name]["DefaultVersionId"],
            date.fromisoformat(copied[name]["UpdateDate"][:10]),
        )


@pytest.mark.parametrize(
    "name", [PULL_ONLY, f"arn:aws:iam::aws:policy/{PULL_ONLY}", f"arn:aws-cn:iam::aws:policy/{PULL_ONLY}"]
)
def test_a_policy_is_found_by_name_and_arn(name: str) -> None:
    """Its name and its ARN in any partition are the same policy."""
    assert aws_policy(name) is aws_policies()[PULL_ONLY]
    assert str(aws_policy(name)) == f"{PULL_ONLY} (v1 of 2024-10-04)"


@pytest.mark.parametrize(
    "name", [TASKS, f"service-role/{TASKS}", f"arn:aws-us-gov:iam::aws:policy/service-role/{TASKS}"]
)
def test_a_policy_with_a_path_is_found_with_and_without_it(name: str) -> None:
    """Its name may stand alone; its ARN has the path, and a grant attaches by that, however the policy was named."""
    assert aws_policy(name) is aws_policies()[TASKS]
    assert managed_arn(name, "aws") == f"arn:aws:iam::aws:policy/service-role/{TASKS}"


@pytest.mark.parametrize(
    "name",
    [
        "",
        "AdministratorAccess",
        PULL_ONLY.lower(),
        f"arn:aws:iam::111122223333:policy/{PULL_ONLY}",
        f"/{PULL_ONLY}",
        f"arn:aws:iam::aws:policy/{TASKS}",
        f"service-role/{PULL_ONLY}",
    ],
)
def test_any_other_policy_is_not_known(name: str) -> None:
    """A policy of another name, of an account, or at another path, is none of AWS's for ECR."""
    assert aws_policy(name) is None


def test_a_persona_that_gives_the_same_is_found_by_comparison() -> None:
    """The built-in catalog does not say that console-read-only is ReadOnly; what it gives does."""
    persona = Catalog.load(builtin_file()).personas["console-read-only"]
    assert persona.managed_policy is None
    assert managed_of_persona(persona) == (f"{READ_ONLY} (v3 of 2019-12-10)", True)


@pytest.mark.parametrize("name", ["pull", "pull-prefix"])
def test_a_persona_of_named_repositories_names_the_policy_that_is_for_all(name: str) -> None:
    """A pull of named repositories names PullOnly, which is told to give more: other repositories, and an import."""
    catalog = Catalog.load(builtin_file())
    assert managed_of_persona(catalog.personas[name]) == (f"{PULL_ONLY} (v1 of 2024-10-04)", False)
    bound = catalog.bind(name, {"repo": ["team/web"] if name == "pull" else ["team/*"]})
    assert managed_policy(bound) == PULL_ONLY
    unlike = managed_unlike(bound, ANY_TARGET)
    assert {each.direction for each in unlike or ()} == {"gained"}
    assert "newly grants ecr:BatchImportUpstreamImage on *" in [each.words for each in unlike or ()]


def test_a_plan_says_what_the_policy_gives_beyond_the_persona(tmp_path: Path) -> None:
    """A grant that attaches PullOnly for named repositories is planned, with a note about what comes with it."""
    role = {"RoleName": "ci", "Path": "/", "Arn": "arn:aws:iam::111122223333:role/ci", "AttachedManagedPolicies": []}
    state = {"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [role], "Policies": []}
    (tmp_path / "state.json").write_text(json.dumps(state))
    start = 'version: 1\nextends: builtin\naccount: "111122223333"\nregion: eu-west-1\ngrants:\n'
    for grant, notes in (
        ("  g: {persona: console-read-only, managed: true, to: role/ci}\n", 0),
        ("  g: {persona: pull, managed: true, with: {repo: team/web}, to: role/ci}\n", 2),
    ):
        (tmp_path / "catalog.yaml").write_text(start + grant)
        result = ecrgen("-c", str(tmp_path / "catalog.yaml"), "plan", "--state", str(tmp_path / "state.json"))
        assert (result.code, result.err.count(f"note: grant g: unlike pull, {PULL_ONLY} newly grants ")) == (0, notes)


def test_a_persona_without_such_a_policy_has_none() -> None:
    """A push to named repositories has no policy of AWS's own."""
    catalog = Catalog.load(builtin_file())
    assert managed_of_persona(catalog.personas["push"]) is None
    assert managed_policy(catalog.bind("push", {"repo": ["team/web"]})) is None
    assert managed_unlike(catalog.bind("push", {"repo": ["team/web"]}), ANY_TARGET) is None


SITE = """
version: 1
extends: builtin
personas:
  every-pull:
    summary: Pull everything
    template: every-pull.json.j2
  broken: {summary: Broken, template: broken.json.j2}
grants:
  g: {persona: PERSONA, managed: true, to: [role/ci]}
"""
EVERY_PULL = """{"Version": "2012-10-17", "Statement": [
  {"Effect": "Allow", "Resource": "*", "Action": ["ecr:GetAuthorizationToken"]},
  {"Effect": "Allow", "Resource": ["*"], "Action": ["ecr:BatchImportUpstreamImage", "ecr:GetDownloadUrlForLayer"]},
  {"Effect": "Allow", "Resource": "*", "Action": "ECR:batchgetimage"}
]}"""


def site(directory: Path, persona: str) -> Catalog:
    (directory / "templates").mkdir()
    (directory / "templates/every-pull.json.j2").write_text(EVERY_PULL)
    (directory / "templates/broken.json.j2").write_text("{{ nothing }}")
    (directory / "catalog.yaml").write_text(SITE.replace("PERSONA", persona))
    return Catalog.load(directory / "catalog.yaml")


def test_a_site_has_its_own_personas_found(tmp_path: Path) -> None:
    """A site's persona, written otherwise, that gives what one of AWS's policies gives, may be granted as managed."""
    catalog = site(tmp_path, "every-pull")
    assert managed_policy(catalog.grants["g"].bound) == PULL_ONLY
    assert managed_of_persona(catalog.personas["every-pull"]) == (f"{PULL_ONLY} (v1 of 2024-10-04)", True)
    assert managed_of_persona(catalog.personas["broken"]) is None


@pytest.mark.parametrize(
    ("persona", "message"),
    [
        ("login", r"grants\.g\.managed: AWS has no managed policy for login"),
        ("broken", r"grants\.g\.managed: .*nothing"),
    ],
)
def test_a_managed_grant_of_any_other_persona_is_an_error(tmp_path: Path, persona: str, message: str) -> None:
    """What none of AWS's policies gives, and what cannot be rendered, is an error at the grant."""
    with pytest.raises(EcrgenError, match=message):
        site(tmp_path, persona)


def test_what_gives_the_same_gives_no_more() -> None:
    """An action more or less is not the same, and the policy of a service-linked role is for nobody else."""
    for name, policy in aws_policies().items():
        assert same_access(policy.document) is (aws_policies()[name] if policy.attachable else None)
    assert {name for name, policy in aws_policies().items() if not policy.attachable} == {
        "AWSECRPullThroughCache_ServiceRolePolicy",
        "ECRReplicationServiceRolePolicy",
        "ECRTemplateServiceRolePolicy",
    }
    data = aws_policies()[PULL_ONLY].document.to_dict()
    data["Statement"][0]["Action"].append("ecr:ListImages")
    assert same_access(PolicyDocument.from_dict(data)) is None
    assert (
        same_access(PolicyDocument.from_dict({**data, "Statement": [{**data["Statement"][0], "Action": "ecr:*"}]}))
        is None
    )
