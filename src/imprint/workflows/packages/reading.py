"""Read a `package.json`, with the places of what a check may want to change.

Source: npm's "package.json" reference; `devEngines` after the OpenJS package metadata proposal;
`volta` after Volta's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.refusals import Malformed, quoted
from imprint.workflows.repository import PackageFile
from imprint.workflows.sources import Span, Unreadable
from imprint.workflows.yaml.json_files import compose_json
from imprint.workflows.yaml.json_members import Member, object_members
from imprint.workflows.yaml.shapes import note

if TYPE_CHECKING:
    from imprint.workflows.yaml.shapes import Notes

_DEPENDENCIES = (
    "optionalDependencies",
    "peerDependencies",
    "devDependencies",
    "dependencies",
)


def read_package(source: str, notes: Notes, *, path: str) -> PackageFile | None:
    """Return what a `package.json` says; None, with a note, where it is no object.

    Values of another type than npm's reference gives them count as not there.
    """
    try:
        members = _last_of_each(object_members(source, path=path), notes)
    except Malformed as err:
        # The slower reader knows the place of what is wrong.
        problems = compose_json(source, path=path).unreadable
        notes.extend(problems or [Unreadable(path=path, line=1, column=1, message=err.message)])
        return None
    values = {key: member.value for key, member in members.items()}
    url, url_span = _repository(members.get("repository"), source)
    dependencies: dict[str, str] = {}
    for kind in _DEPENDENCIES:
        dependencies.update(_texts(values.get(kind)))
    return PackageFile(
        path=path,
        name=_text(values.get("name")),
        version=_text(values.get("version")),
        private=bool(values.get("private")),
        repository_url=url,
        repository_span=url_span,
        publish_config=_object(values.get("publishConfig")),
        scripts=_texts(values.get("scripts")),
        package_manager=_text(values.get("packageManager")),
        dev_engines=_object(values.get("devEngines")),
        engines=_texts(values.get("engines")),
        volta=_texts(values.get("volta")),
        workspaces=_workspaces(values.get("workspaces")),
        dependencies=dependencies,
        places={key: member.span for key, member in members.items()},
        span=_whole(source, path),
    )


def _last_of_each(members: tuple[Member, ...], notes: Notes) -> dict[str, Member]:
    by_key: dict[str, Member] = {}
    for member in members:
        if member.key in by_key:
            note(notes, member.span, f"key {quoted(member.key)} is there twice")
        by_key[member.key] = member
    return by_key


def _repository(member: Member | None, source: str) -> tuple[str | None, Span | None]:
    """Return the text of `repository`, or of its `url`, and where it stands."""
    if member is None:
        return None, None
    if isinstance(member.value, str):
        return member.value, member.value_span
    if not isinstance(member.value, dict):
        return None, None
    place = member.value_span
    inside = object_members(source, path=place.path, start=place.start)
    found = next((each for each in reversed(inside) if each.key == "url"), None)
    if found is None or not isinstance(found.value, str):
        return None, None
    return found.value, found.value_span


def _whole(source: str, path: str) -> Span:
    start = source.find("{")
    line = source.count("\n", 0, start) + 1
    column = start - source.rfind("\n", 0, start)
    return Span(path=path, start=start, end=source.rfind("}") + 1, line=line, column=column)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _object(value: object) -> dict[str, object]:
    return {str(key): item for key, item in value.items()} if isinstance(value, dict) else {}


def _texts(value: object) -> dict[str, str]:
    return {key: item for key, item in _object(value).items() if isinstance(item, str)}


def _workspaces(value: object) -> tuple[str, ...]:
    """Return the patterns of npm's list and of Yarn's `{"packages": [...]}`."""
    if isinstance(value, dict):
        value = value.get("packages")
    if not isinstance(value, list):
        return ()
    return tuple(item for item in value if isinstance(item, str))
