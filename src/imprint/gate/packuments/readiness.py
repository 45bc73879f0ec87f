"""What is ready of one packument: its bodies, what they are without, and for how long they serve.

Entity tags: where nothing is removed it is the upstream's own document, and so is its tag; in any
other form and encoding a mark is added to it. Where something is removed, the tag is of document,
policy, and what is left out (facts/wire.md §2.8).
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from imprint.gate.packuments.notices import withheld_notice
from imprint.http.encodings import Encoding
from imprint.http.ready import Asking, Form, ReadyBody
from imprint.http.replies import notice_header

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imprint.gate.model import JudgedDocument, UpstreamDocument, VersionVerdict
    from imprint.http.ready import Variant
    from imprint.http.replies import Headers
    from imprint.http.requests import Request

RENDERING: Final = "1"
"""Goes up with every change of what a document is rendered to: clients keep what has its tag."""
GZIP_LEVEL: Final = 2
_ETAG: Final = re.compile(r'(?:W/)?"[!#-~]*"')
_MARK_DIGITS: Final = 12


@dataclass(slots=True, kw_only=True)
class ReadyDocument:
    """One packument as it is served. Times are Unix seconds."""

    document: UpstreamDocument
    policy_digest: str
    withheld: frozenset[str]
    verdicts: Mapping[str, VersionVerdict] = field(repr=False)
    """Of all that is not plainly served."""
    doubt: str
    """Why it may be judged by less than there should be, or not be the current one; empty: no."""
    mark: bytes
    """Another one for everything that makes another body."""
    etag: str
    """The upstream's, where it is served with nothing removed; else empty."""
    looked_at: float
    good_until: float
    common: Headers
    """What a 304 is sent with too, but for its entity tag."""
    bodies: dict[Variant, ReadyBody] = field(default_factory=dict, repr=False)
    size_bytes: int = 0

    @classmethod
    def of(
        cls,
        document: UpstreamDocument,
        judged: JudgedDocument,
        *,
        base_url: str,
        looked_at: float,
        good_until: float,
    ) -> ReadyDocument:
        """Return a document so judged, with no body yet."""
        doubt = "; ".join(why for why in (document.doubt, judged.doubt) if why)
        parts = [RENDERING, document.digest, base_url]
        if judged.withheld:
            parts += [judged.policy_digest, *sorted(judged.withheld)]
        is_plain = _ETAG.fullmatch(document.etag) is not None and not judged.withheld
        return cls(
            document=document,
            policy_digest=judged.policy_digest,
            withheld=judged.withheld,
            verdicts=judged.verdicts,
            doubt=doubt,
            mark=_digest(parts, document.etag if is_plain else ""),
            etag=document.etag if is_plain else "",
            looked_at=looked_at,
            good_until=good_until,
            common=_common(
                doubt,
                withheld_notice(
                    document.history.dist_tags, withheld=judged.withheld, verdicts=judged.verdicts
                ),
            ),
        )

    def add(self, variant: Variant, data: bytes) -> ReadyBody:
        """Have a body ready; returns it with its headers."""
        form, encoding = variant
        body = self.bodies[variant] = ReadyBody.of(
            form,
            data,
            etag=self._etag(variant),
            common=self.common,
            encoding=encoding,
        )
        self.size_bytes += len(data)
        return body

    def take_bodies_of(self, other: ReadyDocument) -> None:
        """Have ready what `other` has, of the same mark; under headers of its own."""
        if other.common == self.common:
            self.bodies, self.size_bytes = other.bodies, other.size_bytes
            return
        for variant, body in other.bodies.items():
            self.add(variant, body.reply.body["body"])

    def _etag(self, variant: Variant) -> bytes:
        form, encoding = variant
        if not self.etag:
            return b'"%s-%s-%s"' % (self.mark, form.value.encode(), encoding.encode())
        if form is Form.FULL and encoding is Encoding.IDENTITY:
            return self.etag.encode()
        mark = self.mark[:_MARK_DIGITS].decode()
        return f'{self.etag[:-1]}-{form.value}-{encoding}-{mark}"'.encode()


def asking_of(request: Request) -> Asking:
    """Return what a request asks for of a packument."""

    def header(name: str) -> bytes:
        return (request.header(name) or "").encode("latin-1", "replace")

    return Asking(
        accept=header("accept"),
        encoding=header("accept-encoding"),
        match=header("if-none-match"),
    )


def _common(doubt: str, notice: str | None) -> Headers:
    headers: Headers = ((b"vary", b"accept, accept-encoding"),)
    if notice is None:
        # What policy takes back is to be seen by the next install.
        headers += ((b"cache-control", b"public, max-age=0, must-revalidate"),)
    else:
        # npm shows no notice of an answer that it may keep (make-fetch-happen marks it as cached).
        headers += ((b"cache-control", b"no-store"), notice_header(notice))
    return (*headers, (b"imprint-doubt", notice_header(doubt)[1])) if doubt else headers


def _digest(parts: list[str], etag: str) -> bytes:
    digest = hashlib.sha256()
    for part in (*parts, etag):
        text = part.encode()
        digest.update(b"%d:%b," % (len(text), text))
    return digest.hexdigest()[:32].encode()
