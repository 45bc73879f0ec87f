"""The one line that an install shows of its graph: what is refused, and what nobody could tell.

npm prints it by itself (`npm-notice`); a header has room for a few names alone. Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imprint.http.replies import MAX_NOTICE_CHARACTERS
from imprint.refusals import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from imprint.gate.advisories.asking import Said
    from imprint.gate.judging.names import JudgedNames
    from imprint.gate.model import VersionVerdict

MOST_NAMED: Final = 3


def notice_of(
    *,
    judged: JudgedNames,
    told: Mapping[str, Sequence[VersionVerdict]],
    undecided: Sequence[str],
    said: Iterable[Said],
    unlooked: Sequence[str] = (),
    versions: int,
    page: str,
) -> str | None:
    """Return the line; None: there is nothing to say.

    The worst first: what is cut off is cut off at its end. `undecided` are served though nobody
    could decide of them, as `name@version`, and `unlooked` are names for which nobody looked for
    advisories. `page` has `NAME` in it.
    """
    parts = [
        *_refused(told, versions, page),
        *_served(undecided),
        *_counted(
            judged.late,
            "could not be judged in time: they still are, ask again (`npm audit`) in a moment",
        ),
        *_failed(judged.failed),
        *(one.lacking for one in said if one.lacking is not None),
        *_counted(unlooked, "of no registry that has advisories: of flaws nothing is known"),
        *_doubts(judged),
    ]
    return f"imprint: {'; '.join(parts)}"[:MAX_NOTICE_CHARACTERS] if parts else None


def _refused(
    told: Mapping[str, Sequence[VersionVerdict]], versions: int, page: str
) -> Iterable[str]:
    found = [(name, verdict) for name, verdicts in told.items() for verdict in verdicts]
    if not found:
        return
    named = ", ".join(quoted(f"{name}@{one.version}") for name, one in found[:MOST_NAMED])
    more = f" and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
    verb = "falls" if len(found) == 1 else "fall"
    where = page.replace("NAME", found[0][0])
    yield (
        f"{len(found)} of {versions} versions {verb} short of policy: {named}{more}; see {where}"
    )


def _served(undecided: Sequence[str]) -> Iterable[str]:
    if undecided:
        what = "version is" if len(undecided) == 1 else "versions are"
        yield (
            f"{len(undecided)} {what} served though policy could not be decided of"
            f" {'it' if len(undecided) == 1 else 'them'} ({_some(undecided)})"
        )


def _counted(names: Sequence[str], what: str) -> Iterable[str]:
    if names:
        packages = "package" if len(names) == 1 else "packages"
        yield f"{len(names)} {packages} ({_some(names)}) {what}"


def _failed(failed: Mapping[str, str]) -> Iterable[str]:
    by_reason: dict[str, list[str]] = {}
    for name, why in failed.items():
        by_reason.setdefault(why, []).append(name)
    for why, names in by_reason.items():
        yield from _counted(names, f"could not be judged: {why}")


def _doubts(judged: JudgedNames) -> Iterable[str]:
    doubts: dict[str, list[str]] = {}
    for name, one in judged.judged.items():
        if one.doubt is not None:
            doubts.setdefault(one.doubt, []).append(name)
    for doubt, names in doubts.items():
        yield from _counted(names, f"judged by less than there should be: {doubt}")


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(names[:MOST_NAMED])
    return f"{shown}, ..." if len(names) > MOST_NAMED else shown
