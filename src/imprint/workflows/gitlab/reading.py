"""Read a GitLab pipeline. Total: what is not understood is noted, the rest is there.

Source: GitLab's "CI/CD YAML syntax reference".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.workflows.gitlab.including import read_with_includes
from imprint.workflows.gitlab.merging import Jobs
from imprint.workflows.gitlab.model import IdToken, Pipeline, PipelineJob, Rule
from imprint.workflows.yaml.nodes import Entry, Mapping, Node, Sequence
from imprint.workflows.yaml.shapes import (
    Notes,
    entries_of,
    entry_span,
    items_of,
    text_of,
    texts_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping as Table

    from imprint.workflows.sources import Text

PIPELINE_FILE = ".gitlab-ci.yml"

_NO_JOBS = frozenset(
    {
        "after_script",
        "before_script",
        "cache",
        "default",
        "image",
        "include",
        "services",
        "spec",
        "stages",
        "types",
        "variables",
        "workflow",
    }
)


def read_pipeline(texts: Table[str, str], path: str, notes: Notes) -> Pipeline | None:
    """Return what the pipeline file `path` comes to; None where it is no mapping.

    `texts` has the repository's files by path: local includes are looked up there.
    """
    root, includes = read_with_includes(texts, path, notes)
    if root is None:
        return None
    jobs = Jobs(root, notes, is_whole=all(include.is_read for include in includes))
    workflow = root.get("workflow")
    rules = workflow.get("rules") if isinstance(workflow, Mapping) else None
    return Pipeline(
        path=path,
        jobs=tuple(
            _job(entry, jobs, notes)
            for entry in root.entries
            if _is_job(entry) and not entry.key.value.startswith(".")
        ),
        stages=texts_of(root.get("stages"), "`stages`", notes),
        variables=_variables(root.get("variables"), notes),
        rules=_rules(jobs.resolved(rules), notes),
        includes=includes,
        span=root.span,
    )


def _is_job(entry: Entry) -> bool:
    return entry.key.value not in _NO_JOBS and isinstance(entry.value, Mapping)


def _job(entry: Entry, jobs: Jobs, notes: Notes) -> PipelineJob:
    extended, names, complete = jobs.extended(entry)
    whole = jobs.with_defaults(extended)
    values = {part.key.value: jobs.resolved(part.value) for part in whole.entries}

    def texts(key: str) -> tuple[Text, ...]:
        return texts_of(values.get(key), f"`{key}`", notes)

    def text(key: str, inner: str = "name") -> Text | None:
        node = values.get(key)
        return text_of(node.get(inner) if isinstance(node, Mapping) else node, f"`{key}`", notes)

    return PipelineJob(
        id=entry.key.value,
        id_span=entry.key.span,
        stage=text("stage"),
        image=text("image"),
        services=_named(values.get("services"), "name"),
        before_script=texts("before_script"),
        script=texts("script"),
        after_script=texts("after_script"),
        variables=_variables(jobs.resolved(jobs.variables(whole)), notes),
        id_tokens=_id_tokens(values.get("id_tokens"), notes),
        secrets=_keys(values.get("secrets")),
        environment=text("environment"),
        rules=_rules(values.get("rules"), notes),
        only=_refs(values.get("only"), notes),
        excepted=_refs(values.get("except"), notes),
        when=text("when"),
        needs=_named(values.get("needs"), "job"),
        tags=texts("tags"),
        cache_keys=_cache_keys(values.get("cache")),
        artifacts=_paths(values.get("artifacts"), notes),
        trigger=text("trigger", "project"),
        extends=names,
        is_complete=complete,
        span=entry_span(entry),
    )


def _id_tokens(node: Node | None, notes: Notes) -> dict[str, IdToken]:
    found: dict[str, IdToken] = {}
    for entry in entries_of(node, "`id_tokens`", notes):
        audience = entry.value.get("aud") if isinstance(entry.value, Mapping) else None
        name = entry.key.value
        audiences = texts_of(audience, "`aud`", notes)
        found[name] = IdToken(name=name, audiences=audiences, span=entry_span(entry))
    return found


def _variables(node: Node | None, notes: Notes) -> dict[str, Text]:
    """Return variables in both forms, `NAME: value` and `NAME: {value: …, description: …}`."""
    found: dict[str, Text] = {}
    for entry in entries_of(node, "`variables`", notes):
        value = entry.value.get("value") if isinstance(entry.value, Mapping) else entry.value
        if (text := text_of(value, "variable", notes)) is not None:
            found[entry.key.value] = text
    return found


def _rules(node: Node | None, notes: Notes) -> tuple[Rule, ...]:
    return tuple(
        Rule(
            condition=text_of(item.get("if"), "`if`", notes),
            when=text_of(item.get("when"), "`when`", notes),
            changes=_paths(item.get("changes"), notes),
            variables=_variables(item.get("variables"), notes),
            span=item.span,
        )
        for item in items_of(node, "`rules`", notes)
        if isinstance(item, Mapping)
    )


def _refs(node: Node | None, notes: Notes) -> tuple[Text, ...]:
    """Return the texts of `only` and `except`: a list of refs, or refs, variables and changes."""
    if not isinstance(node, Mapping):
        return texts_of(node, "`only` or `except`", notes)
    return tuple(
        text
        for entry in node.entries
        for text in texts_of(entry.value, f"`{entry.key.value[:60]}`", notes)
    )


def _paths(node: Node | None, notes: Notes) -> tuple[Text, ...]:
    paths = node.get("paths") if isinstance(node, Mapping) else node
    return texts_of(paths, "`paths`", notes) if isinstance(paths, Sequence) else ()


def _named(node: Node | None, key: str) -> tuple[Text, ...]:
    """Return the texts of a list whose items may be mappings with the text under `key`."""
    items = node.items if isinstance(node, Sequence) else ()
    values = (item.get(key) if isinstance(item, Mapping) else item for item in items)
    texts = (text_of(value, key, []) for value in values)
    return tuple(text for text in texts if text is not None)


def _cache_keys(node: Node | None) -> tuple[Text, ...]:
    """Return the keys of one cache or of several; of a key made of files, the files."""
    found: list[Text] = []
    for cache in node.items if isinstance(node, Sequence) else (node,):
        key = cache.get("key") if isinstance(cache, Mapping) else None
        if isinstance(key, Mapping):
            key = key.get("files")
        found.extend(texts_of(key, "`key`", []))
    return tuple(found)


def _keys(node: Node | None) -> tuple[str, ...]:
    return tuple(entry.key.value for entry in node.entries) if isinstance(node, Mapping) else ()
