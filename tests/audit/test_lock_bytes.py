"""What a lockfile could bring in the place of what was looked at."""

import base64
import hashlib

import pytest

from imprint.audit.lock_events import asked_elsewhere, lock_events, usual_host
from imprint.audit.replacements import replaced_names
from imprint.audit.selection import LockedVersion
from imprint.history.drift import DriftSettings, drift_of
from imprint.history.events import EventId, EventSeverity
from imprint.npm.lockfiles.model import LockfileFormat, SourceKind
from imprint.npm.lockfiles.read import read_lockfile
from tests.support.locked import package
from tests.support.publications import NOW, candidate, history, publication

REGISTRY = "https://registry.example.test/"
OWN = f"{REGISTRY}widget/-/widget-1.0.0.tgz"


def sri(algorithm, data=b"good"):
    return f"{algorithm}-{base64.b64encode(hashlib.new(algorithm, data).digest()).decode()}"


GOOD = sri("sha512")
SHA1 = hashlib.sha1(b"good", usedforsecurity=False).hexdigest()


def locked(**changes):
    place = package("widget@1.0.0", **{"resolved": OWN, "integrity": GOOD, **changes})
    return LockedVersion(name="widget", version="1.0.0", source=place.source, places=(place,))


def events_of(one, usual=None, **said):
    row = publication("1.0.0", **{"integrity": GOOD, "shasum": SHA1, "tarball": OWN, **said})
    return [
        (event.id, event.severity)
        for event in lock_events(
            one,
            row,
            lockfile_format=LockfileFormat.NPM,
            registry=REGISTRY,
            default_host="registry.default.test",
            usual=usual,
        )
    ]


FOREIGN = [(EventId.LOCK_FOREIGN_HOST, EventSeverity.ERROR)]
NOTHING_BINDS = [(EventId.LOCK_NO_INTEGRITY, EventSeverity.ERROR)]
UNSURE = [(EventId.LOCK_NO_INTEGRITY, EventSeverity.WARN)]


@pytest.mark.parametrize("integrity", [GOOD, f"{sri('sha1')} {GOOD}", sri("sha1")])
def test_integrity_of_the_registrys_own_digests_binds(integrity):
    assert events_of(locked(integrity=integrity)) == []


@pytest.mark.parametrize(
    "integrity",
    [
        "whatever",
        f"{GOOD}?option",
        f"{GOOD}\t{sri('sha512', b'evil')}",
        sri("sha256", b"evil"),
        f"{sri('sha1')} {sri('sha256', b'evil')}",
        f"{GOOD} sha3-512-evil",
    ],
)
def test_integrity_that_clients_read_otherwise_binds_nothing(integrity):
    assert events_of(locked(integrity=integrity)) == NOTHING_BINDS


def test_a_registry_that_tells_sha1_alone_leaves_a_sha512_open():
    assert events_of(locked(), integrity=None) == UNSURE


def test_without_integrity_the_address_has_to_be_the_versions_own():
    assert events_of(locked(integrity=None)) == UNSURE
    assert events_of(locked(integrity=None, resolved=None)) == UNSURE


@pytest.mark.parametrize(
    "address",
    [
        f"{REGISTRY}evil/-/evil-1.0.0.tgz",
        f"{REGISTRY}widget/-/widget-6.6.6.tgz",
        f"{REGISTRY}@evil/widget/-/widget-6.6.6.tgz",
    ],
)
def test_without_integrity_another_tarball_of_the_registry_is_anything(address):
    assert events_of(locked(integrity=None, resolved=address)) == NOTHING_BINDS


def test_an_address_as_the_packument_has_it_is_its_own():
    address = "https://registry.example.test/download/1"

    assert events_of(locked(integrity=None, resolved=address), tarball=address) == UNSURE


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.test\\@registry.example.test/widget/-/widget-1.0.0.tgz",
        "https:evil.test/widget/-/widget-1.0.0.tgz",
        " https://evil.test/widget/-/widget-1.0.0.tgz",
        "git+https://registry.example.test/mallory/widget.git#abc",
    ],
)
def test_a_host_is_the_one_that_clients_ask(address):
    found = events_of(locked(resolved=address))

    assert found == [(EventId.LOCK_FOREIGN_HOST, EventSeverity.ERROR)]


def by_yarn(*hosts):
    """A lockfile of yarn 1 that takes a package from each host."""
    text = "# yarn lockfile v1\n" + "".join(
        f'p{n}@^1:\n  version "1.0.0"\n  resolved "https://{host}/p{n}/-/p{n}-1.0.0.tgz"\n'
        for n, host in enumerate(hosts)
    )
    return read_lockfile(text.encode(), filename="yarn.lock")


OTHER_NAME = f"{OWN.replace('registry.example', 'yarn.example')}"


def test_the_registry_that_yarn_takes_most_from_is_no_foreign_host_where_digests_bind():
    usual = usual_host(by_yarn("yarn.example.test", "yarn.example.test", "evil.example.test"))

    assert usual == "yarn.example.test"
    assert events_of(locked(resolved=OTHER_NAME), usual=usual) == []
    assert events_of(locked(resolved=OTHER_NAME)) == FOREIGN
    assert events_of(locked(resolved="https://evil.example.test/a.tgz"), usual=usual) == FOREIGN


@pytest.mark.parametrize("integrity", [None, "whatever", sri("sha256", b"evil")])
def test_the_registry_that_yarn_takes_most_from_is_foreign_where_nothing_binds(integrity):
    found = events_of(locked(resolved=OTHER_NAME, integrity=integrity), usual="yarn.example.test")

    assert FOREIGN[0] in found


def test_no_host_is_usual_where_none_has_most_or_another_manager_wrote():
    npm = b'{"lockfileVersion": 3, "packages": {"node_modules/a": {"version": "1.0.0"}}}'

    assert usual_host(by_yarn("a.example.test", "b.example.test")) is None
    assert usual_host(read_lockfile(npm, filename="package-lock.json")) is None


def test_a_second_digest_is_other_bytes():
    both = f"{GOOD} {sri('sha512', b'evil')}"
    row = publication("1.0.0", integrity=GOOD)

    found = drift_of(
        candidate(history=history(row), version="1.0.0", locked_integrity=both),
        now=NOW,
        settings=DriftSettings(),
    )

    assert EventId.INTEGRITY_MISMATCH in {event.id for event in found}


def test_a_file_of_a_mirror_on_the_disk_is_of_no_host():
    assert events_of(locked(resolved="widget-1.0.0.tgz")) == []


GIT = {"source": SourceKind.GIT, "resolved": "git+https://forge.test/evil/widget.git#abc"}


def test_what_a_registry_was_asked_for_comes_from_one():
    event = asked_elsewhere(locked(**GIT), ["^1.0.0", "npm:widget@1"])

    assert event is not None
    assert (event.id, event.severity) == (EventId.LOCK_FOREIGN_HOST, EventSeverity.ERROR)


@pytest.mark.parametrize(
    "ranges", [[], ["acme/widget"], ["^1.0.0", "git+ssh://git@forge.test/a/b"], ["catalog:"]]
)
def test_what_was_asked_for_from_elsewhere_may_come_from_there(ranges):
    assert asked_elsewhere(locked(**GIT), ranges) is None


@pytest.mark.parametrize(
    "manifest",
    [
        b'{"overrides": {"widget": "acme/widget"}}',
        b'{"overrides": {"other": {"widget": "acme/widget"}}}',
        b'{"overrides": {"widget": {".": "acme/widget", "x": "1"}}}',
        b'{"resolutions": {"**/widget": "acme/widget"}}',
        b'{"resolutions": {"a@npm:^1/widget": "acme/widget"}}',
        b'{"resolutions": {"widget@npm:^1": "file:./w.tgz"}}',
        b'{"pnpm": {"overrides": {"a@1>widget@>=1 <2": "link:../w"}}}',
    ],
)
def test_projects_replace_what_they_name(manifest):
    assert replaced_names([manifest]) == {"widget"}


@pytest.mark.parametrize("selector", ["@s/w", "**/@s/w", "a/@s/w", "@s/w@npm:^1", "@a/b>@s/w@1"])
def test_names_have_scopes(selector):
    assert replaced_names([], {selector: "git+https://forge.test/a/b.git"}) == {"@s/w"}


@pytest.mark.parametrize("raw", [b"", b"[]", b'{"overrides": 1}', b'{"overrides": {"a": "1"}}'])
def test_nothing_is_replaced_by_what_is_none(raw):
    assert replaced_names([raw]) == frozenset()
