"""What is kept of an exchange, minted or refused: its row, its events, and who is told."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import msgspec

from imprint.publishers.comparisons import known
from imprint.publishers.matching import Matched, Refused
from imprint.publishers.replay import AlreadyUsed
from imprint.publishers.sentences import describe_publisher, describe_workload
from imprint.registry.mails import mails_to_owners
from imprint.storage import credentials, events
from imprint.storage.credentials import RecordedExchange
from imprint.storage.events import Event

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from imprint.publishers.credentials import PublishCredential
    from imprint.refusals import Refusal
    from imprint.registry.context import Registry
    from imprint.registry.exchange.decision import Asked, Judgement

log = logging.getLogger("imprint.registry")


def keep_minted(
    connection: Connection,
    asked: Asked,
    credential: PublishCredential,
    matched: Matched,
    *,
    now: float,
) -> None:
    """Record a minted credential, and a pin or a new name that came with it."""
    publisher = matched.publisher
    credentials.record_exchange(
        connection, _record(asked, outcome="minted", message="", now=now, publisher_id=publisher.id)
    )
    data: dict[str, object] = {
        "publisher.id": publisher.id,
        "credential.id": credential.id,
        "workload": describe_workload(asked.proof.workload),
        "stage_only": matched.stage_only,
        "unknown_claims": list(asked.proof.unknown_claims),
    }
    actor = f"publisher:{publisher.id}"
    events.record(connection, _event("exchange-minted", asked, actor=actor, data=data, now=now))
    for kind, happened in (
        ("publisher-pinned", matched.pin is not None),
        ("publisher-relabelled", matched.relabel is not None),
    ):
        if happened:
            about: dict[str, object] = {
                "publisher.id": publisher.id,
                "publisher": describe_publisher(publisher),
                "workload": describe_workload(asked.proof.workload),
            }
            mails = mails_to_owners(connection, asked.package, template=kind, data=about)
            events.record(connection, _event(kind, asked, actor=actor, data=about, now=now), mails)


def keep_refusal(
    registry: Registry,
    connection: Connection,
    asked: Asked,
    judgement: Judgement,
    refusal: Refusal,
) -> None:
    """Record a refusal with all that was compared; a suspicious repeat voids and is told.

    So many of one repository within an hour, and no more: whoever has one can have any number of
    proved tokens, and must not fill a database, or the owners' mail.
    """
    now = registry.clock()
    replay = judgement.replay
    is_suspicious = isinstance(replay, AlreadyUsed) and replay.is_suspicious
    if isinstance(replay, AlreadyUsed) and replay.void is not None:
        credentials.revoke(connection, replay.void, now=now)
    source = _source(asked, is_suspicious=is_suspicious)
    if not registry.refused_exchanges.allow(source, now=now):
        log.debug("exchange-refused-unrecorded", extra={"package.name": str(asked.package)})
        return
    compared: list[dict[str, object]] = []
    nearest: str | None = None
    if isinstance(judgement.verdict, Refused):
        nearest = None if judgement.verdict.nearest is None else judgement.verdict.nearest.id
        compared = [
            {
                "publisher.id": comparison.publisher.id,
                "broken": [rule.message for rule in comparison.broken],
            }
            for comparison in judgement.verdict.compared
        ]
    credentials.record_exchange(
        connection,
        _record(
            asked,
            outcome=refusal.code,
            message=refusal.message,
            now=now,
            compared=compared,
            publisher_id=nearest,
        ),
    )
    workload = describe_workload(asked.proof.workload)
    data: dict[str, object] = {"code": refusal.code, "workload": workload}
    events.record(connection, _event("exchange-refused", asked, actor=workload, data=data, now=now))
    if is_suspicious:
        mails = mails_to_owners(
            connection,
            asked.package,
            template="id-token-replayed",
            data=data,
            once_key=f"id-token-replayed:{asked.proof.claims_digest}",
        )
        event = _event("id-token-replayed", asked, actor=workload, data=data, now=now)
        events.record(connection, event, mails)


def _source(asked: Asked, *, is_suspicious: bool) -> str:
    """Name what a flood of refusals would come from: a repository, or one stolen token."""
    workload = asked.proof.workload
    if is_suspicious:
        return f"{workload.issuer} token {asked.proof.claims_digest}"
    subject = known(workload.repository_id) or (known(workload.claims) or {}).get("sub")
    return f"{workload.issuer} {subject or asked.address}"


def _record(
    asked: Asked,
    *,
    outcome: str,
    message: str,
    now: float,
    publisher_id: str | None,
    compared: list[dict[str, object]] | None = None,
) -> RecordedExchange:
    return RecordedExchange(
        package=str(asked.package),
        issuer=asked.proof.issuer.url,
        claims_digest=asked.proof.claims_digest,
        outcome=outcome,
        message=message,
        compared=msgspec.json.encode(compared or []).decode(),
        publisher_id=publisher_id,
        address=asked.address,
        user_agent=asked.user_agent,
        at=now,
    )


def _event(kind: str, asked: Asked, *, actor: str, data: dict[str, object], now: float) -> Event:
    return Event(
        kind=kind,
        package=str(asked.package),
        actor=actor,
        address=asked.address,
        at=now,
        data=data,
    )
