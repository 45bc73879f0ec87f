"""Drift over real histories: 144 packuments with their trust fields intact (facts: consumers §0.3).

What was measured there is measured again, by an oracle of a few lines, beside what drift says.
"""

import json
import re
import tarfile
from collections import Counter
from pathlib import Path

import pytest

from imprint.history.axes import Carries
from imprint.history.candidates import Candidate
from imprint.history.claims import claimed_axes
from imprint.history.drift import DriftSettings, drift_of
from imprint.history.events import EventSeverity
from imprint.history.lines import Line, line_of
from imprint.history.projection import PackumentHistory, project
from imprint.history.publications import Publication
from tests.support.publications import DAY

ARCHIVE = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "packuments.tar.gz"
LEFT_OUT = re.compile(r"aube-|@pnpm/e2e\.|@jsr/")
"""Packages of one tool's own tests, and of another registry: not among the 144."""

FOR_TESTS = re.compile(r"@pnpm\.e2e/")
"""Of the 144, packages of one tool's tests. Six versions were made to run a script, as new as their
packages: no other package of the archive began with one."""

pytestmark = pytest.mark.skipif(
    not ARCHIVE.exists(), reason="the archive is not beside the project"
)


@pytest.fixture(scope="module")
def histories():
    found = dict[str, PackumentHistory]()
    with tarfile.open(ARCHIVE) as archive:
        for member in archive:
            if not member.isfile() or not member.name.endswith("package.json"):
                continue
            stream = archive.extractfile(member)
            raw = b"" if stream is None else stream.read()
            name = json.loads(raw).get("name", "")
            history = PackumentHistory.of(project(raw, name))
            if len(history.moments) > len(getattr(found.get(name), "moments", ())):
                found[name] = history
    return {name: one for name, one in found.items() if not LEFT_OUT.match(name)}


@pytest.fixture(scope="module")
def judged(histories):
    carries = carries_of(histories)
    now = max(at for one in histories.values() for at in one.moments.values() if at)
    return {
        (name, version): drift_of(
            Candidate(
                history=history,
                carries=carries,
                version=version,
                axes=claimed_axes(row, carries),
                is_introduced=True,
                neighbour=histories.get,
            ),
            now=now,
            settings=DriftSettings(),
        )
        for name, history in histories.items()
        for version in history.moments
        if (row := history.publication(version)) is not None
    }


def test_the_rules_that_were_measured_are_measured_again(histories):
    by_date = {hit for one in histories.values() for hit in downgraded_by_date(one)}
    in_line = {hit for one in histories.values() for hit in downgraded_in_line(one)}

    assert (len(by_date), len({name for name, _ in by_date})) == (41, 4)
    assert (len(in_line), len({name for name, _ in in_line})) == (16, 3)


def test_drift_differs_from_the_measured_rule_only_where_its_rules_say_so(histories, judged):
    in_line = {hit for one in histories.values() for hit in downgraded_in_line(one)}
    ours = having(judged, "origin-dropped") | having(judged, "auth-regressed")

    assert in_line - ours == {
        # The one release of its line that had provenance: it does not bind (§6.3.4).
        ("node-gyp", "10.3.0"),
        # The same, of a line of prereleases: they are below the package, and a warning (§6.3.3).
        *(("nuxt", f"4.0.0-{tail}") for tail in ("alpha.1", "alpha.2", "alpha.3", "alpha.4")),
        ("nuxt", "4.0.0-rc.0"),
    }
    # Published by hand after bad releases: the first of them is still open (§6.3.5).
    assert ours - in_line == {("undici", "6.20.0"), ("undici", "6.20.1")}
    assert {name for name, _ in ours} == {"node-gyp", "undici"}


def test_backports_and_prereleases_are_to_be_looked_at_and_no_errors(judged):
    below = having(judged, "line-below-package")

    assert {("semver", "5.7.2"), ("semver", "6.3.1"), ("undici", "5.29.0")} <= below
    assert {
        event.severity.word
        for events in judged.values()
        for event in events
        if event.id == "line-below-package"
    } == {"warn"}


def test_no_real_version_would_have_been_stopped_when_the_archive_was_made(histories):
    carries = carries_of(histories)
    now = max(at for one in histories.values() for at in one.moments.values() if at)
    stopped = {
        (event.id.value, name, version)
        for name, history in histories.items()
        for version, at in history.moments.items()
        if at is not None and at < now - DAY and (row := history.publication(version)) is not None
        for event in drift_of(
            Candidate(
                history=history,
                carries=carries,
                version=version,
                axes=claimed_axes(row, carries),
                neighbour=histories.get,
            ),
            now=now,
            settings=DriftSettings(),
        )
        if event.severity.word == "error"
    }

    assert {one for one in stopped if not FOR_TESTS.match(one[1])} == {
        ("release-exotic-dependency-added", "nuxt", "1.0.0-rc7")
    }


def test_an_hour_after_it_was_published_one_version_in_a_thousand_was_an_error(histories):
    """What a user without any cooldown would have met, release by release, since 2010."""
    loudest = {
        (name, version): max((event.severity for event in events), default=EventSeverity.INFO)
        for name, version, events in judged_when_new(histories)
    }
    errors = {key for key, severity in loudest.items() if severity is EventSeverity.ERROR}
    for_tests = {key for key in errors if FOR_TESTS.match(key[0])}

    assert len(for_tests) == 6
    assert errors - for_tests == {
        # Scripts and a git dependency that were new: three alpha, beta and candidate releases.
        ("csstype", "3.0.0-beta.2"),
        ("nuxt", "1.0.0-alpha1"),
        ("nuxt", "1.0.0-rc7"),
        # By hand, and by somebody who had not published that line before.
        ("node-gyp", "11.4.0"),
    }
    assert sum(severity is EventSeverity.WARN for severity in loudest.values()) <= 195


def test_an_install_script_from_of_old_is_no_sign_by_itself(histories):
    """Of versions that run something when installed, all but those that begin to are quiet."""
    with_script = {
        (name, version)
        for name, history in histories.items()
        for version in history.moments
        if (row := history.publication(version)) is not None and row.install_scripts
    }
    errors = {
        (name, version)
        for name, version, events in judged_when_new(histories)
        if any(event.severity is EventSeverity.ERROR for event in events)
    }

    assert len(with_script) == 200
    assert len(with_script & errors) == 3 + 6


def test_anomalies_are_as_rare_as_was_measured(judged):
    counts = Counter(
        (event.id.value, event.severity.word)
        for (name, _), events in judged.items()
        for event in events
        if not FOR_TESTS.match(name)
    )
    counts_of = {name: count for (name, word), count in counts.items() if word != "info"}

    # Of 4,490 versions. New things stay new for 30 days, and a new line is compared with the one
    # before: so a few more than the 1, 1 and 2 that were measured between neighbours of a line.
    assert counts_of["release-exotic-dependency-added"] == 1
    assert counts_of["release-install-script-added"] == 2
    assert counts_of["release-size-jump"] <= 6
    assert "release-newborn-dependency" not in counts_of
    assert counts["release-newborn-dependency", "info"] <= 49
    assert counts_of["publisher-user-new"] <= 120
    assert counts_of["publisher-user-email-changed"] <= 50
    assert counts.keys().isdisjoint({("publisher-config-changed", "warn")})


def test_the_archive_has_the_packages_and_versions_that_were_measured(histories):
    versions = sum(len(history.moments) for history in histories.values())

    assert (len(histories), versions) == (144, 4_490)


def carries_of(histories):
    return Carries(
        **{
            name: any(getattr(history.carries, name) for history in histories.values())
            for name in Carries.__struct_fields__
        }
    )


def judged_when_new(histories):
    """Every version with its events an hour after it was published, and its age left out."""
    carries = carries_of(histories)
    for name, history in histories.items():
        for version, at in history.moments.items():
            row = history.publication(version)
            if row is None or at is None:
                continue
            candidate = Candidate(
                history=history,
                carries=carries,
                version=version,
                axes=claimed_axes(row, carries),
                neighbour=histories.get,
            )
            settings = DriftSettings(cooldown_seconds=0.0)
            yield name, version, drift_of(candidate, now=at + 3600.0, settings=settings)


def having(judged, id_):
    return {key for key, events in judged.items() if any(event.id == id_ for event in events)}


def downgraded_by_date(history):
    """Versions with less than any earlier one, prereleases left out: pnpm's rule."""
    best = {True: 0, False: 0}
    for row in dated(history):
        is_prerelease = "-" in row.version
        if max(best.values()) > rank(row) if is_prerelease else best[False] > rank(row):
            yield (history.name, row.version)
        best[is_prerelease] = max(best[is_prerelease], rank(row))


def downgraded_in_line(history):
    """Versions with less than one of their line's last 90 days, or than the one before."""
    lines: dict[Line, list[Publication]] = {}
    for row in dated(history):
        line = lines.setdefault(line_of(row.version), [])
        recent = [one for one in line if row.published - one.published <= 90 * DAY]
        if max(map(rank, recent + line[-1:]), default=0) > rank(row):
            yield (history.name, row.version)
        line.append(row)


def dated(history):
    rows = history.publications(tuple(history.moments))
    return sorted((row for row in rows if row.published), key=lambda row: row.published)


def rank(row):
    if row.approver:
        return 3
    if not row.provenance_type:
        return 0
    return 2 if row.trusted_publisher else 1
