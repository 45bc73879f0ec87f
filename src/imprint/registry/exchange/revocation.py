"""`DELETE /-/imprint/v1/credential`: a job gives its publish credential back when it is done.

Whether a credential was ever given is not told: a well-formed one that nobody knows is answered
like one that was revoked a moment ago (acceptance case H15).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.http.replies import empty_reply
from imprint.publishers.credentials import SecretKind, SecretText, hash_of
from imprint.publishers.sentences import describe_workload
from imprint.refusals import Refusal
from imprint.registry.authority.bearers import NoBearer, WrongBearer, bearer_of, explain
from imprint.registry.outcomes import Outcome, refused
from imprint.storage import credentials, events
from imprint.storage.events import Event

if TYPE_CHECKING:
    from imprint.http.requests import Request
    from imprint.registry.context import Registry


def revoke_credential(registry: Registry, request: Request) -> Outcome:
    """Revoke the credential that `request` carries; 204, also again and for one nobody knows."""
    bearer = bearer_of(request.header("authorization"))
    match bearer:
        case NoBearer():
            return refused(_NO_CREDENTIAL)
        case WrongBearer():
            return refused(explain(bearer))
        case SecretText(kind=SecretKind.TOKEN):
            return refused(_A_TOKEN)
        case SecretText(secret=secret):
            _revoke(registry, request, hash_of(secret))
            return Outcome(empty_reply())


def _revoke(registry: Registry, request: Request, token_hash: str) -> None:
    now = registry.clock()
    with registry.database.writing() as connection:
        credential = credentials.find(connection, token_hash)
        if credential is None or not credentials.revoke(connection, credential.id, now=now):
            return
        event = Event(
            kind="credential-revoked",
            package=str(credential.package),
            actor=describe_workload(credential.workload),
            address=request.address,
            at=now,
            data={"credential.id": credential.id, "publisher.id": credential.publisher_id},
        )
        events.record(connection, event)


_NO_CREDENTIAL = Refusal(
    code="not-authenticated",
    message="there is no credential to revoke: the request has none",
    hint="send the credential itself as `Authorization: Bearer …`",
)
_A_TOKEN = Refusal(
    code="not-a-credential",
    message="this is a long-lived token, and only publish credentials are revoked here",
    hint="`npm token revoke` revokes a token, `npm logout` the one of a login",
)
