"""Trust: every trust domain and every registry's keys that are believed. Not here: the files."""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import msgspec

from imprint.attestations.domains import TrustDomain
from imprint.refusals import Malformed
from imprint.upstream.trust.registry_labels import label_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from imprint.attestations.domains import RegistryKeySet
    from imprint.upstream.trust.documents import DomainDocument, KeysDocument

STAGING: Final = "staging"
EMBEDDED: Final = "embedded"


@dataclass(frozen=True, kw_only=True)
class KeptDomain:
    """A trust domain, and how it came here. Its root is read when it is asked for."""

    document: DomainDocument
    place: str
    """The file's path, or `embedded`."""

    @cached_property
    def domain(self) -> TrustDomain:
        """The domain as verifiers take it; raises Malformed that names the place."""
        # Chains take milliseconds, and what reads them takes longer to import: who has a verdict
        # in a cache needs the digest alone.
        from imprint.attestations.reading.trusted_roots import (  # noqa: PLC0415  (see above)
            read_trusted_root,
        )

        document = self.document
        with naming(self.place):
            root = read_trusted_root(document.raw_trusted_root)
        return TrustDomain(
            name=document.name,
            root=root,
            thresholds=document.thresholds,
            issuers=document.issuers,
            digest=document.digest,
        )


@dataclass(frozen=True, kw_only=True)
class KeptKeys:
    """A registry's keys, and how they came here. They are read when they are asked for."""

    document: KeysDocument
    place: str
    """The file's path, or `embedded`."""

    @cached_property
    def keys(self) -> RegistryKeySet:
        """The keys as verifiers take them; raises Malformed that names the place."""
        from imprint.attestations.reading.key_sets import (  # noqa: PLC0415  (see above)
            read_key_set,
        )

        with naming(self.place):
            return read_key_set(self.document.raw_keys)


class Trust(msgspec.Struct, frozen=True, kw_only=True):
    """What was kept, at the moment when it was loaded."""

    kept_domains: Mapping[str, KeptDomain]
    """By name, in the order in which they are asked."""
    kept_keys: Mapping[str, KeptKeys]
    """By label (`registry_labels`)."""

    @property
    def domains(self) -> tuple[TrustDomain, ...]:
        """All trust domains."""
        return tuple(kept.domain for kept in self.kept_domains.values())

    @property
    def believed(self) -> tuple[TrustDomain, ...]:
        """Those that may vouch for a release: all but sigstore's staging instance.

        That one is for trying things out: nobody promises that its keys are kept well.
        """
        return tuple(kept.domain for n, kept in self.kept_domains.items() if n != STAGING)

    @property
    def digest(self) -> str:
        """sha256, hex, over the digests of all that is in it: kept verdicts may name it."""
        parts = [f"domain {n} {kept.document.digest}" for n, kept in self.kept_domains.items()]
        parts += [f"keys {n} {kept.document.digest}" for n, kept in self.kept_keys.items()]
        parts.sort()
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    def domain(self, name: str) -> TrustDomain | None:
        """Return the trust domain of that name."""
        kept = self.kept_domains.get(name)
        return None if kept is None else kept.domain

    def keys_of(self, registry_url: str) -> RegistryKeySet | None:
        """Return the keys of the registry at that address; raises Malformed (`registry-url`)."""
        kept = self.kept_keys.get(label_of(registry_url))
        return None if kept is None else kept.keys


@contextmanager
def naming(place: str) -> Iterator[None]:
    """Let what is wrong inside a file be said with the file's name."""
    try:
        yield
    except Malformed as err:
        raise Malformed(
            err.code,
            f"`{place}` is not good: {err.message}",
            hint="renew it with `imprint trust-roots update`, or remove the file",
        ) from err
