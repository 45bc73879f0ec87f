"""What `imprint doctor` does, in which order."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from imprint.cli.session import say
from imprint.refusals import Unavailable, quoted

if TYPE_CHECKING:
    from imprint.cli.doctor.wishes import Wish
    from imprint.doctor.folders import Folder
    from imprint.doctor.git import Origin
    from imprint.doctor.model import Diagnosis, Finding, Ignored
    from imprint.doctor.outcome import Outcome
    from imprint.doctor.reading import Tree
    from imprint.workflows.facts import Facts

FINDINGS = 1


def run(wish: Wish) -> int:
    """Do it; returns the exit code."""
    if wish.log is not None:
        from imprint.cli.doctor.log import show_log

        return show_log(wish.log, wish.path)
    folder = open_wished(wish)
    if wish.probe:
        from imprint.cli.doctor.probing import probe

        return probe(folder, exit_zero=wish.exit_zero)
    if wish.lock:
        from imprint.cli.doctor.locking import lock

        lock(folder)
        folder = open_wished(wish)  # it has files that it had not
    if wish.fixes:
        from imprint.cli.doctor.fixing import fix

        return fix(folder, wish)
    return _diagnose(folder, wish)


def _diagnose(folder: Folder, wish: Wish) -> int:
    from imprint.cli.doctor import shown
    from imprint.doctor.reading import collect

    tree = collect(folder)
    outcome = outcome_of(folder, tree, wish)
    if wish.update_baseline:
        return _update_baseline(folder, wish, outcome)
    if not outcome.diagnosis.coverage.has_ci and not outcome.failing:
        raise Unavailable(
            "nothing-to-check",
            f"folder {quoted(str(folder.root))} has no CI file: nothing was checked",
            hint="name the repository's root: `.github/workflows`, `.gitlab-ci.yml` and"
            " `.circleci/config.yml` are read there",
        )
    shown.show_outcome(outcome)
    return FINDINGS if outcome.failing and not wish.exit_zero else 0


def outcome_of(folder: Folder, tree: Tree, wish: Wish) -> Outcome:
    """Return what is to be shown of a folder's files."""
    from imprint.cli.doctor.knowing import facts_of
    from imprint.doctor import baseline, ignores
    from imprint.doctor.compare import compare
    from imprint.doctor.git import open_revision, origin_of
    from imprint.doctor.outcome import Outcome
    from imprint.doctor.ranking import fold
    from imprint.doctor.reading import collect

    origin = origin_of(folder.root)
    facts = facts_of(wish, tree, origin)
    diagnosis = _diagnosed(folder, tree, facts=facts, origin=origin, wish=wish)
    texts = {
        path: content.decode(errors="replace")
        for path, content in tree.files.items()
        if b"imprint:" in content
    }
    comments = ignores.comments_of(texts, today=datetime.now(UTC).date())
    left, by_comment = ignores.sort_out(diagnosis.findings, comments, texts)
    for fault in ignores.faults_of(comments):
        say(f"warning: {fault}")
    known = frozenset[str]()
    if not wish.update_baseline:
        known = known_findings(folder, wish)
    left, by_baseline = baseline.sort_out(left, known)
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
        ignored=(*by_comment, *by_baseline),
        comparison=comparison,
        shows_paths=wish.shows_paths,
        shows_all=wish.shows_all,
    )


def open_wished(wish: Wish) -> Folder:
    from imprint.doctor.folders import open_folder
    from imprint.doctor.git import top_folder

    # Typed without a path, it is about the repository that one stands in.
    return open_folder(top_folder(Path.cwd()) if wish.path is None else wish.path)


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


def known_findings(folder: Folder, wish: Wish) -> frozenset[str]:
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


def _update_baseline(folder: Folder, wish: Wish, outcome: Outcome) -> int:
    from imprint.doctor.baseline import FILE_NAME, render_baseline
    from imprint.doctor.folders import write_inside

    ignored: tuple[Ignored, ...] = outcome.ignored
    by_comment = {one.finding.fingerprint for one in ignored}
    findings: list[Finding] = [
        one for one in outcome.diagnosis.findings if one.fingerprint not in by_comment
    ]
    content = render_baseline(findings)
    if wish.baseline is None:
        write_inside(folder, FILE_NAME, content)
    else:
        wish.baseline.write_bytes(content)
    say(f"wrote {len(findings)} findings to {wish.baseline or FILE_NAME}")
    return 0
