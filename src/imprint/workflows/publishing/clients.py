"""Whether a program is asked to publish to npm, and how: each client's own command line.

Sources: the clients' own references; facts/workflows.md §2.1 and §7.2. Not here: scripts that run
them (`scripts.py`), the client's version (`node.py`), packages (`targets.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from imprint.workflows.findings import Confidence
from imprint.workflows.publishing.model import Client
from imprint.workflows.shell.options import Options, options_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from collections.abc import Set as AbstractSet

    from imprint.workflows.shell.model import Word
    from imprint.workflows.shell.programs import Program

JSR = "jsr"
"""The registry of what `deno publish` and `jsr publish` send: not npm's protocol."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What a repository says of its package manager, where a command does not."""

    manager: Client = Client.NPM
    yarn_is_classic: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """What one command line publishes, as far as it says."""

    client: Client
    sender: Client
    provenance: bool | None = None
    ignores_scripts: bool = False
    stages: bool = False
    registry: str | None = None
    targets: tuple[Word, ...] = ()
    """Folders, tarballs and package names that it is given."""
    workspaces: tuple[Word, ...] = ()
    """Members that it is told to publish: `-w`, `--filter`, `--scope`."""
    is_recursive: bool = False
    """It publishes every member that may be published."""
    confidence: Confidence = Confidence.HIGH


def publication_of(program: Program, tools: Tools) -> Publication | None:
    """Return what `program` publishes; None where it does not, or only pretends (`--dry-run`)."""
    client = _CLIENTS.get(program.name or "")
    return None if client is None else client(program, tools)


def is_client(program: Program) -> bool:
    """Whether a program publishes at all, by any of its command lines."""
    return program.name in _CLIENTS


def verb_of(program: Program) -> tuple[str | None, Options]:
    """Return what a package manager is asked to do, and its options; the verb is `rest[0]`."""
    options = options_of(program.arguments, VALUED.get(program.name or "", frozenset()))
    return (options.rest[0].value if options.rest else None), options


_NPM_VALUED = frozenset({
    "tag", "access", "registry", "workspace", "w", "prefix", "C", "otp", "userconfig",
    "globalconfig", "loglevel", "cache", "scope", "provenance-file", "omit", "include",
    "auth-type", "script-shell", "fetch-retries", "fetch-timeout", "install-strategy", "message",
    "m", "preid", "before", "node-options", "package", "p", "call", "c", "pack-destination",
    "save-prefix", "fetch-retry-mintimeout", "fetch-retry-maxtimeout", "maxsockets", "depth",
    "location", "L", "cpu", "os", "libc", "editor", "user-agent", "publishConfig",
})  # fmt: skip
_PNPM_VALUED = _NPM_VALUED | {
    "filter", "F", "filter-prod", "dir", "publish-branch", "reporter", "workspace-concurrency",
    "store-dir", "resume-from", "changed-files-ignore-pattern", "test-pattern", "embed-readme",
}  # fmt: skip
_YARN_VALUED = frozenset({
    "cwd", "tag", "access", "otp", "registry", "new-version", "message", "use-yarnrc", "mutex",
    "cache-folder", "modules-folder", "network-timeout", "network-concurrency", "loglevel",
})  # fmt: skip
_BUN_VALUED = frozenset({
    "cwd", "filter", "F", "tag", "access", "otp", "registry", "auth-type", "config", "c",
})  # fmt: skip
VALUED: Mapping[str, AbstractSet[str]] = {
    "npm": _NPM_VALUED,
    "cnpm": _NPM_VALUED,
    "vlt": _NPM_VALUED,
    "pnpm": _PNPM_VALUED,
    "pn": _PNPM_VALUED,
    "vp": _PNPM_VALUED,
    "yarn": _YARN_VALUED,
    "yarnpkg": _YARN_VALUED,
    "bun": _BUN_VALUED,
    "make": frozenset({"C", "f", "j", "o", "W", "directory", "file", "jobs"}),
    "turbo": frozenset({"filter", "F", "cwd", "concurrency", "team", "token", "cache-dir"}),
}
"""Options that take the next word as value, by program."""
_MOST_COMMON = frozenset({
    "registry", "dist-tag", "tag", "preid", "branch", "config", "c", "b", "p", "message", "m",
    "access", "token", "otp", "yes-to", "from", "to", "since", "concurrency", "scope", "ignore",
    "project", "projects", "g", "groups", "t", "target", "targets", "exclude", "parallel",
    "publish-branch", "git-remote", "contents", "extends", "e", "branches", "plugins",
    "repository-url", "r", "tag-format", "package-manager", "files", "fields", "exports",
    "temp-dir", "name", "cwd", "output-style", "changelog-preset", "loglevel", "git-head",
})  # fmt: skip


def _npm(program: Program, tools: Tools) -> Publication | None:
    del tools
    verb, options = verb_of(program)
    stages = verb == "stage"
    rest = options.rest[1:]
    if stages:
        verb, rest = (rest[0].value if rest else None), rest[1:]
    if verb is None or not _is_publish(verb, shortest=2) or _is_dry(options):
        return None
    return _made(
        program,
        Client.NPM,
        options,
        stages=stages,
        targets=rest,
        workspaces=options.texts("workspace", "w"),
        is_recursive=bool(options.flag("workspaces", "ws")),
    )


def _pnpm(program: Program, tools: Tools) -> Publication | None:
    del tools
    verb, options = verb_of(program)
    rest = options.rest[1:]
    is_recursive = bool(options.flag("recursive", "r"))
    if verb in {"recursive", "multi", "m"}:
        verb, rest, is_recursive = (rest[0].value if rest else None), rest[1:], True
    stages = verb == "stage"
    if stages:
        verb, rest = (rest[0].value if rest else None), rest[1:]
    if verb != "publish" or _is_dry(options):
        return None
    return _made(
        program,
        Client.PNPM,
        options,
        stages=stages,
        targets=rest,
        workspaces=options.texts("filter", "F", "filter-prod"),
        is_recursive=is_recursive,
    )


def _yarn(program: Program, tools: Tools) -> Publication | None:
    verb, options = verb_of(program)
    rest = options.rest[1:]
    if _is_dry(options):
        return None
    if verb == "npm" and rest and rest[0].value in {"publish", "stage"}:
        stages = rest[0].value == "stage"
        if stages and (len(rest) == 1 or rest[1].value != "publish"):
            return None
        return _made(program, Client.YARN, options, stages=stages)
    if verb == "publish" and tools.yarn_is_classic:
        return _made(program, Client.YARN_CLASSIC, options, targets=rest)
    return None


def _bun(program: Program, tools: Tools) -> Publication | None:
    del tools
    verb, options = verb_of(program)
    if verb != "publish" or _is_dry(options):
        return None
    return _made(program, Client.BUN, options, targets=options.rest[1:])


def _deno(program: Program, tools: Tools) -> Publication | None:
    del tools
    options = _options(program)
    if not options.rest or options.rest[0].value != "publish" or _is_dry(options):
        return None
    return Publication(client=Client.DENO, sender=Client.DENO, registry=JSR)


def _unknown_manager(program: Program, tools: Tools) -> Publication | None:
    """`vlt publish` and the like: npm's command line, a sender that nothing is known of."""
    found = _npm(program, tools)
    return found and _made(program, Client.UNKNOWN, verb_of(program)[1], targets=found.targets)


def _lerna(program: Program, tools: Tools) -> Publication | None:
    del tools
    options = _options(program)
    if not options.rest or options.rest[0].value != "publish":
        return None
    if _is_dry(options) or options.flag("skip-npm"):
        return None
    return _made(program, Client.LERNA, options, is_recursive=True)


def _changesets(program: Program, tools: Tools) -> Publication | None:
    options = _options(program)
    if not options.rest or options.rest[0].value != "publish" or _is_dry(options):
        return None
    return _made(program, Client.CHANGESETS, options, sender=_shells_out(tools), is_recursive=True)


def _semantic_release(program: Program, tools: Tools) -> Publication | None:
    del tools
    options = _options(program)
    if _is_dry(options) or options.flag("d", "version", "v", "help", "h"):
        return None
    return _made(program, Client.SEMANTIC_RELEASE, options)


def _nx(program: Program, tools: Tools) -> Publication | None:
    options = _options(program)
    verbs = [word.value for word in options.rest[:2]]
    if _is_dry(options) or options.flag("d") or not verbs:
        return None
    if verbs[0] == "release":
        inner = verbs[1] if len(verbs) > 1 else None
        if inner in {"version", "changelog", "plan", "plan:check"}:
            return None
        if inner != "publish" and options.flag("skip-publish", "skipPublish"):
            return None
        return _made(program, Client.NX, options, sender=_shells_out(tools), is_recursive=True)
    targets = {word.value for word in options.texts("t", "target", "targets")} | {verbs[0]}
    if verbs[0] == "run" and len(verbs) > 1 and verbs[1] is not None:
        targets.add(verbs[1].rpartition(":")[2])
    if "nx-release-publish" in targets:
        return _made(program, Client.NX, options, sender=_shells_out(tools), is_recursive=True)
    return None


def _release_it(program: Program, tools: Tools) -> Publication | None:
    del tools
    options = _options(program)
    says = options.text("npm", "npm.publish")
    off = options.flag("npm") is False or options.flag("npm.publish") is False
    if off or (says is not None and says.value == "false"):
        return None
    asks = options.flag("release-version", "changelog", "version", "v", "help", "h", "d")
    if _is_dry(options) or asks:
        return None
    return _made(program, Client.RELEASE_IT, options, sender=Client.NPM)


def _np(program: Program, tools: Tools) -> Publication | None:
    options = _options(program)
    if options.flag("publish") is False or options.flag("preview") or _is_dry(options):
        return None
    return _made(program, Client.NP, options, sender=_shells_out(tools))


def _auto(program: Program, tools: Tools) -> Publication | None:
    del tools
    options = _options(program)
    verb = options.rest[0].value if options.rest else None
    if verb not in {"shipit", "canary", "next", "latest", "publish"} or _is_dry(options):
        return None
    if options.flag("d"):
        return None
    return _made(program, Client.AUTO, options, sender=Client.NPM, is_recursive=True)


def _beachball(program: Program, tools: Tools) -> Publication | None:
    del tools
    options = _options(program)
    if not options.rest or options.rest[0].value != "publish":
        return None
    if options.flag("publish") is False or _is_dry(options):
        return None
    return _made(program, Client.BEACHBALL, options, sender=Client.NPM, is_recursive=True)


def _rush(program: Program, tools: Tools) -> Publication | None:
    del tools
    options = _options(program)
    if not options.rest or options.rest[0].value != "publish":
        return None
    if not (options.flag("publish") or "p" in options.values) or options.flag("pack"):
        return None
    return _made(program, Client.RUSH, options, sender=Client.NPM, is_recursive=True)


def _clean_publish(program: Program, tools: Tools) -> Publication | None:
    options = _options(program)
    if options.flag("without-publish", "dry-run", "version", "help"):
        return None
    says = options.text("package-manager")
    sender = _SENDERS.get(says.value or "") if says is not None else _shells_out(tools)
    return _made(program, Client.CLEAN_PUBLISH, options, sender=sender or Client.NPM)


def _npm_publish(program: Program, tools: Tools) -> Publication | None:
    del tools
    options = _options(program)
    if _is_dry(options):
        return None
    return _made(
        program, Client.NPM_PUBLISH_ACTION, options, sender=Client.NPM, targets=options.rest
    )


def _napi(program: Program, tools: Tools) -> Publication | None:
    """`napi prepublish` sends the packages of each platform with `npm publish`."""
    del tools
    options = _options(program)
    verb = options.rest[0].value if options.rest else None
    if verb not in {"prepublish", "pre-publish"} or _is_dry(options):
        return None
    if options.flag("skip-optional-publish"):
        return None
    return _made(program, Client.NPM, options, is_recursive=True)


def _changelogen(program: Program, tools: Tools) -> Publication | None:
    del tools
    options = _options(program)
    if not options.flag("publish"):
        return None
    return _made(program, Client.NPM, options)


def _imprint(program: Program, tools: Tools) -> Publication | None:
    del tools
    options = _options(program)
    if not options.rest or options.rest[0].value != "publish" or _is_dry(options):
        return None
    return _made(
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
        if verb not in verbs or _is_dry(options):
            return None
        return _made(
            program, client, options, sender=_shells_out(tools), confidence=Confidence.MEDIUM
        )

    return read


def _made(
    program: Program,
    client: Client,
    options: Options,
    *,
    sender: Client | None = None,
    stages: bool = False,
    targets: tuple[Word, ...] = (),
    workspaces: tuple[Word, ...] = (),
    is_recursive: bool = False,
    confidence: Confidence = Confidence.HIGH,
) -> Publication:
    registry = options.text("registry")
    return Publication(
        client=client,
        sender=client if sender is None else sender,
        provenance=options.flag("provenance"),
        ignores_scripts=bool(options.flag("ignore-scripts")),
        stages=stages,
        registry=None if registry is None else registry.shown,
        targets=targets,
        workspaces=(*program.workspaces, *workspaces),
        is_recursive=is_recursive or program.is_recursive,
        confidence=confidence,
    )


def _options(program: Program) -> Options:
    return options_of(program.arguments, _MOST_COMMON)


def _is_dry(options: Options) -> bool:
    return options.flag("dry-run", "dryRun") is True


def _is_publish(verb: str, *, shortest: int) -> bool:
    """Whether npm takes a word for `publish`: it takes any beginning that is no other command's."""
    return len(verb) >= shortest and "publish".startswith(verb)


def _shells_out(tools: Tools) -> Client:
    """Return what changesets, nx and np call: pnpm where the repository uses it, else npm."""
    return Client.PNPM if tools.manager is Client.PNPM else Client.NPM


_SENDERS = {"npm": Client.NPM, "pnpm": Client.PNPM, "yarn": Client.YARN_CLASSIC, "bun": Client.BUN}
_CLIENTS: Mapping[str, Callable[[Program, Tools], Publication | None]] = {
    "npm": _npm,
    "cnpm": _npm,
    "pnpm": _pnpm,
    "pn": _pnpm,
    "yarn": _yarn,
    "yarnpkg": _yarn,
    "bun": _bun,
    "vlt": _unknown_manager,
    "deno": _deno,
    "jsr": _deno,
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
