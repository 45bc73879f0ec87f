"""Names computed in part: `"./locale/" + name`, `join(__dirname, "a.js")`, `a ? "b" : "c"`.

Read as bundlers read them: the part that is not known stands for any file, below the folder that
is. What has no known folder at all is nobody's to tell here. Bytes around the place are looked at,
a thousand at most.
"""

from __future__ import annotations

import re

import msgspec

from imprint.reachability.specifiers import package_of

LONGEST = 1_000
"""Bytes of an expression that are looked at."""
MOST_NAMES = 200
"""That one call lists."""
_BLANK = rb"(?>\s+|//[^\n]*|/\*(?>[^*]+|\*(?!/))*\*/)*+"
_TEXT = rb"""(?:"[^"\\\n]*+"|'[^'\\\n]*+'|`(?>[^`\\$]|\$(?!\{))*+`)"""
_LITERAL = re.compile(_BLANK + rb"(" + _TEXT + rb")" + _BLANK)
_HERE = re.compile(_BLANK + rb"(?:__dirname|import\.meta\.dirname)" + _BLANK)
_JOIN = re.compile(
    _BLANK + rb"(?:\w{1,40}\s*\.\s*)?(?:join|resolve)\s*\(\s*(?:__dirname|import\.meta\.dirname)\s*"
)
_OPERAND = re.compile(
    # No operator that binds less than `+`: what follows one is no part of the name.
    rb"(?:[\w$.!\s]|\?\.|\[[^\[\]\n]{0,200}\]"
    rb"|\((?>[^()\n]|\((?>[^()\n]|\([^()\n]*+\))*+\)){0,400}+\)){1,300}+"
)
_CONDITION = re.compile(
    rb"(?>[^\"'`?():,;{}]|" + _TEXT + rb"|\?\.|\((?>[^()\"']|" + _TEXT + rb")*+\)){1,300}+\?(?!\.)"
)
_HOLE = re.compile(rb"\$\{(?>[^{}`\\]|\{[^{}`\\]*+\}|`[^`\\]*+`){0,300}+\}")


class Named(msgspec.Struct, frozen=True):
    """What a computed name may be."""

    texts: tuple[str, ...]
    """All of them; of a pattern the one."""
    is_pattern: bool = False
    """`*` stands for any text without a slash, `**` for any folders."""


def named_at(source: bytes, at: int) -> Named | None:
    """Return what the first argument at `at` may be; None: anything."""
    part = source[at : at + LONGEST]
    if part[:1] == b"[":
        return listed_at(source, at)
    return _chosen(part) or _joined(part) or _added(part)


def listed_at(source: bytes, at: int) -> Named | None:
    """Return the texts of a list (`["a", "b"]`) at `at`; None where it has anything else."""
    texts: list[str] = []
    at += 1
    while len(texts) <= MOST_NAMES and (found := _LITERAL.match(source, at)):
        texts.append(_plain(found[1]))
        at = found.end()
        if source[at : at + 1] != b",":
            break
        at += 1
    closed = re.compile(_BLANK + rb"\]").match(source, at)
    return Named(tuple(filter(None, texts))) if closed and any(texts) else None


def _chosen(part: bytes) -> Named | None:
    """`a ? "b" : "c"`."""
    condition = _CONDITION.match(part)
    yes = _LITERAL.match(part, condition.end()) if condition else None
    if yes is None or part[yes.end() : yes.end() + 1] != b":":
        return None
    no = _LITERAL.match(part, yes.end() + 1)
    if no is None or part[no.end() : no.end() + 1] not in {b")", b","}:
        return None
    return Named(tuple(filter(None, (_plain(yes[1]), _plain(no[1])))))


def _joined(part: bytes) -> Named | None:
    """`path.join(__dirname, "lib", "a.js")`."""
    head = _JOIN.match(part)
    if head is None:
        return None
    texts, at = [], head.end()
    while part[at : at + 1] == b"," and (found := _LITERAL.match(part, at + 1)):
        texts.append(_plain(found[1]).strip("/"))
        at = found.end()
    if not texts or part[at : at + 1] != b")" or re.match(rb"\s*[,)]", part[at + 1 :]) is None:
        return None
    return Named(("./" + "/".join(texts),))


def _added(part: bytes) -> Named | None:
    """`"./a/" + b + ".js"`, a template with holes, `__dirname + "/a.js"`."""
    parts: list[str | None] = []
    at = 0
    while True:
        if here := _HERE.match(part, at):
            if parts:
                return None
            parts.append(".")
            at = here.end()
        elif literal := _LITERAL.match(part, at):
            parts.append(_plain(literal[1]))
            at = literal.end()
        elif template := _template(part, at):
            parts += template[0]
            at = template[1]
        elif operand := _OPERAND.match(part, at):
            parts.append(None)
            at = operand.end()
        else:
            return None
        if (sign := part[at : at + 1]) in {b")", b","}:
            break
        if sign != b"+":
            return None
        at += 1
    return _pattern(parts)


def _template(part: bytes, at: int) -> tuple[list[str | None], int] | None:
    opened = re.compile(_BLANK + rb"`").match(part, at)
    if opened is None:
        return None
    parts: list[str | None] = []
    text, at = b"", opened.end()
    while at < len(part):
        if part[at : at + 1] == b"`":
            end = re.compile(_BLANK).match(part, at + 1)
            return [*parts, _decoded(text)], end.end() if end else at + 1
        if hole := _HOLE.match(part, at):
            is_here = hole[0] in {b"${__dirname}", b"${import.meta.dirname}"}
            parts += [_decoded(text), "." if is_here and not parts and not text else None]
            text, at = b"", hole.end()
        elif part[at : at + 1] in {b"\\", b"$"}:
            return None
        else:
            text += part[at : at + 1]
            at += 1
    return None


def _pattern(parts: list[str | None]) -> Named | None:
    text = ""
    is_pattern = False
    for part in parts:
        if part is not None:
            text += part
        elif not text.endswith("*"):
            # After a slash it may be a path, as esbuild has it: `./a/**/*.js`, but `./a*.js`.
            text += "**/*" if text.endswith("/") else "*"
            is_pattern = True
    if not is_pattern:
        return Named((text,)) if text and None not in parts else None
    folder = text.partition("*")[0]
    return Named((text,), is_pattern=True) if _is_known(folder) else None


def _is_known(folder: str) -> bool:
    """Whether files are looked for in one place: beside, in a package, below an alias."""
    if folder.startswith(("./", "../")):
        return True
    package = package_of(folder)
    if package is not None and package.subpath != ".":
        return True
    head, slash, _ = folder.partition("/")
    return bool(slash) and (head in {"@", "~"} or head[:1] in {"$", "#"})


def _plain(literal: bytes) -> str:
    return _decoded(literal[1:-1])


def _decoded(text: bytes) -> str:
    return text.decode(errors="replace")
