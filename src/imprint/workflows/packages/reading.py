"""Read a `package.json`, with the places of what a check may want to change.

Source: npm's "package.json" reference; `devEngines` after the OpenJS package metadata proposal;
`volta` after Volta's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.workflows.repository import PackageFile
from imprint.workflows.yaml.json_files import plain_value
from imprint.workflows.yaml.nodes import Mapping, Node, Scalar, Sequence
from imprint.workflows.yaml.shapes import Notes, entry_span, note

if TYPE_CHECKING:
    from imprint.workflows.yaml.nodes import Composed

_DEPENDENCIES = (
    "optionalDependencies",
    "peerDependencies",
    "devDependencies",
    "dependencies",
)


def read_package(composed: Composed, notes: Notes, *, path: str) -> PackageFile | None:
    """Return what a `package.json` says; None, with a note, where it is no object.

    Values of another type than npm's reference gives them count as not there.
    """
    root = composed.root
    if not isinstance(root, Mapping):
        if root is not None:
            note(notes, root.span, "package.json is no object")
        return None
    values = {entry.key.value: entry.value for entry in root.entries}
    repository = values.get("repository")
    if isinstance(repository, Mapping):
        repository = repository.get("url")
    url = _text(repository)
    dependencies: dict[str, str] = {}
    for kind in _DEPENDENCIES:
        dependencies.update(_texts(values.get(kind)))
    return PackageFile(
        path=path,
        name=_text(values.get("name")),
        version=_text(values.get("version")),
        private=_is_true(values.get("private")),
        repository_url=url,
        repository_span=None if repository is None or url is None else repository.span,
        publish_config=_object(values.get("publishConfig")),
        scripts=_texts(values.get("scripts")),
        package_manager=_text(values.get("packageManager")),
        dev_engines=_object(values.get("devEngines")),
        engines=_texts(values.get("engines")),
        volta=_texts(values.get("volta")),
        workspaces=_workspaces(values.get("workspaces")),
        dependencies=dependencies,
        places={entry.key.value: entry_span(entry) for entry in root.entries},
        span=root.span,
    )


def _text(node: Node | None) -> str | None:
    return node.text.value if isinstance(node, Scalar) and not node.is_plain else None


def _is_true(node: Node | None) -> bool:
    return isinstance(node, Scalar) and node.text.value == "true"


def _object(node: Node | None) -> dict[str, object]:
    if not isinstance(node, Mapping):
        return {}
    return {entry.key.value: plain_value(entry.value) for entry in node.entries}


def _texts(node: Node | None) -> dict[str, str]:
    if not isinstance(node, Mapping):
        return {}
    return {
        entry.key.value: entry.value.text.value
        for entry in node.entries
        if isinstance(entry.value, Scalar) and not entry.value.is_plain
    }


def _workspaces(node: Node | None) -> tuple[str, ...]:
    """Return the patterns of npm's list and of Yarn's `{"packages": [...]}`."""
    if isinstance(node, Mapping):
        node = node.get("packages")
    if not isinstance(node, Sequence):
        return ()
    return tuple(text for item in node.items if (text := _text(item)) is not None)
