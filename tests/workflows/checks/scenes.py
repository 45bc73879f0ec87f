"""Scenes out of the examples on pages: what doctor makes of a folder, made of texts."""

from __future__ import annotations

import tomllib
from base64 import b64encode
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from packageurl.contrib.purl2url import get_download_url

from imprint.identity.workload import Provider
from imprint.npm.names import PackageName
from imprint.publishers.configuration import PublisherRequest, build_publisher
from imprint.tokens.issuers import Issuer
from imprint.workflows.facts import EnvironmentFacts, Facts
from imprint.workflows.profiles import CURRENT, PROFILES
from imprint.workflows.publishing.detection import publish_jobs_of
from imprint.workflows.reading import read_repository
from imprint.workflows.scene import Scene
from imprint.workflows.tables.clients import client_table

if TYPE_CHECKING:
    from imprint.workflows.findings import Edit, Patch

PUBLIC_HOST = urlsplit(str(get_download_url("pkg:npm/name@0.0.0"))).hostname or ""
VALUES = {
    "npm public host": PUBLIC_HOST,
    "npm token": "npm_" + "aB3dE5gH7jK9mN1pQ2sT4vW6xY8zC0fL5rU9",
    "uuid token": "0f1e2d3c-4b5a-4697-8877-a1b2c3d4e5f6",
    "basic token": b64encode(b"release-robot:not a password").decode(),
    "newest 11": client_table().lines["npm"].newest["11"],
}
"""What stands in angle brackets in examples."""
GITHUB = Issuer(
    name="github",
    url="https://token.actions.githubusercontent.com",
    provider=Provider.GITHUB,
)
_TUPLES = ("protected_branches", "assumed")


def scene_of(files: dict[str, str], facts: str = "", *, name: str = "acme/widgets") -> Scene:
    """Return the scene of some files, and of facts as TOML.

    `facts` has the fields of `Facts` by name; `[[publishers]]` tables have `package` and the fields
    of a PublisherRequest; `profile` is one's name.
    """
    told = tomllib.loads(facts)
    profile = PROFILES[told.pop("profile", CURRENT.name)]
    repository = read_repository({path: text.encode() for path, text in files.items()}, name=name)
    known = facts_of(told)
    jobs = publish_jobs_of(repository, facts=known)
    return Scene(
        repository=repository,
        publish_jobs=jobs,
        facts=known,
        profile=profile,
        paths=_paths(repository, jobs, known, profile),
    )


def facts_of(told: dict[str, Any]) -> Facts:
    """Return facts of their values by name."""
    values = dict(told)
    for key in _TUPLES:
        if key in values:
            values[key] = tuple(values[key])
    if "existing_packages" in values:
        values["existing_packages"] = frozenset(values["existing_packages"])
    if "environments" in values:
        values["environments"] = {
            name: EnvironmentFacts(**with_tuples(table))
            for name, table in values["environments"].items()
        }
    if "publishers" in values:
        publishers: dict[str, tuple[Any, ...]] = {}
        for table in values["publishers"]:
            package = table.pop("package")
            made = publisher(package, **table)
            publishers[package] = (*publishers.get(package, ()), made)
        values["publishers"] = publishers
    return Facts(**values)


def with_tuples(table: dict[str, Any]) -> dict[str, Any]:
    """Return a table with its lists as tuples."""
    return {key: tuple(item) if isinstance(item, list) else item for key, item in table.items()}


def publisher(package: str, **asked: Any):
    """Return a trusted publisher of `package`; its repository is `acme/widgets`."""
    values: dict[str, Any] = {
        "repository": "acme/widgets",
        "workflow": "release.yml",
        "permissions": ("publish",),
        **with_tuples(asked),
    }
    return build_publisher(
        PublisherRequest(provider=Provider.GITHUB, repository_id="1", owner_id="2", **values),
        publisher_id="00000000-0000-4000-8000-000000000001",
        target=PackageName.parse(package),
        issuer=GITHUB,
        pending=False,
        now=0.0,
        created_by="owner",
    )


def patched(files: dict[str, str], patches: list[Patch]) -> dict[str, str]:
    """Return the files after some patches; the same edit of two patches is made once."""
    edits: dict[Edit, None] = {}
    made = dict(files)
    for patch in patches:
        edits |= dict.fromkeys(patch.edits)
        made |= dict(patch.new_files)
    for edit in sorted(edits, key=lambda each: (each.span.start, each.span.end), reverse=True):
        text = made[edit.span.path]
        made[edit.span.path] = text[: edit.span.start] + edit.text + text[edit.span.end :]
    return made


def _paths(repository, jobs, facts, profile):
    try:
        from imprint.workflows.paths.search import publish_paths
    except ImportError:
        return ()
    return tuple(publish_paths(repository, jobs, facts, profile))
