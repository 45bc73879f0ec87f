"""How severe a CVSS vector says that something is: versions 2.0, 3.0, 3.1 and 4.0, base score."""

from __future__ import annotations

from imprint.npm.advisories.model import AdvisorySeverity

MAX_VECTOR_CHARACTERS = 512
_WORDS = {
    "none": AdvisorySeverity.LOW,
    "low": AdvisorySeverity.LOW,
    "medium": AdvisorySeverity.MODERATE,
    "moderate": AdvisorySeverity.MODERATE,
    "high": AdvisorySeverity.HIGH,
    "critical": AdvisorySeverity.CRITICAL,
}


def severity_of_word(word: object) -> AdvisorySeverity:
    """Return the severity that a word means, in npm's, GitHub's or CVSS's spelling. Total."""
    if not isinstance(word, str):
        return AdvisorySeverity.UNKNOWN
    return _WORDS.get(word.strip().lower(), AdvisorySeverity.UNKNOWN)


def severity_of_vector(vector: str) -> AdvisorySeverity:
    """Return the severity of a vector's base score; unknown for what is no vector. Total."""
    # Few records need it: GitHub's say the word.
    from cvss import (  # type: ignore[import-untyped]  # noqa: PLC0415  (it has no types)
        CVSS2,
        CVSS3,
        CVSS4,
        CVSSError,
    )

    if len(vector) > MAX_VECTOR_CHARACTERS:
        return AdvisorySeverity.UNKNOWN
    try:
        if vector.startswith("CVSS:4."):
            return severity_of_word(CVSS4(vector).severities()[0])
        if vector.startswith("CVSS:3."):
            return severity_of_word(CVSS3(vector).severities()[0])
        return severity_of_word(CVSS2(vector).severities()[0])
    except (CVSSError, ValueError, KeyError):
        return AdvisorySeverity.UNKNOWN
