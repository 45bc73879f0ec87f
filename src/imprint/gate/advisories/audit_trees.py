"""The bodies and answers of npm's older audit routes, which yarn 1 and pnpm up to 10 use. Pure.

A body is a tree of packages, as they lie in folders (npm 6, yarn 1) or as they need each other
(pnpm, with the workspace's projects on top). The answer has each advisory once, with the paths to
what it is of.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import msgspec

from imprint.npm.names import PackageName
from imprint.refusals import Malformed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from imprint.gate.advisories.advised import Entry

MOST_NODES: Final = 200_000
MOST_PATH_CHARACTERS: Final = 32 * 1024 * 1024
"""Of all paths of a tree together: a deep one with many packages at its end has long ones."""
MOST_PATHS: Final = 50
"""Of one version: the rest is in the same graph."""
_PNPM_ROOT: Final = "."
_SEVERITIES: Final = ("info", "low", "moderate", "high", "critical")


_GHSA: Final = re.compile(r"GHSA(?:-[23456789cfghjmpqrvwx]{4}){3}")


class _Node(msgspec.Struct):
    version: str | None = None
    dev: bool | None = None
    optional: bool | None = None
    dependencies: dict[str, _Node] | None = None


class _Root(_Node):
    requires: object = None
    """By name what the project asks for: npm 7 to 10 send it beside no tree at all."""


_TREE = msgspec.json.Decoder(_Root)


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a version is in a graph."""

    path: str
    """`a>b>c`, from the top."""
    is_dev: bool
    is_optional: bool


class AuditTree(msgspec.Struct, frozen=True, kw_only=True):
    """What a body asks about."""

    places: Mapping[tuple[str, str], tuple[Place, ...]]
    """By name and version."""
    counts: Mapping[str, int] = msgspec.field(default_factory=dict)
    """`dependencies`, `devDependencies`, `optionalDependencies`, `totalDependencies`."""
    is_left_out: bool = False
    """Whether the project has packages, and the body none: nothing can be said of any."""

    def versions(self) -> dict[str, list[str]]:
        """Return the versions by name, as the bulk route has them."""
        found: dict[str, list[str]] = {}
        for name, version in self.places:
            found.setdefault(name, []).append(version)
        return found


def read_tree(raw: bytes) -> AuditTree:
    """Return what a body asks about; raises Malformed (`malformed-body`).

    Projects of a pnpm workspace are walked through, and are not asked about.
    """
    try:
        root = _TREE.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as err:
        raise Malformed(
            "malformed-body", "the body is no tree of packages as `npm audit` sends it"
        ) from err
    places: dict[tuple[str, str], list[Place]] = {}
    counts = dict.fromkeys(
        ("dependencies", "devDependencies", "optionalDependencies", "totalDependencies"), 0
    )
    for name, version, place in _walk(root):
        known = places.setdefault((name, version), [])
        if not known:
            kind = "devDependencies" if place.is_dev else "dependencies"
            counts["optionalDependencies" if place.is_optional else kind] += 1
            counts["totalDependencies"] += 1
        if len(known) < MOST_PATHS:
            known.append(place)
    return AuditTree(
        places={key: tuple(found) for key, found in places.items()},
        counts=counts,
        is_left_out=isinstance(root.requires, dict) and bool(root.requires) and not places,
    )


def _walk(root: _Node) -> Iterator[tuple[str, str, Place]]:
    top = root.dependencies or {}
    is_of_projects = _PNPM_ROOT in top
    waiting: list[tuple[str, _Node, str, bool]] = [
        (name, node, "", is_of_projects) for name, node in reversed(top.items())
    ]
    nodes = characters = 0
    while waiting:
        name, node, above, is_project = waiting.pop()
        nodes += 1
        if nodes > MOST_NODES:
            raise Malformed("malformed-body", f"the tree has more than {MOST_NODES} packages")
        path = f"{above}>{name}" if above else name
        characters += len(path)
        if characters > MOST_PATH_CHARACTERS:
            raise Malformed("malformed-body", "the tree is too deep for as many packages")
        if not is_project and node.version and _is_name(name):
            place = Place(path=path, is_dev=bool(node.dev), is_optional=bool(node.optional))
            yield name, node.version, place
        waiting += [(each, below, path, False) for each, below in (node.dependencies or {}).items()]


def _is_name(text: str) -> bool:
    try:
        PackageName.parse_existing(text)
    except Malformed:
        return False
    return True


def legacy_answer(
    tree: AuditTree, found: Sequence[tuple[str, Entry, Sequence[str]]]
) -> dict[str, object]:
    """Return the answer: advisories, and what yarn 1 shows them by.

    `found` are names, advisories about them, and the versions of the graph that they are of.
    """
    advisories: dict[str, object] = {}
    actions: list[object] = []
    counts = dict.fromkeys(_SEVERITIES, 0)
    for name, entry, versions in found:
        placed = [(version, tree.places.get((name, version), ())) for version in versions]
        findings = [
            {
                "version": version,
                "paths": [place.path for place in places],
                "dev": all(place.is_dev for place in places),
                "optional": all(place.is_optional for place in places),
                "bundled": False,
            }
            for version, places in placed
            if places
        ]
        if not findings:
            continue
        advisories[str(entry.id)] = _advisory(name, entry, findings)
        counts[entry.severity] = counts.get(entry.severity, 0) + len(findings)
        actions.append(_action(name, entry, [place for _, places in placed for place in places]))
    return {
        "actions": actions,
        "advisories": advisories,
        "muted": [],
        "metadata": {"vulnerabilities": counts, **tree.counts},
    }


def _advisory(name: str, entry: Entry, findings: Sequence[object]) -> dict[str, object]:
    return {
        "id": entry.id,
        "module_name": name,
        "title": entry.title,
        "overview": entry.title,
        "url": entry.url,
        "severity": entry.severity,
        "vulnerable_versions": entry.vulnerable_versions,
        # npm's way to say that there is no version to go to.
        "patched_versions": "<0.0.0",
        "recommendation": "",
        "references": entry.url,
        "findings": findings,
        "github_advisory_id": ghsa[0] if (ghsa := _GHSA.search(entry.url)) else None,
        "cves": [],
        "cwe": list(entry.cwe),
        "cvss": entry.cvss,
        "access": "public",
        "created": None,
        "updated": None,
        "deleted": None,
        "found_by": None,
        "reported_by": None,
        "metadata": None,
    }


def _action(name: str, entry: Entry, places: Sequence[Place]) -> dict[str, object]:
    return {
        "action": "review",
        "module": name,
        "resolves": [
            {
                "id": entry.id,
                "path": place.path,
                "dev": place.is_dev,
                "optional": place.is_optional,
                "bundled": False,
            }
            for place in places
        ],
    }
