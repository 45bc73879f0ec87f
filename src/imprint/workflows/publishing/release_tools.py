"""Release tools asked to publish: lerna, changesets, semantic-release, nx, release-it and others.

Sources: their own references; facts/workflows.md §7.2. What their configuration says is
`configuration.py`'s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.workflows.findings import Confidence
from imprint.workflows.publishing.model import Client
from imprint.workflows.publishing.publications import (
    Publication,
    Tools,
    is_dry,
    made,
    shells_out,
)
from imprint.workflows.shell.options import Options, options_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from imprint.workflows.shell.model import Program

_MOST_COMMON = frozenset({
    "registry", "dist-tag", "tag", "preid", "branch", "config", "c", "b", "p", "message", "m",
    "access", "token", "otp", "yes-to", "from", "to", "since", "concurrency", "scope", "ignore",
    "project", "projects", "g", "groups", "t", "target", "targets", "exclude", "parallel",
    "publish-branch", "git-remote", "contents", "extends", "e", "branches", "plugins",
    "repository-url", "r", "tag-format", "package-manager", "files", "fields", "exports",
    "temp-dir", "name", "cwd", "output-style", "changelog-preset", "loglevel", "git-head",
})  # fmt: skip


def _lerna(program: Program, tools: Tools) -> Publication | None:
    del tools
    options = _options(program)
    if not options.rest or options.rest[0].value != "publish":
        return None
    if is_dry(options) or options.flag("skip-npm"):
        return None
    return made(program, Client.LERNA, options, is_recursive=True)


def _changesets(program: Program, tools: Tools) -> Publication | None:
    options = _options(program)
    if not options.rest or options.rest[0].value != "publish" or is_dry(options):
        return None
    return made(program, Client.CHANGESETS, options, sender=shells_out(tools), is_recursive=True)


def _semantic_release(program: Program, tools: Tools) -> Publication | None:
    del tools
    options = _options(program)
    if is_dry(options) or options.flag("d", "version", "v", "help", "h"):
        return None
    return made(program, Client.SEMANTIC_RELEASE, options)


def _nx(program: Program, tools: Tools) -> Publication | None:
    options = _options(program)
    verbs = [word.value for word in options.rest[:2]]
    if is_dry(options) or options.flag("d") or not verbs:
        return None
    if verbs[0] == "release":
        inner = verbs[1] if len(verbs) > 1 else None
        if inner in {"version", "changelog", "plan", "plan:check"}:
            return None
        if inner != "publish" and options.flag("skip-publish", "skipPublish"):
            return None
        return made(program, Client.NX, options, sender=shells_out(tools), is_recursive=True)
    targets = {word.value for word in options.texts("t", "target", "targets")} | {verbs[0]}
    if verbs[0] == "run" and len(verbs) > 1 and verbs[1] is not None:
        targets.add(verbs[1].rpartition(":")[2])
    if "nx-release-publish" in targets:
        return made(program, Client.NX, options, sender=shells_out(tools), is_recursive=True)
    return None


def _release_it(program: Program, tools: Tools) -> Publication | None:
    del tools
    options = _options(program)
    says = options.text("npm", "npm.publish")
    off = options.flag("npm") is False or options.flag("npm.publish") is False
    if off or (says is not None and says.value == "false"):
        return None
    asks = options.flag("release-version", "changelog", "version", "v", "help", "h", "d")
    if is_dry(options) or asks:
        return None
    return made(program, Client.RELEASE_IT, options, sender=Client.NPM)


def _np(program: Program, tools: Tools) -> Publication | None:
    options = _options(program)
    if options.flag("publish") is False or options.flag("preview") or is_dry(options):
        return None
    return made(program, Client.NP, options, sender=shells_out(tools))


def _auto(program: Program, tools: Tools) -> Publication | None:
    del tools
    options = _options(program)
    verb = options.rest[0].value if options.rest else None
    if verb not in {"shipit", "canary", "next", "latest", "publish"} or is_dry(options):
        return None
    if options.flag("d"):
        return None
    return made(program, Client.AUTO, options, sender=Client.NPM, is_recursive=True)


def _beachball(program: Program, tools: Tools) -> Publication | None:
    del tools
    options = _options(program)
    if not options.rest or options.rest[0].value != "publish":
        return None
    if options.flag("publish") is False or is_dry(options):
        return None
    return made(program, Client.BEACHBALL, options, sender=Client.NPM, is_recursive=True)


def _rush(program: Program, tools: Tools) -> Publication | None:
    del tools
    options = _options(program)
    if not options.rest or options.rest[0].value != "publish":
        return None
    if not (options.flag("publish") or "p" in options.values) or options.flag("pack"):
        return None
    return made(program, Client.RUSH, options, sender=Client.NPM, is_recursive=True)


def _clean_publish(program: Program, tools: Tools) -> Publication | None:
    options = _options(program)
    if options.flag("without-publish", "dry-run", "version", "help"):
        return None
    says = options.text("package-manager")
    sender = _SENDERS.get(says.value or "") if says is not None else shells_out(tools)
    return made(program, Client.CLEAN_PUBLISH, options, sender=sender or Client.NPM)


def _npm_publish(program: Program, tools: Tools) -> Publication | None:
    del tools
    options = _options(program)
    if is_dry(options):
        return None
    return made(
        program, Client.NPM_PUBLISH_ACTION, options, sender=Client.NPM, targets=options.rest
    )


def _napi(program: Program, tools: Tools) -> Publication | None:
    """`napi prepublish` sends the packages of each platform with `npm publish`."""
    del tools
    options = _options(program)
    verb = options.rest[0].value if options.rest else None
    if verb not in {"prepublish", "pre-publish"} or is_dry(options):
        return None
    if options.flag("skip-optional-publish"):
        return None
    return made(program, Client.NPM, options, is_recursive=True)


def _changelogen(program: Program, tools: Tools) -> Publication | None:
    del tools
    options = _options(program)
    if not options.flag("publish"):
        return None
    return made(program, Client.NPM, options)


def _imprint(program: Program, tools: Tools) -> Publication | None:
    del tools
    options = _options(program)
    if not options.rest or options.rest[0].value != "publish" or is_dry(options):
        return None
    return made(
        program,
        Client.IMPRINT,
        options,
        stages=bool(options.flag("stage")),
        targets=options.rest[1:],
    )


def _verbs(client: Client, *verbs: str) -> Callable[[Program, Tools], Publication | None]:
    """Return the reader of a tool whose first word is its verb, and which calls npm."""

    def read(program: Program, tools: Tools) -> Publication | None:
        options = _options(program)
        verb = options.rest[0].value if options.rest else ""
        if verb not in verbs or is_dry(options):
            return None
        return made(
            program, client, options, sender=shells_out(tools), confidence=Confidence.MEDIUM
        )

    return read


def _options(program: Program) -> Options:
    return options_of(program.arguments, _MOST_COMMON)


_SENDERS = {"npm": Client.NPM, "pnpm": Client.PNPM, "yarn": Client.YARN_CLASSIC, "bun": Client.BUN}
RELEASE_TOOLS: Mapping[str, Callable[[Program, Tools], Publication | None]] = {
    "lerna": _lerna,
    "lerna-lite": _lerna,
    "changeset": _changesets,
    "semantic-release": _semantic_release,
    "multi-semantic-release": _semantic_release,
    "semantic-release-monorepo": _semantic_release,
    "nx": _nx,
    "release-it": _release_it,
    "np": _np,
    "auto": _auto,
    "beachball": _beachball,
    "rush": _rush,
    "install-run-rush.js": _rush,
    "clean-publish": _clean_publish,
    "npm-publish": _npm_publish,
    "napi": _napi,
    "changelogen": _changelogen,
    "imprint": _imprint,
    "shipjs": _verbs(Client.UNKNOWN, "trigger"),
    "monodeploy": _verbs(Client.UNKNOWN, ""),
    "monoweave": _verbs(Client.UNKNOWN, ""),
    "ultra-publish": _verbs(Client.UNKNOWN, ""),
    "publib-npm": _verbs(Client.UNKNOWN, ""),
    "release": _verbs(Client.UNKNOWN, "publish", ""),
    "rollingversions": _verbs(Client.UNKNOWN, "publish"),
    "wsrun": _verbs(Client.UNKNOWN, "publish"),
}
"""How each of them is read, by the program's name."""
