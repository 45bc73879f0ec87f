"""From a folder to what is to be shown of it: facts, diagnosis, ignoring, comparing."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from imprint.cli.session import say
from imprint.refusals import quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imprint.cli.doctor.wishes import Wish
    from imprint.doctor.folders import Folder
    from imprint.doctor.git import Origin
    from imprint.doctor.model import Diagnosis, Finding, Ignored
    from imprint.doctor.outcome import Outcome
    from imprint.doctor.reading import Tree
    from imprint.workflows.facts import Facts


def open_wished(wish: Wish) -> Folder:
    """Return the folder that was named, else the repository that one stands in."""
    from imprint.doctor.folders import open_folder
    from imprint.doctor.git import top_folder

    return open_folder(top_folder(Path.cwd()) if wish.path is None else wish.path)


def outcome_of(folder: Folder, tree: Tree, wish: Wish) -> Outcome:
    """Return what is to be shown of a folder's files."""
    from imprint.cli.doctor.knowing import facts_of
    from imprint.doctor.compare import compare
    from imprint.doctor.git import open_revision, origin_of
    from imprint.doctor.outcome import Outcome
    from imprint.doctor.ranking import fold
    from imprint.doctor.reading import collect

    origin = origin_of(folder.root)
    facts = facts_of(wish, tree, origin)
    diagnosis = _diagnosed(folder, tree, facts=facts, origin=origin, wish=wish)
    left, ignored = sorted_out(folder, tree, diagnosis.findings, wish)
    comparison = None
    if wish.compare is not None:
        before = collect(open_revision(folder.root, wish.compare))
        old = _diagnosed(folder, before, facts=facts, origin=origin, wish=wish, is_old=True)
        comparison = compare(old, diagnosis, revision=wish.compare)
        new = {finding.fingerprint for finding in comparison.new}
        left = tuple(finding for finding in left if finding.fingerprint in new)
    return Outcome(
        diagnosis=diagnosis,
        ranking=fold(left, everything=wish.shows_all),
        default=fold(left, everything=False),
        ignored=ignored,
        comparison=comparison,
        shows_paths=wish.shows_paths,
        shows_all=wish.shows_all,
    )


def sorted_out(
    folder: Folder, tree: Tree, findings: Sequence[Finding], wish: Wish
) -> tuple[tuple[Finding, ...], tuple[Ignored, ...]]:
    """Return the findings that stay, and those that a comment or the baseline ignores."""
    from imprint.doctor import baseline, ignores

    texts = {
        path: content.decode(errors="replace")
        for path, content in tree.files.items()
        if b"imprint:" in content
    }
    comments = ignores.comments_of(texts, today=datetime.now(UTC).date())
    for fault in ignores.faults_of(comments):
        say(f"warning: {fault}")
    stay, by_comment = ignores.sort_out(findings, comments, texts)
    known = frozenset[str]() if wish.update_baseline else _known_findings(folder, wish)
    left, by_baseline = baseline.sort_out(stay, known)
    return left, (*by_comment, *by_baseline)


def _diagnosed(
    folder: Folder, tree: Tree, *, facts: Facts, origin: Origin, wish: Wish, is_old: bool = False
) -> Diagnosis:
    from imprint.cli.doctor.kept import kept_diagnoses
    from imprint.doctor.keeping import diagnosed

    def diagnose() -> Diagnosis:
        from imprint.doctor.diagnosis import analyse
        from imprint.workflows.profiles import PROFILES

        profile = PROFILES[wish.profile]
        found = analyse(tree, facts=facts, profile=profile, name=origin.name).diagnosis
        if wish.hygiene and not is_old:
            from imprint.cli.doctor.cleanliness import with_hygiene

            found = with_hygiene(found, folder)
        return found

    grounds = (wish.profile, origin.name or "", str(wish.hygiene and not is_old))
    with kept_diagnoses(os.environ, uses_cache=wish.cache) as cache:
        return diagnosed(tree, facts=facts, grounds=grounds, cache=cache, diagnose=diagnose)


def _known_findings(folder: Folder, wish: Wish) -> frozenset[str]:
    from imprint.doctor.baseline import FILE_NAME, MOST_BYTES, read_baseline
    from imprint.refusals import Malformed

    path = wish.baseline or folder.root / FILE_NAME
    try:
        with path.open("rb") as file:
            return read_baseline(file.read(MOST_BYTES + 1))
    except FileNotFoundError as err:
        if wish.baseline is None:
            return frozenset()
        raise Malformed("unreadable-file", f"there is no file {quoted(str(path))}") from err
    except OSError as err:
        raise Malformed("unreadable-file", f"file {quoted(str(path))} cannot be read") from err
