"""Gate: what the gate's parts are. Made once, at start-up (`server.gate`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable

    from imprint.gate.advisories.answering import GateAdvisories
    from imprint.gate.judging.judging import Judging
    from imprint.gate.judging.policies import Policies
    from imprint.gate.metrics import Metrics
    from imprint.gate.names import Standings
    from imprint.gate.packuments.serving import Packuments
    from imprint.gate.records import Records
    from imprint.gate.tarballs.serving import Tarballs
    from imprint.gate.upstream.documents import Documents
    from imprint.gate.upstream.keys import SigningKeys
    from imprint.gate.upstream.passing import Passing
    from imprint.gate.upstream.upstreams import Upstreams


class Gate(msgspec.Struct, frozen=True, kw_only=True):
    """The parts, each of which is used from the event loop alone."""

    public_url: str
    """Without a slash at its end; the addresses that are served begin with it."""
    upstreams: Upstreams
    standings: Standings
    documents: Documents
    policies: Policies
    judging: Judging
    packuments: Packuments
    tarballs: Tarballs
    advisories: GateAdvisories
    keys: SigningKeys
    passing: Passing
    records: Records
    metrics: Metrics
    clock: Callable[[], float]
    """Unix seconds."""
