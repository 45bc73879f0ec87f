"""Talking to a registry: its answers as values, and its refusals as it meant them."""

from __future__ import annotations

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING

import msgspec

from imprint.publish.sending import Answer, origin_of, send
from imprint.refusals import Malformed, Mismatch, Refusal, Unavailable, quoted

if TYPE_CHECKING:
    from imprint.publishers.credentials import Secret

_MOST = 2000


class _Mismatch(msgspec.Struct, frozen=True):
    claim: str
    expected: str
    actual: str | None = None


class _Envelope(msgspec.Struct, frozen=True):
    """Ours, of which other registries send one or two members."""

    error: str | None = None
    message: str | None = None
    code: str | None = None
    hint: str | None = None
    mismatches: list[_Mismatch] = []


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryClient:
    """A registry by its URL, which ends with a slash."""

    url: str
    token: Secret | None = field(default=None, repr=False)
    one_time_password: str | None = field(default=None, repr=False)

    def call(
        self, method: str, path: str, *, body: bytes | None = None, bearer: Secret | None = None
    ) -> bytes | Refusal:
        """Return the body of a good answer, or the refusal that another one carries.

        `path` has no slash at its begin. Raises Unavailable where nothing was decided.
        """
        headers = {"npm-auth-type": "legacy"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        if self.one_time_password is not None:
            headers["npm-otp"] = self.one_time_password
        answer = send(
            method, self.url + path, bearer=bearer or self.token, headers=headers, body=body
        )
        if HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
            return answer.body
        return refusal_of(answer, url=self.url)


def refusal_of(answer: Answer, *, url: str) -> Refusal:
    """Return what the registry at `url` refused; raises Unavailable where it only failed."""
    envelope = _envelope(answer.body)
    text = envelope.message or envelope.error
    where = quoted(origin_of(url))
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        said = "" if text is None else f": {_shown(text)}"
        raise Unavailable(
            envelope.code or "registry-failed",
            f"{where} answered `{answer.status}`{said}",
            hint=None if envelope.hint is None else _shown(envelope.hint),
        )
    if HTTPStatus.MULTIPLE_CHOICES <= answer.status < HTTPStatus.BAD_REQUEST:
        raise Malformed(
            "registry-redirects",
            f"{where} redirects to {quoted(answer.headers.get('location', ''))}",
            hint="name the registry by its final address: tokens are not sent on",
        )
    return Refusal(
        code=envelope.code or f"status-{answer.status}",
        message=_shown(text) if text else f"{where} answered `{answer.status}` without a reason",
        hint=_hint(envelope, answer),
        mismatches=tuple(
            Mismatch(
                claim=_shown(m.claim),
                expected=_shown(m.expected),
                actual=None if m.actual is None else _shown(m.actual),
            )
            for m in envelope.mismatches
        ),
    )


def _envelope(body: bytes) -> _Envelope:
    try:
        return msgspec.json.decode(body, type=_Envelope)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _Envelope()


def _hint(envelope: _Envelope, answer: Answer) -> str | None:
    if envelope.hint is not None:
        return _shown(envelope.hint)
    if answer.status == HTTPStatus.UNAUTHORIZED:
        needs_code = "otp" in answer.headers.get("www-authenticate", "").lower()
        return "repeat it with `--otp CODE`" if needs_code else "`npm login` to this registry first"
    return None


def _shown(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text[:_MOST])
