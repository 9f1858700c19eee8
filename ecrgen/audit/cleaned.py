"""Texts as people paste them → plain text: no colours, escapes, quote marks and log prefixes, whatever wrapped it."""

from __future__ import annotations

import html
import re

__all__ = ["MAX_TEXT", "cleaned", "readings"]

# A message has some thousand characters; a log file more, in which the first denials are looked for.
MAX_TEXT = 1_000_000

ANSI = re.compile(
    r"(?:\x1b|\\+u001b|\\+x1[bB]|\\+033|\\+e|\^\[)(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b\n]{0,200}(?:\x07|\x1b\\))",
    re.IGNORECASE,
)
ESCAPES = {r"\n": "\n", r"\r": "\n", r"\t": " ", r"\/": "/", r"\"": '"', r"\'": "'"}
ESCAPE = re.compile(r"\\+[nrt](?![a-z]{2})|\\+[/\"']")
UNICODE_ESCAPE = re.compile(r"\\+u00(2[0-9a-f]|3[0-9a-f])", re.IGNORECASE)
PREFIX = re.compile(
    r"^(?:"
    r"[\s>|│╷╵*]+"
    r"|\#\d+\s+(?:\d+\.\d+\s+)?"  # buildx: #12 3.456
    r"|\[?\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d[.,\d]*(?:Z|\s?[+-]\d\d:?\d\d)?\]?\s+"
    r"|\[?\d\d:\d\d:\d\d[.,\d]*\]?\s+"
    r"|\#\#\[\w+\]|::error(?:\s[^:\n]*)?::"
    r"|\[(?:ERROR|WARN|WARNING|INFO|FATAL|DEBUG)\]\s+"
    r")+",
    re.MULTILINE | re.IGNORECASE,
)
QUOTES = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "`": "'", "\u00a0": " ", "\u200b": "", "\ufeff": ""})


def cleaned(text: str) -> str:
    """The text with its lines, but nothing of a terminal, of JSON or HTML escaping, or of a log's prefixes."""
    text = ANSI.sub("", text[:MAX_TEXT])
    text = UNICODE_ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)
    text = ESCAPE.sub(lambda found: ESCAPES["\\" + found[0][-1]], text)
    text = html.unescape(text).translate(QUOTES).replace("\r", "\n")
    return PREFIX.sub("", text)


def readings(text: str) -> tuple[str, ...]:
    """A cleaned text as one line: wrapped between words, and cut at a column, within a word as well."""
    between = re.sub(r"\s+", " ", text).strip()
    within = re.sub(r"[ \t]+", " ", text.replace("\n", "")).strip()
    return tuple(dict.fromkeys((between, within)))
