"""Steps of a job or of a composite action, as written.

Source: GitHub's "Workflow syntax", `jobs.<job_id>.steps`; "Metadata syntax", `runs.steps`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.workflows.github.model import Step
from imprint.workflows.github.uses import read_use
from imprint.workflows.yaml.nodes import Mapping, Node, Sequence
from imprint.workflows.yaml.shapes import Notes, items_of, note, table_of, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.sources import Text


def read_steps(node: Node | None, source: str, notes: Notes) -> tuple[Step, ...]:
    """Return all steps in the order written, those of `parallel` groups among them."""
    return tuple(_steps(items_of(node, "`steps`", notes), source, notes, is_parallel=False))


def lower_keys(table: dict[str, Text]) -> dict[str, Text]:
    """Return a table with its names in lower case, as GitHub looks inputs up."""
    return {name.lower(): text for name, text in table.items()}


def _steps(
    nodes: tuple[Node, ...], source: str, notes: Notes, *, is_parallel: bool
) -> Iterator[Step]:
    for node in nodes:
        if not isinstance(node, Mapping):
            note(notes, node.span, "step is no mapping")
        elif isinstance(group := node.get("parallel"), Sequence):
            yield from _steps(group.items, source, notes, is_parallel=True)
        else:
            yield _step(node, source, notes, is_parallel=is_parallel)


def _step(node: Mapping, source: str, notes: Notes, *, is_parallel: bool) -> Step:
    values = {entry.key.value: entry.value for entry in node.entries}

    def text(key: str) -> Text | None:
        return text_of(values.get(key), f"`{key}`", notes)

    uses = text("uses")
    return Step(
        id=text("id"),
        name=text("name"),
        condition=text("if"),
        uses=None if uses is None else read_use(uses, source),
        inputs=lower_keys(table_of(values.get("with"), "`with`", notes)),
        run=text("run"),
        shell=text("shell"),
        environment=table_of(values.get("env"), "`env`", notes),
        working_directory=text("working-directory"),
        continue_on_error=text("continue-on-error"),
        is_parallel=is_parallel,
        span=node.span,
    )
