"""What is said of a version or package that is not handed out: codes, page, reply. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from imprint.gate.telling import by_address
from imprint.http.replies import refusal_reply
from imprint.policy.decisions import Admitted, Refused, Undecided
from imprint.refusals import Refusal, quoted

if TYPE_CHECKING:
    from imprint.gate.model import Upstream, VersionVerdict
    from imprint.http.replies import Reply
    from imprint.http.requests import Request
    from imprint.npm.names import PackageName


def codes_of(verdict: VersionVerdict) -> tuple[str, ...]:
    """Return why, worst first, each code once."""
    match verdict.decision:
        case Refused(reasons=reasons) | Undecided(reasons=reasons):
            return tuple(dict.fromkeys(reason.code for reason in reasons))
        case Admitted(warnings=warnings):
            return tuple(dict.fromkeys(reason.code for reason in warnings))


def page_of(public_url: str, name: str) -> str:
    """Return the address where the gate says why versions of `name` are not served."""
    return f"{public_url}/-/imprint/gate/packages/{quote(name, safe='@/')}"


def withheld(verdict: VersionVerdict, *, page: str) -> Reply:
    """Return the 403 of a version that is withheld: what, why, until when, where to read more."""
    match verdict.decision:
        case Admitted():
            raise AssertionError("what is admitted is not withheld")
        case Refused(reasons=reasons) | Undecided(reasons=reasons):
            worst = reasons[0]
    refusal = Refusal(
        code=worst.code, message=verdict.sentence, hint=f"{page} shows what was decided"
    )
    return refusal_reply(refusal, 403)


def no_version(package: PackageName, version: str, upstream: Upstream) -> Reply:
    """Return the 404 of a version that is not there."""
    refusal = Refusal(
        code="no-version",
        message=f"`{package}` has no version {quoted(version)} at the upstream `{upstream.label}`",
    )
    return refusal_reply(refusal, 404)


def no_package(package: PackageName, upstream: Upstream) -> Reply:
    """Return the 404 of a package that is not there."""
    message = f"there is no package `{package}` at the upstream `{upstream.label}`"
    return refusal_reply(Refusal(code="no-package", message=message), 404)


def no_document(package: PackageName, upstream: Upstream, why: str) -> Reply:
    """Return the 502 of a package of which nothing is known, for its packument could not be had.

    Clients try again by themselves, which is right here: the upstream may answer then.
    """
    return refusal_reply(
        Refusal(
            code="upstream-failed",
            message=_not_had(package, upstream, why),
            hint="try again later: nothing is said about the package",
        ),
        502,
    )


def held(
    package: PackageName, upstream: Upstream, why: str, *, request: Request, address: str
) -> Reply:
    """Return the 403 of a package that is known, and held while nobody confirms what is known.

    As all that is held (`gate_undecided`), not 502: npm and pnpm ask again for more than a minute
    then, and yarn says that the registry is down (docs/decisions/0039). `address` is where the same
    is answered.
    """
    message = _not_had(package, upstream, why)
    refusal = Refusal(
        code="packument-unconfirmed",
        message=message,
        hint="try again later: nothing is said about the package",
    )
    return by_address(refusal_reply(refusal, 403), request, address=address, sentence=message)


def _not_had(package: PackageName, upstream: Upstream, why: str) -> str:
    return (
        f"`{package}` could not be judged, for its packument could not be had from the upstream"
        f" `{upstream.label}`: {why}"
    )
