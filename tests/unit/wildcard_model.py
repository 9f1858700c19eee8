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


def common_text(one: str, other: str, segments: bool, run_on: bool, letters: str = "ab:x") -> str | None:
    """The shortest text that both patterns match, found letter by letter; `letters` are theirs and one that is not."""

    def after(pattern: str, place: int, letter: str) -> set[int]:
        """The places in the pattern after a letter at a place."""
        if place == len(pattern):
            return set()
        crosses = not segments or pattern[:place].count(":") >= 5
        if pattern[place] == "*":
            ends = place + 1 == len(pattern) or pattern[place + 1] == ":"
            stays = {place} if letter != ":" or crosses or (run_on and ends) else set()
            return stays | after(pattern, place + 1, letter)
        takes = pattern[place] == letter or (pattern[place] == "?" and (crosses or letter != ":"))
        return {place + 1} if takes else set()

    found = {(0, 0): ""}
    todo = [(0, 0)]
    for places in todo:
        if not one[places[0] :].strip("*") and not other[places[1] :].strip("*"):
            return found[places]
        for letter in letters:
            for i in after(one, places[0], letter):
                for j in after(other, places[1], letter):
                    if (i, j) not in found:
                        found[i, j] = found[places] + letter
                        todo.append((i, j))
    return None
