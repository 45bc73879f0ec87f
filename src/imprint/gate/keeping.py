"""Keeping upstreams' packuments: some in memory, all on disk, each with its projection."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from imprint.gate.model import UpstreamDocument
from imprint.history.projection import PackumentHistory, encode, project
from imprint.refusals import Malformed
from imprint.storage import gate_documents
from imprint.storage.gate_documents import KeptDocument

if TYPE_CHECKING:
    from imprint.gate.model import Upstream
    from imprint.storage.gate_index import GateIndex
    from imprint.upstream.documents import Document

Key: TypeAlias = tuple[str, str]
"""An upstream's address, and a package's name."""


def read_kept(
    index: GateIndex, key: Key, upstream: Upstream, *, now: float
) -> UpstreamDocument | None:
    """Return what is kept of a package, ready to be judged; None: nothing that can be."""
    kept = gate_documents.get(index, *key, now=now)
    if kept is None:
        return None
    try:
        history = PackumentHistory(kept.projection)
    except Malformed:
        # Of another version of imprint: the document itself is as good as it was.
        try:
            history = PackumentHistory.of(project(kept.body, key[1]))
        except Malformed:
            return None
    return UpstreamDocument(
        name=key[1],
        upstream=upstream,
        body=kept.body,
        digest=kept.digest,
        etag=kept.etag,
        last_modified=kept.last_modified,
        confirmed_at=kept.confirmed_at,
        history=history,
    )


def keep(
    index: GateIndex,
    answer: Document,
    key: Key,
    upstream: Upstream,
    known: UpstreamDocument | None,
    *,
    now: float,
) -> UpstreamDocument:
    """Read what came and keep it; raises Malformed where it is no packument of that name."""
    digest = hashlib.sha256(answer.body).hexdigest()
    etag, last_modified = answer.validators.etag, answer.validators.last_modified
    if known is not None and known.digest == digest:
        document = replace(
            known, etag=etag, last_modified=last_modified, confirmed_at=now, doubt=None
        )
        confirm(index, key, document)
        return document
    projection = encode(project(answer.body, key[1]))
    kept = KeptDocument(
        body=answer.body,
        digest=digest,
        etag=etag,
        last_modified=last_modified,
        confirmed_at=now,
        projection=projection,
    )
    gate_documents.put(index, *key, kept)
    return UpstreamDocument(
        name=key[1],
        upstream=upstream,
        body=answer.body,
        digest=digest,
        etag=etag,
        last_modified=last_modified,
        confirmed_at=now,
        history=PackumentHistory(projection),
    )


def confirm(index: GateIndex, key: Key, document: UpstreamDocument) -> None:
    """Keep that a document, which is there, was confirmed."""
    gate_documents.confirm(
        index,
        *key,
        digest=document.digest,
        etag=document.etag,
        last_modified=document.last_modified,
        confirmed_at=document.confirmed_at,
    )


class HeldDocuments:
    """Documents in memory, so many bytes of them and no more; the last one always."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._documents: OrderedDict[Key, UpstreamDocument] = OrderedDict()
        self.size_bytes = 0

    def get(self, key: Key) -> UpstreamDocument | None:
        """Return a document, which was used just now."""
        document = self._documents.get(key)
        if document is not None:
            self._documents.move_to_end(key)
        return document

    def put(self, key: Key, document: UpstreamDocument) -> None:
        """Hold a document in place of an earlier one."""
        self.drop(key)
        self._documents[key] = document
        self.size_bytes += len(document.body)
        while self.size_bytes > self._most_bytes and len(self._documents) > 1:
            _, oldest = self._documents.popitem(last=False)
            self.size_bytes -= len(oldest.body)

    def drop(self, key: Key) -> None:
        """Hold it no more."""
        document = self._documents.pop(key, None)
        if document is not None:
            self.size_bytes -= len(document.body)
