"""Whose run it is: ids decide, names are a label, and until ids are known the name has to do.

Architecture decisions 4, 5 and 11. Cases E06, E09-E11, F10, F11, F14, F21. What may be told to the
caller follows from what the token proves, and is decided here too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from imprint.identity.workload import Field, Missing, Provider
from imprint.publishers.comparisons import BrokenRule, broken, known
from imprint.publishers.forges import same_name
from imprint.publishers.publisher import PublisherState
from imprint.refusals import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.identity.workload import Workload
    from imprint.publishers.publisher import TrustedPublisher

NO_PUBLISHER = "no-publisher"
OWNER_CHANGED = "owner-changed"
IDENTITY_CHANGED = "identity-changed"
CLAIM_MISMATCH = "claim-mismatch"
ORIGIN_MISMATCH = "origin-mismatch"


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """What the token proves about the publisher's identity."""

    broken: tuple[BrokenRule, ...] = ()
    shows_identity: bool = False
    """`broken` may be told: the token proves enough of the identity."""
    shows_rules: bool = False
    """What the other rules expect may be told too."""


def judge_identity(publisher: TrustedPublisher, workload: Workload) -> Identity:
    """Judge ids, or the name while there are no ids, or the claims of a generic issuer."""
    if publisher.provider is Provider.GENERIC:
        return _judge_claims(publisher, workload)
    rules = publisher.rules
    if rules.repository_id is not None and rules.owner_id is not None:
        return _judge_ids(rules.repository_id, rules.owner_id, publisher, workload)
    if (rules.repository_id, rules.owner_id) == (None, None):
        return _judge_name(publisher, workload)
    # Half a pin is none, and no name may stand in for the other half.
    return Identity(broken=(_other(publisher, workload),))


def names_match(publisher: TrustedPublisher, workload: Workload) -> bool:
    """Return whether the run's repository bears the publisher's name. Case E06."""
    expected, actual = publisher.rules.repository, known(workload.repository)
    if expected is None or actual is None:
        return False
    return same_name(publisher.provider, expected, actual)


def _judge_ids(
    repository_id: str, owner_id: str, publisher: TrustedPublisher, workload: Workload
) -> Identity:
    same_repository = known(workload.repository_id) == repository_id
    same_owner = known(workload.owner_id) == owner_id
    if same_repository and same_owner:
        return Identity(
            broken=tuple(_judge_origin(publisher, workload)),
            shows_identity=True,
            shows_rules=True,
        )
    if same_repository:
        # Case E09: the repository was transferred. Its own id is proof enough to be told.
        changed = broken(
            OWNER_CHANGED,
            publisher.provider,
            "owner_id",
            expected=quoted(owner_id),
            actual=workload.owner_id,
            hint="the repository was transferred: add a trusted publisher with the new owner's id",
        )
        return Identity(broken=(changed,), shows_identity=True, shows_rules=True)
    if not names_match(publisher, workload):
        return Identity(broken=(_other(publisher, workload),))
    # Cases E10, F11: another repository bears the name. Told only where the account is the same, so
    # that whoever took over an abandoned name learns nothing.
    recreated = broken(
        IDENTITY_CHANGED,
        publisher.provider,
        "repository_id",
        expected=quoted(repository_id),
        actual=workload.repository_id,
        hint="the name belongs to another repository now: add a trusted publisher for the new one",
    )
    return Identity(broken=(recreated,), shows_identity=same_owner)


def _judge_origin(publisher: TrustedPublisher, workload: Workload) -> Iterator[BrokenRule]:
    """Refuse other code than the project's own, where the ids are the project's and not the code's.

    A fork's pull request runs at CircleCI in the project that it is made to, with that one's ids,
    and no claim names the event: only `vcs-origin` is the fork's. So it is no label there.
    """
    if publisher.provider is not Provider.CIRCLECI or names_match(publisher, workload):
        return
    yield broken(
        ORIGIN_MISMATCH,
        publisher.provider,
        "repository",
        expected=quoted(publisher.rules.repository or "its origin"),
        actual=workload.repository,
        hint="a fork's code never publishes; if the repository has a new name, revoke the publisher"
        " and add it again",
    )


def _judge_name(publisher: TrustedPublisher, workload: Workload) -> Identity:
    if publisher.state is not PublisherState.UNPINNED or not names_match(publisher, workload):
        return Identity(broken=(_other(publisher, workload),))
    missing: list[BrokenRule] = []
    for field in ("repository_id", "owner_id"):
        value: Field[str] = getattr(workload, field)
        if known(value) is None:
            pin = "an id to pin this publisher to"
            missing.append(
                broken(NO_PUBLISHER, publisher.provider, field, expected=pin, actual=value)
            )
    return Identity(broken=tuple(missing), shows_identity=True, shows_rules=True)


def _judge_claims(publisher: TrustedPublisher, workload: Workload) -> Identity:
    """Judge a generic issuer's claims, exact and all of them (architecture decision 7).

    No claim of an unknown issuer is known to be an id but `sub`: where a publisher names that one
    and it is equal, the differences may be told.
    """
    expected = publisher.rules.claims
    if not expected:
        return Identity(broken=(_other(publisher, workload),))
    claims = {} if isinstance(workload.claims, Missing) else workload.claims
    otherwise: Missing = workload.claims if isinstance(workload.claims, Missing) else Missing.ABSENT
    differing = tuple(
        broken(
            CLAIM_MISMATCH,
            publisher.provider,
            name,
            expected=quoted(value),
            actual=claims.get(name, otherwise),
        )
        for name, value in expected.items()
        if claims.get(name) != value
    )
    proven = "sub" in expected and claims.get("sub") == expected["sub"]
    return Identity(
        broken=differing,
        shows_identity=proven or not differing,
        shows_rules=proven or not differing,
    )


def _other(publisher: TrustedPublisher, workload: Workload) -> BrokenRule:
    return broken(
        NO_PUBLISHER,
        publisher.provider,
        "repository",
        expected=quoted(publisher.rules.repository or "its claims"),
        actual=workload.repository,
    )
