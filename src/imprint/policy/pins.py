"""imprint.lock: what each package proved when it was last agreed to. One sorted line for each.

A line is `name@line version auth approval origin key=value…`: words without blanks, so that a
merge takes lines as they are. The release line is of the version; it is there to sort and to read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, NoReturn, TypeVar
from urllib.parse import quote, unquote

from msgspec.structs import replace

from imprint.history.axes import Approval, Auth, Origin
from imprint.history.identities import PublisherIdentity
from imprint.history.lines import line_of
from imprint.history.pins import Pin
from imprint.npm.versions import Version
from imprint.refusals import Malformed, quoted

if TYPE_CHECKING:
    from imprint.policy.subjects import Subject

FILE_NAME = "imprint.lock"
HEADER = "# imprint.lock 1: written by imprint, for review: what each package proved"
MOST_CHARACTERS = 32 * 1024 * 1024
MOST_LINE_CHARACTERS = 8192

E = TypeVar("E", bound=StrEnum)

_HEADER = re.compile(r"# imprint\.lock (?P<version>[0-9]{1,9}):.*")
_MARKERS = ("<<<<<<<", "=======", ">>>>>>>", "|||||||")
_WORDS = 5
"""Before the words that have names."""
_SAFE = "@/:.+,*_~!=-"
_PLAIN = re.compile(r"[A-Za-z0-9@/:.+,*_~!=-]+")
"""Of nothing but these: written as it is. Pins are read by the thousand."""
_SURE = "yes"
_INTEGRITY_CHARACTERS = 31
_IDENTITY: Mapping[str, str] = {
    "provider": "provider",
    "issuer": "issuer",
    "repository": "repository",
    "repository-id": "repository_id",
    "owner": "owner",
    "owner-id": "owner_id",
    "workflow": "workflow",
    "called": "called_workflow",
    "ref": "ref",
    "environment": "environment",
    "event": "event",
    "runner": "runner",
}
"""A word's name, and the identity's field: what identities are compared by, and no more."""
_NAMED = (*_IDENTITY, "protected", "config", "integrity", "seen")


def read_pins(text: str) -> Mapping[str, tuple[Pin, ...]]:
    """Return the pins by package, each package's by line of release.

    Raises Malformed (`malformed-pins`), which names the line.
    """
    lines = text.split("\n") if len(text) <= MOST_CHARACTERS else [""]
    lines = [line.removesuffix("\r") for line in lines]
    header = _HEADER.fullmatch(lines[0]) if lines else None
    if header is None or header["version"] != "1":
        _refuse(1, f"does not begin with `{HEADER[:16]}:`, which is what is read here")
    found: dict[str, dict[str, Pin]] = {}
    for number, line in enumerate(lines[1:], start=2):
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith(_MARKERS):
            _refuse(number, "is a mark of a merge conflict", hint="keep the lines of one side")
        key, pin = _read_line(number, line)
        of_package = found.setdefault(pin.name, {})
        if key in of_package:
            _refuse(number, f"is the second of {quoted(key)}", hint="keep one of the two")
        of_package[key] = pin
    return {name: tuple(pin for _, pin in sorted(own.items())) for name, own in found.items()}


def write_pins(pins: Mapping[str, tuple[Pin, ...]]) -> str:
    """Return the file, its lines sorted."""
    lines = sorted(_line(pin) for group in pins.values() for pin in group)
    return "\n".join([HEADER, *lines]) + "\n"


def pin_for(pins: Mapping[str, tuple[Pin, ...]], name: str, version: str) -> Pin | None:
    """Return what a version is compared with first: the pin of its own line, else the newest."""
    own = pins.get(name)
    if own is None:
        return None
    line = line_of(version)
    for pin in own:
        if line_of(pin.version) == line:
            return pin
    return max(own, key=lambda pin: _order(pin.version), default=None)


def updated(
    pins: Mapping[str, tuple[Pin, ...]], agreed: Iterable[Subject], *, now: float
) -> Mapping[str, tuple[Pin, ...]]:
    """Return the pins of a lockfile whose packages were agreed to, as they are now.

    What a line was first seen stays, and its whole pin where less could be seen this time: who
    keeps evidence away for a day must not have it forgotten. Of several versions in one line the
    newest is pinned; what is in no registry, or in another package's tarball, is not.
    """
    found: dict[str, dict[str, Pin]] = {}
    for subject in agreed:
        if subject.is_bundled or not subject.is_from_registry:
            continue
        pin = _pin(subject, now)
        key = _key(pin)
        others = found.setdefault(subject.name, {})
        if key not in others or _order(others[key].version) < _order(pin.version):
            others[key] = pin
    return {
        name: tuple(_first_seen(pins.get(name, ()), pin) for _, pin in sorted(group.items()))
        for name, group in sorted(found.items())
    }


def with_lines_of(
    pins: Mapping[str, tuple[Pin, ...]],
    before: Mapping[str, tuple[Pin, ...]],
    names: Iterable[str],
) -> Mapping[str, tuple[Pin, ...]]:
    """Return `pins` with the lines of `names` that are in `before` alone: not agreed to, yet kept.

    What is refused goes on being compared with what it was.
    """
    found = {name: {_key(pin): pin for pin in own} for name, own in pins.items()}
    for name in names:
        known = {_key(pin): pin for pin in before.get(name, ())}
        if known:
            found[name] = known | found.get(name, {})
    return {name: tuple(pin for _, pin in sorted(own.items())) for name, own in found.items()}


def _first_seen(before: tuple[Pin, ...], pin: Pin) -> Pin:
    old = next((one for one in before if _key(one) == _key(pin)), None)
    if old is None:
        return pin
    if _sees_less(pin, old):
        return old
    return replace(pin, first_seen=min(old.first_seen, pin.first_seen))


def _sees_less(new: Pin, old: Pin) -> bool:
    """Tell whether evidence that there was before could not be had: unknown is not absent."""
    # A staged publication hides its credential.
    hides_auth = new.auth is Auth.UNKNOWN and new.approval is not Approval.STAGED
    hides_origin = new.origin in (Origin.UNKNOWN, Origin.PRESENT)
    return (hides_auth and old.auth is not Auth.UNKNOWN) or (
        hides_origin and old.origin in (Origin.BOUND, Origin.VERIFIED)
    )


def _pin(subject: Subject, now: float) -> Pin:
    return Pin(
        name=subject.name,
        version=subject.version,
        auth=subject.axes.auth,
        approval=subject.axes.approval,
        origin=subject.axes.origin,
        identity=None if subject.identity is None else _compared(subject.identity),
        configuration_id=subject.configuration_id,
        integrity=_prefix(subject.integrity),
        first_seen=_day_start(now),
    )


def _prefix(integrity: str | None) -> str | None:
    """Return as much of the first digest as tells tarballs apart: 144 bits of a sha512."""
    digests = (integrity or "").split()
    return digests[0][:_INTEGRITY_CHARACTERS] if digests else None


def _compared(identity: PublisherIdentity) -> PublisherIdentity:
    """Return what of an identity stays from release to release: of a tag, that it is one."""
    ref = identity.ref
    for prefix in ("refs/tags/", "refs/pull/", "refs/merge-requests/"):
        if ref is not None and ref.startswith(prefix):
            ref = f"{prefix}*"
    return replace(identity, ref=ref, visibility=None, commit=None, run=None)


def _order(version: str) -> tuple[int, object]:
    try:
        return (1, Version.parse(version).precedence)
    except Malformed:
        return (0, version)


def _key(pin: Pin) -> str:
    line = str(line_of(pin.version)).replace(" prereleases", "-pre")
    return f"{_encoded(pin.name)}@{_encoded(line)}"


def _line(pin: Pin) -> str:
    named: list[tuple[str, str | None]] = []
    if pin.identity is not None:
        named += [(word, getattr(pin.identity, field)) for word, field in _IDENTITY.items()]
        if pin.identity.ref_protected is not None:
            named.append(("protected", _SURE if pin.identity.ref_protected else "no"))
    named += [
        ("config", pin.configuration_id),
        ("integrity", pin.integrity),
        ("seen", datetime.fromtimestamp(pin.first_seen, UTC).date().isoformat()),
    ]
    words = [_key(pin), _encoded(pin.version), pin.auth, pin.approval, pin.origin]
    words += [f"{word}={_encoded(value)}" for word, value in named if value is not None]
    return " ".join(words)


def _encoded(text: str) -> str:
    return text if _PLAIN.fullmatch(text) else quote(text, safe=_SAFE)


def _read_line(number: int, line: str) -> tuple[str, Pin]:
    words = line.split(" ")
    if len(words) < _WORDS or len(line) > MOST_LINE_CHARACTERS or "" in words:
        _refuse(number, "is no pin: `name@line version auth approval origin key=value…`")
    key, version, auth, approval, origin, *named = words
    values = dict(_named(number, named))
    name = _decoded(number, key[: max(key.rfind("@"), 0)])
    pin = Pin(
        name=name,
        version=_decoded(number, version),
        auth=_member(number, auth, Auth),
        approval=_member(number, approval, Approval),
        origin=_member(number, origin, Origin),
        identity=_identity(values),
        configuration_id=values.get("config"),
        integrity=values.get("integrity"),
        first_seen=_seen(number, values.get("seen", "")),
    )
    if _key(pin) != key:
        _refuse(number, f"is of {quoted(key)}, and its version is of {quoted(_key(pin))}")
    return key, pin


def _identity(values: Mapping[str, str]) -> PublisherIdentity | None:
    provider = values.get("provider")
    if provider is None:
        return None
    protected = values.get("protected")
    return PublisherIdentity(
        provider=provider,
        issuer=values.get("issuer", ""),
        repository=values.get("repository"),
        repository_id=values.get("repository-id"),
        owner=values.get("owner"),
        owner_id=values.get("owner-id"),
        workflow=values.get("workflow"),
        called_workflow=values.get("called"),
        ref=values.get("ref"),
        ref_protected=None if protected is None else protected == _SURE,
        environment=values.get("environment"),
        event=values.get("event"),
        runner=values.get("runner"),
    )


def _named(number: int, words: list[str]) -> Iterator[tuple[str, str]]:
    said: set[str] = set()
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or name not in _NAMED:
            _refuse(number, f"has {quoted(word)}, expected one of {', '.join(_NAMED)}")
        if name in said:
            _refuse(number, f"says {quoted(name)} twice")
        said.add(name)
        yield name, _decoded(number, value)


def _decoded(number: int, text: str) -> str:
    if _PLAIN.fullmatch(text):
        return text
    try:
        decoded = unquote(text, errors="strict")
    except UnicodeDecodeError:
        decoded = ""
    # One spelling of each value, so that equal pins are equal lines.
    if not decoded or _encoded(decoded) != text:
        _refuse(number, f"has {quoted(text)}, which is not spelled as imprint writes it")
    return decoded


def _member(number: int, text: str, enumeration: type[E]) -> E:
    try:
        return enumeration(text)
    except ValueError:
        words = ", ".join(f"`{one}`" for one in enumeration)
        _refuse(number, f"has {quoted(text)}, expected one of {words}")


def _seen(number: int, text: str) -> float:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        _refuse(number, f"was first seen {quoted(text)}, expected a day such as `2027-01-31`")
    return datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()


def _day_start(now: float) -> float:
    return now - now % 86_400


def _refuse(number: int, what: str, hint: str | None = None) -> NoReturn:
    raise Malformed("malformed-pins", f"{FILE_NAME}:{number}: line {what}", hint=hint)
