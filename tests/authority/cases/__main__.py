"""`python -m tests.authority.cases` writes the golden cases anew, to the byte where none changed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from tests.authority.cases.bundle_failures import bundle_failures
from tests.authority.cases.case import Case, default_keys, default_root, dump, write
from tests.authority.cases.document_failures import document_failures
from tests.authority.cases.genuine import genuine

FOLDER = Path(__file__).resolve().parent.parent.parent / "attestations" / "cases"


def every_case() -> Iterator[Case]:
    """Return all cases."""
    yield from genuine()
    yield from bundle_failures()
    yield from document_failures()


def main(folder: Path = FOLDER) -> None:
    """Replace everything in `folder`."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    dump(default_root(), folder / "trusted_root.json")
    dump(default_keys(), folder / "keys.json")
    for case in every_case():
        write(case, folder)


if __name__ == "__main__":
    main()
