"""Whether a dependency comes from a registry, by how it is written. Not here: ranges.

After npm's own reading of a dependency (npm-package-arg): what has a scheme, a slash or a tarball's
ending is no range and no tag, and is fetched from wherever it says.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_OF_A_REGISTRY = ("npm:", "workspace:", "catalog:", "jsr:")
_SUSPECT = ("/", ":", "\\", ".t", ".T", "\n.")
"""One of these is in every exotic specification, and in hardly any other."""
_EXOTIC = re.compile(
    r"(?:git\+)?[a-z][a-z0-9+.-]*:"  # git+ssh:, https:, file:, github:, link:
    r"|.*[/\\]"  # user/repository, ./folder
    r"|\.\.?$"
    r"|.*\.(?:tgz|tar\.gz|tar)$"
    r"|[^@]+@[^:.]+\.[^:]+:.+$",  # git@host.example:path
    re.IGNORECASE | re.DOTALL,
)


def may_be_exotic(specifications: Iterable[str]) -> bool:
    """Tell whether any of the specifications is worth `is_exotic`; never too few.

    Nearly no package has one, and a search over all of them at once is far cheaper.
    """
    joined = "\n" + "\n".join(specifications)
    return any(mark in joined for mark in _SUSPECT)


def is_exotic(specification: str) -> bool:
    """Tell whether a dependency comes from git, an address or a file, and from no registry.

    `npm:` aliases, `workspace:` and `catalog:` name what a registry has.
    """
    text = specification.strip()
    if text.lower().startswith(_OF_A_REGISTRY):
        return False
    return _EXOTIC.match(text) is not None
