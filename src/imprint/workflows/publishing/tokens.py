"""Long-lived credentials that a publishing step would find (facts/workflows.md §6.1, W05).

Not here: which client would use which of them (the checks), exchanged credentials.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from imprint.workflows.publishing.model import CredentialKind, TokenInReach
from imprint.workflows.publishing.targets import host_of
from imprint.workflows.shell.options import options_of
from imprint.workflows.shell.programs import programs_of
from imprint.workflows.yaml.places import span_at

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from imprint.workflows.repository import Repository
    from imprint.workflows.shell.model import Command, Word
    from imprint.workflows.sources import Span, Text

VARIABLES = frozenset({
    "NODE_AUTH_TOKEN", "NPM_TOKEN", "NPM_AUTH_TOKEN", "NPM_PUBLISH_TOKEN", "NPMJS_TOKEN",
    "NPM_ACCESS_TOKEN", "NPM_API_TOKEN", "NPM_REGISTRY_TOKEN", "NPM_AUTOMATION_TOKEN",
    "YARN_NPM_AUTH_TOKEN", "YARN_NPM_AUTH_IDENT", "NPM_CONFIG_TOKEN", "NPM_CONFIG__AUTH",
    "NPM_CONFIG__AUTHTOKEN", "BUN_AUTH_TOKEN", "PNPM_AUTH_TOKEN", "NPM_TOKEN_PUBLISH",
})  # fmt: skip
"""Variables that clients read, or that an .npmrc usually takes its token from."""
INPUTS = frozenset({
    "token", "npm-token", "npm_token", "npm-auth-token", "npm_auth_token", "node-auth-token",
    "npmtoken", "npm-publish-token", "npm-access-token", "npm_access_token", "auth-token",
    "node_auth_token",
})  # fmt: skip
"""Inputs of actions that publish, names in lower case."""
_SECRET = re.compile(r"\bsecrets\s*(?:\.\s*([A-Za-z_][\w-]*)|\[\s*'([^']+)'\s*\])")
_NPM_SECRET = re.compile(r"npm|node_auth", re.IGNORECASE)
_SETTING = re.compile(
    r"""(?P<key>(?://(?P<host>[^\s:/=]+(?::\d+)?)[^\s=]*?:)?(?:_authToken|_auth|_password))
    [ \t]*=[ \t]*(?P<value>[^\s;]*(?:[ \t]*\$\{\{.*?\}\})?)""",
    re.VERBOSE,
)
_YARNRC = re.compile(r"(?P<key>npmAuth(?:Token|Ident))\s*:\s*(?P<value>\S.*)")
_REFERENCE = re.compile(r"\$\{?(\w+)(?:[:-][^}]*)?\}?")
_EXPRESSION = re.compile(r"\$\{\{.*?\}\}", re.DOTALL)
_FILE = re.compile(r"(?:^|/)\.npmrc$|NPM_CONFIG_USERCONFIG|npmrc$", re.IGNORECASE)
_SET = {"npm": {"set"}, "pnpm": {"set"}, "yarn": {"set"}}


def secret_of(text: str) -> str | None:
    """Return the name of the CI secret that a text takes something from, the first one."""
    match = _SECRET.search(text)
    return None if match is None else (match[1] or match[2])


def is_publish_secret(name: str) -> bool:
    """Whether a secret's name says that it is for npm."""
    return _NPM_SECRET.search(name) is not None


def of_environment(environment: Mapping[str, Text]) -> Iterator[TokenInReach]:
    """Yield the credentials of one `env`."""
    for name, text in environment.items():
        value = text.value.strip()
        is_setting = name.lower().startswith("npm_config_//") and "auth" in name.lower()
        if value and (name.upper() in VARIABLES or is_setting):
            host = host_of(name[len("npm_config_") :]) if is_setting else None
            yield _made(CredentialKind.ENVIRONMENT, name, value, text.span, host or None)


def of_inputs(inputs: Mapping[str, Text]) -> Iterator[TokenInReach]:
    """Yield the credentials that a publishing action is given."""
    for name, text in inputs.items():
        if name.lower() not in INPUTS or not text.value.strip():
            continue
        secret = secret_of(text.value)
        if secret != "GITHUB_TOKEN" and "github.token" not in text.value:
            yield _made(CredentialKind.INPUT, name, text.value, text.span, None)


def of_files(repository: Repository, folders: frozenset[str]) -> Iterator[TokenInReach]:
    """Yield the literal credentials of the project's own configuration, in `folders`.

    One that comes from a variable is whatever the variable is, and that is asked for elsewhere.
    """
    for folder in sorted({"", *folders}):
        prefix = f"{folder}/" if folder else ""
        for path, pattern, kind in (
            (f"{prefix}.npmrc", _SETTING, CredentialKind.NPMRC),
            (f"{prefix}.yarnrc.yml", _YARNRC, CredentialKind.YARNRC),
        ):
            text = repository.texts.get(path, "")
            for match in pattern.finditer(text):
                line = text[text.rfind("\n", 0, match.start()) + 1 : match.start()]
                value = match["value"].strip().strip("\"'")
                if line.lstrip()[:1] in {"#", ";"} or not value or _REFERENCE.search(value):
                    continue
                span = span_at(path, text, match.start(), match.end())
                host = match.groupdict().get("host")
                yield TokenInReach(
                    kind=kind, name=match["key"], secret=None, is_literal=True, host=host, span=span
                )


def of_command(
    command: Command, environment: Mapping[str, str], span: Span
) -> Iterator[TokenInReach]:
    """Yield the credentials that a command writes where npm will find them."""
    for redirect in command.redirects:
        target = redirect.target.shown if redirect.target is not None else ""
        if redirect.operator in {">", ">>"} and _FILE.search(target):
            yield from _written(command, environment, span)
        elif redirect.operator in {">", ">>"} and "GITHUB_ENV" in target:
            yield from _exported(command, environment, span)
    for program in programs_of(command):
        words = [word.value for word in program.arguments]
        if program.name == "tee" and any(_FILE.search(word.shown) for word in program.arguments):
            if command.source is not None:
                yield from _written(command.source, environment, span)
        elif program.name in _SET and "set" in words:
            yield from _configured(program.arguments, environment, span)
        elif program.name in {"npm", "pnpm"}:
            for name, values in options_of(program.arguments, set()).values.items():
                if name.endswith((":_authToken", ":_auth")) and values[-1] is not None:
                    yield _resolved(
                        CredentialKind.CONFIG_COMMAND, name, values[-1].shown, environment, span
                    )
    for assignment in command.assignments:
        if assignment.name.upper() in VARIABLES and assignment.value.shown:
            yield _resolved(
                CredentialKind.ENVIRONMENT,
                assignment.name,
                assignment.value.shown,
                environment,
                span,
            )


def _written(
    command: Command, environment: Mapping[str, str], span: Span
) -> Iterator[TokenInReach]:
    """Yield the credentials in what a command prints: its words or its here-document."""
    texts = [word.shown for word in command.words[1:]]
    texts += [redirect.body.shown for redirect in command.redirects if redirect.body is not None]
    for match in _SETTING.finditer("\n".join(texts)):
        value = match["value"].strip("\"'\\")
        if value:
            yield _resolved(
                CredentialKind.NPMRC, match["key"], value, environment, span, match["host"]
            )


def _exported(
    command: Command, environment: Mapping[str, str], span: Span
) -> Iterator[TokenInReach]:
    """Yield the credentials in `echo "NODE_AUTH_TOKEN=…" >> $GITHUB_ENV`."""
    for word in command.words[1:]:
        name, _, value = word.shown.partition("=")
        if name.upper() in VARIABLES and value:
            yield _resolved(CredentialKind.ENVIRONMENT, name, value, environment, span)


def _configured(
    words: tuple[Word, ...], environment: Mapping[str, str], span: Span
) -> Iterator[TokenInReach]:
    """Yield the credentials of `npm config set //host/:_authToken=…` and Yarn's `npmAuthToken`."""
    rest = [word for word in options_of(words, {"location", "L", "userconfig"}).rest]
    shown = [word.shown for word in rest if word.value not in {"config", "set", "c"}]
    for position, text in enumerate(shown):
        key, equals, value = text.partition("=")
        if not (key.endswith(("_authToken", "_auth", "_password", "npmAuthToken", "npmAuthIdent"))):
            continue
        if not equals:
            value = shown[position + 1] if position + 1 < len(shown) else ""
        if value:
            host = host_of(key.rpartition(":")[0]) if key.startswith("//") else None
            yield _resolved(
                CredentialKind.CONFIG_COMMAND, key, value, environment, span, host or None
            )


def _resolved(
    kind: CredentialKind,
    name: str,
    value: str,
    environment: Mapping[str, str],
    span: Span,
    host: str | None = None,
) -> TokenInReach:
    """Return a credential whose value may be a variable of the step's."""
    text = value
    reference = _REFERENCE.fullmatch(_EXPRESSION.sub("", value)) if "${{" not in value else None
    if reference is not None:
        text = environment.get(reference[1], value)
    return _made(kind, name, text, span, host)


def _made(
    kind: CredentialKind, name: str, value: str, span: Span, host: str | None
) -> TokenInReach:
    return TokenInReach(
        kind=kind,
        name=name,
        secret=secret_of(value),
        is_literal="$" not in value and "%" not in value,
        host=host,
        span=span,
    )
