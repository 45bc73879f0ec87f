"""Records of incidents and of benign histories, in two parts that never meet.

`Facts` is what a registry, a certificate or a repository would have shown: all that the translator
gets. `Record` is the rest: what the history was in truth, how long it was out, and what the archive
says that each control would have done. Only scoring, explaining and tests look at that.
"""

from __future__ import annotations

import tarfile
from pathlib import Path
from typing import Final, Literal, TypeAlias

import msgspec

ARCHIVE = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "incidents.tar.gz"
_MEMBER: Final = "incidents/incidents.json"
_DAY: Final = 86_400.0

Trust: TypeAlias = Literal["S", "T", "t", "P", "N", "U", "A"]
"""Staged with an approver, trusted publisher with provenance, without, provenance by a token,
none, unknown, and of an era when the registry kept no evidence (facts: incidents §2)."""


class RecordsMissingError(LookupError):
    """The records are not there."""


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One publication, and what had been before it."""

    package: str
    version: str
    """`?`, `after` and the like where the sources do not name it."""
    trust: Trust
    prior_version: str | None
    """None: not recorded, or there was none."""
    prior_trust_same_line: Trust
    prior_trust_any: Trust


class Package(msgspec.Struct, frozen=True, kw_only=True):
    """A package that a record is about."""

    name: str
    last_good: str | list[str] | None = None
    """Versions that stood before; several where there are several lines."""
    n_packages: int = 1
    """How many it stands for."""


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What could have been seen of a history when it happened, whatever it was in truth."""

    date: str
    era: str
    scope: str
    events: list[Event]
    identity: dict[str, bool | str] = {}
    packages: list[Package] = []
    payload_exec: str = ""
    """What the version brings that runs, and when; empty: it is not said that anything does."""
    tag_found: bool | None = None


class Control(msgspec.Struct, frozen=True, kw_only=True):
    """What the archive says of one control."""

    verdict: str
    why: str
    basis: str


class Exposure(msgspec.Struct, frozen=True, kw_only=True):
    """How long a malicious version could be had."""

    class_: str = msgspec.field(name="class")
    minutes: int | None = None


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One record: what it was in truth."""

    id: str
    kind: Literal["malicious", "benign"]
    title: str
    era: str
    scope: str
    controls: dict[str, Control]
    exposure: Exposure | None = None

    @property
    def is_attack(self) -> bool:
        """Whether it was one."""
        return self.kind == "malicious"

    @property
    def is_of_subset(self) -> bool:
        """Whether it is of an existing package, since npm keeps evidence (Apr 2023)."""
        return self.scope == "existing-package" and self.era == "provenance"

    @property
    def window(self) -> tuple[float, float]:
        """Least and greatest time that it was out, in seconds; for good, if it is benign."""
        if self.exposure is None:
            return float("inf"), float("inf")
        least, most = _WINDOWS[self.exposure.class_]
        exact = 60.0 * (self.exposure.minutes or 0)
        # Minutes that contradict the class are not believed.
        return (exact, exact) if least < exact < most else (least, most)


_WINDOWS: Final = {
    "<24h": (0.0, _DAY),
    "1-7d": (_DAY, 7 * _DAY),
    ">7d": (7 * _DAY, float("inf")),
    "unknown": (0.0, float("inf")),
}


class _Document(msgspec.Struct):
    records: list[msgspec.Raw]


def read_records(path: Path) -> tuple[tuple[Facts, Record], ...]:
    """Return the records of a JSON file, or of the archive that has it.

    Raises RecordsMissingError, and msgspec.ValidationError for what has another form.
    """
    raws = msgspec.json.decode(_raw(path), type=_Document).records
    facts, record = msgspec.json.Decoder(Facts), msgspec.json.Decoder(Record)
    return tuple((facts.decode(raw), record.decode(raw)) for raw in raws)


def _raw(path: Path) -> bytes:
    if not path.is_file():
        raise RecordsMissingError(f"`{path.name}` is not there: nothing to replay")
    if path.suffix != ".gz":
        return path.read_bytes()
    with tarfile.open(path) as archive:
        stream = archive.extractfile(_MEMBER)
        if stream is None:
            raise RecordsMissingError(f"`{path.name}` has no `{_MEMBER}`")
        return stream.read()
