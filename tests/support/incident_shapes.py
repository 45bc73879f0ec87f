"""Shapes of incidents: a history, a lockfile that has one of its versions, and what is to be said.

`case.toml` has `about`, `name`, `lock` (a version), and `history`, one line per version, written as
in tests/support/drift_cases.py but for the moment, which is how long ago it was: `40d`, `3h`, `20m`

    VERSION  AGO  EVIDENCE  USER [<EMAIL>]  [KEY=VALUE …]

Evidence is `oidc`, `token` or `staged`, with `+provenance`. Keys: `dependencies`, `exotic` (a
dependency from git), `script` (of an installation). `others` are packages that the lockfile has as
well, and `unlocked` those that only the registry has. `expected.txt` is what `imprint audit` says,
days written as `@@DAY@@`.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tests.support.audited_project import run_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.support.audited_project import Project

SHAPES = Path(__file__).parents[1] / "cli" / "audit_journeys" / "shapes"

_LINE: Final = re.compile(
    r"(?P<version>\S+) +(?P<ago>[0-9.]+)(?P<unit>[dhm]) +(?P<evidence>\S+) +(?P<user>[^<=\n]*?)"
    r"(?: *<(?P<email>[^>]*)>)?(?P<more>(?: +[a-z]+=\S+)*) *"
)
_DAY: Final = re.compile(r"\b20\d\d-\d\d-\d\d\b")
_DAYS: Final = {"d": 1.0, "h": 1 / 24, "m": 1 / 1440}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """One folder."""

    folder: str
    case: Mapping[str, Any]
    expected: str

    @property
    def package(self) -> tuple[str, str]:
        """What is asked about: name and version."""
        return self.case["name"], self.case["lock"]


def names() -> list[str]:
    """Every shape's name."""
    return sorted(path.parent.name for path in SHAPES.glob("*/case.toml"))


def shape(name: str) -> Shape:
    """Read a shape."""
    folder = SHAPES / name
    case = tomllib.loads((folder / "case.toml").read_text(encoding="utf-8"))
    expected = (folder / "expected.txt").read_text(encoding="utf-8")
    return Shape(folder=name, case=case, expected=expected)


def set_up(project: Project, one: Shape) -> None:
    """Let the registry have the history, and the project lock what the shape locks."""
    locked = [one.case, *one.case.get("others", ())]
    for package in (*locked, *one.case.get("unlocked", ())):
        for line in package["history"].strip().splitlines():
            _publish(project, package["name"], line.strip(), run=package.get("run", {}))
    for package in locked:
        project.lock(package["name"], package["lock"])


def told(code: int, package: Mapping[str, Any]) -> str:
    """Return what an audit says of a package, as a shape writes it."""
    reasons = [f"block {one['code']}: {one['message']}" for one in package["reasons"]]
    warnings = [f"warn  {one['code']}: {one['message']}" for one in package["warnings"]]
    held = [f"hold at {package['hold_at']}"] if package["hold_at"] else []
    lines = [f"exit {code}, {package['verdict']}, {package['grade']}", *reasons, *warnings, *held]
    return _DAY.sub("@@DAY@@", "\n".join(lines) + "\n")


def _publish(project: Project, name: str, line: str, *, run: Mapping[str, str]) -> None:
    found = _LINE.fullmatch(line)
    assert found is not None, line
    evidence, _, provenance = found["evidence"].partition("+")
    more = dict(word.split("=", 1) for word in found["more"].split())
    manifest: dict[str, Any] = {
        "dependencies": dict.fromkeys(filter(None, more.get("dependencies", "").split(",")), "^1"),
        "optionalDependencies": dict([more["exotic"].split("@", 1)]) if "exotic" in more else {},
        "scripts": {"postinstall": more["script"]} if "script" in more else {},
    }
    project.publish(
        name,
        found["version"],
        days_ago=float(found["ago"]) * _DAYS[found["unit"]],
        user=_user(evidence, found["user"].strip(), found["email"]),
        attested=bool(provenance),
        run=run_of("acme/rocket", **run),
        **{key: value for key, value in manifest.items() if value},
    )


def _user(evidence: str, name: str, email: str | None) -> dict[str, Any]:
    user: dict[str, Any] = {"name": name, "email": email or f"{name}@example.test"}
    if evidence == "oidc":
        user["trustedPublisher"] = {"id": "github", "oidcConfigId": "oidc:1"}
    if evidence == "staged":
        user["approver"] = {"name": name}
    return user
