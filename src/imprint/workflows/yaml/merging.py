"""Put one mapping over another, as GitLab does with `extends` and includes."""

from __future__ import annotations

from imprint.workflows.yaml.nodes import Entry, Mapping


def merged(under: Mapping, over: Mapping) -> Mapping:
    """Return both together: mappings merge key by key, everything else of `over` replaces.

    Each value keeps the place where it was written; the whole has that of `over`.
    """
    entries: dict[str, Entry] = {entry.key.value: entry for entry in under.entries}
    for entry in over.entries:
        before = entries.get(entry.key.value)
        if (
            before is not None
            and isinstance(before.value, Mapping)
            and isinstance(entry.value, Mapping)
        ):
            value = merged(before.value, entry.value)
            entries[entry.key.value] = Entry(key=entry.key, value=value, alias=entry.alias)
        else:
            entries[entry.key.value] = entry
    return Mapping(
        entries=tuple(entries.values()), span=over.span, is_flow=over.is_flow, tag=over.tag
    )
