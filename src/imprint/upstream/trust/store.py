"""The folder of trust: one JSON file for each domain, `keys/` for registries. Its files win.

What is not in the folder is taken from what imprint ships with. Roots are never merged: a file
stands for the whole domain. A file that cannot be read stops everything, rather than that an older
embedded root is believed in its place without a word.
"""

from __future__ import annotations

import os
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Final

from imprint.refusals import Malformed
from imprint.upstream.trust.domain_file import read_domain, render_domain
from imprint.upstream.trust.embedded_files import embedded_domains, embedded_keys
from imprint.upstream.trust.key_file import read_keys, render_keys
from imprint.upstream.trust.members import CODE, MAX_FILE_BYTES
from imprint.upstream.trust.trust import EMBEDDED, STAGING, KeptDomain, KeptKeys, Trust, naming

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from imprint.upstream.trust.documents import DomainDocument, KeysDocument

KEYS_FOLDER: Final = "keys"

_SUFFIX: Final = ".json"
_FIRST: Final = ("public-good", "github-internal")
"""Asked first, because most bundles are theirs."""


def load_trust(folder: Path) -> Trust:
    """Return what is embedded, and what `folder` has instead or beside it; it need not be there.

    Raises Malformed that names the file: `trust-file`, or the code of what is wrong inside it.
    Roots and keys are read when they are asked for, which raises the same.
    """
    domains: dict[str, KeptDomain] = {}
    for name, raw, place in _sources(folder, embedded_domains()):
        with naming(place):
            domain = read_domain(raw)
        _check_name(place, name, domain.name)
        domains[name] = KeptDomain(document=domain, place=place)
    keys: dict[str, KeptKeys] = {}
    for label, raw, place in _sources(folder / KEYS_FOLDER, embedded_keys()):
        with naming(place):
            found = read_keys(raw)
        _check_name(place, label, found.label)
        keys[label] = KeptKeys(document=found, place=place)
    return Trust(
        kept_domains={name: domains[name] for name in sorted(domains, key=_rank)},
        kept_keys={label: keys[label] for label in sorted(keys)},
    )


def keep_domain(folder: Path, document: DomainDocument) -> Path:
    """Write the domain's file, whole or not at all; raises Malformed (`trust-file`)."""
    return _write(domain_path(folder, document.name), render_domain(document))


def keep_keys(folder: Path, document: KeysDocument) -> Path:
    """Write the file of keys, whole or not at all; raises Malformed (`trust-file`)."""
    return _write(keys_path(folder, document.label), render_keys(document))


def domain_path(folder: Path, name: str) -> Path:
    """Return where the file of a domain lies, or would."""
    return folder / f"{name}{_SUFFIX}"


def keys_path(folder: Path, label: str) -> Path:
    """Return where the file of a registry's keys lies, or would."""
    return folder / KEYS_FOLDER / f"{label}{_SUFFIX}"


def _sources(folder: Path, embedded: Mapping[str, bytes]) -> Iterator[tuple[str, bytes, str]]:
    """Yield stem, bytes and place of each file: those in `folder`, then what only imprint has."""
    paths = {path.name.removesuffix(_SUFFIX): path for path in _json_files(folder)}
    for name, path in sorted(paths.items()):
        yield name, _bytes_of(path), str(path)
    for name, raw in embedded.items():
        if name not in paths:
            yield name, raw, EMBEDDED


def _json_files(folder: Path) -> list[Path]:
    try:
        # Not what a write that was interrupted has left behind: that begins with a dot.
        return [
            path
            for path in folder.iterdir()
            if path.name.endswith(_SUFFIX) and not path.name.startswith(".")
        ]
    except FileNotFoundError:
        return []
    except OSError as err:
        raise _unreadable(folder, err) from err


def _bytes_of(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_FILE_BYTES + 1)
    except OSError as err:
        raise _unreadable(path, err) from err


def _unreadable(path: Path, err: OSError) -> Malformed:
    return Malformed(CODE, f"cannot read `{path}`: {(err.strerror or '').lower()}")


def _check_name(place: str, stem: str, name: str) -> None:
    if stem != name:
        raise Malformed(
            CODE, f"`{place}` is of `{name}`: its file would be called `{name}{_SUFFIX}`"
        )


def _rank(name: str) -> tuple[int, str]:
    if name in _FIRST:
        return _FIRST.index(name), name
    return len(_FIRST) + (name == STAGING), name


def _write(path: Path, content: bytes) -> Path:
    """Write the file under another name, bring it to the disk, and only then give it its own."""
    made = path.with_name(f".{path.name}-{uuid.uuid4().hex}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with made.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            made.replace(path)
        finally:
            made.unlink(missing_ok=True)
    except OSError as err:
        raise Malformed(CODE, f"cannot write `{path}`: {(err.strerror or '').lower()}") from err
    return path
