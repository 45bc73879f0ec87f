"""What each other rule says of a subject: events, quarantine, scopes, age, flaws, licences."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from imprint.history.axes import Approval, Auth, Origin, Signature
from imprint.history.events import EventId
from imprint.npm.advisories.model import AdvisorySeverity
from imprint.npm.integrity import parse_sri
from imprint.policy.codes import BROKEN, RuleCode
from imprint.policy.model import Weight
from imprint.policy.objections import Objection, known_by, weigh
from imprint.refusals import Malformed, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from imprint.history.events import DriftEvent
    from imprint.npm.advisories.model import Advisory
    from imprint.policy.model import Policy, Quarantine, ScopeRule
    from imprint.policy.subjects import Subject

_SEVERITIES = (
    AdvisorySeverity.LOW,
    AdvisorySeverity.MODERATE,
    AdvisorySeverity.HIGH,
    AdvisorySeverity.CRITICAL,
)
_UNREADABLE = datetime.max.replace(tzinfo=UTC).timestamp()


def event_objections(policy: Policy, subject: Subject) -> Iterator[Objection]:
    """Yield what the events of a subject come to; what is broken blocks, whatever rules say."""
    for event in subject.events:
        # Age is judged here, by the policy's cooldown and its exceptions.
        if event.id is not EventId.RELEASE_TOO_YOUNG:
            yield _event(policy, subject, event)
    said = {event.id for event in subject.events}
    if subject.axes.signature in (Signature.INVALID, Signature.EXPIRED_KEY) and not said & BROKEN:
        yield _broken(subject, EventId.SIGNATURE_INVALID, "registry's signature is not valid")
    if subject.axes.origin is Origin.INVALID and not said & BROKEN:
        yield _broken(subject, EventId.ATTESTATION_INVALID, "provenance is not valid")


def quarantine_objections(policy: Policy, subject: Subject) -> Iterator[Objection]:
    """Yield that the very tarball is quarantined."""
    for one in policy.quarantine:
        if one.is_refused and subject.integrity and _names(one, subject.integrity):
            yield Objection(
                code=RuleCode.QUARANTINED,
                message=f"tarball is quarantined by {one.where}: {quoted(one.why)}",
                weight=Weight.BLOCK,
                fingerprint=known_by(subject, RuleCode.QUARANTINED, one.integrity),
            )
            return


def vouches_for(one: Quarantine, subject: Subject) -> bool:
    """Return whether somebody vouched for the subject's very bytes, by every sha512 it states."""
    if subject.integrity is None:
        return False
    try:
        stated = parse_sri(subject.integrity)
    except Malformed:
        return False  # what cannot be read could be any bytes
    # A client may take any of them, and who vouches has to say a sha512.
    meant = {each for each in stated if each[0] == "sha512"}
    return bool(meant) and meant <= _hashes(one.integrity)


def quarantine_of(policy: Policy, integrities: Iterable[str]) -> Quarantine | None:
    """Return the first quarantine that refuses a tarball with one of these digests (SRI texts).

    For who has the tarball in hand, and refuses it whatever else is known of it.
    """
    known = tuple(integrities)
    for one in policy.quarantine:
        if one.is_refused and any(_names(one, integrity) for integrity in known):
            return one
    return None


def _names(one: Quarantine, integrity: str) -> bool:
    return not _hashes(one.integrity).isdisjoint(_hashes(integrity))


def scope_objections(policy: Policy, subject: Subject) -> Iterator[Objection]:
    """Yield that a name comes from elsewhere than its registry, or anything from none at all."""
    for rule in scopes_of(policy, subject):
        if rule.registry is None:
            continue
        is_elsewhere = _address(subject.registry) != _address(rule.registry)
        if is_elsewhere or not subject.is_from_registry:
            code = RuleCode.SCOPE_REGISTRY
            actual = subject.registry if subject.is_from_registry else "no registry"
            yield Objection(
                code=code,
                message=f"comes from {quoted(actual)}, not from {quoted(rule.registry)}"
                f" as {rule.where} asks",
                weight=weigh(policy, code, Weight.BLOCK),
                fingerprint=known_by(subject, code, _address(actual)),
                before=rule.registry,
                after=actual,
            )
    if not subject.is_from_registry:
        code = RuleCode.NOT_FROM_REGISTRY
        yield Objection(
            code=code,
            message="comes from no registry: nothing tells who published it",
            weight=weigh(policy, code, Weight.BLOCK),
            # Of another address, or another commit, nobody has agreed to anything.
            fingerprint=known_by(subject, code, subject.address or subject.version),
            after=subject.address,
        )


def scopes_of(policy: Policy, subject: Subject) -> Iterator[ScopeRule]:
    """Yield the `[[scope]]` rules that the subject's name is one of."""
    for rule in policy.scopes:
        if any(pattern.matches(subject.name, subject.version) for pattern in rule.names):
            yield rule


def is_own(policy: Policy, subject: Subject) -> bool:
    """Return whether the name is the project's own."""
    return any(rule.is_own for rule in scopes_of(policy, subject))


def cooldown_end(policy: Policy, subject: Subject) -> float | None:
    """Return when a release has waited long enough; None: it need not, or nobody knows its age."""
    if (
        policy.cooldown_seconds <= 0
        or not subject.is_from_registry
        or subject.published is None
        or subject.fixes_advisory_of is not None
        or is_own(policy, subject)
    ):
        return None
    return subject.published + policy.cooldown_seconds


def cooldown_objections(policy: Policy, subject: Subject, now: float) -> Iterator[Objection]:
    """Yield that a release is too young: it is held until its time, and released by itself."""
    until = cooldown_end(policy, subject)
    if until is None or now >= until:
        return
    code = EventId.RELEASE_TOO_YOUNG
    event = next((one for one in subject.events if one.id is code and one.fingerprint), None)
    yield Objection(
        code=code,
        message=f"published {_age(now - (subject.published or now))} ago:"
        f" releases wait {_age(policy.cooldown_seconds)}",
        weight=weigh(policy, code, Weight.BLOCK),
        fingerprint=event.fingerprint if event else known_by(subject, code, subject.version),
        release=f"waiting until {_moment(until)}",
        until=until,
    )


def advisory_objections(policy: Policy, subject: Subject) -> Iterator[Objection]:
    """Yield the known flaws: malware blocks always, others from the policy's severity on."""
    for advisory in subject.advisories:
        code = RuleCode.MALWARE if advisory.is_malware else RuleCode.ADVISORY
        fixed = f", fixed in {quoted(' '.join(advisory.fixed))}" if advisory.fixed else ""
        weight = _advisory_weight(policy, advisory)
        yield Objection(
            code=code,
            message=f"{quoted(advisory.id)} ({advisory.severity}): {quoted(advisory.title)}{fixed}",
            weight=weigh(policy, code, weight),
            fingerprint=known_by(subject, code, advisory.id),
            hint=advisory.url,
            advisories=frozenset((advisory.id, *advisory.aliases)),
        )


def license_objections(policy: Policy, subject: Subject) -> Iterator[Objection]:
    """Yield that a licence is not allowed, or that nobody can tell: each layer's own rules."""
    asking = [rules for rules in policy.licenses if rules.is_asked]
    if not asking:
        return
    # Few policies ask of licences, so that its imports are not for all.
    from imprint.policy import licenses  # noqa: PLC0415  (see above)

    for rules in asking:
        judged = licenses.judge_license(subject.license, allow=rules.allow, deny=rules.deny)
        match judged:
            case licenses.LicenseAllowed():
                continue
            case licenses.LicenseDenied():
                code, weight = RuleCode.LICENSE_DENIED, Weight.BLOCK
            case licenses.LicenseUnknown():
                code, weight = RuleCode.LICENSE_UNKNOWN, rules.unknown
        yield Objection(
            code=code,
            message=judged.message,
            weight=weight if code is RuleCode.LICENSE_UNKNOWN else weigh(policy, code, weight),
            fingerprint=known_by(subject, code, subject.license or ""),
            after=subject.license,
        )


def lacking_objections(policy: Policy, subject: Subject) -> Iterator[Objection]:
    """Yield what could not be had, as far as the policy wants to be told of it.

    What a registry has for no version is said once by the audit; but where nothing at all tells of
    a version how it was published, no downgrade can be seen, and nothing is decided.
    """
    if is_own(policy, subject):
        return
    is_blind = False
    for one in subject.lacking:
        weight = policy.unknown.get(one.axis, Weight.WARN)
        if weight is Weight.NONE or (weight is Weight.WARN and one.is_of_registry):
            continue
        is_blind = is_blind or weight is Weight.BLOCK
        yield _lacking(subject, one.axis, f"{one.axis} is not known: {one.why}", weight)
    if (weight := _untimed(policy, subject)) is not Weight.NONE:
        message = "when it was published is not known: it may be younger than releases have to be"
        yield _lacking(subject, "time", message, weight)
    allowed = all(policy.unknown.get(axis) is Weight.NONE for axis in ("auth", "origin"))
    if policy.needs_history and not is_blind and not allowed and _is_unseen(subject):
        why = next((one.why for one in subject.lacking if one.axis in ("auth", "origin")), None)
        message = "neither its credential nor its origin is known: no downgrade would be seen"
        yield _lacking(subject, "history", message + (f" ({why})" if why else ""), Weight.BLOCK)


def _untimed(policy: Policy, subject: Subject) -> Weight:
    """Return what a release comes to whose cooldown cannot be told.

    A registry that tells no times would let everything pass its cooldown: a mirror that strips them
    is then no way round it. One version without its own is an oddity of old packages.
    """
    lacking = {one.axis: one for one in subject.lacking}
    if (
        subject.published is not None
        or policy.cooldown_seconds <= 0
        or not subject.is_from_registry
        or subject.fixes_advisory_of is not None
        or "packument" in lacking
    ):
        return Weight.NONE
    weight = policy.unknown.get("time", Weight.WARN)
    is_everywhere = "time" in lacking and lacking["time"].is_of_registry
    return Weight.BLOCK if weight is Weight.WARN and is_everywhere else weight


def _is_unseen(subject: Subject) -> bool:
    axes = subject.axes
    return (
        subject.is_from_registry
        and axes.auth is Auth.UNKNOWN
        and axes.approval is not Approval.STAGED
        and (axes.origin is Origin.UNKNOWN or _is_hidden(subject))
    )


def _is_hidden(subject: Subject) -> bool:
    """Return whether provenance is claimed by a registry that serves none to look at."""
    return subject.axes.origin is Origin.PRESENT and any(
        one.axis == "origin" and one.is_of_registry for one in subject.lacking
    )


def _lacking(subject: Subject, axis: str, message: str, weight: Weight) -> Objection:
    return Objection(
        code=RuleCode.UNKNOWN_EVIDENCE,
        message=message,
        weight=weight,
        fingerprint=known_by(subject, RuleCode.UNKNOWN_EVIDENCE, axis),
        is_undecided=True,
        hint="`unknown` in the policy says what lacking evidence comes to",
    )


def _event(policy: Policy, subject: Subject, event: DriftEvent) -> Objection:
    is_broken = event.id in BROKEN
    weight = Weight.BLOCK if is_broken else policy.rule(event.id).weigh(event.severity)
    return Objection(
        code=event.id.value,
        message=event.message,
        weight=weight,
        fingerprint=event.fingerprint
        or known_by(subject, event.id, f"{event.before}\0{event.after}"),
        release=event.release,
        before=event.before,
        after=event.after,
    )


def _broken(subject: Subject, code: EventId, message: str) -> Objection:
    return Objection(
        code=code.value,
        message=message,
        weight=Weight.BLOCK,
        fingerprint=known_by(subject, code, subject.integrity or subject.version),
    )


def _advisory_weight(policy: Policy, advisory: Advisory) -> Weight:
    least = policy.advisories.block
    if least is None:
        return Weight.WARN
    # A severity that nobody knows may be the worst.
    is_worse = advisory.severity not in _SEVERITIES or _SEVERITIES.index(
        advisory.severity
    ) >= _SEVERITIES.index(least)
    return Weight.BLOCK if is_worse else Weight.WARN


def _hashes(integrity: str) -> frozenset[tuple[str, bytes]]:
    """Return every hash that can be read; clients pass over the other parts, and options."""
    found: set[tuple[str, bytes]] = set()
    for part in integrity.split():
        with suppress(Malformed):
            found.update(parse_sri(part.partition("?")[0]))
    return frozenset(found)


def _address(registry: str) -> str:
    return registry.rstrip("/")


def _age(seconds: float) -> str:
    hours = max(seconds, 0.0) / 3600
    if seconds < 60:  # noqa: PLR2004  (of a minute)
        return "less than a minute"
    if hours < 1:
        return f"{int(max(seconds, 0.0) // 60)} min"
    return f"{int(hours)} h" if hours < 72 else f"{int(hours // 24)} d"  # noqa: PLR2004  (3 days)


def _moment(at: float) -> str:
    if not 0 <= at < _UNREADABLE:
        return "never"
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")
