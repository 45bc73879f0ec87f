"""An installed package's package.json: what resolution asks of it. Odd shapes cost their field."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

Json = dict[str, "Json"] | list["Json"] | str | int | float | bool | None

LARGEST_BYTES = 4 * 1024 * 1024
_INSTALL = ("preinstall", "install", "postinstall")
_DEEPEST = 60


class InstalledManifest(msgspec.Struct, frozen=True, kw_only=True):
    """The members of a package.json that decide which file a name is."""

    name: str | None = None
    version: str | None = None
    entries: Mapping[str, str] = msgspec.field(default_factory=dict)
    """`main`, `module`, `browser`, `style`, `sass`, `less` where they are texts, by their name."""
    browser: Mapping[str, str | bool] = msgspec.field(default_factory=dict)
    """`browser` where it is a map: a file or package to another, or to false."""
    exports: Json = None
    imports: Mapping[str, Json] = msgspec.field(default_factory=dict)
    commands: Mapping[str, str] = msgspec.field(default_factory=dict)
    """`bin`: file by command."""
    has_install_script: bool = False


def read_installed(raw: bytes) -> InstalledManifest | None:
    """Return what a package.json says; None for what is no JSON object."""
    if len(raw) > LARGEST_BYTES:
        return None
    try:
        found = msgspec.json.decode(raw.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if not isinstance(found, dict) or not _is_shallow(found.get("exports"), found.get("imports")):
        return None
    names = ("main", "module", "browser", "style", "sass", "less")
    browser, imports, scripts = found.get("browser"), found.get("imports"), found.get("scripts")
    return InstalledManifest(
        name=_text(found.get("name")),
        version=_text(found.get("version")),
        entries={name: text for name in names if (text := _text(found.get(name)))},
        browser=_replacements(browser),
        exports=found.get("exports"),
        imports=imports if isinstance(imports, dict) else {},
        commands=_commands(found),
        has_install_script=isinstance(scripts, dict) and any(scripts.get(one) for one in _INSTALL),
    )


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) and value else None


def _replacements(browser: Json) -> Mapping[str, str | bool]:
    if not isinstance(browser, dict):
        return {}
    return {name: each for name, each in browser.items() if isinstance(each, str) or each is False}


def _commands(manifest: dict[str, Json]) -> Mapping[str, str]:
    commands, name = manifest.get("bin"), manifest.get("name")
    if isinstance(commands, str) and isinstance(name, str):
        return {name.rpartition("/")[2]: commands}
    if isinstance(commands, dict):
        return {each: path for each, path in commands.items() if isinstance(path, str)}
    return {}


def _is_shallow(*values: Json) -> bool:
    """Whether maps stand no deeper in one another than any that a person wrote."""
    level: list[Json] = list(values)
    for _ in range(_DEEPEST):
        below: list[Json] = []
        for value in level:
            if isinstance(value, dict):
                below += value.values()
            elif isinstance(value, list):
                below += value
        if not below:
            return True
        level = below
    return False
