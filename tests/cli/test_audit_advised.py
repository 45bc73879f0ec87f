"""`imprint audit`: what is known against packages, their licences, and their source."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.npm.advisories.records import affected, archive, record
from tests.support.clones import made_repository
from tests.support.upstream_registry import upstream_registry

if TYPE_CHECKING:
    from pathlib import Path

LONG_AGO = 1_750_000_000.0
POLICY = """\
version = 1
preset = "observe"
mode = "enforce"
"""


@pytest.fixture
def upstream():
    with upstream_registry() as running:
        running.now = LONG_AGO
        yield running


def project(folder: Path, upstream: Any, policy: str = "", **package_json: object) -> None:
    """Write a project that locks widget 1.1.0, in which inner 1.1.0 is bundled."""
    data = upstream.publish("widget", "1.1.0", attested=False, **package_json)
    sha512 = base64.b64encode(hashlib.sha512(data).digest()).decode()
    needs = {"dependencies": {"widget": "1.1.0"}}
    packages = {
        "": {"name": "app", "version": "1.0.0", **needs},
        "node_modules/widget": {
            "version": "1.1.0",
            "resolved": f"{upstream.url}widget/-/1.1.0.tgz",
            "integrity": f"sha512-{sha512}",
            "bundleDependencies": ["inner"],
            "dependencies": {"inner": "1.1.0"},
        },
        "node_modules/widget/node_modules/inner": {"version": "1.1.0", "inBundle": True},
    }
    lock = {"name": "app", "version": "1.0.0", "lockfileVersion": 3, "packages": packages}
    (folder / "package-lock.json").write_text(json.dumps(lock, indent=2))
    (folder / "package.json").write_text(json.dumps({"name": "app", **needs}))
    (folder / "imprint.toml").write_text(POLICY + policy)


def audited(imprint: Any, upstream: Any, *words: str) -> dict[str, Any]:
    """Return the packages of the result, by name."""
    ran = imprint("audit", "--registry", upstream.url, "--format", "json", *words)
    assert ran.code in (0, 1, 3), ran.err
    return {one["name"]: one for one in ran.json["packages"]}


def codes(package: dict[str, Any]) -> set[str]:
    return {reason["code"] for reason in package["reasons"]}


def known(package: dict[str, Any]) -> list[str]:
    return [one["id"] for one in package["advisories"]]


def test_an_archive_is_asked_about_carriers_and_what_they_carry(imprint, upstream):
    project(imprint.folder / "work", upstream, '[advisories]\nblock = "high"\n')
    against = affected(name="inner")
    path = archive(imprint.folder / "all.zip", record(affected=[against]))

    found = audited(imprint, upstream, "--advisories", str(path))

    assert known(found["widget"]) == []
    assert known(found["inner"]) == ["GHSA-wile-road-acme"]
    assert "advisory" in codes(found["inner"])


def test_an_archive_of_nothing_is_refused(imprint, upstream):
    project(imprint.folder / "work", upstream)
    path = archive(imprint.folder / "all.zip", b"{")

    ran = imprint("audit", "--registry", upstream.url, "--advisories", str(path))

    assert (ran.code, ran.out) == (2, "")
    assert "no advisory that can be read" in ran.err


def test_a_registry_without_advisories_is_told(imprint, upstream):
    project(imprint.folder / "work", upstream)

    ran = imprint("audit", "--registry", upstream.url, "--advisories", "registry")

    assert "no advisories" in ran.out


@pytest.mark.parametrize(
    ("license_text", "code"), [("GPL-3.0-only", "license-denied"), ("BSD", "license-unknown")]
)
def test_licences_are_judged(imprint, upstream, license_text, code):
    rules = '[licenses]\nallow = ["MIT"]\nunknown = "block"\n'
    project(imprint.folder / "work", upstream, rules, license=license_text)

    found = audited(imprint, upstream, "--advisories", "off")

    assert code in codes(found["widget"])


def test_a_clone_is_looked_at_for_what_is_fresh(imprint, upstream):
    made = made_repository(
        imprint.folder / "clones" / "widget", origin="https://github.com/acme/widget"
    )
    made.tag("v1.0.0")
    made.commit(at=int(LONG_AGO) + 30 * 86_400)
    fresh = 'fresh = "3650d"\n'
    url = "https://github.com/acme/widget"
    project(imprint.folder / "work", upstream, fresh, repository=url)

    found = audited(
        imprint, upstream, "--advisories", "off", "--repositories", str(made.folder.parent)
    )

    assert "source-tag-missing" in {event["id"] for event in found["widget"]["events"]}
