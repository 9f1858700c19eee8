"""`export`: what is written, what is left out and said, and what stops it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_line import ecrgen

SITE = """\
version: 1
extends: builtin
namespace: payments
account: "111122223333"
region: eu-west-1
grants:
  web: {persona: push, with: {repo: team/web}, to: [role/ci, "arn:aws:iam::444455556666:role/ci"]}
  partners: {persona: pull, with: {repo: team/web}, to: account/555566667777}
  all: {persona: pull-prefix, with: {repo: team/*}, to: org/o-a1b2c3d4e5}
  whole: {persona: pull-prefix, with: {repo: team/*}, through: registry, to: org/o-a1b2c3d4e5}
  copies: {persona: replication, with: {repo: team/*}, to: account/666677778888}
  own: {persona: console-read-only, managed: true, to: [role/ops, group/ops]}
  over: {persona: pull, with: {repo: team/web}, guards: "expires=2020-01-01T00:00:00Z", to: role/old}
"""
REPOSITORY = "arn:aws:ecr:eu-west-1:111122223333:repository/"
EXPORT = ("export", "cloudformation")


def many(number: int) -> str:
    """The site with so many grants to roles of its own."""
    grants = (f"  web-{n}: {{persona: pull, with: {{repo: team/web-{n}}}, to: role/ci-{n}}}\n" for n in range(number))
    return f"{SITE.partition('grants:')[0]}grants:\n{''.join(grants)}"


@pytest.fixture(autouse=True)
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("catalog.yaml").write_text(SITE)
    return Path("catalog.yaml")


def test_what_is_left_out_is_said() -> None:
    """The template has what this account attaches; each other thing that a grant needs is in a note."""
    done = ecrgen(*EXPORT)
    assert done.code == 0
    template = json.loads(done.out)
    assert list(template["Resources"]) == ["Policyweb"]
    assert template["Resources"]["Policyweb"]["Properties"]["Roles"] == ["ci"]
    notes = done.err.splitlines()
    for words in (
        "grant web: the identity half of arn:aws:iam::444455556666:role/ci lies in account 444455556666",
        "grant web: the policy of its repositories in account 111122223333 has other owners and is left out",
        "grant partners: whoever uses it from account/555566667777",
        "grant all: the policy of its repositories",
        "grant whole: the policy of the registry",
        "grant copies: whoever uses it from account/666677778888 needs an identity policy there that allows the same",
        "grant copies: the policy of the registry in account 111122223333 has other owners and is left out",
        "grant own: a template cannot attach AWS's own AmazonEC2ContainerRegistryReadOnly to group/ops and role/ops",
        "grant over: has ended and is left out",
    ):
        assert any(words in each for each in notes), words


def test_what_is_left_out_is_printed_for_its_owners() -> None:
    """--left-out has each resource once, with the property that its owner has to set, of all grants together."""
    done = ecrgen(*EXPORT, "--left-out")
    assert done.code == 0, done.err
    found = json.loads(done.out)
    repository, pattern, registry, *holders = found
    assert repository["repository"] == f"{REPOSITORY}team/web"
    principals = [each["Principal"]["AWS"] for each in repository["RepositoryPolicyText"]["Statement"]]
    assert principals == ["arn:aws:iam::444455556666:role/ci", "arn:aws:iam::555566667777:root"]
    assert pattern["repositories"] == f"{REPOSITORY}team/*"
    assert registry["registry"] == {"account": "111122223333", "region": "eu-west-1"}
    assert registry["PolicyText"]["Statement"][0]["Resource"] == f"{REPOSITORY}team/*"
    arn = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly"
    assert sorted(holders, key=str) == [
        {"group": "ops", "ManagedPolicyArns": [arn]},
        {"role": "ops", "ManagedPolicyArns": [arn]},
    ]


def test_the_grantees_account_has_an_export_of_its_own() -> None:
    """--account names the account in which the stack is to be; its policy is on the repositories of the catalog's."""
    template = json.loads(ecrgen(*EXPORT, "--account", "444455556666").out)
    (policy,) = template["Resources"].values()
    assert f"{REPOSITORY}team/web" in json.dumps(policy)
    refused = ecrgen(*EXPORT, "--account", "999999999999")
    assert (refused.code, refused.out) == (2, "")
    assert "but this is account 999999999999" in refused.err


def test_check_says_whether_a_file_is_up_to_date(site: Path) -> None:
    """Exit 3 for a file that is another or is missing, 0 for the export; nothing is written."""
    assert ecrgen(*EXPORT, "--check", "access.json").code == 3
    assert not Path("access.json").exists()
    assert ecrgen(*EXPORT, "-o", "access.json").code == 0
    assert Path("access.json").read_text() == ecrgen(*EXPORT).out
    assert ecrgen(*EXPORT, "--check", "access.json").code == 0
    same = json.loads(ecrgen(*EXPORT, "--check", "access.json", "--json").out)
    assert same == {"directory": ".", "up_to_date": True, "outdated": [], "others": []}
    site.write_text(SITE.replace("team/web", "team/api"))
    done = ecrgen(*EXPORT, "--check", "access.json")
    assert done.code == 3
    assert "access.json: not up to date; `ecrgen export cloudformation --output access.json` renews it" in done.err


def test_the_environment_does_not_count(monkeypatch: pytest.MonkeyPatch, site: Path) -> None:
    """Two people with different environments export the same bytes."""
    site.write_text("version: 1\nextends: builtin\ngrants:\n  web: {persona: pull, with: {repo: web}, to: role/ci}\n")
    before = ecrgen(*EXPORT)
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_ACCOUNT_ID", "111122223333")
    assert ecrgen(*EXPORT) == before
    assert "${AWS::AccountId}" in before.out
    named = ecrgen(*EXPORT, "--account", "111122223333", "--region", "cn-north-1").out
    assert "arn:aws-cn:ecr:cn-north-1:111122223333:repository/web" in named
    assert "${" not in named


def test_what_stops_an_apply_stops_an_export(site: Path) -> None:
    """A policy that check objects to is not written: exit 1 and no output."""
    Path("templates").mkdir()
    Path("templates/all.json.j2").write_text(
        '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ecr:PutImag", "Resource": "*"}]}'
    )
    own = "personas:\n  all: {summary: All of it, template: all.json.j2}\n"
    grants = "grants:\n  web: {persona: all, to: role/ci}\n"
    site.write_text(f"version: 1\nextends: builtin\naccount: '111122223333'\nregion: eu-west-1\n{own}{grants}")
    done = ecrgen(*EXPORT, "-o", "access.json")
    assert (done.code, done.out) == (1, "")
    assert "ecr:PutImag" in done.err
    assert not Path("access.json").exists()


def test_terraform_has_the_attachments_of_aws_policies_too(site: Path) -> None:
    """AWS's own policies are attached, what is in other hands is a local, and --check compares the same file."""
    done = ecrgen("export", "terraform", "-o", "access.tf.json")
    assert done.code == 0
    assert "cannot attach" not in done.err
    made = json.loads(Path("access.tf.json").read_text())
    arn = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly"
    own = {"for_each": {"ops": "ops"}, "role": "${each.key}", "policy_arn": arn}
    assert made["resource"]["aws_iam_role_policy_attachment"]["ecrgen_payments_own"] == own
    assert ecrgen("export", "terraform", "--check", "access.tf.json").code == 0
    assert ecrgen("export", "terraform", "--import", "--check", "access.tf.json").code == 3
    left = json.loads(ecrgen("export", "terraform", "--left-out").out)["locals"]["ecrgen_resource_policies_payments"]
    assert list(left) == [f"{REPOSITORY}team/web", f"{REPOSITORY}team/*", "registry/111122223333/eu-west-1"]
    site.write_text("version: 1\nextends: builtin\ngrants:\n  web: {persona: pull, with: {repo: web}, to: role/ci}\n")
    nothing = json.loads(ecrgen("export", "terraform", "--left-out").out)["locals"]
    assert nothing == {"ecrgen_resource_policies_default": {}}
    refused = ecrgen("export", "terraform", "--import")
    assert (refused.code, refused.out) == (2, "")
    assert "name partition, account and region, too" in refused.err


def test_permission_sets_have_an_export_of_their_own(site: Path) -> None:
    """The template for the account has a note about them; theirs has the set, and what stops an apply stops it, too."""
    head = SITE.partition("grants:")[0]
    site.write_text(
        f"{head}grants:\n  dev: {{persona: pull, with: {{repo: team/web}}, to: [permission-set/Dev, role/ci]}}\n"
    )
    assert "grant dev: permission-set/Dev: `ecrgen export permission-set` writes what" in ecrgen(*EXPORT).err
    done = ecrgen("export", "permission-set")
    assert done.code == 0, done.err
    (made,) = json.loads(done.out)["Resources"].values()
    assert made["Properties"]["Name"] == "Dev"
    assert "aws:PrincipalAccount" in done.out
    refused = ecrgen("export", "permission-set", "--left-out")
    assert (refused.code, refused.out) == (2, "")
    site.write_text(SITE)
    refused = ecrgen("export", "permission-set")
    assert (refused.code, refused.out) == (2, "")
    assert "no grant of the catalog is to a permission set" in refused.err


def test_large_templates(site: Path) -> None:
    """A template too long to be sent has no white space; one with more than a stack takes is refused, with a number."""

    def write(number: int) -> None:
        site.write_text(many(number))

    write(40)
    assert len(ecrgen(*EXPORT).out.splitlines()) > 40
    write(80)
    done = ecrgen(*EXPORT)
    assert len(done.out.splitlines()) == 1
    assert len(done.out) < 51_200
    assert done.err == ""
    write(120)
    assert "one with more than 51200 is put into S3 first" in ecrgen(*EXPORT).err
    write(501)
    done = ecrgen(*EXPORT)
    assert (done.code, done.out) == (2, "")
    assert "500 resources or 1000000 bytes; divide it with --templates 2 or more" in done.err
    assert ecrgen(*EXPORT, "--templates", "2", "-o", "access.json").code == 0


def test_templates_divide_the_policies_by_the_names_of_grants_alone(site: Path) -> None:
    """Each policy is in one template; a grant that comes, goes or stands elsewhere moves no other; --check sees all."""

    def divided(*arguments: str) -> dict[str, str]:
        """The template that each policy is in."""
        done = ecrgen(*EXPORT, "--templates", "3", "-o", "access.json", *arguments)
        assert done.code == 0, done.err
        templates = [json.loads(Path(f"access-{number}.json").read_text()) for number in (1, 2, 3)]
        assert all(each["Resources"] for each in templates)
        return {
            name: each["Description"]
            for each in templates
            for name, resource in each["Resources"].items()
            if resource["Type"] == "AWS::IAM::ManagedPolicy"
        }

    site.write_text(many(30))
    before = divided()
    assert before.keys() == json.loads(ecrgen(*EXPORT).out)["Resources"].keys()
    assert len(before) == 30
    assert len(set(before.values())) == 3
    assert [before[f"PolicywebZ2d{n}"][-6] for n in range(8)] == list("12222331")  # for ever
    check = (*EXPORT, "--templates", "3", "--check", "access.json")
    assert ecrgen(*check).code == 0
    assert "access-1.json, access-2.json and access-3.json: up to date" in ecrgen(*check).err
    lines = many(31).splitlines(keepends=True)
    site.write_text("".join([*lines[:-31], *reversed(lines[-30:])]))  # without the first, with one more, the last first
    done = ecrgen(*check)
    assert done.code == 3
    assert "renews" in done.err
    after = divided()
    assert after.keys() ^ before.keys() == {"PolicywebZ2d0", "PolicywebZ2d30"}
    assert all(after[name] == before[name] for name in after.keys() & before.keys())


def test_a_template_without_a_policy_takes_the_access_of_its_stack_away(site: Path) -> None:
    """Its file stays, with a resource that makes nothing, so that the stack's update deletes the last policy."""
    site.write_text(many(1))
    assert ecrgen(*EXPORT, "--templates", "2", "-o", "access.json").code == 0
    kinds = [
        {each["Type"] for each in json.loads(Path(f"access-{number}.json").read_text())["Resources"].values()}
        for number in (1, 2)
    ]
    assert sorted(kinds, key=str) == [{"AWS::CloudFormation::WaitConditionHandle"}, {"AWS::IAM::ManagedPolicy"}]


def test_files_of_another_number_of_templates_are_told(site: Path) -> None:
    """A policy is in one stack only: what another number has left is a difference, and said when files are written."""
    site.write_text(many(4))
    assert ecrgen(*EXPORT, "-o", "access.json").code == 0
    assert ecrgen(*EXPORT, "--templates", "3", "-o", "access.json").code == 0
    Path("access-data.json").write_text("{}")
    done = ecrgen(*EXPORT, "--templates", "2", "-o", "access.json")
    assert done.code == 0
    assert "access-3.json and access.json: of another number of templates" in done.err
    done = ecrgen(*EXPORT, "--templates", "2", "--check", "access.json", "--json")
    assert done.code == 3
    assert json.loads(done.out)["others"] == ["access-3.json", "access.json"]
    written = json.loads(ecrgen(*EXPORT, "--templates", "2", "-o", "access.json", "--json").out)
    assert written["files"] == ["access-1.json", "access-2.json"]


def test_cloudformation_is_told_what_to_import(site: Path) -> None:
    """Each resource of each template by the ARN of what apply has made; the account is to be named."""
    site.write_text(many(12))
    for kind, options in (("access", ()), ("import", ("--import",))):
        assert ecrgen(*EXPORT, "--templates", "2", *options, "-o", f"{kind}.json").code == 0
    for number in (1, 2):
        template = json.loads(Path(f"access-{number}.json").read_text())["Resources"]
        asked = json.loads(Path(f"import-{number}.json").read_text())
        assert [each["LogicalResourceId"] for each in asked] == list(template)
        for each in asked:
            resource = template[each["LogicalResourceId"]]
            name = resource["Properties"]["ManagedPolicyName"]
            arn = f"arn:aws:iam::111122223333:policy/ecrgen/payments/{name}"
            assert each["ResourceIdentifier"] == {"PolicyArn": arn}
            assert each["ResourceType"] == resource["Type"]
            assert resource["DeletionPolicy"] == "Delete"
    site.write_text("version: 1\nextends: builtin\ngrants:\n  web: {persona: pull, with: {repo: web}, to: role/ci}\n")
    assert "name account and partition, too" in ecrgen(*EXPORT, "--import").err
    assert ecrgen(*EXPORT, "--import", "--account", "111122223333", "--partition", "aws").code == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("export", "pulumi"), "one of: cloudformation, terraform, permission-set"),
        (("export", "permission-set", "--import"), "--import: is for terraform and cloudformation"),
        ((*EXPORT, "--import", "--left-out"), "leave --left-out out"),
        ((*EXPORT, "--templates", "2"), "give --output FILE, or --check FILE"),
        ((*EXPORT, "--templates", "2", "-o", "-"), "give --output FILE, or --check FILE"),
        (("export", "terraform", "--templates", "2", "-o", "a.json"), "divides what cloudformation exports"),
        ((*EXPORT, "--check", "a.json", "-o", "a.json"), "leave --output and --left-out out"),
        ((*EXPORT, "--region", "eu-west-99"), "--region: 'eu-west-99'"),
        ((*EXPORT, "--account", "1234"), "an account id is 12 digits"),
        ((*EXPORT, "--partition", "aws-mars"), "--partition: 'aws-mars'"),
        (("-c", "none.yaml", *EXPORT), "the catalog has no grants"),
    ],
)
def test_what_is_wrong_is_told(arguments: tuple[str, ...], words: str) -> None:
    """Nothing is printed, the reason is, and the exit code is 2."""
    Path("none.yaml").write_text("version: 1\nextends: builtin\n")
    done = ecrgen(*arguments)
    assert (done.code, done.out) == (2, "")
    assert words in done.err
