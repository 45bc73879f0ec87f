"""`GET /-/npm/v1/keys`: with which keys the signatures of this registry are verified."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from imprint.attestations.reading.key_sets import P256_SCHEME
from imprint.http.replies import json_reply
from imprint.npm.packument import iso
from imprint.refusals import Refusal
from imprint.registry.outcomes import Outcome, refused
from imprint.registry.signing.keys import keys_of

if TYPE_CHECKING:
    from imprint.registry.context import Registry
    from imprint.storage.signing_keys import StoredKey


def keys(registry: Registry) -> Outcome:
    """List every key, those that have yet to begin and those that ended too; never cached.

    404 says to every client that nothing is signed here, so it is the answer where signing is off
    alone. Without a key the list is empty, and unsigned versions stay unsigned to all of them.
    """
    if registry.signing is None:
        return refused(_NO_KEYS)
    with registry.database.reading() as connection:
        found = keys_of(connection).keys
    return Outcome(json_reply({"keys": [_shown(key) for key in found]}))


def _shown(key: StoredKey) -> dict[str, object]:
    return {
        "expires": None if key.valid_until is None else iso(key.valid_until),
        "keyid": key.key_id,
        "keytype": P256_SCHEME,
        "scheme": P256_SCHEME,
        "key": base64.b64encode(key.spki).decode(),
    }


_NO_KEYS = Refusal(code="no-route", message="this registry has no signing keys")
