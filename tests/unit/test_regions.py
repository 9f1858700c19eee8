"""Regions are those that AWS has, wherever one is written; a newer one is named by the catalog."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

from ecrgen import Catalog, EcrgenError, check
from ecrgen.policy.arn import partition_of
from ecrgen.policy.regions import is_region, regions

BOTOCORE = json.loads(files("botocore").joinpath("data/partitions.json").read_text())["partitions"]
NEW = "us-east-9"
CATALOG = """\
version: 1
extends: builtin
region: us-east-9
new_regions: us-east-9
personas:
  there:
    summary: Push there
    template: there.json.j2
    parameters: {where: {type: region, default: us-east-9}}
    expect:
      - allow: ecr:ListImages arn:aws:ecr:us-east-1:123456789012:repository/my-repo
grants:
  a: {persona: pull, with: {repo: my-repo}, guards: regions=us-east-9}
  b: {persona: there}
"""
THERE = """\
{"Version": "2012-10-17", "Statement": [
 {"Effect": "Allow", "Action": "ecr:ListImages", "Resource": {{ "my-repo" | repository_arn }},
  "Condition": {"StringEquals": {"aws:RequestedRegion": ["us-east-1", {{ where }}]}}}]}
"""


def test_the_regions_are_botocores() -> None:
    """Every region that botocore lists is one, in its partition, and the names of global endpoints are none."""
    listed = {
        name: partition["id"] for partition in BOTOCORE for name in partition["regions"] if not name.endswith("-global")
    }
    assert regions() == listed
    assert all(map(is_region, listed))
    assert not is_region("aws-global")
    assert partition_of(NEW) == "aws"
    assert not is_region(NEW)


def test_botocore_is_not_imported() -> None:
    """Its data is read, and that alone."""
    code = "import sys; from ecrgen.policy.regions import regions; assert regions(); print('botocore' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def site(directory: Path, text: str) -> Catalog:
    (directory / "templates").mkdir(exist_ok=True)
    (directory / "templates" / "there.json.j2").write_text(THERE)
    (directory / "c.yaml").write_text(text)
    return Catalog.load(directory / "c.yaml")


def test_a_catalog_names_a_region_that_is_new(tmp_path: Path) -> None:
    """What new_regions names is a region for the target, arguments, guards and defaults, and to check."""
    catalog = site(tmp_path, CATALOG)
    assert catalog.new_regions == (NEW,)
    documents = [item.policy for item in catalog.render_all(account="111122223333")]
    assert all(f"ecr:{NEW}:111122223333" in document.to_json() for document in documents)
    codes = {"INVALID_ARN_REGION", "INVALID_REGION"}
    for document in documents:
        assert codes & {finding.code for finding in check(document)}
        assert not codes & {finding.code for finding in check(document, new_regions=catalog.new_regions)}


def test_without_the_name_it_is_a_problem_in_each_place(tmp_path: Path) -> None:
    """The region of a file, a default and a guard are told, each with its line."""
    with pytest.raises(EcrgenError) as caught:
        site(tmp_path, CATALOG.replace("new_regions: us-east-9\n", ""))
    places = [problem.split(": ")[1] for problem in caught.value.problems]
    assert places == ["region.0", "personas.there.parameters.where.default", "grants.a.guards.0"]


def test_render_takes_no_region_that_is_none() -> None:
    """A region of the right form that AWS does not have is refused with the nearest."""
    with pytest.raises(EcrgenError, match=r"region: 'eu-wset-1': no region that botocore .* knows; meant eu-west-1?"):
        Catalog.load().render("login", region="eu-wset-1")


@pytest.mark.parametrize("command", ["check", "render --all"])
def test_commands_know_the_catalogs_new_regions(command: str, tmp_path: Path) -> None:
    """`check` and `render --all` of a catalog with a new region give no error for it."""
    site(tmp_path, CATALOG)
    done = subprocess.run(
        [sys.executable, "-m", "ecrgen", "--catalog", str(tmp_path / "c.yaml"), *command.split()],
        capture_output=True,
        text=True,
        env={"AWS_ACCOUNT_ID": "111122223333"},
    )
    assert (done.returncode, "INVALID" in done.stdout) == (0, False), done.stdout + done.stderr
