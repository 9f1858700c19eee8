"""A slow model of wildcards, which tries everything."""

from __future__ import annotations


def by_trying(pattern: str, text: str, segments: bool, run_on: bool) -> bool:
    """Whether a pattern matches, by its definition; with `segments`, before the fifth colon as parts of an ARN."""
    if not pattern:
        return not text

    def walk(i: int, j: int) -> bool:
        if i == len(pattern):
            return j == len(text)
        crosses = not segments or pattern[:i].count(":") >= 5
        if pattern[i] == "*":
            ends = i + 1 == len(pattern) or pattern[i + 1] == ":"
            takes = j < len(text) and (crosses or (run_on and ends) or text[j] != ":")
            return walk(i + 1, j) or (takes and walk(i, j + 1))
        if j == len(text):
            return False
        if pattern[i] == "?":
            return (crosses or text[j] != ":") and walk(i + 1, j + 1)
        return pattern[i] == text[j] and walk(i + 1, j + 1)

    return walk(0, 0)
