"""npm's own configuration chain: which registry, and which token for it. Not here: reading files.

A layer is one source of settings. Callers give layers by priority, the first wins: flags,
environment, project, user, global .npmrc.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class NpmrcLayer:
    """The settings of one source. Values may be secrets: they are not shown."""

    origin: str
    """For people: a path, `environment`, `--registry`."""
    values: Mapping[str, str] = field(repr=False)


class ResolvedRegistry(msgspec.Struct, frozen=True, kw_only=True):
    """The registry of a scope, or of all else, and which setting says so."""

    url: str
    """With a slash at its end."""
    key: str
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthToken:
    """The token that npm would send, and which setting has it."""

    token: str = field(repr=False)
    key: str
    """`//host/path/:_authToken`."""
    origin: str

    @property
    def is_unexpanded(self) -> bool:
        """Whether this is no token: a `${VARIABLE}` of it is not set, and npm sends it as it is."""
        return _VARIABLE.search(self.token) is not None


def parse_npmrc(text: str, *, origin: str, environment: Mapping[str, str]) -> NpmrcLayer:
    """Return the settings of an .npmrc file.

    `${NAME}` is replaced in names and values; where `environment` has no such name it stays as it
    is, and `${NAME?}` becomes nothing. Whatever npm would pass over is passed over.
    """
    values: dict[str, str] = {}
    for line in _LINE_BREAKS.split(text):
        if not line.strip() or line.lstrip()[0] in ";#":
            continue
        if _SECTION.fullmatch(line):
            # npm has no settings in sections: what follows is not ours either.
            break
        name, equals, value = line.partition("=")
        if not name or (key := _unquoted(name)).endswith("[]"):
            continue
        setting = _unquoted(value) if equals else "true"
        values[_expanded(key, environment)] = _expanded(setting, environment)
    return NpmrcLayer(origin=origin, values=values)


def environment_layer(environment: Mapping[str, str]) -> NpmrcLayer:
    """Return the settings that environment variables make, `npm_config_registry` and the like."""
    values = {}
    for name, value in environment.items():
        if not value or name[: len(_ENVIRONMENT_PREFIX)].lower() != _ENVIRONMENT_PREFIX:
            continue
        key = name[len(_ENVIRONMENT_PREFIX) :]
        if not key.startswith("//"):
            key = key[:1].lower() + key[1:].replace("_", "-").lower()
        values[key] = _expanded(value, environment)
    return NpmrcLayer(origin="environment", values=values)


def resolve_registry(
    layers: Sequence[NpmrcLayer], scope: str | None = None
) -> ResolvedRegistry | None:
    """Return the registry of `scope` (without `@`); None where no layer says anything of it.

    A scope's own registry, from whatever layer, comes before the general one. Values that are no
    http or https URL are passed over, as npm does.
    """
    keys = ("registry",) if scope is None else (f"@{scope}:registry", "registry")
    for key in keys:
        for layer in layers:
            value = layer.values.get(key)
            if value is not None and _is_url(value):
                url = value.rstrip("/") + "/"
                return ResolvedRegistry(url=url, key=key, origin=layer.origin)
    return None


def auth_token(layers: Sequence[NpmrcLayer], url: str) -> AuthToken | None:
    """Return the token that npm sends to `url`: that of the longest path which has credentials.

    None also where that path has credentials of another kind (`_auth`, user name and password).
    """
    if not any(key.startswith("//") for layer in layers for key in layer.values):
        return None  # There are credentials for no address, and thousands are asked about.
    prefix = _path_key(url)
    while len(prefix) > len("//"):
        key = f"{prefix}:_authToken"
        if (found := _setting(layers, key)) is not None:
            return AuthToken(token=found[0], key=key, origin=found[1])
        others = ("_auth",), ("username", "_password")
        if any(all(_setting(layers, f"{prefix}:{name}") for name in names) for names in others):
            return None
        # Without what stands behind the last slash, then without that slash.
        prefix = prefix[:-1] if prefix.endswith("/") else prefix[: prefix.rfind("/") + 1]
    return None


def nerf_dart(url: str) -> str:
    """Return how npm writes a registry in the names of its credentials: `//host/path/`."""
    return _path_key(url).rpartition("/")[0] + "/"


_ENVIRONMENT_PREFIX = "npm_config_"
_LINE_BREAKS = re.compile(r"[\r\n]+")
_SECTION = re.compile(r"\[[^\]]*\]\s*")
_VARIABLE = re.compile(r"(?<!\\)(\\*)\$\{([^${}?]+)(\?)?\}")
_DEFAULT_PORTS = {"http": 80, "https": 443}


def _setting(layers: Sequence[NpmrcLayer], key: str) -> tuple[str, str] | None:
    """Return value and origin of the first layer that has the setting; an empty one is none."""
    for layer in layers:
        if key in layer.values:
            value = layer.values[key]
            return (value, layer.origin) if value else None
    return None


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in _DEFAULT_PORTS and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _path_key(url: str) -> str:
    """Return `//host[:port]/path`, the host as URLs are normalised."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ""
    host = parts.hostname or ""
    if ":" in host:
        host = f"[{host}]"
    if port is not None and port != _DEFAULT_PORTS.get(parts.scheme):
        host = f"{host}:{port}"
    return f"//{host}{parts.path or '/'}" if host else ""


def _unquoted(text: str) -> str:
    """Return a name or value without quotes, comments and escapes, as npm's ini reader does."""
    text = text.strip()
    if text[:1] in ('"', "'") and text[-1:] == text[:1]:
        inner = text[1:-1] if text[0] == "'" else text
        try:
            value = json.loads(inner)
        except (ValueError, RecursionError):
            return inner
        return value if isinstance(value, str) else inner
    found = []
    escaped = False
    for character in text:
        if escaped:
            found.append(character if character in "\\;#" else f"\\{character}")
            escaped = False
        elif character in ";#":
            break
        elif character == "\\":
            escaped = True
        else:
            found.append(character)
    return "".join([*found, "\\" if escaped else ""]).strip()


def _expanded(text: str, environment: Mapping[str, str]) -> str:
    def value(found: re.Match[str]) -> str:
        escapes, name, is_optional = found[1], found[2], found[3]
        if len(escapes) % 2:
            return found[0][(len(escapes) + 1) // 2 :]
        unset = "" if is_optional else f"${{{name}}}"
        return escapes[len(escapes) // 2 :] + environment.get(name, unset)

    return _VARIABLE.sub(value, text)
