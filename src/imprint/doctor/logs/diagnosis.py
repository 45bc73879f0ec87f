"""Why a publish failed: the causes that a CI log is compatible with, most likely first.

(1) A run that succeeded has no causes, at most notes. (2) A symptom is there when one of its
conditions holds, and when the log has a failure that it can explain, or none at all, as in a piece
that somebody pasted. (3) What our own registry said is certain. (4) In a group, which is about one
failure, what is certain leaves out what is not. (5) Then the more certain comes first, and among
equals the root before what follows from it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from imprint.doctor.logs.clients import clients_in
from imprint.doctor.logs.joining import place_of, publish_job_of
from imprint.doctor.logs.model import Cause, Certainty, Diagnosis, Outcome, Ran
from imprint.doctor.logs.outcomes import outcome_of, published_in
from imprint.doctor.logs.registry_words import explained, own_codes
from imprint.doctor.logs.seeing import Seen
from imprint.doctor.logs.symptoms import Note, Place, Symptom, symptoms
from imprint.doctor.logs.text import read_log

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.doctor.logs.text import LogText
    from imprint.workflows.repository import Repository

_SHOWN_LINES = 4
_OWN_RANK = 9
_OWN_GROUP = "credential"
_NO_FAILURE = "nothing"
"""What a symptom explains that makes nothing fail."""


class _Found(msgspec.Struct, frozen=True, kw_only=True):
    cause: Cause
    group: str
    rank: int
    note: Note
    where: Place | None


def diagnose(log: str | bytes, *, repository: Repository | None = None) -> Diagnosis:
    """Return the causes of the failure that `log` tells of; `Malformed` where it is no text.

    With the repository the log is of, fixes name the file and line.
    """
    text = read_log(log)
    seen = Seen(log=text, clients=clients_in(text))
    outcome = outcome_of(seen)
    found = _found(seen)
    told = [] if outcome is Outcome.SUCCEEDED else _weighed(found)
    noted = [one for one in found if _is_note(one, outcome)]
    return Diagnosis(
        causes=_placed(told, text, repository),
        notes=_placed(noted, text, repository),
        clients=seen.clients,
        ran=Ran(
            outcome=outcome,
            provider=text.provider,
            published=published_in(text),
            job=text.job,
        ),
        lines=text.count,
    )


def _found(seen: Seen) -> list[_Found]:
    own = list(_own(seen.log))
    said = {line.number for one in own for line in one.cause.lines}
    ids = {one.cause.id for one in own}
    known = [
        one
        for one in _known(seen)
        # (3) What our registry wrote is not read a second time as another registry's words.
        if one.cause.id not in ids and one.cause.lines[0].number not in said
    ]
    return [*own, *known]


def _own(log: LogText) -> Iterator[_Found]:
    for code, lines in own_codes(log).items():
        symptom = symptoms().get(code.row) if code.row is not None else None
        cause = explained(code.code) if symptom is None else _cause(symptom, Certainty.CERTAIN)
        if cause is not None:
            yield _Found(
                cause=replace(cause, lines=tuple(map(log.shown, lines[:_SHOWN_LINES]))),
                group=_OWN_GROUP,
                rank=_OWN_RANK,
                note=Note.NEVER,
                where=Place.PUBLISH if symptom is None else symptom.where,
            )


def _known(seen: Seen) -> Iterator[_Found]:
    for symptom in symptoms().values():
        certainty, lines = _certainty(seen, symptom)
        if certainty is not None and _can_explain(seen, symptom):
            lines = tuple(dict.fromkeys([*lines, *_explained(seen, symptom)]))
            shown = tuple(map(seen.log.shown, lines[:_SHOWN_LINES]))
            yield _Found(
                cause=replace(_cause(symptom, certainty), lines=shown),
                group=symptom.group,
                rank=symptom.rank,
                note=symptom.note,
                where=symptom.where,
            )


def _certainty(seen: Seen, symptom: Symptom) -> tuple[Certainty | None, tuple[int, ...]]:
    """Return how certain the condition makes it that is most so, and its lines."""
    held = [(one.certainty, lines) for one in symptom.conditions if (lines := seen.holds(one))]
    return max(held, key=lambda pair: pair[0], default=(None, ()))


def _can_explain(seen: Seen, symptom: Symptom) -> bool:
    if symptom.explains is None:
        return True
    if symptom.explains != _NO_FAILURE and seen.lines(symptom.explains):
        return True
    return not seen.lines("ended-badly") or symptom.note is not Note.NEVER


def _explained(seen: Seen, symptom: Symptom) -> tuple[int, ...]:
    """Return the line of the failure that the symptom is the cause of, where it is another's."""
    if symptom.explains is None or symptom.explains == _NO_FAILURE:
        return ()
    return seen.lines(symptom.explains)[:1]


def _weighed(found: list[_Found]) -> list[_Found]:
    """Return causes without those that a certain one of their group leaves out, in order."""
    certain = {one.group for one in found if one.cause.certainty is Certainty.CERTAIN}
    left = [
        one
        for one in found
        if one.note is not Note.ALWAYS
        and (one.cause.certainty is Certainty.CERTAIN or one.group not in certain)
    ]
    left.sort(key=lambda one: (-one.cause.certainty, one.rank))
    if len(left) > 1:
        return left
    # Nothing else fits: nothing has to tell it apart.
    return [
        replace(one, cause=replace(one.cause, told_apart_by=None))
        if one.cause.certainty is Certainty.CERTAIN
        else one
        for one in left
    ]


def _is_note(one: _Found, outcome: Outcome) -> bool:
    if one.note is Note.ON_SUCCESS:
        return outcome is Outcome.SUCCEEDED
    return one.note is Note.ALWAYS


def _placed(found: list[_Found], log: LogText, repository: Repository | None) -> tuple[Cause, ...]:
    if repository is None or not found:
        return tuple(one.cause for one in found)
    job = publish_job_of(repository, name=log.job)
    return tuple(
        one.cause
        if one.where is None
        else replace(one.cause, place=place_of(one.where, repository, job))
        for one in found
    )


def _cause(symptom: Symptom, certainty: Certainty) -> Cause:
    return Cause(
        id=symptom.id,
        title=symptom.title,
        certainty=certainty,
        lines=(),
        cause=symptom.cause,
        fix=symptom.fix,
        told_apart_by=symptom.told_apart_by,
        links=symptom.links,
    )
