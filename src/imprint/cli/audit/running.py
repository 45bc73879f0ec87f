"""What `audit` and `diff` do, in which order: a kept result, else a run."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from imprint.cli.audit.progress import progress
from imprint.cli.caches import cache_folder, kept_secret
from imprint.cli.session import current, say
from imprint.refusals import Malformed, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from imprint.audit.lockfiles import FoundLockfile
    from imprint.audit.model import Audit
    from imprint.audit.request import Advising, AuditRequest, Standings
    from imprint.cli.audit.options import Wish
    from imprint.evidence.policies import LoadedPolicy
    from imprint.history.candidates import SourceStanding
    from imprint.publish.configuration import Configuration
    from imprint.storage.advisory_index import IndexPlace
    from imprint.storage.projections import KeptStore
    from imprint.storage.verdicts import VerdictCache
    from imprint.upstream.revision_files import RevisionFiles

FINDINGS, UNDECIDED = 1, 3
CONNECTIONS = 24
STORE_VARIABLE = "IMPRINT_PROJECTIONS"
"""A `postgresql:` address where projections are kept for many; unset: a file of this user."""
_PROJECTIONS = "projections.sqlite3"
_EDGES = "edges.sqlite3"
_FORGE = "forges.sqlite3"


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Which lockfile, and against which."""

    found: FoundLockfile
    base: FoundLockfile | None = None
    at: RevisionFiles | None = None
    """The revision whose policy, pins, baseline and .npmrc judge; None: those of the checkout."""


def run(asked: Asked, wish: Wish) -> tuple[Audit, LoadedPolicy]:
    """Audit a lockfile, or what a change of it brings; returns the policy that it was judged by."""
    from imprint.audit.run import run_audit

    loaded = loaded_policy(asked, wish)
    with requesting(asked, wish, loaded) as request:
        audit = run_audit(request)
    if asked.at is None:
        return audit, loaded
    from imprint.audit.rule_changes import with_rule_changes

    # What nobody has reviewed yet chooses no address that is asked from here.
    quiet = replace(wish, offline=True)
    proposed = partial(loaded_policy, Asked(found=asked.found, base=asked.base), quiet)
    told = with_rule_changes(
        audit, loaded, at=asked.at, folder=asked.found.folder, named=wish.policy, proposed=proposed
    )
    return told, loaded


def loaded_policy(asked: Asked, wish: Wish) -> LoadedPolicy:
    """Return the policy for a lockfile."""
    from imprint.evidence.policies import fetch_document, load_policy

    return load_policy(
        asked.found.folder,
        named=wish.policy,
        cache=cache_folder() / "policies",
        fetch=None if wish.offline else fetch_document,
        at=asked.at,
    )


@contextmanager
def requesting(asked: Asked, wish: Wish, loaded: LoadedPolicy) -> Iterator[AuditRequest]:
    """Yield a run's request, with every cache open; they are closed when it is left."""
    from imprint.audit.request import AuditRequest
    from imprint.cli.verify.basis import given_trust
    from imprint.cli.verify.judging import judging
    from imprint.evidence.gathering import Sources
    from imprint.publish.configuration import Surroundings, read_configuration
    from imprint.upstream.fetch import Fetcher
    from imprint.upstream.trust.registry_labels import default_host

    now = time.time()
    around = Surroundings(
        folder=asked.found.folder, home=Path.home(), environment=os.environ, at=asked.at
    )
    configuration = read_configuration(around, registry=current().registry)
    given = given_trust(wish.trust, keys=wish.keys)
    host = default_host()
    with ExitStack() as stack:
        judge = stack.enter_context(judging(given, uses_cache=wish.cache, now=now))
        store = _store(stack, now) if wish.cache else None
        show = stack.enter_context(progress())

        def sources() -> Sources:
            return Sources(
                fetcher=Fetcher(by_proxy=True, connections_per_host=CONNECTIONS),
                credential_for=configuration.token_for,
                store=store,
                answers=store,
                is_offline=wish.offline,
                max_age_seconds=float(wish.max_age_seconds),
                at_most=CONNECTIONS,
                complete_hosts=frozenset({host}),
                progress=show,
            )

        yield AuditRequest(
            found=asked.found,
            base=asked.base,
            loaded=loaded,
            registry_of=lambda scope: registry_of(configuration, scope),
            sources=sources,
            judge=judge.judge,
            default_host=host,
            advising=_advising(wish),
            standings=_standings(stack, wish, now),
            reaches=wish.reach,
            edges=_kept(stack, _EDGES) if wish.cache and wish.reach else None,
            now=now,
        )


def registry_of(configuration: Configuration, scope: str | None) -> str:
    """Return a scope's registry; where npm's configuration says nothing, its own default is meant.

    Architecture, decision 17: the purl library knows it. Raises Malformed (`registry-url`).
    """
    from imprint.upstream.trust.registry_labels import default_host

    try:
        return configuration.registry_of(scope).url
    except Malformed as err:
        if err.code != "no-registry":
            raise
        return f"https://{default_host()}/"


def exit_code(audit: Audit, wish: Wish) -> int:
    """Return 1 where packages are refused, and that fails; else 3 where not all was checked."""
    from imprint.policy.decisions import Refused, Undecided
    from imprint.policy.model import Mode

    decisions = [package.decision for package in audit.packages]
    refused = any(isinstance(one, Refused) for one in decisions)
    if refused and audit.mode is Mode.ENFORCE and not wish.exit_zero:
        return FINDINGS
    if audit.coverage.is_incomplete or any(isinstance(one, Undecided) for one in decisions):
        return UNDECIDED
    # A difference may well touch nothing; a lockfile of which nothing was checked is no pass.
    if not audit.coverage.checked and (audit.packages or not audit.is_difference):
        return UNDECIDED
    return 0


def rendered(audit: Audit, wish: Wish) -> str:
    """Return the audit in the format that was asked for."""
    from imprint.cli.render.audit.formats import render
    from imprint.cli.render.audit.layout import layout_of

    name = current().format
    layout = None
    if name == "plain":
        layout = layout_of(sys.stdout, environment=os.environ, shows_all=wish.shows_all)
    return render(audit, name, layout=layout)


def _advising(wish: Wish) -> Advising:
    from imprint.audit.request import Advising

    match wish.advisories:
        case "off":
            return Advising()
        case "registry":
            return Advising(asks_registries=not wish.offline)
        case path:
            if not Path(path).is_file():
                raise Malformed(
                    "no-such-file",
                    f"there is no advisory archive {quoted(path)}",
                    hint="`--advisories` takes `registry`, `off`, or OSV's archive of npm: all.zip",
                )
            return Advising(archive=Path(path), index=_index_place())


def _index_place() -> IndexPlace | None:
    """Return where the archive's index is kept; None: beside it, without a secret of one's own."""
    from imprint.storage.advisory_index import IndexPlace

    secret = kept_secret()
    if secret is None:
        return None
    return IndexPlace(folder=cache_folder() / "advisories", secret=secret)


def _store(stack: ExitStack, now: float) -> KeptStore | None:
    """Open what earlier runs kept of registries; without a secret of one's own, nothing."""
    from imprint.storage.projection_places import open_projections

    secret = kept_secret()
    if secret is None:
        return None
    place: Path | str = os.environ.get(STORE_VARIABLE) or cache_folder() / _PROJECTIONS
    store = open_projections(place, secret=secret, now=now)
    stack.callback(store.close)
    stack.callback(lambda: say(f"warning: {store.failure}") if store.failure else None)
    return store


def _kept(stack: ExitStack, file: str) -> VerdictCache | None:
    """Open what earlier runs kept in a file of this user's caches."""
    from imprint.storage.verdicts import VerdictCache

    secret = kept_secret()
    if secret is None:
        return None
    return stack.enter_context(VerdictCache(cache_folder() / file, secret=secret))


def _standings(stack: ExitStack, wish: Wish, now: float) -> Standings | None:
    """Return what looks at source repositories, where somebody asked for it."""
    if wish.repositories is None and not wish.forge:
        return None
    from imprint.evidence.reconciliation import source_standings
    from imprint.evidence.sources import Askable, SourceWanted
    from imprint.upstream.clones import Clones
    from imprint.upstream.fetch import Fetcher
    from imprint.upstream.forge.hosts import hosts_of, open_forges
    from imprint.upstream.forge.keeping import Keeping, Remembered

    answers = _kept(stack, _FORGE) if wish.cache else None
    keeping = Keeping(answers=answers or Remembered(), now=time.time)

    async def ask(wanted: Sequence[SourceWanted]) -> Mapping[tuple[str, str], SourceStanding]:
        clones = None if wish.repositories is None else Clones(wish.repositories)
        async with Fetcher(by_proxy=True) as fetcher:
            forges = {}
            if wish.forge and not wish.offline:
                forges = open_forges(hosts_of(os.environ), fetcher, keeping)
            askable = Askable(clones=clones, forges=forges)
            return await source_standings(wanted, askable, now=now)

    return lambda wanted: asyncio.run(ask(wanted))
