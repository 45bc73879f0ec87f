"""The exchange: a TokenProof becomes a publish credential, or a refusal that explains itself.

Reads, one pure decision, one transaction: replay record, credential, pin and event stand or fall
together, so a refused exchange burns nothing (acceptance case G07) and twenty at once of the same
token leave one live credential (G03).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.refusals import Refusal
from imprint.registry.exchange.decision import Accepted, Judgement, judge
from imprint.registry.exchange.minting import PINNED_AT_ONCE, mint
from imprint.registry.exchange.records import keep_refusal
from imprint.registry.outcomes import Undone
from imprint.registry.recent import RefusedExchange

if TYPE_CHECKING:
    from imprint.npm.names import PackageName
    from imprint.registry.context import Registry
    from imprint.registry.exchange.decision import Asked
    from imprint.registry.exchange.minting import Minted


def exchange(registry: Registry, asked: Asked) -> Minted | Refusal:
    """Mint a credential, or say why not."""
    judgement, outcome = _attempt(registry, asked)
    if outcome is PINNED_AT_ONCE:
        # Now there are ids to compare with: the same run's next job matches them (case F12).
        judgement, outcome = _attempt(registry, asked)
    if isinstance(outcome, Refusal):
        with registry.database.writing() as connection:
            keep_refusal(registry, connection, asked, judgement, outcome)
    note_outcome(registry, asked.package, asked.address, outcome)
    return outcome


def check(registry: Registry, asked: Asked) -> Accepted | Refusal:
    """Decide the same without minting, burning or recording anything."""
    with registry.database.reading() as connection:
        return judge(registry, connection, asked).outcome


def note_outcome(registry: Registry, package: PackageName, address: str, outcome: object) -> None:
    """Remember a refusal for the token publish that may follow; forget it after a success."""
    if isinstance(outcome, Refusal):
        refused = RefusedExchange(code=outcome.code, message=outcome.message, at=registry.clock())
        registry.recent_refusals.note(str(package), address, refused)
    else:
        registry.recent_refusals.forget(str(package), address)


def _attempt(registry: Registry, asked: Asked) -> tuple[Judgement, Minted | Refusal]:
    """Judge, and mint what was accepted, in one transaction; a refusal leaves nothing of it."""
    judgement = Judgement(_UNDECIDED, None)
    try:
        with registry.database.writing() as connection:
            judgement = judge(registry, connection, asked)
            accepted = judgement.outcome
            if isinstance(accepted, Accepted):
                return judgement, mint(registry, connection, asked, accepted, judgement.package)
            return judgement, accepted
    except Undone as undone:
        return judgement, undone.refusal


_UNDECIDED = Refusal(code="internal-error", message="the exchange was not decided")
