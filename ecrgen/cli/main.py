"""The entry point: the commands, the global options, and the one place where an error becomes a message."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

import typer

from ecrgen import __version__
from ecrgen.cli.call import COMPLETING
from ecrgen.cli.commands import Command, LazyGroup
from ecrgen.cli.options import CatalogFiles
from ecrgen.cli.output import output, print_beside, print_text, say, warn_of_problems
from ecrgen.cli.parameters import light
from ecrgen.errors import EcrgenError

__all__ = ["COMMANDS", "main"]


# Each by its module, which has its `run`, and its help, in the order of the help.
COMMANDS: Mapping[str, Command] = {
    "list": Command("ecrgen.cli.list", "List the personas, guards, operations and grants of the catalog."),
    "show": Command(
        "ecrgen.cli.show",
        "Explain a persona, grant, guard or operation, or the code of a finding.",
    ),
    "render": Command(
        "ecrgen.cli.render",
        "Print the IAM policy of a persona or a grant.\n\n"
        "With --all, print that of every grant; --output then names a directory.",
        personas=True,
        group_only=("all_grants", "check"),
    ),
    "check": Command(
        "ecrgen.cli.check",
        "Check personas, grants and policies in files, offline.\n\n"
        "Reports findings by the codes of IAM Access Analyzer, and expectations of the catalog that are not met. "
        "Exits with 1 if there are any that count.",
    ),
    "can": Command(
        "ecrgen.cli.can",
        "Tell whether a persona, a policy's file or an account allows an operation or action.\n\n"
        "Exits with 0 for yes, and with 1 for no and for an answer that depends on conditions.",
        personas=True,
        instead=("policy", "state"),
    ),
    "snapshot": Command(
        "ecrgen.cli.snapshot",
        "Write all that an AWS account has which decides about access to ECR.\n\n"
        "The file is for --state of can, who, report, explain and plan. What may not be read is said in it.",
    ),
    "who": Command(
        "ecrgen.cli.who",
        "Tell everybody who can do an operation or action, by all that accounts have.\n\n"
        "Takes snapshots of accounts. Exits with 1 if nobody can.",
    ),
    "report": Command(
        "ecrgen.cli.report",
        "Write who can do what on which repository, by all that accounts have.\n\n"
        "Takes snapshots of accounts. The page of HTML is one file that needs no network. With grants in the catalog, "
        "access that none of them gives is marked.",
    ),
    "explain": Command(
        "ecrgen.cli.explain",
        "Tell why access was denied, and which persona lets it through.\n\n"
        "Takes the message of AWS or of a client, or events of CloudTrail. With --state, it names the statement to "
        "blame. Exits with 1 if the text is none that it knows.",
    ),
    "diff": Command(
        "ecrgen.cli.diff",
        "Tell what access a policy gives that another does not, and the reverse.\n\n"
        "Names the catalog's operations that are given whole, and API actions for the rest. In policies of "
        "repositories and registries, which never give login, they are whole by their actions on repositories.\n\n"
        "Exits with 0 if both give the same, and with 1 if not.",
    ),
    "import": Command(
        "ecrgen.cli.import",
        "Write a catalog of grants that decide what an account's policies decide.\n\n"
        "Takes snapshots of accounts, and two for access from one to the other. What no persona gives stands in "
        "comments, with the nearest persona and the difference.",
        catalog=False,
    ),
    "coverage": Command(
        "ecrgen.cli.coverage",
        "List the actions of ECR and the personas that give them.\n\n"
        "Also tells how each persona differs from AWS's own managed policies, and of which day the data is.",
    ),
    "plan": Command(
        "ecrgen.cli.plan",
        "Show what apply would change in an AWS account, and change nothing.\n\n"
        "The plan is for all grants of the catalog, for one, or for a persona and --to. "
        "Exits with 1 if findings or expectations would stop apply.",
        personas=True,
        group_only=("only",),
    ),
    "apply": Command(
        "ecrgen.cli.apply",
        "Make an AWS account give the access that the catalog, a grant or a persona says.\n\n"
        "Shows the plan and asks before anything is changed. Access is added and changed; "
        "it is taken away only with --prune.",
        personas=True,
        group_only=("only",),
    ),
    "history": Command("ecrgen.cli.history", "List the versions of a grant's policies, newest first."),
    "rollback": Command("ecrgen.cli.rollback", "Go back to an earlier version of a grant's policies."),
    "destroy": Command(
        "ecrgen.cli.destroy",
        "Detach and delete every policy of the catalog's namespace.\n\n"
        "It does not matter what the grants of the catalog say. Shows what would be deleted and asks for the "
        "namespace's name.",
    ),
    "export": Command(
        "ecrgen.cli.export",
        "Print the access that the catalog grants as a template.\n\n"
        "It has the policies and attachments that apply makes, for CloudFormation or Terraform, or permission sets. "
        "Exits with 1 if findings or expectations would stop apply.",
    ),
    "stackset": Command(
        "ecrgen.cli.stackset",
        "Give the access that the catalog grants in all accounts of an organization.\n\n"
        "The template of `export cloudformation` goes to the accounts of organizational units by a stack set of "
        "CloudFormation. Nothing outside the named set is touched.",
        commands={
            "plan": Command(
                "ecrgen.cli.stackset.plan",
                "Show what apply would do to a stack set.\n\nExits with 3 if there is anything to do.",
            ),
            "apply": Command(
                "ecrgen.cli.stackset.apply",
                "Create or update a stack set and its stacks in the accounts of units.\n\n"
                "Waits for what runs in the set, shows the plan and asks. Exits with 1 if an account failed.",
            ),
            "status": Command(
                "ecrgen.cli.stackset.status",
                "Show each account of a stack set, with AWS's reason where it failed.\n\n"
                "Exits with 1 if an account is not current or has drifted, and with 3 if an operation runs.",
            ),
            "delete": Command(
                "ecrgen.cli.stackset.delete",
                "Delete a stack set with its stacks, or the stacks of some accounts.\n\n"
                "Asks for its name. Exits with 1 if an account failed.",
            ),
        },
    ),
    "schema": Command("ecrgen.cli.schema", "Print the JSON Schema of catalog files, for editors.", catalog=False),
    "init": Command(
        "ecrgen.cli.init",
        "Write a first catalog to add grants to.\n\nAn existing file is never overwritten.",
        catalog=False,
    ),
}


# What pydantic, which reads numbers for typer, says about those that are none.
NUMBERS = (
    (r"Input should be greater than or equal to (\d+)", r"must be at least \2"),
    (r"Input should be less than or equal to (\d+)", r"must be at most \2"),
    (r"Input should be a valid integer.*", "must be a whole number"),
)


class Commands(LazyGroup):
    table: ClassVar[Mapping[str, Command]] = COMMANDS


# Without rich: help and errors are plain, quick, and show a catalog's texts as they are.
app = typer.Typer(
    rich_markup_mode=None,
    cls=Commands,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Give people and machines exactly the Amazon ECR access that a catalog of personas says.",
)


def print_version(value: bool) -> None:
    if value:
        print_text(f"ecrgen {__version__}")
        raise typer.Exit


@app.callback()
def options(
    catalog: CatalogFiles = None,
    version: Annotated[
        bool, typer.Option("--version", callback=print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


# What is wrong with a call: typer keeps click to itself, and of its errors exports only a kind of this one.
UsageError: Any = typer.BadParameter.__base__


def main() -> None:
    """Run the command line; exit codes: 0 done, 1 the answer is no, 2 the input is wrong, 3 changes are pending."""
    try:
        with output():
            sys.exit(called())
    except EcrgenError as error:
        if COMPLETING not in os.environ:  # a shell that asks for completions is in the middle of somebody's line
            warn_of_problems(error.problems)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)


def called() -> int | None:
    """Call the command that the arguments name, and return its exit code. Raises EcrgenError for a wrong call."""
    try:
        code: int | None = light(typer.main.get_command(app))(prog_name="ecrgen", standalone_mode=False)
        return code
    except UsageError as error:
        if error.ctx and error.message == error.ctx.get_help():  # nothing was asked for
            print_beside(error.message)
            return 2
        raise EcrgenError(usage_problem(error)) from None
    except typer.Abort:  # Ctrl-C, or the end of input, where a person was asked
        say("nothing was done")
        return 1


def usage_problem(error: Any) -> str:
    """What click says about a call, as a problem like others, with the way to help."""
    message: str = error.format_message().removesuffix(".").replace(". Did you mean", "; meant")
    text = message[:1].lower() + message[1:]
    text = re.sub(
        r"^got unexpected extra arguments?(?:\(s\))? \((.*)\)$", r"unexpected argument: \1", text, flags=re.DOTALL
    )
    for said, meant in NUMBERS:
        text = re.sub(rf"^invalid value for '([^']*)': {said}", rf"\1: {meant}", text)
    text = re.sub(r" \(Possible options: ([^()]*)\)$", r"; meant one of \1?", text)
    text = re.sub(r"; meant one of ([^,]*)\?$", r"; meant \1?", text)
    if error.ctx is None:
        return text
    return f"{text}{' ' if text.endswith('?') else '; '}`{error.ctx.command_path} --help` says what there is"
