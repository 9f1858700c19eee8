"""`ecrgen explain` as it is called: text, standard input, exits, and a catalog with grants."""

from __future__ import annotations

import json
from pathlib import Path

from command_line import ecrgen

WEB = "arn:aws:ecr:eu-west-1:111122223333:repository/team/web"
SENTENCE = (
    "User: arn:aws:sts::111122223333:assumed-role/{}/job is not authorized to perform: ecr:PutImage "
    f"on resource: {WEB} because no identity-based policy allows the ecr:PutImage action"
)
CATALOG = """\
version: 1
extends: builtin
account: "111122223333"
region: eu-west-1
grants:
  web:
    persona: push
    with: {repo: team/web}
    guards: [mfa]
    to: role/ci
"""


def test_an_argument_and_standard_input_are_the_same() -> None:
    """A text is taken as one argument, as several, as -, and without one from standard input."""
    text = SENTENCE.format("ci")
    wanted = ecrgen("explain", text, "--json")
    assert wanted.code == 0
    assert json.loads(wanted.out)["persona"] == "push"
    for found in (
        ecrgen("explain", *text.split(), "--json"),
        ecrgen("explain", "-", "--json", stdin=text.encode()),
        ecrgen("explain", "--json", stdin=text.encode()),
    ):
        assert found == wanted


def test_the_text_tells_how_to_mend_it() -> None:
    """The command and the grant are printed, to be pasted."""
    out = ecrgen("explain", SENTENCE.format("ci")).out
    assert "render it: ecrgen render push --repo team/web --region eu-west-1 --account 111122223333\n" in out
    assert '    to: ["role/ci"]\n' in out


def test_the_command_prints_the_half_that_is_missing() -> None:
    """Where the repository's own policy has to let another account in, the command prints that policy."""
    role = "arn:aws:iam::444455556666:role/ci"
    text = (
        SENTENCE.format("ci")
        .replace("sts::111122223333", "sts::444455556666")
        .replace("identity-based", "resource-based")
    )
    found = json.loads(ecrgen("explain", text, "--json").out)
    assert (found["half"], found["grant"]["to"]) == ("repository", [role])
    assert found["command"].endswith(f" --to {role} --repository-policy")
    (statement,) = json.loads(ecrgen(*found["command"].split()[1:]).out)["Statement"]
    assert (statement["Principal"], "Resource" in statement) == ({"AWS": role}, False)
    assert "ecr:InitiateLayerUpload" in statement["Action"]


def test_what_is_not_known_is_an_exit_of_1() -> None:
    """A text that tells of no denial is exit 1, with null for everything; no text is exit 2."""
    found = ecrgen("explain", "all is well", "--json")
    assert found.code == 1
    made = json.loads(found.out)
    assert made.pop("causes") == []
    assert set(made.values()) == {None}
    assert ecrgen("explain", "").code == 2


def test_grants_of_the_catalog_are_looked_at(tmp_path: Path) -> None:
    """A grant to the role whose guard may fail is named, and one that is to another role."""
    file = tmp_path / "catalog.yaml"
    file.write_text(CATALOG)
    mine = json.loads(ecrgen("-c", str(file), "explain", SENTENCE.format("ci"), "--json").out)
    assert any("Grant web gives this already, under mfa" in cause for cause in mine["causes"])
    assert any("aws:MultiFactorAuthPresent" in cause for cause in mine["causes"])
    other = json.loads(ecrgen("-c", str(file), "explain", SENTENCE.format("node"), "--json").out)
    assert any("Grant web gives this to role/ci; the request came from another" in cause for cause in other["causes"])
    assert other["grant"] == {"persona": "push", "with": {"repo": ["team/web"]}, "to": ["role/node"]}


def test_nothing_of_the_text_is_obeyed() -> None:
    """An escape in a name is not printed as one."""
    text = SENTENCE.format("ci").replace("team/web", "team/web\x1b]0;x\x07")
    assert "\x1b" not in ecrgen("explain", text).out
