"""A packument's fields that judging needs, in whatever shape a registry has them.

Registries hold documents of fifteen years, and what no client needs is of any type in some of them.
Every field is therefore read as whatever it is, and one of a wrong type is as if it were not there:
it costs itself, never its version. Unread fields are skipped over, undecoded; what one version
mostly has in common with the next (maintainers, publisher, dependencies) is decoded once, by its
bytes. Not here: what `npm.published` reads, one version at a time, to verify it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar

import msgspec

from imprint.history.publications import INSTALL_SCRIPTS, Publication
from imprint.history.specifications import is_exotic, may_be_exotic

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_SIGNATURES = 16
MAX_NAMES = 4096
"""Of dependencies and maintainers that are kept of one version."""
UNNAMED = "unknown"
"""A trusted publisher or an approver that is there, and has no name."""
_SERVED = "verified"

_Other: TypeAlias = str | int | float | bool | list[object] | None
"""Whatever else may stand where an object is expected."""
T = TypeVar("T")


class _Predicate(msgspec.Struct, gc=False, rename="camel"):
    predicate_type: object = None
    state: object = None


class _Attestations(msgspec.Struct, gc=False):
    url: object = None
    provenance: _Predicate | _Other = None
    publish: _Predicate | _Other = None


class _Imprint(msgspec.Struct, gc=False):
    attestations: _Attestations | _Other = None
    credential: object = None


class _Signature(msgspec.Struct, gc=False):
    keyid: object = None
    sig: object = None


class _Dist(msgspec.Struct, gc=False, rename="camel"):
    integrity: object = None
    shasum: object = None
    tarball: object = None
    unpacked_size: object = None
    signatures: list[_Signature | _Other] | dict[str, object] | str | int | float | bool | None = (
        None
    )
    attestations: _Attestations | _Other = None
    imprint: _Imprint | _Other = None


class _Named(msgspec.Struct, gc=False):
    name: object = None


class _Trusted(msgspec.Struct, gc=False, rename="camel"):
    id: object = None
    oidc_config_id: object = None


class _User(msgspec.Struct, gc=False, rename="camel"):
    name: object = None
    email: object = None
    trusted_publisher: _Trusted | _Other = None
    approver: _Named | _Other = None


class _Scripts(msgspec.Struct, gc=False):
    preinstall: object = None
    install: object = None
    postinstall: object = None


class RawVersion(msgspec.Struct, gc=False, rename="camel"):
    """One member of `versions`."""

    name: object = None
    version: object = None
    dist: _Dist | _Other = None
    user: msgspec.Raw = msgspec.field(default=msgspec.Raw(), name="_npmUser")
    maintainers: msgspec.Raw = msgspec.Raw()
    repository: msgspec.Raw = msgspec.Raw()
    git_head: object = None
    scripts: _Scripts | _Other = None
    gypfile: object = None
    has_install_script: object = None
    dependencies: msgspec.Raw = msgspec.Raw()
    optional_dependencies: msgspec.Raw = msgspec.Raw()
    peer_dependencies: msgspec.Raw = msgspec.Raw()
    bundle_dependencies: object = None
    bundled_dependencies: object = None
    license: object = None
    licenses: object = None
    deprecated: object = None


class RawPackument(msgspec.Struct):
    """A whole document."""

    name: str
    versions: dict[str, RawVersion] | None = None
    dist_tags: object = msgspec.field(default=None, name="dist-tags")
    time: object = None


class TornPackument(msgspec.Struct):
    """A whole document, its versions still undecoded: for one that has a broken version."""

    name: str
    versions: dict[str, msgspec.Raw] | None = None
    dist_tags: object = msgspec.field(default=None, name="dist-tags")
    time: object = None


_Publisher: TypeAlias = "tuple[str | None, str | None, str | None, str | None, str | None]"
"""Name, e-mail, trusted publisher, its configuration's id, approver."""
_Group: TypeAlias = "tuple[tuple[str, ...], tuple[str, ...]]"
"""Names, sorted; and what of them is exotic, as `name@spec`."""


class Reader:
    """Reads the versions of one packument; remembers what one has in common with another."""

    __slots__ = ("_dependencies", "_maintainers", "_optional", "_peer", "_publisher", "_repository")

    def __init__(self) -> None:
        """Start with nothing read."""
        self._publisher = _Shared(_publisher)
        self._maintainers = _Shared(_maintainers)
        self._repository = _Shared(_repository)
        self._dependencies = _Shared(_group)
        self._optional = _Shared(_group)
        self._peer = _Shared(_group)

    def publication(self, version: str, raw: RawVersion, published: float | None) -> Publication:
        """Return the row of `version`."""
        dist = raw.dist if isinstance(raw.dist, _Dist) else _NO_DIST
        address, has_attestations, provenance_type, has_publish = _attestations(dist)
        user, email, trusted, configuration, approver = self._publisher.of(raw.user)
        names, exotic = self._brought(raw)
        imprint = dist.imprint
        return Publication(
            version=version,
            published=published,
            integrity=_text(dist.integrity),
            shasum=_text(dist.shasum),
            tarball=_text(dist.tarball),
            signatures=_signatures(dist.signatures),
            provenance_type=provenance_type,
            attestations_url=address,
            has_attestations=has_attestations,
            user=user,
            email=email,
            trusted_publisher=trusted,
            configuration_id=configuration,
            approver=approver,
            maintainers=self._maintainers.of(raw.maintainers),
            repository=self._repository.of(raw.repository),
            commit=_text(raw.git_head),
            unpacked_bytes=_size(dist.unpacked_size),
            install_scripts=_install_scripts(raw),
            exotic_dependencies=exotic,
            dependencies=names,
            license=_license(raw),
            is_deprecated=raw.deprecated is True or _text(raw.deprecated) is not None,
            credential=_text(imprint.credential) if isinstance(imprint, _Imprint) else None,
            has_publish=has_publish,
            bundles=_bundles(raw, names),
        )

    def _brought(self, raw: RawVersion) -> _Group:
        """Return the names that an install brings by itself, and what is exotic of them."""
        names, exotic = self._dependencies.of(raw.dependencies)
        if raw.optional_dependencies:
            more = self._optional.of(raw.optional_dependencies)
            # npm repeats the optional ones among the others.
            names = tuple(sorted({*names, *more[0]})[:MAX_NAMES])
            exotic = tuple(sorted({*exotic, *more[1]}))
        if raw.peer_dependencies:
            more = self._peer.of(raw.peer_dependencies)
            exotic = tuple(sorted({*exotic, *more[1]})) if more[1] else exotic
        return names, exotic


_NO_DIST = _Dist()


class _Shared(Generic[T]):
    """A field that most versions have in common: each spelling of it is read once."""

    __slots__ = ("_known", "_last", "_read", "_value")

    def __init__(self, read: Callable[[object], T]) -> None:
        self._read = read
        self._known: dict[bytes, T] = {}
        self._last = msgspec.Raw()
        self._value = read(None)

    def of(self, raw: msgspec.Raw) -> T:
        """Return what `raw` says; what is no JSON says nothing."""
        if raw != self._last:  # mostly it is the same as in the version before
            self._value = self._once(bytes(raw))
            self._last = raw
        return self._value

    def _once(self, raw: bytes) -> T:
        found = self._known.get(raw, self)
        if isinstance(found, _Shared):
            try:
                value = msgspec.json.decode(raw) if raw else None
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                value = None
            found = self._known[raw] = self._read(value)
        return found


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _size(value: object) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53:
        return value
    return None


def _attestations(dist: _Dist) -> tuple[str | None, bool, str | None, bool]:
    """Return the attestations' address, whether there are any, the provenance's type, has_publish.

    In npm's shape the registry's own is always among them.
    """
    claimed = dist.attestations
    if claimed is None and dist.imprint is None:
        return None, False, None, True
    if isinstance(claimed, _Attestations):
        provenance = claimed.provenance
        kind = _text(provenance.predicate_type) if isinstance(provenance, _Predicate) else None
        return _text(claimed.url), True, kind, True
    # An imprint registry tells there of those that npm's clients could not verify.
    told = dist.imprint.attestations if isinstance(dist.imprint, _Imprint) else None
    if not isinstance(told, _Attestations):
        return None, False, None, True
    publish, provenance = told.publish, told.provenance
    has_publish = isinstance(publish, _Predicate) and publish.state == _SERVED
    if isinstance(provenance, _Predicate) and provenance.state == _SERVED:
        return None, True, _text(provenance.predicate_type), has_publish
    return None, has_publish, None, has_publish


def _publisher(value: object) -> _Publisher:
    if isinstance(value, str):
        return *_person(value), None, None, None
    try:
        user = msgspec.convert(value, _User)
    except msgspec.ValidationError:
        return None, None, None, None, None
    trusted, approver = user.trusted_publisher, user.approver
    return (
        _text(user.name),
        _text(user.email),
        (_text(trusted.id) or UNNAMED) if isinstance(trusted, _Trusted) else None,
        _text(trusted.oidc_config_id) if isinstance(trusted, _Trusted) else None,
        (_text(approver.name) or UNNAMED) if isinstance(approver, _Named) else None,
    )


def _person(text: str) -> tuple[str | None, str | None]:
    """Return name and e-mail of `name <e-mail> (address)`."""
    name, _, rest = text.partition("<")
    email, found, _ = rest.partition(">")
    return name.partition("(")[0].strip() or None, (email.strip() or None) if found else None


def _signatures(raw: object) -> tuple[tuple[str, str], ...]:
    if not isinstance(raw, list):
        return ()
    if len(raw) == 1 and isinstance(entry := raw[0], _Signature):
        return ((_text(entry.keyid) or "", _text(entry.sig) or ""),)  # as nearly all are
    # One that is cut short is not passed over: all signatures have to be good.
    return tuple(
        (_text(entry.keyid) or "", _text(entry.sig) or "")
        if isinstance(entry, _Signature)
        else ("", "")
        for entry in raw[:MAX_SIGNATURES]
    )


def _repository(value: object) -> str | None:
    return _text(value.get("url")) if isinstance(value, dict) else _text(value)


def _maintainers(value: object) -> tuple[str, ...]:
    entries = value if isinstance(value, list) else [value]
    names = set()
    for entry in entries[:MAX_NAMES]:
        if isinstance(entry, dict):
            names.add(_text(entry.get("name")))
        elif isinstance(entry, str):
            names.add(_person(entry)[0])
    return tuple(sorted(name for name in names if name is not None))


def _install_scripts(raw: RawVersion) -> tuple[str, ...]:
    scripts = raw.scripts
    found: tuple[str, ...] = ()
    if isinstance(scripts, _Scripts):
        given = (scripts.preinstall, scripts.install, scripts.postinstall)
        if given != (None, None, None):
            pairs = zip(INSTALL_SCRIPTS, given, strict=True)
            found = tuple(name for name, script in pairs if _text(script) is not None)
    # npm runs node-gyp for a gypfile where neither script is given.
    is_built = raw.gypfile is True and "install" not in found and "preinstall" not in found
    if is_built or (raw.has_install_script is True and not found):
        return tuple(name for name in INSTALL_SCRIPTS if name in found or name == "install")
    return found


def _bundles(raw: RawVersion, dependencies: tuple[str, ...]) -> tuple[str, ...]:
    """Return what comes in the tarball; `true` stands for all dependencies."""
    said = raw.bundled_dependencies if raw.bundle_dependencies is None else raw.bundle_dependencies
    if said is None or said is False:
        return ()  # as nearly all
    if said is True:
        return dependencies
    names = {name for name in said if isinstance(name, str)} if isinstance(said, list) else ()
    return tuple(sorted(names)[:MAX_NAMES])


def _group(value: object) -> _Group:
    if not isinstance(value, dict):
        return (), ()
    names = tuple(sorted(value)[:MAX_NAMES])
    written = {name: text for name, text in value.items() if isinstance(text, str)}
    if not may_be_exotic(written.values()):
        return names, ()
    exotic = (f"{name}@{text}" for name, text in written.items() if is_exotic(text))
    return names, tuple(sorted(exotic))


def _license(raw: RawVersion) -> str | None:
    """Return the licence; of several in npm's oldest shape, any may be chosen."""
    if isinstance(raw.license, str):
        return raw.license or None
    found = _licenses(raw.license) or _licenses(raw.licenses)
    return " OR ".join(found) if found else None


def _licenses(value: object) -> list[str]:
    entries = value if isinstance(value, list) else [value]
    texts = (
        _text(entry.get("type")) or _text(entry.get("name")) if isinstance(entry, dict) else entry
        for entry in entries[:MAX_SIGNATURES]
    )
    return [text for text in texts if isinstance(text, str) and text]
