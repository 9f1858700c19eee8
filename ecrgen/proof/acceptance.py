"""Acceptance: findings that somebody has looked at and lives with, told from those that count"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple

from ecrgen.catalog.model import Ignore
from ecrgen.policy.check import Finding

__all__ = ["Accepted", "sort_out", "unused"]


class Accepted(NamedTuple):
    """A finding that is accepted, and why."""

    finding: Finding
    because: str


def sort_out(
    findings: Iterable[Finding], names: Collection[str], ignores: Iterable[Ignore]
) -> tuple[tuple[Finding, ...], tuple[Accepted, ...]]:
    """The findings about a subject with these names that count, and those that are accepted; in order, each once."""
    reasons = {ignore.code: ignore.because for ignore in ignores if not ignore.where or ignore.where in names}
    each = tuple(dict.fromkeys(findings))
    return (
        tuple(finding for finding in each if finding.code not in reasons),
        tuple(Accepted(finding, reasons[finding.code]) for finding in each if finding.code in reasons),
    )


def unused(
    ignores: Iterable[Ignore], checked: Iterable[tuple[Collection[str], tuple[Accepted, ...]]]
) -> tuple[Ignore, ...]:
    """Those that accept nothing of what was checked: the names of each subject with what is accepted of it.

    Of a subject that was not checked nothing is known, so that what a catalog says about it is not among them.
    """
    subjects = [(names, {one.finding.code for one in accepted}) for names, accepted in checked]
    found = []
    for ignore in ignores:
        about = [codes for names, codes in subjects if not ignore.where or ignore.where in names]
        if (about or not ignore.place) and not any(ignore.code in codes for codes in about):
            found.append(ignore)
    return tuple(found)
