"""Package names and scope patterns. Not here: who owns a name, and which names are taken."""

from __future__ import annotations

import re

import msgspec

from imprint.refusals import Malformed, quoted

MAX_NAME_CHARACTERS = 214
"""Of the whole name, scope included (validate-npm-package-name)."""


class PackageName(msgspec.Struct, frozen=True, kw_only=True):
    """A name that a new package may have. `str()` gives `name` or `@scope/name`."""

    scope: str | None = None
    """Without the `@`."""
    name: str

    @classmethod
    def parse(cls, text: str) -> PackageName:
        """Return the name that `text` spells, to the letter.

        Raises Malformed (`invalid-package-name`) for what npm does not allow for new packages,
        among it the upper-case names of its early years.
        """
        found = _NAME.fullmatch(text) if len(text) <= MAX_NAME_CHARACTERS else None
        name = "" if found is None else found["name"] or found["unscoped"]
        if found is None or name in _FOLDERS:
            raise Malformed(
                "invalid-package-name",
                f"package name {quoted(text)} {_fault_of(text)}",
                "npm's rules: lower-case letters, digits, `-`, `_` and `.`, at most 214 characters",
            )
        return cls(scope=found["scope"], name=name)

    @classmethod
    def parse_existing(cls, text: str) -> PackageName:
        """Return the name of a package that a registry may have had for long.

        Beside the names for new packages these are the ones of npm's early years: upper-case, or
        beginning with `-` or `_`, `-` itself among them. Raises Malformed (`invalid-package-name`).
        """
        if len(text) <= MAX_NAME_CHARACTERS and _EARLY.fullmatch(text):
            return cls(name=text)
        lower = cls.parse(text.lower() if text.isascii() else text)
        scope, _, name = text.rpartition("/")
        return lower if str(lower) == text else cls(scope=scope[1:] or None, name=name)

    @classmethod
    def parse_segment(cls, raw: bytes | str, *, existing: bool = False) -> PackageName:
        """Return the name that a URL path spells: `@s%2fn`, `@s%2Fn`, `%40s%2Fn` and `@s/n` alike.

        Nothing else may be percent-encoded, so that a name has these spellings and no other.
        `existing`: a name as `parse_existing` has it. Raises Malformed (`invalid-package-name`).
        """
        text = raw if isinstance(raw, str) else raw.decode("latin-1")
        if text.startswith("%40"):
            text = "@" + text[3:]
        if text.startswith("@") and "/" not in text:
            text = text.replace("%2f", "/", 1) if "%2f" in text else text.replace("%2F", "/", 1)
        return cls.parse_existing(text) if existing else cls.parse(text)

    def __str__(self) -> str:
        """Return the name as people and manifests write it."""
        return self.name if self.scope is None else f"@{self.scope}/{self.name}"

    @property
    def escaped(self) -> str:
        """The name as one URL path segment, as npm writes it: `@s%2fn`."""
        return self.name if self.scope is None else f"@{self.scope}%2f{self.name}"

    @property
    def file_stem(self) -> str:
        """What tarball file names begin with: the name without its scope."""
        return self.name


class ScopePattern(msgspec.Struct, frozen=True, kw_only=True):
    """The packages of a scope, all (`@acme/*`) or those with a prefix (`@acme/plugin-*`)."""

    scope: str
    """Without the `@`."""
    prefix: str = ""

    @classmethod
    def parse(cls, text: str) -> ScopePattern:
        """Return the pattern that `text` spells; one `*`, at its end.

        Raises Malformed (`invalid-scope-pattern`).
        """
        found = _PATTERN.fullmatch(text) if len(text) <= MAX_NAME_CHARACTERS else None
        if found is None:
            raise Malformed(
                "invalid-scope-pattern",
                f"scope pattern {quoted(text)} is none: one is `@scope/*` or `@scope/prefix-*`",
            )
        return cls(scope=found["scope"], prefix=found["prefix"])

    def matches(self, package: PackageName) -> bool:
        """Return whether `package` is one of these."""
        return package.scope == self.scope and package.name.startswith(self.prefix)

    @property
    def specificity(self) -> int:
        """How narrow the pattern is: of two that match, the greater is the more specific."""
        return len(self.prefix)

    def __str__(self) -> str:
        """Return the pattern as it is written."""
        return f"@{self.scope}/{self.prefix}*"


def canonical(package: PackageName) -> str:
    """Return what too similar names have in common.

    npm's rule of 2017: an unscoped name is taken when it differs only in punctuation from another;
    a scoped one is its owner's affair.
    """
    return str(package) if package.scope is not None else package.name.translate(_PUNCTUATION)


def is_reserved(package: PackageName) -> bool:
    """Return whether no new package may be called so: node's modules, and names that mislead."""
    return package.scope is None and package.name in _RESERVED


def _fault_of(text: str) -> str:
    """Say what is wrong with a name, most general fault first."""
    if not text:
        return "is empty"
    if len(text) > MAX_NAME_CHARACTERS:
        return f"has {len(text)} characters: at most {MAX_NAME_CHARACTERS} are allowed"
    scope, slash, name = text.removeprefix("@").partition("/") if text[0] == "@" else ("", "", text)
    if text[0] == "@" and not (scope and slash and name):
        return "has a scope and no name: a scoped name is `@scope/name`"
    if name in _FOLDERS or name == "-":
        return "is a name that npm uses itself"
    if text.isascii() and text != (lower := text.lower()):
        return f"has upper-case letters, which new names cannot have, unlike {quoted(lower)}"
    if text[0] in "._-" or name[0] == "." or scope[:1] == ".":
        return "begins with a character that names and scopes cannot begin with"
    return "has characters that are not URL-safe"


# As validate-npm-package-name has it, a scoped name may begin with `_` or `-`, an unscoped one not.
# Beyond it, a scope cannot begin with a dot, and `@scope/-` is no name: both make odd URL paths.
_NAME = re.compile(
    r"@(?P<scope>[a-z0-9_-][a-z0-9._-]*)/(?P<name>(?!-\Z)[a-z0-9_-][a-z0-9._-]*)"
    r"|(?P<unscoped>[a-z0-9][a-z0-9._-]*)"
)
_EARLY = re.compile(r"[_-][A-Za-z0-9._-]*")
_PATTERN = re.compile(
    r"@(?P<scope>[a-z0-9_-][a-z0-9._-]*)/(?P<prefix>(?:[a-z0-9_-][a-z0-9._-]*)?)\*"
)
_FOLDERS = frozenset({"node_modules", "favicon.ico"})
_PUNCTUATION = str.maketrans("", "", "._-")
_RESERVED: frozenset[str] = frozenset().union(
    # node's modules (v24)
    ("assert", "async_hooks", "buffer", "child_process", "cluster", "console", "constants"),
    ("crypto", "dgram", "diagnostics_channel", "dns", "domain", "events", "fs", "http", "http2"),
    ("https", "inspector", "module", "net", "os", "path", "perf_hooks", "process", "punycode"),
    ("querystring", "readline", "repl", "sea", "sqlite", "stream", "string_decoder", "sys"),
    ("test", "timers", "tls", "trace_events", "tty", "url", "util", "v8", "vm", "wasi"),
    ("worker_threads", "zlib"),
    # what tools and people would take for something else
    ("bun", "constructor", "corepack", "deno", "false", "imprint", "node", "nodejs", "npm"),
    ("npx", "null", "package", "pnpm", "prototype", "registry", "true", "undefined", "yarn"),
)
