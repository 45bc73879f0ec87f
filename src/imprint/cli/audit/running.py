"""What `audit` and `diff` do, in which order: a kept result, else a run."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from functools import partial
from importlib import import_module
from threading import Thread
from typing import TYPE_CHECKING

from imprint.cli.audit.asked import Asked, configuration_of
from imprint.cli.caches import cache_folder, projections_file
from imprint.cli.session import current

if TYPE_CHECKING:
    from imprint.audit.model import Audit
    from imprint.cli.audit.options import Wish
    from imprint.cli.render.audit.layout import Layout
    from imprint.evidence.policies import LoadedPolicy

FINDINGS, UNDECIDED = 1, 3


def run(asked: Asked, wish: Wish) -> tuple[Audit, LoadedPolicy]:
    """Audit a lockfile, or what a change of it brings; returns the policy that it was judged by."""
    begin_to_import(wish, is_wanted=asked.base is not None)
    from imprint.audit.run import run_audit
    from imprint.cli.audit.opening import opened

    loaded = loaded_policy(asked, wish)
    with opened(wish) as caches:
        audit = run_audit(caches.request(asked, loaded, configuration_of(asked)))
    if asked.at is not None:
        audit = with_changed_rules(audit, asked, loaded, wish)
    return audit, loaded


def begin_to_import(wish: Wish, *, is_wanted: bool) -> None:
    """Import what asks registries beside everything else, where it `is_wanted`, or nothing is kept.

    It reads the system's certificates, twice: a tenth of the time that a small difference takes.
    """
    if not wish.offline and (is_wanted or not projections_file().exists()):
        Thread(target=import_module, args=("imprint.upstream.connections",)).start()


def with_changed_rules(audit: Audit, asked: Asked, loaded: LoadedPolicy, wish: Wish) -> Audit:
    """Return the audit with what the checkout would have judged by, instead of the revision.

    Raises what `with_rule_changes` does.
    """
    from imprint.audit.rule_changes import with_rule_changes

    if asked.at is None:
        return audit
    # What nobody has reviewed yet chooses no address that is asked from here.
    quiet = replace(wish, offline=True)
    proposed = partial(loaded_policy, Asked(found=asked.found, base=asked.base), quiet)
    return with_rule_changes(
        audit, loaded, at=asked.at, folder=asked.found.folder, named=wish.policy, proposed=proposed
    )


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

    return render(audit, current().format, layout=layout_for(wish))


def layout_for(wish: Wish) -> Layout | None:
    """Return how a report for people is laid out; None: nobody reads this one."""
    from imprint.cli.render.audit.layout import layout_of

    if current().format != "plain":
        return None
    return layout_of(sys.stdout, environment=os.environ, shows_all=wish.shows_all)
