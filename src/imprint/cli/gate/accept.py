"""`imprint gate accept`."""

from __future__ import annotations

import getpass
import os
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from imprint.cli.commands import Command
from imprint.cli.durations import Duration
from imprint.cli.report import Report
from imprint.cli.session import current, show
from imprint.refusals import Malformed, quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imprint.cli.gate.answers import Given, Reason
    from imprint.npm.names import PackageName
    from imprint.publish.registry_client import RegistryClient

CLEAN, UNDECIDED = 0, 3
_MOST_SECONDS = 365 * 86_400
_IN_FORCE_SECONDS = 5.0
"""How long the gate may take to see the file: it looks every second."""
_LOOK_SECONDS = 0.25


@click.command(
    "accept",
    cls=Command,
    epilog="""\b
Example, on the machine of the gate, for what an install needs today:
  imprint gate accept courier@1.14.1 --reason "diff read by two of us" --for 3d""",
)
@click.argument("package", metavar="NAME@VERSION")
@click.option("--reason", required=True, metavar="TEXT", help="Why it may be installed.")
@click.option(
    "--for",
    "lasts_seconds",
    type=Duration(most_seconds=_MOST_SECONDS),
    default="7d",
    show_default=True,
    metavar="DURATION",
    help="For how long: 90d are the most, unless the policy allows more.",
)
@click.option("--rule", "rules", multiple=True, metavar="CODE", help="This alone, of its reasons.")
@click.option("--by", metavar="NAME", help="Who says so.  [default: you]")
@click.option(
    "--policy",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="The gate's policy.  [default: that of the server's settings]",
)
@click.option("--gate", metavar="URL", help="Ask this gate.  [default: what npm is configured to]")
def command(
    *,
    package: str,
    reason: str,
    lasts_seconds: float,
    rules: tuple[str, ...],
    by: str | None,
    policy: Path | None,
    gate: str | None,
) -> int:
    """Accept what the gate has against one version, for a while and with a reason.

    What a running gate says of it is written as `[[accept]]` into its policy, which it reads again
    by itself; all who install are told of it. What is broken, or quarantined, is never accepted.
    Exits with 3 where the gate goes on to withhold it.
    """
    from imprint.cli.gate.asking import gate_at

    file = policy or _configured()
    asked_gate = gate_at(gate)
    found = _judged(asked_gate, package)
    reasons = _meant(found, rules)
    if not reasons:
        said = f"{package} is admitted already: nothing was written"
        show(Report(lines=(said,), summary={"accepted": 0, "is_served": True}))
        return CLEAN
    _write(file, found, reasons, why=reason, by=by or _self(), lasts_seconds=lasts_seconds)
    after = _served(asked_gate, package, until=time.monotonic() + _IN_FORCE_SECONDS)
    show(_report(file, found, reasons, after, until=time.time() + lasts_seconds))
    return CLEAN if after.effect == "serve" else UNDECIDED


def _configured() -> Path:
    from imprint import settings

    loaded = settings.load(file=current().config, environment=os.environ, flags={})
    if not loaded.settings.policy:
        raise Malformed(
            "no-policy",
            "the server's settings name no policy",
            hint="name the gate's by `--policy FILE`, on its machine",
        )
    return Path(loaded.settings.policy)


def _judged(gate: RegistryClient, package: str) -> Given:
    import msgspec

    from imprint.cli.gate.answers import Verdicts
    from imprint.cli.gate.asking import asked, foreign_answer

    name, version = _named(package)
    body = msgspec.json.encode({"packages": [{"name": str(name), "version": version}]})
    answer = asked(gate, "verdict", Verdicts, method="POST", body=body).packages
    # What it names is written into the policy: nothing but what was asked about may be.
    if [(one.name, one.version) for one in answer] != [(str(name), version)]:
        raise foreign_answer(gate)
    return answer[0]


def _named(text: str) -> tuple[PackageName, str]:
    from imprint.npm.names import PackageName
    from imprint.npm.versions import Version

    name, _, version = text.rpartition("@")
    if not name:
        raise click.UsageError(f"{quoted(text)} is no NAME@VERSION: one version is accepted")
    Version.parse(version)
    return PackageName.parse_existing(name), version


def _meant(found: Given, rules: Sequence[str]) -> list[Reason]:
    """Return the reasons that are accepted; raises Malformed (`unknown-finding`)."""
    from imprint.policy.codes import canonical_rule

    there = [] if found.verdict == "admitted" else found.reasons
    known = {one.code for one in there}
    for rule in rules:
        if canonical_rule(rule) not in known:
            codes = ", ".join(dict.fromkeys(one.code for one in there))
            raise Malformed(
                "unknown-finding",
                f"{quoted(rule)} is no reason against {quoted(f'{found.name}@{found.version}')}",
                hint=f"the gate has {codes}" if codes else "the gate admits it",
            )
    wanted = {canonical_rule(rule) for rule in rules}
    return [one for one in there if not wanted or one.code in wanted]


def _write(
    file: Path,
    found: Given,
    reasons: Sequence[Reason],
    *,
    why: str,
    by: str | None,
    lasts_seconds: float,
) -> None:
    """Write all acceptances or none. Raises Malformed."""
    from imprint.cli.caches import cache_folder
    from imprint.evidence.policies import check_text
    from imprint.policy import decisions
    from imprint.policy.acceptances import add_acceptance
    from imprint.storage.whole_files import write_whole

    text = _read(file)
    for one in reasons:
        text = add_acceptance(
            text,
            origin=file.name,
            reason=decisions.Reason(
                code=one.code,
                message=one.message,
                level=decisions.Level.BLOCK,
                fingerprint=one.fingerprint,
                before=one.before,
                after=one.after,
            ),
            packages=(f"{found.name}@{found.version}",),
            why=why,
            lasts_seconds=lasts_seconds,
            by=by,
            now=time.time(),
        )
    # What it extends may keep a rule to itself.
    check_text(text, file, cache=cache_folder() / "policies")
    try:
        write_whole(file, text.encode())
    except OSError as err:
        raise _unusable(file, err) from err


def _read(file: Path) -> str:
    try:
        return file.read_bytes().decode()
    except OSError as err:
        raise _unusable(file, err) from err
    except UnicodeDecodeError as err:
        raise Malformed("policy-file", f"file {quoted(str(file))} is no UTF-8") from err


def _unusable(file: Path, err: OSError) -> Malformed:
    reason = (err.strerror or "it cannot be used").lower()
    return Malformed(
        "policy-file",
        f"file {quoted(str(file))} cannot be read and written: {reason}",
        hint="the gate's policy is on its machine, and belongs to whoever runs it",
    )


def _served(gate: RegistryClient, package: str, *, until: float) -> Given:
    """Return what the gate says once it has read its policy again."""
    found = _judged(gate, package)
    while found.effect != "serve" and time.monotonic() < until:
        time.sleep(_LOOK_SECONDS)
        found = _judged(gate, package)
    return found


def _self() -> str | None:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return None


def _report(
    file: Path, found: Given, reasons: Sequence[Reason], after: Given, *, until: float
) -> Report:
    day = datetime.fromtimestamp(until, UTC).date().isoformat()
    codes = list(dict.fromkeys(one.code for one in reasons))
    what = f"{found.name}@{found.version}"
    if after.effect == "serve":
        becomes = f"the gate serves {what} now"
    else:
        left = ", ".join(dict.fromkeys(one.code for one in after.reasons))
        becomes = f"the gate still withholds {what}: {left}; is {file} the policy that it reads?"
    return Report(
        lines=(
            f"accepted until {day}: {', '.join(codes)} of {what}",
            f"written to {file}",
            becomes,
        ),
        summary={"accepted": len(reasons), "is_served": after.effect == "serve"},
        values={
            "package": what,
            "rules": codes,
            "until": day,
            "file": str(file),
            "left": [one.code for one in after.reasons] if after.effect != "serve" else [],
        },
    )
