"""Read a repository's files: CI files, packages, workspaces. Not here: which of them publish.

Total: whatever the files hold, a Repository comes out, and what could not be read is in
`unreadable`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.workflows.external import external_name
from imprint.workflows.github.actions import read_action
from imprint.workflows.github.oddities import note_oddities
from imprint.workflows.github.reading import read_workflow
from imprint.workflows.packages.reading import read_package
from imprint.workflows.repository import PackageFile, Repository
from imprint.workflows.sources import Unreadable
from imprint.workflows.yaml.composing import compose
from imprint.workflows.yaml.nodes import Mapping as MappingNode
from imprint.workflows.yaml.shapes import texts_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from imprint.workflows.circleci.model import CircleConfiguration
    from imprint.workflows.github.model import Action, Workflow
    from imprint.workflows.gitlab.model import Pipeline
    from imprint.workflows.yaml.nodes import Composed
    from imprint.workflows.yaml.shapes import Notes

_WORKFLOWS = ".github/workflows"
_GITLAB = ".gitlab-ci.yml"
_YAML = (".yml", ".yaml")


def read_repository(files: Mapping[str, bytes], *, name: str | None = None) -> Repository:
    """Return everything that is known from the files of one commit, by their paths.

    `name` is `owner/name` at the forge. Paths are relative to the root, with slashes.
    """
    reader = _Reader(files)
    for path in sorted(files):
        reader.read(path)
    return Repository(
        files=files,
        texts=reader.texts,
        workflows=tuple(reader.workflows),
        actions=reader.actions,
        external_workflows=reader.external_workflows,
        pipeline=reader.pipeline,
        circleci=tuple(reader.circleci),
        packages=tuple(reader.packages),
        pnpm_workspaces=reader.pnpm_workspaces,
        unreadable=tuple(dict.fromkeys(reader.notes)),
        name=name,
    )


class _Reader:
    """What was read so far."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.texts: dict[str, str] = {}
        self.workflows: list[Workflow] = []
        self.actions: dict[str, Action] = {}
        self.external_workflows: dict[str, Workflow] = {}
        self.pipeline: Pipeline | None = None
        self.circleci: list[CircleConfiguration] = []
        self.packages: list[PackageFile] = []
        self.pnpm_workspaces: dict[str, tuple[str, ...]] = {}
        self.notes: Notes = []
        for path, content in files.items():
            try:
                self.texts[path] = content.decode()
            except UnicodeDecodeError as err:
                if self._reads(path) is not None:
                    message = f"file is no UTF-8 text: byte {err.start} is not"
                    problem = Unreadable(path=path, line=1, column=1, message=message)
                    self.notes.append(problem)

    def read(self, path: str) -> None:
        """Read one file, if it is one of those that matter."""
        reads = self._reads(path)
        if reads is not None and path in self.texts:
            reads(path)

    def _reads(self, path: str) -> Callable[[str], None] | None:
        folder, _, file = path.rpartition("/")
        if "node_modules" in path.split("/"):
            return None
        if file in {"action.yml", "action.yaml"}:
            return self._action
        if file.endswith(_YAML) and (folder == _WORKFLOWS or external_name(path) is not None):
            return self._workflow
        if path == _GITLAB:
            return self._pipeline
        if folder == ".circleci" and file.endswith(_YAML):
            return self._circleci
        if file == "package.json" and external_name(path) is None:
            return self._package
        return self._pnpm_workspace if file == "pnpm-workspace.yaml" else None

    def _workflow(self, path: str) -> None:
        source = self.texts[path]
        composed = self._composed(path, source)
        workflow = read_workflow(composed, source, self.notes, path=path)
        if workflow is None:
            return
        for document in composed.documents[:1]:
            note_oddities(document, self.notes)
        external = external_name(path)
        if external is None:
            self.workflows.append(workflow)
        else:
            self.external_workflows[external] = workflow

    def _action(self, path: str) -> None:
        source = self.texts[path]
        composed = self._composed(path, source)
        action = read_action(composed, source, self.notes, path=path)
        if action is None:
            return
        for document in composed.documents[:1]:
            note_oddities(document, self.notes)
        folder = path.rpartition("/")[0]
        external = external_name(path)
        # action.yml comes before action.yaml, at the platform and in the order of paths.
        self.actions[folder if external is None else external] = action

    def _pipeline(self, path: str) -> None:
        # Few repositories have one, and to import it takes as long as to read three workflows.
        from imprint.workflows.gitlab.reading import read_pipeline  # noqa: PLC0415  (see above)

        self.pipeline = read_pipeline(self.texts, path, self.notes)

    def _circleci(self, path: str) -> None:
        from imprint.workflows.circleci.reading import read_configuration  # noqa: PLC0415  (as `_pipeline`)

        composed = self._composed(path, self.texts[path])
        configuration = read_configuration(composed, self.notes, path=path)
        if configuration is not None:
            self.circleci.append(configuration)

    def _composed(self, path: str, source: str) -> Composed:
        composed = compose(source, path=path)
        self.notes.extend(composed.unreadable)
        return composed

    def _package(self, path: str) -> None:
        package = read_package(self.texts[path], self.notes, path=path)
        if package is not None:
            self.packages.append(package)

    def _pnpm_workspace(self, path: str) -> None:
        composed = self._composed(path, self.texts[path])
        if isinstance(composed.root, MappingNode):
            patterns = texts_of(composed.root.get("packages"), "`packages`", self.notes)
            folder = path.rpartition("/")[0]
            self.pnpm_workspaces[folder] = tuple(pattern.value for pattern in patterns)
