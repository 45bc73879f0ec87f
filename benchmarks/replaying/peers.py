"""Peers, as their sources and settings have them (facts: consumers §3.1, §3.2; incidents §2.1).

They read the same packuments, with a reader of their own: nothing of the engine is used here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec

from benchmarks.replaying.answers import Alarm, Answer
from benchmarks.replaying.versions import number_of
from imprint.npm.published import moment_of

if TYPE_CHECKING:
    from benchmarks.replaying.translating import Replay

HOUR: Final = 3600.0


class _User(msgspec.Struct, rename="camel"):
    approver: object = None
    trusted_publisher: object = None


class _Attestations(msgspec.Struct):
    provenance: object = None


class _Dist(msgspec.Struct):
    attestations: _Attestations | None = None


class _Manifest(msgspec.Struct):
    dist: _Dist
    user: _User | None = msgspec.field(default=None, name="_npmUser")


class _Packument(msgspec.Struct):
    time: dict[str, str]
    versions: dict[str, _Manifest]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoDowngrade:
    """The rule that pnpm wrote: no version with less evidence than one published before it."""

    name: str = "pnpm trustPolicy: no-downgrade"
    same_major: bool = False
    """npm's pull request 9902 compares within a major version only."""
    has_alarms: bool = True

    def __call__(self, replay: Replay, now: float) -> Answer:  # noqa: ARG002  (it has no clock)
        """Compare with the most that was published strictly before."""
        document = msgspec.json.decode(replay.packument, type=_Packument)
        candidate = number_of(replay.version)
        if candidate is None:
            return Answer(cannot_tell=True, why=("no version",))
        most, since = 0, ""
        for version, manifest in document.versions.items():
            number = number_of(version)
            if number is None or _moment(document, version) >= _moment(document, replay.version):
                continue
            # Prereleases count for prereleases only (pnpm 10.24).
            if number.prerelease and not candidate.prerelease:
                continue
            if self.same_major and number.major != candidate.major:
                continue
            if _rank(manifest) > most:
                most, since = _rank(manifest), version
        if _rank(document.versions[replay.version]) >= most:
            return Answer()
        return Answer(
            alarm=Alarm.ERROR, why=(f"less evidence than {since}",), signs=("less evidence",)
        )


def _moment(document: _Packument, version: str) -> float:
    moment = moment_of(document.time.get(version))
    return moment if moment is not None else 0.0


def _rank(manifest: _Manifest) -> int:
    """Return staged 3, trusted publisher with provenance 2, provenance 1, nothing 0."""
    has_provenance = (
        manifest.dist.attestations is not None and manifest.dist.attestations.provenance is not None
    )
    user = manifest.user or _User()
    if user.approver is not None:
        return 3
    if user.trusted_publisher is not None and has_provenance:
        return 2
    return 1 if has_provenance else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Installer:
    """An installer's settings: an age gate, install scripts and git dependencies switched off."""

    name: str
    gate_seconds: float = 0.0
    blocks_scripts: bool = False
    blocks_git: bool = False
    has_alarms: bool = False

    def __call__(self, replay: Replay, now: float) -> Answer:
        """Wait until the version is old enough; disarm what would run by installing it."""
        disarmed = [
            what
            for what, is_so in (
                ("install script does not run", self.blocks_scripts and _runs_script(replay)),
                ("git dependency is refused", self.blocks_git and _has_git(replay)),
            )
            if is_so
        ]
        waits = now - replay.published < self.gate_seconds
        why = (*(["too young"] if waits else []), *disarmed)
        return Answer(waits=waits, disarms=bool(disarmed), why=why, signs=tuple(disarmed))


def _runs_script(replay: Replay) -> bool:
    return replay.installing.runs_script


def _has_git(replay: Replay) -> bool:
    return replay.installing.git_dependency


def age_gate(hours: int) -> Installer:
    """Return a gate that holds everything until it is that old."""
    return Installer(name=f"age gate, {hours} h", gate_seconds=hours * HOUR)


NPM: Final = Installer(name="npm 12 defaults", blocks_scripts=True, blocks_git=True)
PNPM: Final = Installer(
    name="pnpm 12 defaults", gate_seconds=24 * HOUR, blocks_scripts=True, blocks_git=True
)
NO_DOWNGRADE: Final = NoDowngrade()
SAME_MAJOR: Final = NoDowngrade(name="npm PR 9902: same major", same_major=True)
PEERS: Final[tuple[NoDowngrade | Installer, ...]] = (
    NO_DOWNGRADE,
    SAME_MAJOR,
    NPM,
    PNPM,
    age_gate(24),
    age_gate(48),
    age_gate(7 * 24),
)
