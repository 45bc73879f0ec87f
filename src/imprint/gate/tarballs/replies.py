"""What is said of tarballs: headers of those that are sent, and why others are not. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from imprint.http.replies import notice_header, refusal_reply
from imprint.policy.decisions import Admitted, Undecided
from imprint.policy.model import Mode
from imprint.refusals import Refusal

if TYPE_CHECKING:
    from imprint.gate.model import Upstream, UpstreamDocument, VersionVerdict
    from imprint.gate.tarballs.downloads import WrongTarball
    from imprint.http.replies import Headers, Reply
    from imprint.npm.names import PackageName
    from imprint.storage.gate_tarballs import TarballDigest

DOUBT_HEADER: Final = b"imprint-doubt"
_SHA1_DOUBT: Final = "only the sha1 of this tarball is known"
_KEPT_SECONDS: Final = 300
"""How long others may keep it without asking again: what policy refuses later is asked for."""


def etag_of(digest: TarballDigest) -> str:
    """Return the entity tag: the bytes' digest, for the bytes never change."""
    return f'"{digest.algorithm}-{digest.hexadecimal[:64]}"'


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What is told with a tarball that is sent."""

    doubt: str = ""
    """Why it is judged by less than there should be."""
    notice: str = ""
    """What npm's clients are to show."""


def said_of(document: UpstreamDocument, verdict: VersionVerdict, *, mode: Mode | None) -> Said:
    """Return what is told with a version that is served all the same."""
    doubts = [document.doubt]
    if isinstance(verdict.decision, Undecided):
        doubts.append(verdict.sentence)
    warns = mode is Mode.WARN and not isinstance(verdict.decision, Admitted)
    return Said(
        doubt="; ".join(doubt for doubt in doubts if doubt),
        notice=verdict.sentence if warns else "",
    )


def tarball_headers(digest: TarballDigest, said: Said) -> Headers:
    """Return the headers of every answer that has the tarball or a part of it."""
    headers: Headers = (
        (b"content-type", b"application/octet-stream"),
        (b"etag", etag_of(digest).encode()),
        (b"accept-ranges", b"bytes"),
    )
    doubts = [said.doubt, _SHA1_DOUBT if digest.algorithm == "sha1" else ""]
    if doubt := "; ".join(filter(None, doubts)):
        headers += ((DOUBT_HEADER, notice_header(doubt)[1]),)
    if said.notice:
        # npm shows no notice of an answer that it may keep.
        return (*headers, (b"cache-control", b"no-store"), notice_header(said.notice))
    return (*headers, (b"cache-control", b"public, max-age=%d" % _KEPT_SECONDS))


def no_digest(package: PackageName, version: str, upstream: Upstream) -> Reply:
    """Return the 403 of a tarball that nobody could check."""
    return refusal_reply(
        Refusal(
            code="tarball-without-digest",
            message=f"`{package}@{version}` is not served: the upstream `{upstream.label}` states"
            " neither an integrity nor a shasum, so what it sends could be anything",
        ),
        403,
    )


def wrong_bytes(found: WrongTarball, upstream: Upstream) -> Reply:
    """Return the 403 of a tarball whose bytes are not those that its packument speaks of."""
    digest = found.wanted.digest
    return refusal_reply(
        Refusal(
            code="tarball-mismatch",
            message=f"what the upstream `{upstream.label}` sends for `{found.wanted.label}` is not"
            f" what its packument speaks of: {digest.algorithm} `{found.actual[:16]}...`,"
            f" expected `{digest.hexadecimal[:16]}...`",
            hint="do not install it from anywhere before its maintainers have explained it",
        ),
        403,
    )
