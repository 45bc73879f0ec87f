"""What `imprint doctor` does, in which order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.cli.doctor.analysing import open_wished, outcome_of
from imprint.cli.session import say
from imprint.refusals import Unavailable, quoted

if TYPE_CHECKING:
    from imprint.cli.doctor.wishes import Wish
    from imprint.doctor.folders import Folder
    from imprint.doctor.model import Finding, Ignored
    from imprint.doctor.outcome import Outcome

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


def _update_baseline(folder: Folder, wish: Wish, outcome: Outcome) -> int:
    from imprint.doctor.baseline import FILE_NAME, render_baseline
    from imprint.doctor.folders import write_inside

    ignored: tuple[Ignored, ...] = outcome.ignored
    by_comment = {one.finding.fingerprint for one in ignored}
    findings: list[Finding] = [
        one for one in outcome.diagnosis.findings if one.fingerprint not in by_comment
    ]
    file = folder.root / FILE_NAME if wish.baseline is None else wish.baseline
    content = render_baseline(findings, before=file.read_bytes() if file.is_file() else None)
    if wish.baseline is None:
        write_inside(folder, FILE_NAME, content)
    else:
        wish.baseline.write_bytes(content)
    say(f"wrote {len(findings)} findings to {wish.baseline or FILE_NAME}")
    return 0
