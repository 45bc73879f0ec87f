"""ProviderTable: how a CI provider's claims, or a certificate's extensions, become a Workload.

Form only; data: `providers/`.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imprint.identity.workload import Provider


ANY = "(.+)"
"""The pattern of any text of one line."""


class Form(Enum):
    """What a claim's value must look like; anything else is malformed."""

    TEXT = "a text"
    NUMBER = "a decimal number"
    """An integer or its decimal text; some providers changed from one to the other."""
    OWNER_AND_NAME = "`owner/name`"
    PATH = "a path of two or more segments"
    FLAG = "`true` or `false`"
    """A boolean or its text: GitHub and GitLab send texts, CircleCI booleans."""
    WORD = "one of the provider's words"
    TEXTS = "a list of texts"


class ClaimField(msgspec.Struct, frozen=True, kw_only=True):
    """The claim that fills one field of a Workload."""

    claim: str
    form: Form = Form.TEXT
    words: Mapping[str, str] = msgspec.field(default_factory=dict)
    """For `Form.WORD`: the provider's word to ours. One that is not listed is malformed: a guess
    about a runner or a visibility could only let too much through."""


class CertificateField(msgspec.Struct, frozen=True, kw_only=True):
    """The extension of a signing certificate that fills one field of a Workload.

    Numbers are the N of 1.3.6.1.4.1.57264.1.N. What they hold: Fulcio, `docs/oid-info.md`; from
    which claims it makes them: Fulcio, `config/identity/config.yaml`.
    """

    extension: int
    pattern: str = ANY
    """Matches the whole text; its one group is the value in the spelling of the claim. A text of
    another form leaves the field unknown, which refuses wherever it is asked for."""
    words: Mapping[str, str] = msgspec.field(default_factory=dict)
    """The provider's word to ours, as for claims. One that is not listed: unknown."""
    witness: int | None = None
    """An extension written only by authorities that know this one too: where it is there and this
    one is not, the run has no such property. Without a witness nobody can tell: unknown."""
    below_issuer: bool = False
    """An address on the issuer's own instance, which may be mounted at a path: the pattern sees it
    without that path, as claims have it."""


class ProviderTable(msgspec.Struct, frozen=True, kw_only=True):
    """What an ID token of one CI provider says, and how it is handled.

    The same publication yields the same values from its token and from its certificate, wherever
    both know a field.

    A field in `fields` whose claim is not in the token is absent; one that is neither in `fields`
    nor in `absent` is unknown. An empty text, a blank one and null equal a missing claim.
    """

    provider: Provider
    fields: Mapping[str, ClaimField]
    """Name of a Workload field to its claim."""
    required: tuple[str, ...] = ()
    """Claims that every token has; without one of them nothing is decided."""
    stated: tuple[str, ...] = ()
    """Claims that every token names; some may be empty, not all."""
    equal: tuple[tuple[str, str], ...] = ()
    """Pairs of claims that must agree where both are stated."""
    absent: frozenset[str] = frozenset()
    """Workload fields that runs of this provider never have."""
    unchecked: frozenset[str] = frozenset()
    """Claims that are known and fill nothing."""
    unchecked_prefixes: tuple[str, ...] = ()
    keeps_claims: bool = False
    """True: every scalar claim is kept as text, for rules on named claims."""
    certificate: Mapping[str, CertificateField] = msgspec.field(default_factory=dict)
    """Name of a Workload field to its extension; unknown where it is not listed."""
    legacy_certificate: Mapping[str, CertificateField] = msgspec.field(default_factory=dict)
    """The same for what only the first six extensions say: certificates before 2023-04."""
    certificate_ids: tuple[str, ...] = ("repository_id", "owner_id")
    """Fields without which a certificate names a run by names alone."""
    algorithms: tuple[str, ...] = ("RS256",)
    """JOSE algorithms of a newly registered issuer."""
    token_per_request: bool = True
    """False: one static token for a whole job, so it may be exchanged once for each package."""
    token_id_required: bool = True
    """True: every token has a `jti`."""
