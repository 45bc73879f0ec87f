"""Caches of build tools: Turborepo and Nx remote ones, sccache and docker layers from scripts.

No action asks for these; an environment variable or a flag does.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from imprint.workflows.effects.model import CacheOperation, CacheStore, Site
from imprint.workflows.effects.situations import text_in
from imprint.workflows.findings import Confidence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.effects.situations import Situation
    from imprint.workflows.repository import Repository

_INSTALLS = r"(?:ci|i|install|add|config|store|version|whoami|pack|login)\b"
_RUNNERS = rf"(?:npm|pnpm|yarn|bun|vp)(?!\s+{_INSTALLS})|npx|pnpx|bunx|lerna"
_TURBO = re.compile(rf"(?<![\w./-])(?:turbo|{_RUNNERS})\s", re.MULTILINE)
_NX = re.compile(rf"(?<![\w./-])(?:nx|{_RUNNERS})\s", re.MULTILINE)
_NX_ITSELF = re.compile(r"(?<![\w./-])nx\s")
_NX_CLOUD = re.compile(r'"nxCloud(?:Id|AccessToken)"\s*:\s*"[^"]+"')
_NX_SKIPS = ("--skip-nx-cache", "--skip-remote-cache", "--no-cloud", "NX_NO_CLOUD=true")
_TURBO_SKIPS = ("--force", "--cache=local:", "--remote-only=false")
_DOCKER_READS = re.compile(r"--cache-from[ =\"']+[^\s]*type=gha")
_DOCKER_WRITES = re.compile(r"--cache-to[ =\"']+[^\s]*type=gha")
_CARGO = re.compile(r"(?<![\w./-])(?:cargo|napi|wasm-pack|maturin|sccache|npm|pnpm|yarn|bun)\s")


def build_caches(
    repository: Repository, site: Site, situation: Situation
) -> Iterator[CacheOperation]:
    """Yield the build tools' caches that a script uses, by its text and environment."""
    if site.run is None:
        return
    if _TURBO.search(site.run) and _is_set(site, "TURBO_TOKEN", situation):
        skips = any(flag in site.run for flag in _TURBO_SKIPS)
        if not skips and site.environment.get("TURBO_FORCE", "").lower() != "true":
            yield _remote(site, "turbo", "`TURBO_TOKEN` turns Turborepo's remote cache on")
    if because := _nx(repository, site, situation):
        yield _remote(site, "nx", because)
    enabled = site.environment.get("SCCACHE_GHA_ENABLED", "").lower()
    if enabled in {"true", "on", "1"} and _CARGO.search(site.run):
        because = "`SCCACHE_GHA_ENABLED` makes sccache use the platform's cache"
        yield _operation(site, "sccache", because, store=CacheStore.FORGE)
    if reads := _DOCKER_READS.search(site.run):
        yield _operation(site, "docker", f"`{reads[0]}`", store=CacheStore.FORGE, saves=False)
    if writes := _DOCKER_WRITES.search(site.run):
        yield _operation(site, "docker", f"`{writes[0]}`", store=CacheStore.FORGE, restores=False)


def may_use_cache(site: Site) -> bool:
    """Whether it is worth asking `build_caches` in every situation."""
    run = site.run or ""
    return (
        "TURBO_TOKEN" in site.environment
        or any(name.startswith(("NX_CLOUD", "SCCACHE")) for name in site.environment)
        or "--cache-" in run
        or "nx " in run
    )


def _nx(repository: Repository, site: Site, situation: Situation) -> str | None:
    run = site.run or ""
    if any(flag in run for flag in _NX_SKIPS):
        return None
    if site.environment.get("NX_NO_CLOUD", "").lower() == "true":
        return None
    if site.environment.get("NX_SKIP_NX_CACHE", "").lower() == "true":
        return None
    for name in ("NX_CLOUD_ACCESS_TOKEN", "NX_CLOUD_AUTH_TOKEN"):
        if _NX.search(run) and _is_set(site, name, situation):
            return f"`{name}` turns Nx's remote cache on"
    if _NX_ITSELF.search(run) and _NX_CLOUD.search(repository.texts.get("nx.json", "")):
        return "nx.json turns Nx's remote cache on"
    return None


def _is_set(site: Site, name: str, situation: Situation) -> bool:
    text = site.environment.get(name)
    return text is not None and text_in(text, situation, site.environment) != ""


def _remote(site: Site, action: str, because: str) -> CacheOperation:
    return _operation(site, action, because, store=CacheStore.BUILD)


def _operation(
    site: Site,
    action: str,
    because: str,
    *,
    store: CacheStore,
    restores: bool = True,
    saves: bool = True,
) -> CacheOperation:
    return CacheOperation(
        site=site,
        action=action,
        restores=restores,
        saves=saves,
        store=store,
        key=None,
        is_implicit=True,
        because=because,
        confidence=Confidence.MEDIUM,
        span=site.span,
    )
