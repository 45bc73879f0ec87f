"""A project, a registry on loopback, and `imprint audit` between them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.audited_project import Project
from tests.support.upstream_registry import UpstreamStandIn, upstream_registry

if TYPE_CHECKING:
    from tests.cli.conftest import Imprint, Ran


@dataclass(frozen=True)
class Told:
    """What a run said of the packages of a lockfile."""

    ran: Ran

    @property
    def code(self) -> int:
        """Its exit code."""
        return self.ran.code

    @property
    def json(self) -> Any:
        """All of it."""
        return self.ran.json

    @property
    def notes(self) -> list[str]:
        """What was not checked, one line each."""
        return list(self.json["notes"])

    def package(self, name: str = "@acme/widget", version: str | None = None) -> Any:
        """Return one package."""
        found = [one for one in self.json["packages"] if one["name"] == name]
        if version is not None:
            found = [one for one in found if one["version"] == version]
        (only,) = found
        return only

    def codes(self, name: str = "@acme/widget", version: str | None = None) -> set[str]:
        """Return the codes of the reasons of one package."""
        return {one["code"] for one in self.package(name, version)["reasons"]}


class Auditing:
    """Runs `imprint audit` on the project, which is written first."""

    def __init__(self, imprint: Imprint, project: Project) -> None:
        self.imprint = imprint
        self.project = project
        self.policy: str | None = None

    def __call__(self, *words: str, command: str = "audit", **named: str) -> Told:
        """Run it, for programs, and without advisories unless a test asks for some."""
        options = ("--format", "json", "--advisories", "off", *words)
        return Told(self.plain(*options, command=command, **named))

    def plain(self, *words: str, command: str = "audit", **named: str) -> Ran:
        """Run it as it is."""
        self.project.write(self.policy)
        return self.imprint(command, "--registry", self.project.upstream.url, *words, **named)

    def exchange(self, *words: str, **named: str) -> Ran:
        """Run another command of imprint."""
        return self.imprint(*words, **named)


@pytest.fixture
def upstream() -> Iterator[UpstreamStandIn]:
    """A registry with keys, and no packages."""
    with upstream_registry() as running:
        yield running


@pytest.fixture
def project(imprint: Imprint, upstream: UpstreamStandIn) -> Project:
    """A project in the working folder, whose registry's stand-in for sigstore is believed."""
    made = Project(folder=imprint.folder / "work", upstream=upstream)
    assert imprint(*made.trusting()).code == 0
    return made


@pytest.fixture
def audit(imprint: Imprint, project: Project) -> Auditing:
    """Runs `imprint audit` on the project."""
    return Auditing(imprint, project)
