"""`extends`, `default` and `!reference`: what a job of a pipeline really consists of.

Source: GitLab's "CI/CD YAML syntax reference", `extends`, `default`, `inherit`; "Optimize GitLab
CI/CD configuration files", `!reference`.
"""

from __future__ import annotations

from imprint.refusals import quoted
from imprint.workflows.sources import Text
from imprint.workflows.yaml.merging import merged
from imprint.workflows.yaml.nodes import Entry, Mapping, Node, Scalar, Sequence
from imprint.workflows.yaml.shapes import Notes, note, texts_of

MAXIMUM_DEPTH = 11
"""GitLab's limit for `extends`; for `!reference` it is 10."""
MAXIMUM_ITEMS = 20_000
"""Of all references of one pipeline, expanded: a bomb of them is refused."""

_DEFAULTS = (
    "after_script",
    "artifacts",
    "before_script",
    "cache",
    "hooks",
    "id_tokens",
    "identity",
    "image",
    "interruptible",
    "retry",
    "services",
    "tags",
    "timeout",
)
_OLD_DEFAULTS = ("after_script", "before_script", "cache", "image", "services")
"""Those that may also stand at the root."""


class Jobs:
    """The root of a pipeline, asked for its jobs one by one."""

    def __init__(self, root: Mapping, notes: Notes, *, is_whole: bool) -> None:
        """Take the root with its includes merged; `notes` gets what cannot be resolved.

        Where some include could not be read (not `is_whole`) it is no wonder that names are
        missing, and that is not noted.
        """
        self._root = root
        self._notes = notes if is_whole else []
        self._items = 0
        self._known: dict[str, tuple[Mapping, tuple[Text, ...], bool]] = {}

    def extended(self, entry: Entry) -> tuple[Mapping, tuple[Text, ...], bool]:
        """Return a job with what it extends, what that is, and whether all of it is known."""
        name = entry.key.value
        if name not in self._known:
            self._known[name] = self._extended(entry, (name,))
        return self._known[name]

    def with_defaults(self, job: Mapping) -> Mapping:
        """Return a job with the keys that it takes from `default`."""
        default = self._root.get("default")
        inheritance = _Inheritance(job, "default")
        entries = list(job.entries)
        has = {entry.key.value for entry in entries}
        for source, keys in ((default, _DEFAULTS), (self._root, _OLD_DEFAULTS)):
            if not isinstance(source, Mapping):
                continue
            for key in keys:
                found = source.entry(key)
                if found is not None and key not in has and inheritance.takes(key):
                    has.add(key)
                    entries.append(found)
        return Mapping(entries=tuple(entries), span=job.span)

    def variables(self, job: Mapping) -> Mapping:
        """Return a job's variables over those of the pipeline that it inherits."""
        own, shared = self.resolved(job.get("variables")), self._root.get("variables")
        over = own if isinstance(own, Mapping) else Mapping(entries=(), span=job.span)
        if not isinstance(shared, Mapping):
            return over
        inheritance = _Inheritance(job, "variables")
        taken = tuple(entry for entry in shared.entries if inheritance.takes(entry.key.value))
        return merged(Mapping(entries=taken, span=shared.span), over)

    def resolved(self, node: Node | None, depth: int = 0) -> Node | None:
        """Return a value with every `!reference` in it replaced by what it names."""
        if isinstance(node, Sequence) and node.tag == "!reference":
            return self._referenced(node, depth)
        if isinstance(node, Sequence):
            items: list[Node] = []
            for item in node.items:
                found = self.resolved(item, depth)
                is_list = isinstance(item, Sequence) and isinstance(found, Sequence)
                items.extend(found.items if is_list and isinstance(found, Sequence) else ())
                items.extend([] if is_list or found is None else [found])
            return Sequence(items=tuple(items), span=node.span, is_flow=node.is_flow)
        if isinstance(node, Mapping):
            entries = (
                Entry(key=entry.key, value=value, alias=entry.alias)
                for entry in node.entries
                if (value := self.resolved(entry.value, depth)) is not None
            )
            return Mapping(entries=tuple(entries), span=node.span, is_flow=node.is_flow)
        return node

    def _extended(
        self, entry: Entry, chain: tuple[str, ...]
    ) -> tuple[Mapping, tuple[Text, ...], bool]:
        empty = Mapping(entries=(), span=entry.value.span)
        own = entry.value if isinstance(entry.value, Mapping) else empty
        names = texts_of(own.get("extends"), "`extends`", self._notes)
        below, complete = empty, True
        for name in names:
            parent = self._root.entry(name.value)
            if parent is None or name.value in chain or len(chain) > MAXIMUM_DEPTH:
                reason = "is not there" if parent is None else "leads back or too deep"
                note(self._notes, name.span, f"extended job {quoted(name.value)} {reason}")
                complete = False
                continue
            if name.value not in self._known:
                self._known[name.value] = self._extended(parent, (*chain, name.value))
            extended, _, known = self._known[name.value]
            below, complete = merged(below, extended), complete and known
        return merged(below, own), names, complete

    def _referenced(self, reference: Sequence, depth: int) -> Node | None:
        names = [item.text.value for item in reference.items if isinstance(item, Scalar)]
        found: Node | None = self._root
        for place, name in enumerate(names):
            entry = found.entry(name) if isinstance(found, Mapping) else None
            if entry is not None and place == 0:
                found, _, _ = self.extended(entry)
            else:
                found = None if entry is None else entry.value
        self._items += 1 + (len(found.items) if isinstance(found, Sequence) else 0)
        if found is None or not names or depth >= MAXIMUM_DEPTH or self._items > MAXIMUM_ITEMS:
            reason = "is not there" if found is None else "leads too far"
            note(self._notes, reference.span, f"reference {quoted(', '.join(names))} {reason}")
            return None
        return self.resolved(found, depth + 1)


class _Inheritance:
    """Whether a job takes a key from above: `inherit: {default: false}`, or a list of keys."""

    def __init__(self, job: Mapping, kind: str) -> None:
        inherit = job.get("inherit")
        self._says = inherit.get(kind) if isinstance(inherit, Mapping) else None

    def takes(self, key: str) -> bool:
        """Return whether the job takes `key`."""
        if isinstance(self._says, Sequence):
            names = (item.text.value for item in self._says.items if isinstance(item, Scalar))
            return key in names
        return not (isinstance(self._says, Scalar) and self._says.text.value == "false")
