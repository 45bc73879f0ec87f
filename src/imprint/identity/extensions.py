"""Extensions of a signing certificate → Workload, by the provider's table.

Not here: whether the certificate is to be believed, and how much it says (`attestations/`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar

from imprint.identity.claim_values import is_missing
from imprint.identity.claims import table_of
from imprint.identity.tables import ANY
from imprint.identity.workload import (
    ABSENT,
    UNKNOWN,
    Field,
    Missing,
    Provider,
    RefType,
    Runner,
    Visibility,
    Workload,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from enum import StrEnum

    from imprint.identity.tables import CertificateField, ProviderTable

Word = TypeVar("Word", bound="StrEnum")


def read_extensions(
    extensions: Mapping[int, str], *, issuer_url: str, provider: Provider
) -> Workload:
    """Return the Workload that a certificate's extensions state, N to text.

    Total: what is missing or has another form is unknown, never a reason to stop. Where today's
    extensions leave a field unknown the first six are asked.
    """
    reader = _ExtensionReader(extensions, table_of(provider), issuer_url)
    return Workload(
        provider=provider,
        issuer=issuer_url,
        repository=reader.text("repository"),
        repository_id=reader.text("repository_id"),
        owner=reader.text("owner"),
        owner_id=reader.text("owner_id"),
        caller_workflow_ref=reader.text("caller_workflow_ref"),
        caller_workflow_sha=reader.text("caller_workflow_sha"),
        called_workflow_ref=reader.text("called_workflow_ref"),
        called_workflow_sha=reader.text("called_workflow_sha"),
        ref=reader.text("ref"),
        ref_type=reader.word("ref_type", RefType),
        # No certificate says whether the ref was protected: only who saw the ID token knows.
        ref_protected=UNKNOWN,
        environment=reader.text("environment"),
        event=reader.text("event"),
        runner=reader.word("runner", Runner),
        visibility=reader.word("visibility", Visibility),
        commit=reader.text("commit"),
        run_id=reader.text("run_id"),
        run_attempt=reader.text("run_attempt"),
        job_id=reader.text("job_id"),
        actor=UNKNOWN,
        ssh_rerun=reader.flag("ssh_rerun"),
        context_ids=UNKNOWN,
        claims=UNKNOWN,
    )


class _ExtensionReader:
    """Reads single fields of a Workload out of one certificate's extensions."""

    __slots__ = ("_extensions", "_mount", "_table")

    def __init__(
        self, extensions: Mapping[int, str], table: ProviderTable, issuer_url: str
    ) -> None:
        self._extensions = extensions
        self._mount = issuer_url.partition("//")[2].partition("/")[2].rstrip("/")
        self._table = table

    def text(self, name: str) -> Field[str]:
        if name in self._table.absent:
            return ABSENT
        entry = self._table.certificate.get(name)
        value = UNKNOWN if entry is None else self._stated(entry)
        if value is UNKNOWN:
            entry = self._table.legacy_certificate.get(name)
            value = UNKNOWN if entry is None else self._stated(entry)
        return value

    def word(self, name: str, words: type[Word]) -> Field[Word]:
        value = self.text(name)
        return value if isinstance(value, Missing) else words(value)

    def flag(self, name: str) -> Field[bool]:
        value = self.text(name)
        return value if isinstance(value, Missing) else value == "true"

    def _stated(self, entry: CertificateField) -> Field[str]:
        text = self._extensions.get(entry.extension)
        if text is None or is_missing(text):
            return ABSENT if entry.witness in self._extensions else UNKNOWN
        if entry.below_issuer and self._mount:
            text = re.sub(rf"\A(https://[^/]+/){re.escape(self._mount)}/", r"\1", text)
        value = text
        if entry.pattern != ANY or "\n" in text:
            found = re.fullmatch(entry.pattern, text)
            if found is None or is_missing(found[1]):
                return UNKNOWN
            value = found[1]
        return entry.words.get(value, UNKNOWN) if entry.words else value
