"""What the files do not say, from where it was asked for: a file, a registry, a forge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.cli.session import current, say
from imprint.refusals import Malformed, quoted

if TYPE_CHECKING:
    from pathlib import Path

    from imprint.cli.doctor.wishes import Wish
    from imprint.doctor.git import Origin
    from imprint.doctor.reading import Tree
    from imprint.workflows.facts import Facts

MOST_BYTES = 4 * 1024 * 1024


def facts_of(wish: Wish, tree: Tree, origin: Origin) -> Facts:
    """Return everything that is known; what was stated in a file comes first."""
    from imprint.doctor.facts import merged, of_origin

    known = of_origin(origin)
    if wish.trust is not None:
        known = merged(_from_file(wish.trust, tree), known)
    if current().registry is not None:
        from imprint.cli.doctor.registry import facts_of_registry

        known = merged(known, facts_of_registry(tree, known.repository, otp=wish.otp))
    if wish.forge:
        from imprint.cli.doctor.forge import facts_of_forge

        known = merged(known, facts_of_forge(known.repository or origin.name, origin.host))
    return known


def _from_file(path: Path, tree: Tree) -> Facts:
    from imprint.doctor.packages import package_names
    from imprint.workflows.facts_reading import facts_from_json, facts_from_toml

    try:
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
    except OSError as err:
        raise Malformed("unreadable-file", f"file {quoted(str(path))} cannot be read") from err
    if len(raw) > MOST_BYTES:
        raise Malformed("file-too-large", f"file {quoted(str(path))} is larger than {MOST_BYTES}")
    say(f"facts from {path}")
    if path.suffix == ".toml":
        return facts_from_toml(raw, package_names(tree))
    return facts_from_json(raw)
