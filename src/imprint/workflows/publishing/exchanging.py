"""Who really sends a publication, and whether that exchanges an ID token or takes a token first.

Keyed by client and version, as measured: facts/workflows.md §2.1. Not here: which version runs
(`node.py`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from imprint.workflows.github.model import Access, RemoteUse
from imprint.workflows.publishing.clients import JSR
from imprint.workflows.publishing.model import Client, ClientVersion, CredentialKind
from imprint.workflows.publishing.node import client_versions_of
from imprint.workflows.publishing.targets import default_host, host_of, is_default_registry
from imprint.workflows.tables.clients import declared_range

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.publishing.model import PublishJob, PublishStep, TokenInReach
    from imprint.workflows.repository import Repository
    from imprint.workflows.tables.releases import Release

NPM_EXCHANGES = (11, 5, 0)
"""npm documents 11.5.1; 11.5.0 has it as well."""
PNPM_SENDS = (11, 0, 0)
"""pnpm 9 and 10 call the npm that is on PATH."""
PNPM_PREFERS_EXCHANGE = (11, 0, 7)
YARN_EXCHANGES = (4, 10, 0)
LERNA_EXCHANGES = (9, 0, 0)
PLUGIN_EXCHANGES = (13, 1, 0)
"""@semantic-release/npm."""
SEMANTIC_RELEASE_EXCHANGES = (25, 0, 0)
"""The first that brings such a plugin."""
_PLUGIN = "@semantic-release/npm"
_FORGE_REGISTRY = "npm.pkg.github.com"
_READ_BY_ALL = ("NPM_CONFIG_", "YARN_NPM_AUTH_")
_WRITE_NPMRC = {Client.CHANGESETS, Client.SEMANTIC_RELEASE, Client.AUTO, Client.LERNA}
"""Tools, and the actions that run them, that make an .npmrc of a variable."""
_YARN_VARIABLES = ("YARN_NPM_AUTH_TOKEN", "YARN_NPM_AUTH_IDENT")


class Sending(msgspec.Struct, frozen=True, kw_only=True):
    """One way in which a step can send: by which program, and what that does with an ID token."""

    program: Client
    version: ClientVersion
    exchanges: bool | None
    """None: not known."""
    prefers_token: bool | None
    """Whether a configured token is used although the exchange would work."""


def sendings_of(repository: Repository, job: PublishJob, step: PublishStep) -> tuple[Sending, ...]:
    """Return the ways in which a step can send, one for each version that may run.

    Nothing where what sends could not be looked into.
    """
    if Client.UNKNOWN in {step.client, step.sender}:
        return ()
    found: dict[Sending, None] = {}
    for version in _versions(repository, job, step, step.sender):
        if step.sender is Client.PNPM and not version.surely_from(PNPM_SENDS):
            is_older = version.surely_below(PNPM_SENDS)
            for npm in _versions(repository, job, step, Client.NPM):
                inner = _sending(Client.NPM, npm)
                if is_older or inner.exchanges is not False:
                    found[inner] = None
            if is_older:
                continue
        found[_with_plugin(repository, step, version)] = None
    return tuple(found)


def intends_exchange(job: PublishJob, step: PublishStep) -> bool:
    """Whether a step may be meant to publish by trusted publishing: it has an ID token."""
    return job.id_token is Access.WRITE and sends_to_npm(step)


def sends_to_npm(step: PublishStep) -> bool:
    """Whether a step sends to a registry that may know trusted publishers."""
    if step.sender is Client.DENO or step.registry == JSR:
        return False
    return step.registry is None or host_of(step.registry) != _FORGE_REGISTRY


def is_for_default_registry(step: PublishStep) -> bool:
    """Whether a step sends to npm's own registry."""
    return step.registry is None or is_default_registry(step.registry)


def audience_of(step: PublishStep) -> str:
    """Return the audience that an ID token for the registry of `step` has to have."""
    return f"npm:{default_host() if step.registry is None else host_of(step.registry)}"


def tokens_for(job: PublishJob, step: PublishStep) -> tuple[TokenInReach, ...]:
    """Return the long-lived credentials in reach that are for the registry of `step`."""
    return tuple(token for token in job.tokens if _is_for(token, step))


def tokens_read_by(
    sending: Sending, job: PublishJob, step: PublishStep, repository: Repository
) -> tuple[TokenInReach, ...]:
    """Return the credentials that what sends would find, as far as the files say."""
    return tuple(
        token
        for token in tokens_for(job, step)
        if _is_of_kind(token, sending) and _is_found(token, job, step, repository)
    )


def _is_found(
    token: TokenInReach, job: PublishJob, step: PublishStep, repository: Repository
) -> bool:
    """Whether a credential reaches a client's configuration.

    No client reads NODE_AUTH_TOKEN or NPM_TOKEN by itself: an .npmrc has to name it, or a tool
    that writes one has to run (measured, facts/workflows.md §1).
    """
    name = token.name.upper()
    if token.kind is not CredentialKind.ENVIRONMENT or name.startswith(_READ_BY_ALL):
        return True
    if step.client in _WRITE_NPMRC or step.via:
        return True
    if name == "NODE_AUTH_TOKEN" and _sets_up_registry(job):
        return True
    named = re.compile(rf"\$\{{?{re.escape(token.name)}\b")
    texts = [repository.texts.get(".npmrc", "")]
    texts += [each.run.value for each in job.job.steps if each.run is not None]
    return any("_auth" in text and named.search(text) for text in texts)


def _sets_up_registry(job: PublishJob) -> bool:
    return any(
        isinstance(each.use, RemoteUse)
        and each.use.name.endswith("/setup-node")
        and "registry-url" in each.inputs
        for each in job.actions
    )


def _is_of_kind(token: TokenInReach, sending: Sending) -> bool:
    """Whether the program that sends looks at a credential of this kind at all."""
    match token.kind:
        case CredentialKind.YARNRC:
            return sending.program is Client.YARN
        case CredentialKind.NPMRC | CredentialKind.INPUT:
            return sending.program is not Client.YARN
        case CredentialKind.CONFIG_COMMAND:
            is_yarns = token.name.endswith(("npmAuthToken", "npmAuthIdent"))
            return is_yarns is (sending.program is Client.YARN)
        case CredentialKind.ENVIRONMENT if token.name.upper() in _YARN_VARIABLES:
            return sending.program is Client.YARN
        case CredentialKind.ENVIRONMENT:
            return sending.program is not Client.YARN


def _is_for(token: TokenInReach, step: PublishStep) -> bool:
    if token.host is None:
        return True
    if step.registry is None:
        return is_default_registry(f"//{token.host}")
    return token.host == host_of(step.registry)


def _versions(
    repository: Repository, job: PublishJob, step: PublishStep, client: Client
) -> tuple[ClientVersion, ...]:
    if client is step.sender and step.versions:
        return step.versions
    if step.step is None:
        unknown = ClientVersion(lowest=None, highest=None, because="not known", span=None)
        return (unknown,)
    return client_versions_of(client, repository, job.workflow, job.job, step.step)


def _with_plugin(repository: Repository, step: PublishStep, version: ClientVersion) -> Sending:
    """Return how a version sends; semantic-release does it by a plugin with its own number."""
    if step.sender is not Client.SEMANTIC_RELEASE:
        return _sending(step.sender, version)
    for package, text in _declared(repository, _PLUGIN):
        wanted = declared_range(text)
        if wanted is not None:
            plugin = ClientVersion(
                lowest=wanted.lowest,
                highest=wanted.highest,
                because=f"{package} asks for {_PLUGIN} {text}",
                span=version.span,
            )
            return Sending(
                program=Client.SEMANTIC_RELEASE,
                version=plugin,
                exchanges=_reaches(plugin, PLUGIN_EXCHANGES),
                prefers_token=False,
            )
    return _sending(step.sender, version)


def _sending(program: Client, version: ClientVersion) -> Sending:
    prefers: bool | None = False
    match program:
        case Client.NPM | Client.NPM_PUBLISH_ACTION:
            exchanges = _reaches(version, NPM_EXCHANGES)
        case Client.PNPM:
            exchanges = _reaches(version, PNPM_SENDS)
            newer = _reaches(version, PNPM_PREFERS_EXCHANGE)
            prefers = None if newer is None else not newer
        case Client.YARN:
            exchanges, prefers = _reaches(version, YARN_EXCHANGES), True
        case Client.LERNA if "@lerna-lite" not in version.because:
            exchanges = _reaches(version, LERNA_EXCHANGES)
        case Client.SEMANTIC_RELEASE:
            exchanges = _reaches(version, SEMANTIC_RELEASE_EXCHANGES)
        case Client.BUN | Client.YARN_CLASSIC:
            exchanges, prefers = False, True
        case Client.IMPRINT:
            exchanges = True
        case _:
            exchanges, prefers = None, None
    return Sending(program=program, version=version, exchanges=exchanges, prefers_token=prefers)


def _reaches(version: ClientVersion, since: Release) -> bool | None:
    if version.surely_from(since):
        return True
    return False if version.surely_below(since) else None


def _declared(repository: Repository, name: str) -> Iterator[tuple[str, str]]:
    for package in sorted(repository.packages, key=lambda found: found.path.count("/")):
        if name in package.dependencies:
            yield package.path, package.dependencies[name]
