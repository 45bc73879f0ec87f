"""Writing what a renewal brings, after what changes was shown; and saying what was done."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from imprint.cli.report import Report
from imprint.cli.session import say
from imprint.refusals import Malformed, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from imprint.upstream.trust.changes import Change
    from imprint.upstream.trust.renewal import DomainRenewal, KeysRenewal

UNDECIDED, WRONG = 3, 2


class Keeping(msgspec.Struct, kw_only=True):
    """One run of `update`: what it renewed, and what it could not."""

    folder: Path
    is_rehearsal: bool
    lines: list[str] = msgspec.field(default_factory=list)
    domains: list[dict[str, object]] = msgspec.field(default_factory=list)
    keys: list[dict[str, object]] = msgspec.field(default_factory=list)
    failures: list[dict[str, object]] = msgspec.field(default_factory=list)
    exit_code: int = 0

    @contextmanager
    def metadata_folder(self) -> Iterator[Path]:
        """Give where metadata of TUF repositories is kept; a rehearsal keeps none."""
        if not self.is_rehearsal:
            yield self.folder
            return
        with tempfile.TemporaryDirectory() as folder:
            yield Path(folder)

    def keep_domain(self, renewal: DomainRenewal) -> None:
        """Show what changes of a domain, and write it; raises Malformed (`trust-file`)."""
        from imprint.upstream.trust.store import domain_path, keep_domain

        document = renewal.document
        self._announce(f"the trust domain {document.name}", renewal.changes)
        path = domain_path(self.folder, document.name)
        if not self.is_rehearsal:
            keep_domain(self.folder, document)
            self.lines.append(f"{document.name}: {_count(renewal.changes)}, kept in {path}")
        self.domains.append(
            {
                "name": document.name,
                "path": str(path),
                "source": document.source,
                "changes": _values(renewal.changes),
            }
        )

    def keep_keys(self, renewal: KeysRenewal) -> None:
        """Show what changes of a registry's keys, and write them; raises Malformed."""
        from imprint.upstream.trust.store import keep_keys, keys_path

        document = renewal.document
        what = f"the keys of the registry {document.label}"
        self._announce(what, renewal.changes)
        path = keys_path(self.folder, document.label)
        if not self.is_rehearsal:
            keep_keys(self.folder, document)
            self.lines.append(f"{what}: {_count(renewal.changes)}, kept in {path}")
        self.keys.append(
            {
                "registry": document.label,
                "path": str(path),
                "source": document.source,
                "changes": _values(renewal.changes),
            }
        )

    def fail(self, name: str, err: Malformed | Unavailable) -> None:
        """Note that a domain could not be renewed, while others can."""
        say(f"error: {name}: {err.message}")
        if err.hint is not None:
            say(f"hint: {err.hint}")
        self.failures.append({"domain": name, "code": err.code, "message": err.message})
        self.exit_code = max(self.exit_code, UNDECIDED if isinstance(err, Unavailable) else WRONG)

    def report(self) -> Report:
        """Return what was done."""
        return Report(
            lines=tuple(self.lines),
            summary={
                "renewed": len(self.domains) + len(self.keys),
                "failed": len(self.failures),
                "written": not self.is_rehearsal,
            },
            values={"domains": self.domains, "keys": self.keys, "failed": self.failures},
        )

    def _announce(self, what: str, changes: Sequence[Change]) -> None:
        said = [f"{what}: {_count(changes)}", *(f"  {_line(change)}" for change in changes)]
        if self.is_rehearsal:
            self.lines += said
            return
        for line in said:
            say(line)


def _count(changes: Sequence[Change]) -> str:
    if not changes:
        return "nothing changes"
    return f"{len(changes)} change" + ("s" if len(changes) > 1 else "")


def _line(change: Change) -> str:
    what = f"{change.kind.value} {change.what} {change.name}"
    if change.before is not None and change.after is not None:
        return f"{what}: {change.before} becomes {change.after}"
    return f"{what}: {change.before if change.after is None else change.after}"


def _values(changes: Sequence[Change]) -> list[dict[str, object]]:
    return [
        {
            "kind": change.kind,
            "what": change.what,
            "name": change.name,
            "before": change.before,
            "after": change.after,
        }
        for change in changes
    ]
