"""Whether a dependency comes from a registry, by how it is written. Not here: ranges.

After npm's own reading of a dependency (npm-package-arg): what has a scheme, a slash or a tarball's
ending is no range and no tag, and is fetched from wherever it says.
"""

from __future__ import annotations

import re

_OF_A_REGISTRY = ("npm:", "workspace:", "catalog:", "jsr:")
_SUSPECT = re.compile(r"[/\\:]|\.tgz|\.tar|(?:^|\n)\s*[.~](?:\.|\s|$)", re.IGNORECASE)
"""Found in every exotic specification, and in hardly any other: one search goes over many."""
_EXOTIC = re.compile(
    r"(?:git\+)?[a-z][a-z0-9+.-]*:"  # git+ssh:, https:, file:, github:, link:
    r"|.*[/\\]"  # user/repository, ./folder
    r"|\.\.?$|~$"
    r"|.*\.(?:tgz|tar\.gz|tar)$"
    r"|[^@]+@[^:.]+\.[^:]+:.+$",  # git@host.example:path
    re.IGNORECASE | re.DOTALL,
)


def may_be_exotic(specifications: str) -> bool:
    """Tell whether any of the specifications, one a line, is worth `is_exotic`; never too few."""
    return _SUSPECT.search(specifications) is not None


def is_exotic(specification: str) -> bool:
    """Tell whether a dependency comes from git, an address or a file, and from no registry.

    `npm:` aliases, `workspace:` and `catalog:` name what a registry has.
    """
    text = specification.strip()
    if text.lower().startswith(_OF_A_REGISTRY):
        return False
    return _EXOTIC.match(text) is not None
