"""How npm writes single fields of a manifest, whatever way package.json had them.

Each function takes a field's value and returns what is served of it; None where nothing is. Not
here: which fields are served, and from where they are taken.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from imprint.refusals import Malformed, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from imprint.npm.strict_json import Json, JsonObject


def text(value: Json) -> str | None:
    """Keep a text."""
    return value if isinstance(value, str) else None


def texts(value: Json) -> Json:
    """Keep a list of texts; a single text becomes a list (`os`, `cpu`, `libc`)."""
    if isinstance(value, str):
        return [value] if value else None
    return _texts(value) or None


def text_map(value: Json) -> JsonObject | None:
    """Keep the texts of an object (`scripts`, `engines`, `directories`)."""
    if not isinstance(value, dict):
        return None
    return {key: item for key, item in value.items() if _is_kept(key) and isinstance(item, str)}


def dependencies(value: Json, *, field: str) -> JsonObject | None:
    """Keep package names with their ranges.

    Raises Malformed (`malformed-package-json`) for the forms of npm's first years, a list or a
    text: clients disagree on what those ask for.
    """
    if value and not isinstance(value, dict):
        raise Malformed(
            "malformed-package-json",
            f"{quoted(field)} in the tarball's package.json is no object of names and ranges",
        )
    return text_map(value)


def object_map(value: Json) -> Json:
    """Keep the objects of an object (`peerDependenciesMeta`)."""
    if not isinstance(value, dict):
        return None
    return {key: item for key, item in value.items() if _is_kept(key) and isinstance(item, dict)}


def bundled(value: Json, *, names: Iterable[str]) -> Json:
    """Return the names of bundled dependencies: true stands for all of `names`."""
    if value is True:
        return list(names)
    if isinstance(value, dict):
        return list(value)
    return _texts(value) or None


def funding(value: Json) -> Json:
    """Write an address as an object; lists and objects stay."""
    if isinstance(value, str):
        return {"url": value} if value else None
    return value if isinstance(value, dict | list) else None


def commands(value: Json, *, name: str) -> JsonObject | None:
    """Return `bin` as an object: command to file. No command and no file leaves the package."""
    entries: Iterable[tuple[str, Json]]
    match value:
        case str():
            entries = [(name, value)]
        case list():
            entries = [(posixpath.basename(item), item) for item in value if isinstance(item, str)]
        case dict():
            entries = value.items()
        case _:
            return None
    found: JsonObject = {}
    for key, target in entries:
        command = posixpath.basename(_inside(key))
        if command and _is_kept(command) and isinstance(target, str) and (file := _inside(target)):
            found[command] = file
    return found or None


def commands_of_folder(folder: str, *, paths: Iterable[str]) -> JsonObject | None:
    """Return `bin` for `directories.bin`: every file of the package below `folder`."""
    base = _inside(folder).rstrip("/") + "/"
    found: JsonObject = {
        posixpath.basename(path): path
        for path in paths
        if path.startswith(base) and "/." not in f"/{path.removeprefix(base)}"
    }
    return found or None


def person(value: Json) -> Json:
    """Write `Name <mail> (address)` as an object; of an object, keep these three texts."""
    if isinstance(value, str):
        name = _BEFORE_BRACKETS.match(value)
        email = _IN_ANGLES.search(value)
        url = _IN_ROUNDS.search(value)
        value = {
            "name": name[0].strip() if name else None,
            "email": email[1] if email else None,
            "url": url[1] if url else None,
        }
    return _chosen(value, "name", "email", "url")


def people(value: Json) -> Json:
    """Write each one as `person` does."""
    if not isinstance(value, list):
        return None
    return [found for found in map(person, value) if found] or None


def repository(value: Json) -> Json:
    """Write a repository as an object, its address as git takes it."""
    if isinstance(value, str):
        value = {"type": "git", "url": value}
    chosen = _chosen(value, "type", "url", "directory")
    if chosen is not None and isinstance(address := chosen.get("url"), str):
        chosen["url"] = _git_address(address)
    return chosen


def bugs(value: Json) -> Json:
    """Write an address as an object; of an object, keep `url` and `email`."""
    if isinstance(value, str):
        value = {"email" if "@" in value and ":" not in value else "url": value}
    return _chosen(value, "url", "email")


def keywords(value: Json) -> Json:
    """Keep a list of texts; a text is split at its commas."""
    if isinstance(value, str):
        value = [word.strip() for word in value.split(",")]
    return _texts(value) or None


def licence(value: Json) -> Json:
    """Keep an SPDX expression, or the object `{type, url}` of npm's first years."""
    return value if isinstance(value, str) else _chosen(value, "type", "url")


def commit(value: Json) -> Json:
    """Keep a commit id."""
    return value if isinstance(value, str) and _COMMIT.fullmatch(value) else None


def tool_version(value: Json) -> str | None:
    """Keep the version of a tool, as short as such are."""
    return value if isinstance(value, str) and _TOOL_VERSION.fullmatch(value) else None


_BEFORE_BRACKETS = re.compile(r"[^(<]+")
_IN_ANGLES = re.compile(r"<([^<>]+)>")
_IN_ROUNDS = re.compile(r"\(([^()]+)\)")
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_TOOL_VERSION = re.compile(r"[0-9A-Za-z.+_-]{1,64}")
_PATH = r"(?P<path>[\w.-]+(?:/[\w.-]+)+)/?"
_FORGE_ADDRESS = re.compile(
    r"(?:(?:git\+)?https?://(?:www\.)?|(?P<ssh>(?:git\+)?ssh://git@|git@))"
    rf"(?P<host>github\.com|gitlab\.com|bitbucket\.org)[/:]{_PATH}"
)
_SHORT_ADDRESS = re.compile(rf"(?:(?P<forge>github|gitlab|bitbucket):)?{_PATH}")
_FORGES = {"github": "github.com", "gitlab": "gitlab.com", "bitbucket": "bitbucket.org"}


def _texts(value: Json) -> list[Json]:
    if not isinstance(value, list):
        return []
    return [item for item in value if isinstance(item, str) and item]


def _chosen(value: Json, *names: str) -> JsonObject | None:
    if not isinstance(value, dict):
        return None
    chosen: JsonObject = {
        name: item for name in names if isinstance(item := value.get(name), str) and item
    }
    return chosen or None


def _is_kept(key: str) -> bool:
    # Harmless here; some JavaScript reader would give every object this property.
    return key != "__proto__"


def _inside(path: str) -> str:
    """Return a path that cannot leave the package, however it was written."""
    return posixpath.normpath("/" + path.replace("\\", "/").replace(":", "/")).lstrip("/")


def _git_address(address: str) -> str:
    """Write the addresses of the great forges in the one form that npm serves."""
    bare, mark, reference = address.partition("#")
    scheme = "git+https://"
    if found := _FORGE_ADDRESS.fullmatch(bare):
        host = found["host"]
        scheme = "git+ssh://git@" if found["ssh"] else scheme
    elif found := _SHORT_ADDRESS.fullmatch(bare):
        host = _FORGES[found["forge"] or "github"]
    else:
        return address
    path = found["path"].removesuffix(".git")
    # GitLab alone has groups within groups; elsewhere it is the address of something else.
    if path.count("/") > 1 and host != "gitlab.com":
        return address
    return f"{scheme}{host}/{path}.git{mark}{reference}"
