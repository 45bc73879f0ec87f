"""`imprint doctor --registry URL`: whom a registry trusts for the packages of a repository."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from imprint.cli.session import say
from imprint.doctor.packages import package_names
from imprint.refusals import Malformed, Refusal, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.doctor.reading import Tree
    from imprint.npm.names import PackageName
    from imprint.publishers.publisher import TrustedPublisher
    from imprint.workflows.facts import Facts

MOST_PACKAGES = 200


def facts_of_registry(tree: Tree, repository: str | None, *, otp: str | None) -> Facts:
    """Return the trusted publishers of every package that the tree could publish."""
    from imprint.workflows.facts import Facts

    publishers: dict[str, tuple[TrustedPublisher, ...]] = {}
    for name in list(_packages(tree))[:MOST_PACKAGES]:
        found = _listed(name, otp)
        if found is not None:
            publishers[str(name)] = found
    facts = Facts(publishers=publishers or None)
    return _with_ids(facts, repository)


def _listed(name: PackageName, otp: str | None) -> tuple[TrustedPublisher, ...] | None:
    """Return whom the registry trusts for `name`; None where it does not say."""
    from imprint.cli.trust.places import client_for
    from imprint.publish.trust_client import list_trust, publisher_of
    from imprint.workflows.facts_reading import GITHUB_ISSUER

    client = client_for(name.scope, otp=otp)
    try:
        listed = list_trust(client, name)
    except Unavailable as err:
        say(f"warning: trusted publishers of {name} not known: {err.message}")
        return None
    if isinstance(listed, Refusal):
        say(f"warning: trusted publishers of {name} not known: {listed.message}")
        return None
    urls = {GITHUB_ISSUER.provider: GITHUB_ISSUER.url}
    read = [publisher_of(one, name, issuer_urls=urls) for one in listed]
    if None in read:
        say(f"warning: some of {name} are listed in a form unknown here: they were left out")
    return tuple(one for one in read if one is not None)


def _packages(tree: Tree) -> Iterator[PackageName]:
    from imprint.npm.names import PackageName

    for name in package_names(tree):
        try:
            yield PackageName.parse(name)
        except Malformed:
            continue  # no registry has it


def _with_ids(facts: Facts, repository: str | None) -> Facts:
    """Return the facts with the ids that the registry pinned for this very repository."""
    for publishers in (facts.publishers or {}).values():
        for one in publishers:
            named = one.rules.repository
            if repository is not None and named is not None and named == repository:
                return replace(
                    facts, repository_id=one.rules.repository_id, owner_id=one.rules.owner_id
                )
    return facts
