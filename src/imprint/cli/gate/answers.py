"""What a gate answers about itself, as far as it is shown to people."""

from __future__ import annotations

import msgspec


class Upstream(msgspec.Struct, frozen=True):
    """A registry behind it."""

    url: str
    scopes: list[str] = []


class Acceptance(msgspec.Struct, frozen=True):
    """What somebody let through, for a while."""

    rule: str
    packages: list[str]
    reason: str
    by: str | None = None
    until: str | None = None
    is_over: bool = False


class Quarantined(msgspec.Struct, frozen=True):
    """A tarball that is refused by its digest, or vouched for."""

    integrity: str
    refuses: bool
    reason: str
    by: str | None = None
    until: str | None = None
    is_over: bool = False


class InForce(msgspec.Struct, frozen=True):
    """The policy in force."""

    preset: str
    origin: str
    digest: str
    mode: str
    undecided: str
    since: str
    enforce_from: str | None = None
    acceptances: list[Acceptance] = []
    quarantine: list[Quarantined] = []


class NotLoaded(msgspec.Struct, frozen=True):
    """Why a newer policy is not."""

    code: str
    message: str
    since: str


class Policy(msgspec.Struct, frozen=True):
    """Both."""

    in_force: InForce | None = None
    not_loaded: NotLoaded | None = None


class Packages(msgspec.Struct, frozen=True):
    """Packages in memory."""

    judged: int
    with_withheld_versions: int
    in_doubt: int


class Records(msgspec.Struct, frozen=True):
    """How much is kept of what was told and asked."""

    decisions: int
    withheld_versions: int
    inventory: int
    clients: int


class Status(msgspec.Struct, frozen=True):
    """How a gate is."""

    upstreams: list[Upstream]
    policy: Policy
    packages: Packages
    records: Records
    failures: list[str] = []


class Verdict(msgspec.Struct, frozen=True):
    """What becomes of a version."""

    version: str
    verdict: str
    effect: str
    codes: list[str] = []
    sentence: str = ""
    until: str | None = None
    name: str = ""


class Held(msgspec.Struct, frozen=True):
    """What is withheld now."""

    held: list[Verdict]
    more: int = 0


class Doubt(msgspec.Struct, frozen=True):
    """A package that was judged by less than there should be."""

    name: str
    doubt: str


class Doubts(msgspec.Struct, frozen=True):
    """All of them."""

    doubts: list[Doubt]
    more: int = 0


class Told(msgspec.Struct, frozen=True):
    """A decision that a client was told."""

    name: str
    version: str
    verdict: str
    effect: str
    codes: list[str]
    client_claimed: str
    channel: str
    last_told: str
    times: int


class Decisions(msgspec.Struct, frozen=True):
    """Some of them."""

    decisions: list[Told]


class Change(msgspec.Struct, frozen=True):
    """A version that another policy judges otherwise. None: it is plainly served."""

    name: str
    version: str
    now: Verdict | None = None
    then: Verdict | None = None


class TrialSummary(msgspec.Struct, frozen=True):
    """How much was tried."""

    packages: int
    versions: int
    changes: int
    not_judged: int


class Trial(msgspec.Struct, frozen=True):
    """What another policy would change."""

    summary: TrialSummary
    changes: list[Change]
    more: int = 0
    not_judged: list[str] = []


class Reason(msgspec.Struct, frozen=True):
    """One thing that speaks against a version."""

    code: str
    message: str
    hint: str | None = None
    fingerprint: str = ""
    before: str | None = None
    after: str | None = None


class Judged(msgspec.Struct, frozen=True):
    """What becomes of a version, and why."""

    version: str
    verdict: str
    effect: str
    reasons: list[Reason] = []
    until: str | None = None
    name: str = ""


class Given(msgspec.Struct, frozen=True):
    """What becomes of a version that was asked about; `until` in Unix seconds."""

    name: str
    version: str
    verdict: str
    effect: str
    reasons: list[Reason] = []
    until: float | None = None


class Verdicts(msgspec.Struct, frozen=True):
    """Those that were asked about."""

    packages: list[Given]


class OfPackage(msgspec.Struct, frozen=True):
    """All versions of a package that are not plainly served."""

    name: str
    versions: list[Judged]
