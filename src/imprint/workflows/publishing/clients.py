"""Whether a program is asked to publish to npm, and how: each client's own command line.

Sources: the clients' own references; facts/workflows.md §2.1 and §7.2. Not here: scripts that run
them (`scripts.py`), the client's version (`node.py`), packages (`targets.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.workflows.publishing.managers import MANAGERS
from imprint.workflows.publishing.publications import JSR
from imprint.workflows.publishing.release_tools import RELEASE_TOOLS

if TYPE_CHECKING:
    from imprint.workflows.publishing.publications import Publication, Tools
    from imprint.workflows.shell.model import Program

__all__ = ["JSR", "is_client", "publication_of"]

_CLIENTS = {**MANAGERS, **RELEASE_TOOLS}


def publication_of(program: Program, tools: Tools) -> Publication | None:
    """Return what `program` publishes; None where it does not, or only pretends (`--dry-run`)."""
    client = _CLIENTS.get(program.name or "")
    return None if client is None else client(program, tools)


def is_client(program: Program) -> bool:
    """Whether a program publishes at all, by any of its command lines."""
    return program.name in _CLIENTS
