"""Long-lived credentials that a publishing step would find (facts/workflows.md §6.1, W05).

Not here: which client would use which of them (the checks), exchanged credentials.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from imprint.workflows.publishing.model import CredentialKind, TokenInReach
from imprint.workflows.publishing.targets import host_of
from imprint.workflows.yaml.places import span_at

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from imprint.workflows.repository import Repository
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
_FORGE_TOKEN = re.compile(r"secrets\.GITHUB_TOKEN|github\.token")
_SECRET = re.compile(r"\bsecrets\s*(?:\.\s*([A-Za-z_][\w-]*)|\[\s*'([^']+)'\s*\])")
_NPM_SECRET = re.compile(r"npm|node_auth", re.IGNORECASE)
SETTING = re.compile(
    r"""(?P<key>(?://(?P<host>[^\s:/=]+(?::\d+)?)[^\s=]*?:)?(?:_authToken|_auth|_password))
    [ \t]*=[ \t]*(?P<value>(?:\$\{\{.*?\}\}|[^\s;])*)""",
    re.VERBOSE,
)
_YARNRC = re.compile(r"(?P<key>npmAuth(?:Token|Ident))\s*:\s*(?P<value>\S.*)")
REFERENCE = re.compile(r"\$\{?(\w+)(?:[:-][^}]*)?\}?")


def secret_of(text: str) -> str | None:
    """Return the name of the CI secret that a text takes something from, the first one."""
    match = _SECRET.search(text)
    return None if match is None else (match[1] or match[2])


def is_publish_secret(name: str) -> bool:
    """Whether a secret's name says that it is for npm."""
    return _NPM_SECRET.search(name) is not None


def has_npm_token(values: Mapping[str, Text]) -> bool:
    """Whether an `env` or `with` holds a secret that is for npm, by its own name or its key's."""
    for name, text in values.items():
        secret = secret_of(text.value)
        if secret is None or secret == "GITHUB_TOKEN":  # noqa: S105  (a secret's name)
            continue
        if name.upper() in VARIABLES or is_publish_secret(secret):
            return True
    return False


def of_environment(environment: Mapping[str, Text]) -> Iterator[TokenInReach]:
    """Yield the credentials of one `env`."""
    for name, text in environment.items():
        value = text.value.strip()
        is_setting = name.lower().startswith("npm_config_//") and "auth" in name.lower()
        if value and (name.upper() in VARIABLES or is_setting):
            host = host_of(name[len("npm_config_") :]) if is_setting else None
            yield token(CredentialKind.ENVIRONMENT, name, value, span=text.span, host=host or None)


def of_inputs(inputs: Mapping[str, Text]) -> Iterator[TokenInReach]:
    """Yield the credentials that a publishing action is given."""
    for name, text in inputs.items():
        if name.lower() not in INPUTS or not text.value.strip():
            continue
        if not _FORGE_TOKEN.search(text.value):
            yield token(CredentialKind.INPUT, name, text.value, span=text.span)


def of_files(repository: Repository, folders: frozenset[str]) -> Iterator[TokenInReach]:
    """Yield the literal credentials of the project's own configuration, in `folders`.

    One that comes from a variable is whatever the variable is, and that is asked for elsewhere.
    """
    for folder in sorted({"", *folders}):
        prefix = f"{folder}/" if folder else ""
        for path, pattern, kind in (
            (f"{prefix}.npmrc", SETTING, CredentialKind.NPMRC),
            (f"{prefix}.yarnrc.yml", _YARNRC, CredentialKind.YARNRC),
        ):
            text = repository.texts.get(path, "")
            for match in pattern.finditer(text):
                line = text[text.rfind("\n", 0, match.start()) + 1 : match.start()]
                value = match["value"].strip().strip("\"'")
                if line.lstrip()[:1] in {"#", ";"} or not value or REFERENCE.search(value):
                    continue
                span = span_at(path, text, match.start(), match.end())
                host = match.groupdict().get("host")
                yield TokenInReach(
                    kind=kind, name=match["key"], secret=None, is_literal=True, host=host, span=span
                )


def token(
    kind: CredentialKind, name: str, value: str, *, span: Span, host: str | None = None
) -> TokenInReach:
    """Return a credential by what its value says: a secret's name, a literal, or neither."""
    return TokenInReach(
        kind=kind,
        name=name,
        secret=secret_of(value),
        is_literal="$" not in value and "%" not in value,
        host=host,
        span=span,
    )
