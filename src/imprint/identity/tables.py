"""ProviderTable: how one CI provider's claims become a Workload. Form only; data: `providers/`."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imprint.identity.workload import Provider


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


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimField:
    """The claim that fills one field of a Workload."""

    claim: str
    form: Form = Form.TEXT
    words: Mapping[str, str] = field(default_factory=dict)
    """For `Form.WORD`: the provider's word to ours. One that is not listed is malformed: a guess
    about a runner or a visibility could only let too much through."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderTable:
    """What an ID token of one CI provider says, and how it is handled.

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
    algorithms: tuple[str, ...] = ("RS256",)
    """JOSE algorithms of a newly registered issuer."""
    token_per_request: bool = True
    """False: one static token for a whole job, so it may be exchanged once for each package."""
    token_id_required: bool = True
    """True: every token has a `jti`."""
