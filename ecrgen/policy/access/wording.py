"""The wording of differences: of a policy that grants or denies, and of one or several who have it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

__all__ = ["GIVES", "HOLDER", "HOLDERS", "POLICY", "Direction", "Kind", "Wording"]

Direction = Literal["gained", "lost"]
# "requirement" is the same access under more conditions or fewer, "end" with a date at which it ends or without, "other
# end" with another date; "may allow" and "may deny" are statements that were not compared.
Kind = Literal["allow", "deny", "may allow", "may deny", "requirement", "end", "other end"]
# By direction and kind, a sentence with {about}, the access, and {more}: what is required, or when it ends.
Wording = Mapping[tuple[Direction, Kind], str]

POLICY: Wording = {
    ("gained", "allow"): "newly grants {about}",
    ("lost", "allow"): "no longer grants {about}",
    ("gained", "deny"): "no longer denies {about}",
    ("lost", "deny"): "newly denies {about}",
    ("gained", "may allow"): "may newly grant {about}",
    ("lost", "may allow"): "may no longer grant {about}",
    ("gained", "may deny"): "may no longer deny {about}",
    ("lost", "may deny"): "may newly deny {about}",
    ("gained", "requirement"): "no longer requires {more} for {about}",
    ("lost", "requirement"): "newly requires {more} for {about}",
    ("gained", "end"): "no longer expires at {more} for {about}",
    ("lost", "end"): "newly expires at {more} for {about}",
    ("gained", "other end"): "expires later for {about}: {more}",
    ("lost", "other end"): "expires earlier for {about}: {more}",
}
HOLDER: Wording = {
    ("gained", "allow"): "gains {about}",
    ("lost", "allow"): "loses {about}",
    ("gained", "deny"): "is no longer denied {about}",
    ("lost", "deny"): "is newly denied {about}",
    ("gained", "may allow"): "may gain {about}",
    ("lost", "may allow"): "may lose {about}",
    ("gained", "may deny"): "may no longer be denied {about}",
    ("lost", "may deny"): "may newly be denied {about}",
    ("gained", "requirement"): "no longer needs {more} for {about}",
    ("lost", "requirement"): "newly needs {more} for {about}",
    ("gained", "end"): "no longer loses {about} at {more}",
    ("lost", "end"): "loses {about} at {more}",
    ("gained", "other end"): "keeps {about} longer: until {more}",
    ("lost", "other end"): "keeps {about} for a shorter time: until {more}",
}
# What a policy gives by itself: compared with nothing.
GIVES: Wording = {
    **POLICY,
    ("gained", "allow"): "gives {about}",
    ("gained", "may allow"): "may give {about}",
    ("lost", "deny"): "denies {about}",
    ("lost", "may deny"): "may deny {about}",
}
HOLDERS: Wording = {
    **HOLDER,
    ("gained", "allow"): "gain {about}",
    ("lost", "allow"): "lose {about}",
    ("gained", "deny"): "are no longer denied {about}",
    ("lost", "deny"): "are newly denied {about}",
    ("gained", "requirement"): "no longer need {more} for {about}",
    ("lost", "requirement"): "newly need {more} for {about}",
    ("gained", "end"): "no longer lose {about} at {more}",
    ("lost", "end"): "lose {about} at {more}",
    ("gained", "other end"): "keep {about} longer: until {more}",
    ("lost", "other end"): "keep {about} for a shorter time: until {more}",
}
