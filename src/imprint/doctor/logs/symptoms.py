"""The symptoms that are known, read from `knowledge/*.toml`. What they mean: `weighing.py`.

A row says by which signals it is seen, what it means and what to do; it carries samples, which the
tests hold it to. Sources: facts/incidents.md §4, facts/wire.md §3, facts/workflows.md §1-§2.
"""

from __future__ import annotations

import re
import tomllib
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from imprint.doctor.logs.model import Certainty

if TYPE_CHECKING:
    from collections.abc import Mapping

    Table: TypeAlias = Mapping[str, object]

_FOLDER = Path(__file__).parent / "knowledge"
_SIGNALS = "signals"
_REGISTRY = "registry"
_ANYTHING = "*"


class TextSignal(msgspec.Struct, frozen=True, kw_only=True):
    """Seen on a line that has one of `literals` and matches `pattern`, where there is one."""

    name: str
    literals: tuple[str, ...]
    pattern: re.Pattern[str] | None


class VersionSignal(msgspec.Struct, frozen=True, kw_only=True):
    """Seen where the log names `client` in a version from `at_least` on and below `below`."""

    name: str
    client: str
    at_least: str | None
    below: str | None


class AnySignal(msgspec.Struct, frozen=True, kw_only=True):
    """Seen where one of the others is."""

    name: str
    others: tuple[str, ...]


Signal: TypeAlias = TextSignal | VersionSignal | AnySignal


class Place(StrEnum):
    """Which part of a repository a fix belongs to."""

    PUBLISH = "publish"
    PERMISSIONS = "permissions"
    NODE = "node"
    UPGRADE = "upgrade"
    ENVIRONMENT = "environment"
    RUNNER = "runner"
    INSTALL = "install"
    JOB = "job"
    NPMRC = "npmrc"
    PACKAGE = "package"


class Note(StrEnum):
    """When a symptom is a note, and no cause of a failure."""

    NEVER = "never"
    ON_SUCCESS = "on success"
    ALWAYS = "always"


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """The signals by which a symptom is seen, and how certain it is then."""

    all_of: tuple[str, ...]
    any_of: tuple[str, ...]
    none_of: tuple[str, ...]
    certainty: Certainty


class Symptom(msgspec.Struct, frozen=True, kw_only=True):
    """One row."""

    id: str
    stage: str
    group: str
    """Symptoms of one group explain the same failure: one that is certain leaves out the others."""
    rank: int
    """Among equally certain ones the lower comes first: roots before what they lead to."""
    title: str
    cause: str
    fix: str
    told_apart_by: str | None
    explains: str | None
    """The signal of the failures that it can be the cause of; None where it is a failure itself."""
    where: Place | None
    note: Note
    links: tuple[str, ...]
    conditions: tuple[Condition, ...]
    samples: tuple[str, ...]
    must_not_match: tuple[str, ...]


class OwnRefusal(msgspec.Struct, frozen=True, kw_only=True):
    """How one refusal of our own registry reads."""

    code: str
    literals: tuple[str, ...]
    pattern: re.Pattern[str]
    row: str | None
    """The symptom that it is, where that is not the code's own page."""


@cache
def signals() -> Mapping[str, Signal]:
    """Return every signal by its name."""
    return {name: _signal(name, row) for name, row in _read(_SIGNALS).items()}


@cache
def symptoms() -> Mapping[str, Symptom]:
    """Return every symptom by its id, in the order of the files."""
    found: dict[str, Symptom] = {}
    for path in sorted(_FOLDER.glob("*.toml")):
        if path.stem not in {_SIGNALS, _REGISTRY}:
            for row in _rows(_read(path.stem), "symptom"):
                symptom = _symptom(row)
                found[symptom.id] = symptom
    return found


@cache
def own_refusals() -> tuple[OwnRefusal, ...]:
    """Return how the refusals of our own registry read, more specific ones first."""
    return tuple(_own_refusal(row) for row in _rows(_read(_REGISTRY), "refusal"))


def _read(stem: str) -> Mapping[str, Table]:
    return tomllib.loads((_FOLDER / f"{stem}.toml").read_text(encoding="utf-8"))


def _signal(name: str, row: Table) -> Signal:
    if "any" in row:
        return AnySignal(name=name, others=_texts(row, "any"))
    if "client" in row:
        return VersionSignal(
            name=name,
            client=_text(row, "client"),
            at_least=_optional(row, "from"),
            below=_optional(row, "below"),
        )
    pattern = _optional(row, "pattern")
    return TextSignal(
        name=name,
        literals=_texts(row, "text"),
        pattern=None if pattern is None else re.compile(pattern),
    )


def _symptom(row: Table) -> Symptom:
    where = _optional(row, "where")
    rank = row["rank"]
    return Symptom(
        id=_text(row, "id"),
        stage=_text(row, "stage"),
        group=_optional(row, "group") or _text(row, "id"),
        rank=rank if isinstance(rank, int) else 0,
        title=_text(row, "title"),
        cause=_text(row, "cause"),
        fix=_text(row, "fix"),
        told_apart_by=_optional(row, "told_apart_by"),
        explains=_optional(row, "explains"),
        where=None if where is None else Place(where),
        note=Note(_optional(row, "note") or Note.NEVER),
        links=_texts(row, "links"),
        conditions=tuple(map(_condition, _rows(row, "when"))),
        samples=_texts(row, "samples"),
        must_not_match=_texts(row, "must_not_match"),
    )


def _condition(row: Table) -> Condition:
    return Condition(
        all_of=_texts(row, "all"),
        any_of=_texts(row, "any"),
        none_of=_texts(row, "none"),
        certainty=Certainty[_text(row, "certainty").upper()],
    )


def _own_refusal(row: Table) -> OwnRefusal:
    texts = _texts(row, "text")
    patterns = [".{0,200}?".join(map(re.escape, text.split(_ANYTHING))) for text in texts]
    return OwnRefusal(
        code=_text(row, "code"),
        literals=tuple(max(text.split(_ANYTHING), key=len) for text in texts),
        pattern=re.compile("|".join(patterns)),
        row=_optional(row, "row"),
    )


def _rows(table: Mapping[str, object], key: str) -> tuple[Table, ...]:
    rows = table[key]
    return tuple(row for row in rows if isinstance(row, dict)) if isinstance(rows, list) else ()


def _texts(row: Table, key: str) -> tuple[str, ...]:
    texts = row.get(key, [])
    return tuple(map(str, texts)) if isinstance(texts, list) else ()


def _text(row: Table, key: str) -> str:
    return str(row[key])


def _optional(row: Table, key: str) -> str | None:
    return str(row[key]) if key in row else None
