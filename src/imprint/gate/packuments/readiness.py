"""What is ready of one packument: its bodies, what they are without, and for how long they serve.

Entity tags: where nothing is removed it is the upstream's own document, and so is its tag; in any
other form and encoding a mark is added to it. Where something is removed, the tag is of document,
policy, and what is left out (facts/wire.md §2.8).
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

from imprint.gate.packuments.notices import withheld_notice
from imprint.gate.telling import shows_tags
from imprint.http.encodings import Encoding, encoding_for
from imprint.http.ready import Asking, Form, ReadyBody
from imprint.http.replies import notice_header

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imprint.gate.model import JudgedDocument, UpstreamDocument, VersionVerdict
    from imprint.http.replies import Headers
    from imprint.http.requests import Request

Shape: TypeAlias = tuple[Form, Encoding, bool]
"""A representation in an encoding, and whether its tags say why versions are withheld."""
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
    bodies: dict[Shape, ReadyBody] = field(default_factory=dict, repr=False)
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
                by_client=bool(judged.withheld),
            ),
        )

    @property
    def is_empty(self) -> bool:
        """Whether every version is withheld, and there is one."""
        history = self.document.history
        if len(self.withheld) < max(len(history.moments), 1):
            return False
        return self.withheld.issuperset((*history.moments, *history.unreadable))

    def shape(self, asking: Asking) -> Shape:
        """Return which of its bodies is asked for."""
        tells = bool(self.withheld) and shows_tags(asking.client)
        return asking.form, encoding_for(asking.encoding), tells

    def add(self, shape: Shape, data: bytes) -> ReadyBody:
        """Have a body ready; returns it with its headers."""
        form, encoding, tells = shape
        body = self.bodies[shape] = ReadyBody.of(
            form,
            data,
            etag=self._telling_etag(data) if tells else self._etag(form, encoding),
            common=self.common,
            encoding=encoding,
        )
        self.size_bytes += len(data)
        return body

    def take_bodies_of(self, other: ReadyDocument) -> None:
        """Have ready what `other` has, of the same mark; under headers of its own.

        But for what tells: it may say something else by now.
        """
        taken = {shape: body for shape, body in other.bodies.items() if not shape[2]}
        if other.common == self.common:
            self.bodies = taken
            self.size_bytes = sum(len(body.reply.body["body"]) for body in taken.values())
            return
        for shape, body in taken.items():
            self.add(shape, body.reply.body["body"])

    def _telling_etag(self, data: bytes) -> bytes:
        return b'"%s-%s"' % (self.mark, hashlib.sha256(data).hexdigest()[:32].encode())

    def _etag(self, form: Form, encoding: Encoding) -> bytes:
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
        client=header("user-agent"),
    )


def _common(doubt: str, notice: str | None, *, by_client: bool) -> Headers:
    vary = b"accept, accept-encoding" + (b", user-agent" if by_client else b"")
    headers: Headers = ((b"vary", vary),)
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
