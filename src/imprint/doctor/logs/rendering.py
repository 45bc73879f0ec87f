"""A diagnosis as lines for people, and as values for programs (design/interface.md)."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from imprint.doctor.logs.model import Certainty, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from imprint.doctor.logs.model import Cause, Diagnosis, LogLine

WIDTH = 100
_INDENT = "   "
_SAID = {
    Certainty.CERTAIN: "the log says so",
    Certainty.LIKELY: "likely",
    Certainty.POSSIBLE: "possible",
}


def plain(diagnosis: Diagnosis) -> tuple[str, ...]:
    """Return the diagnosis for people: the likeliest cause in the first lines."""
    return tuple(_plain(diagnosis))


def values(diagnosis: Diagnosis) -> Mapping[str, object]:
    """Return the diagnosis for programs."""
    ran = diagnosis.ran
    return {
        "causes": [_cause_values(cause) for cause in diagnosis.causes],
        "notes": [_cause_values(cause) for cause in diagnosis.notes],
        "clients": [
            {"name": client.name, "version": client.version, "line": client.line}
            for client in diagnosis.clients
        ],
        "ran": {
            "outcome": ran.outcome.value,
            "provider": None if ran.provider is None else ran.provider.value,
            "job": ran.job,
            "published": list(ran.published),
        },
    }


def summary(diagnosis: Diagnosis) -> Mapping[str, object]:
    """Return what a program looks at first."""
    return {
        "outcome": diagnosis.ran.outcome.value,
        "causes": len(diagnosis.causes),
        "notes": len(diagnosis.notes),
        "lines": diagnosis.lines,
    }


def _plain(diagnosis: Diagnosis) -> Iterator[str]:
    told = [cause for cause in diagnosis.causes if cause.certainty > Certainty.POSSIBLE]
    others = diagnosis.causes[len(told) :]
    if not told:
        told, others = list(others[:1]), others[1:]
    for number, cause in enumerate(told, start=1):
        yield from _whole(f"{number}.", cause)
    if others:
        yield f"{len(others)} more {'causes fit' if len(others) > 1 else 'cause fits'} the log:"
    for cause in others:
        yield from _short(cause)
    if not diagnosis.causes:
        yield _without_cause(diagnosis)
    for note in diagnosis.notes:
        yield from _whole("note:", note)
    yield _read(diagnosis)


def _whole(mark: str, cause: Cause) -> Iterator[str]:
    yield f"{mark} {cause.title} ({cause.id}; {_SAID[cause.certainty]})"
    yield from (f"{_INDENT}{_at(line)}" for line in cause.lines)
    yield from _wrapped("why: ", cause.cause)
    yield from _wrapped("fix: ", cause.fix)
    if cause.place is not None:
        yield f"{_INDENT}at:  {cause.place.path}:{cause.place.line}"
    if cause.told_apart_by is not None and cause.certainty is not Certainty.CERTAIN:
        yield from _wrapped("to be sure: ", cause.told_apart_by)


def _short(cause: Cause) -> Iterator[str]:
    yield f"- {cause.title} ({cause.id})"
    if cause.told_apart_by is not None:
        yield from _wrapped("to be sure: ", cause.told_apart_by)


def _without_cause(diagnosis: Diagnosis) -> str:
    match diagnosis.ran.outcome:
        case Outcome.SUCCEEDED:
            return "the run succeeded: there is no failure to explain"
        case Outcome.FAILED:
            return "the run failed, and for no cause that is known here"
        case Outcome.UNKNOWN:
            return "no failure of a publish is known in this log"


def _read(diagnosis: Diagnosis) -> str:
    parts = [f"read {diagnosis.lines} line{'' if diagnosis.lines == 1 else 's'}"]
    if diagnosis.ran.provider is not None:
        parts.append(f"of {diagnosis.ran.provider}")
    if diagnosis.clients:
        named = ", ".join(f"{client.name} {client.version}" for client in diagnosis.clients)
        parts.append(f"with {named}")
    text = " ".join(parts)
    if diagnosis.ran.published:
        text += f"; published {', '.join(diagnosis.ran.published)}"
    return text


def _at(line: LogLine) -> str:
    return f"line {line.number}: {line.text}"


def _wrapped(label: str, text: str) -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=_INDENT + label,
        subsequent_indent=_INDENT + " " * len(label),
        break_long_words=False,
        break_on_hyphens=False,
    )


def _cause_values(cause: Cause) -> dict[str, object]:
    place = cause.place
    return {
        "id": cause.id,
        "line": cause.lines[0].number,
        "evidence": cause.evidence,
        "cause": cause.cause,
        "fix": cause.fix,
        "title": cause.title,
        "certainty": cause.certainty.name.lower(),
        "told_apart_by": cause.told_apart_by,
        "lines": [{"line": line.number, "text": line.text} for line in cause.lines],
        "links": list(cause.links),
        "place": None
        if place is None
        else {"path": place.path, "line": place.line, "column": place.column},
    }
