"""Which caches the steps of a job restore and save (facts/workflows.md §2.2, §6.2 P01).

By the exact release of each action, through composite ones, and without what no run can reach.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from imprint.workflows.effects.cache_tools import build_caches, may_use_cache
from imprint.workflows.effects.expansion import sites_of, use_name
from imprint.workflows.effects.model import CacheOperation, CacheStore, Site
from imprint.workflows.effects.package_managers import named_package_manager
from imprint.workflows.effects.situations import may_run, situations_of, text_in
from imprint.workflows.findings import Confidence
from imprint.workflows.github.model import RemoteUse
from imprint.workflows.tables.caching import CachingAction, caching_actions
from imprint.workflows.tables.pins import KnownBy, version_of
from imprint.workflows.tables.releases import release_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from imprint.workflows.effects.situations import Situation
    from imprint.workflows.github.model import Job, Step, Workflow
    from imprint.workflows.repository import Repository
    from imprint.workflows.sources import Span

_BUN = "oven-sh/setup-bun"
_MOVING = ("latest", "canary", "action")
"""setup-bun never caches what it would have to ask for again (its `isCacheEnabled`)."""


def cache_operations(
    repository: Repository, workflow: Workflow, job: Job, *, event: str | None = None
) -> tuple[CacheOperation, ...]:
    """Return the caches that the job's steps may restore or save, in order.

    With `event`, only what runs of that event do.
    """
    situations = situations_of(repository, workflow, job, event=event)
    return _operations(repository, sites_of(repository, workflow, job), situations)


def caches_with(
    repository: Repository, workflow: Workflow, job: Job, *, steps: Iterable[Step]
) -> tuple[CacheOperation, ...]:
    """Return the caches of the runs in which one of `steps` can run, too."""
    sites = sites_of(repository, workflow, job)
    places = {step.span for step in steps}
    situations = [
        replace(situation, succeeds=True)
        for situation in situations_of(repository, workflow, job)
        if _runs_one(sites, places, situation)
    ]
    return _operations(repository, sites, situations)


def _operations(
    repository: Repository, sites: tuple[Site, ...], situations: Iterable[Situation]
) -> tuple[CacheOperation, ...]:
    found: dict[tuple[int, str, bool, bool], CacheOperation] = {}
    concerned = [site for site in sites if _may_cache(site)]
    for situation in situations:
        for site in concerned:
            if not may_run(site, situation):
                continue
            for operation in _of_site(repository, site, situation):
                # A build tool's is one for the whole job, however often the tool runs.
                order = -1 if operation.store is CacheStore.BUILD else site.order
                identity = (order, operation.action, operation.restores, operation.saves)
                known = found.get(identity)
                if known is None or known.confidence < operation.confidence:
                    found[identity] = operation
    return tuple(found[identity] for identity in sorted(found))


def _may_cache(site: Site) -> bool:
    use = site.step.uses
    if isinstance(use, RemoteUse):
        return use.name in caching_actions()
    return site.run is not None and may_use_cache(site)


def _of_site(repository: Repository, site: Site, situation: Situation) -> Iterator[CacheOperation]:
    if isinstance(site.step.uses, RemoteUse):
        for row in caching_actions().get(site.step.uses.name, ()):
            operation = _of_action(repository, site, row, site.step.uses, situation)
            if operation is not None:
                yield operation
    yield from build_caches(repository, site, situation)


def _of_action(
    repository: Repository,
    site: Site,
    row: CachingAction,
    use: RemoteUse,
    situation: Situation,
) -> CacheOperation | None:
    version = version_of(use)
    since = None if row.since is None else release_of(row.since)
    below = None if row.below is None else release_of(row.below)
    applies = version.releases.within(since, below)
    if applies is False or not _is_on(repository, site, row, situation):
        return None
    restores = row.restores and not _has(site, row.only_looks_up, situation)
    saves = row.saves and not _has(site, row.not_saving, situation)
    if not restores and not saves:
        return None
    is_sure = applies is True and version.known_by is not KnownBy.COMMENT
    is_by_hint = applies is True or version.known_by is KnownBy.COMMENT
    confidence = Confidence.MEDIUM if is_by_hint else Confidence.LOW
    span = site.span
    if not site.through and row.switch is not None and row.switch in site.job_step.inputs:
        span = site.job_step.inputs[row.switch].span
    return CacheOperation(
        site=site,
        action=use_name(use),
        restores=restores,
        saves=saves,
        store=CacheStore(row.store),
        key=site.inputs.get(row.key) if row.key else None,
        restore_keys=_lines(site.inputs.get(row.restore_keys) if row.restore_keys else None),
        paths=_lines(site.inputs.get(row.path)) if row.path else row.paths,
        is_implicit=_is_implicit(site, row),
        because=_because(repository, site, row, use),
        confidence=Confidence.HIGH if is_sure else confidence,
        span=span,
    )


def _is_on(repository: Repository, site: Site, row: CachingAction, situation: Situation) -> bool:
    """Whether the cache is on, or may be: what cannot be told is taken for on."""
    if row.switch is not None:
        value = _input(site, row.switch, situation, otherwise=row.default)
        if value is not None and value in row.off:
            return False
        if value is not None and row.on and value not in row.on:
            return False
    for name in row.absent:
        if _input(site, name, situation, otherwise="") != "":
            return False
    for name, piece in row.needs.items():
        value = _input(site, name, situation, otherwise="")
        if value is not None and (not value or piece not in value):
            return False
    if row.packages_from:
        manager = named_package_manager(repository, dev_engines=row.dev_engines)
        return manager in row.packages_from
    return row.action != _BUN or _bun_is_cached(repository, site, situation)


def _bun_is_cached(repository: Repository, site: Site, situation: Situation) -> bool:
    version = _input(site, "bun-version", situation, otherwise="")
    if version is None:
        return True
    if not version:
        named = site.inputs.get("bun-version-file", "")
        text = repository.texts.get(named.removeprefix("./"), "") if named else ""
        if named and not named.endswith(("package.json", ".tool-versions")):
            version = text.strip().lower()
        elif ".tool-versions" in named:
            version = "bun" if "bun " in text else ""
        elif named_package_manager(repository, dev_engines=False) == "bun":
            version = "bun"
    return bool(version) and not any(word in version for word in _MOVING)


def _input(site: Site, name: str, situation: Situation, *, otherwise: str) -> str | None:
    text = site.inputs.get(name)
    if text is None:
        return otherwise.lower()
    value = text_in(text, situation, site.environment)
    return None if value is None else value.strip().lower()


def _has(site: Site, wanted: dict[str, str], situation: Situation) -> bool:
    """Whether one of the inputs surely has its value."""
    return any(
        _input(site, name, situation, otherwise="") == value for name, value in wanted.items()
    )


def _is_implicit(site: Site, row: CachingAction) -> bool:
    if row.switch is None:
        return False
    return row.switch not in site.inputs


def _because(repository: Repository, site: Site, row: CachingAction, use: RemoteUse) -> str:
    name = f"{use_name(use)}@{use.ref}"
    if row.packages_from:
        manager = named_package_manager(repository, dev_engines=row.dev_engines)
        return f"{name} caches by itself where package.json names {manager}"
    if row.switch is not None and row.switch in site.inputs:
        return f"{name} with {row.switch}: {site.inputs[row.switch]}"
    if row.switch is not None:
        return f"{name} caches by itself"
    return name


def _runs_one(sites: tuple[Site, ...], places: set[Span], situation: Situation) -> bool:
    """Whether one of the steps at these places can run in a situation; with none, any will do."""
    concerned = [site for site in sites if site.step.span in places or site.job_step.span in places]
    return not concerned or any(may_run(site, situation) for site in concerned)


def _lines(text: str | None) -> tuple[str, ...]:
    if text is None:
        return ()
    return tuple(line.strip() for line in text.splitlines() if line.strip())
