"""The in-toto statement in an envelope: about what it speaks, and what it says.

Shape: in-toto `spec/v1/statement.md`, and v0.1 before it. Not here: whether it is true, and what a
predicate means.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from imprint.attestations.bundles import MAX_BUNDLE_BYTES
from imprint.attestations.codes import Code
from imprint.attestations.reading.protobuf_json import (
    malformed,
    need_text,
    read_object,
    read_text,
)
from imprint.identity.claim_values import shown
from imprint.npm import strict_json
from imprint.refusals import quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imprint.attestations.bundles import Envelope
    from imprint.npm.strict_json import Json, JsonObject

PAYLOAD_TYPE: Final = "application/vnd.in-toto+json"
STATEMENT_TYPES: Final = frozenset(
    {"https://in-toto.io/Statement/v0.1", "https://in-toto.io/Statement/v1"}
)
MAX_STATEMENT_DEPTH: Final = 32
MAX_SUBJECTS: Final = 1024
"""npm's statements have one; those of other ecosystems name every file of a release."""


class Subject(NamedTuple):
    """One thing that a statement is about."""

    name: str
    digests: Mapping[str, str]
    """Algorithm, as `sha512`, to hex: to be compared to the letter."""


class Statement(NamedTuple):
    """What somebody said. Proved is it only when the envelope's signature is."""

    type: str
    predicate_type: str
    subjects: tuple[Subject, ...]
    """May be empty: that it is about exactly one is a rule, not a form."""
    predicate: JsonObject


def read_statement(envelope: Envelope) -> Statement:
    """Read the statement in an envelope's payload. Raises Malformed `FORMAT`."""
    if envelope.payload_type != PAYLOAD_TYPE:
        raise malformed(
            f"`payloadType` is {quoted(envelope.payload_type)}, expected `{PAYLOAD_TYPE}`"
        )
    statement = strict_json.parse_object(
        envelope.payload,
        max_bytes=MAX_BUNDLE_BYTES,
        max_depth=MAX_STATEMENT_DEPTH,
        code=Code.FORMAT,
        what="statement",
    )
    kind = read_text(statement, "_type")
    if kind not in STATEMENT_TYPES:
        known = " or ".join(f"`{name}`" for name in sorted(STATEMENT_TYPES))
        raise malformed(f"`_type` of the statement is {quoted(kind)}, expected {known}")
    return Statement(
        type=kind,
        predicate_type=need_text(statement, "predicateType"),
        subjects=_read_subjects(statement.get("subject")),
        predicate=read_object(statement, "predicate") or {},
    )


def _read_subjects(subjects: Json) -> tuple[Subject, ...]:
    if subjects is None:
        return ()
    if not isinstance(subjects, list):
        raise malformed(f"`subject` is {shown(subjects)}, expected a list")
    if len(subjects) > MAX_SUBJECTS:
        raise malformed(f"`subject` has `{len(subjects)}` items, expected at most `{MAX_SUBJECTS}`")
    return tuple(map(_read_subject, subjects))


def _read_subject(subject: Json) -> Subject:
    if not isinstance(subject, dict):
        raise malformed(f"a subject is {shown(subject)}, expected an object")
    digests: dict[str, str] = {}
    for algorithm, digest in (read_object(subject, "digest") or {}).items():
        if not isinstance(digest, str):
            raise malformed(f"digest {quoted(algorithm)} of a subject is not a text")
        digests[algorithm] = digest
    return Subject(name=read_text(subject, "name"), digests=MappingProxyType(digests))
