"""Masking what looks like a secret, before a line of somebody's log is shown.

CI providers mask what they know to be secret. Clients print parts of it all the same: npm shows
the start of a token that has a newline in it (facts/incidents.md §4.1).
"""

from __future__ import annotations

import re

MASK = "***"
_HARMLESS = r"(?!\*{3}|\$|X{5}-|undefined|null|\")"
_VALUES = re.compile(
    r"\b(?:npm_|imp_[pt]_|gh[opsur]_|github_pat_|gl[a-z]{2,5}-|AKIA)[A-Za-z0-9_-]{8,}"
    # A JWT, whole or cut off.
    r"|\beyJ[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*){0,2}"
    # Long, and of all kinds of characters: nothing that a person wrote.
    r"|\b(?=[A-Za-z0-9_]*[a-z])(?=[A-Za-z0-9_]*[A-Z])(?=[A-Za-z0-9_]*[0-9])[A-Za-z0-9_]{36,}"
)
_ASSIGNED = re.compile(
    rf"((?:_authToken|_auth|_password|token|password|secret)['\"]?\s?[=:]\s?['\"]?){_HARMLESS}"
    r"[^\s'\",;]{4,}",
    re.IGNORECASE,
)
_BEARER = re.compile(rf"(\b(?:Bearer|Basic)\s+){_HARMLESS}[A-Za-z0-9._~+/=-]{{3,}}")
_IN_URL = re.compile(r"(\w://)[^/\s:@]*:[^/\s@]+@")
_CUT_OFF = re.compile(r"^((?:npm (?:error|ERR!) )?)(.+?)( is not a legal HTTP header value)")


def masked(text: str) -> str:
    """Return the line with `***` for everything that looks like a secret."""
    text = _CUT_OFF.sub(rf"\g<1>{MASK}\g<3>", text)
    text = _IN_URL.sub(rf"\g<1>{MASK}@", text)
    text = _BEARER.sub(rf"\g<1>{MASK}", text)
    text = _ASSIGNED.sub(rf"\g<1>{MASK}", text)
    return _VALUES.sub(MASK, text)
