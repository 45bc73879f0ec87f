"""`imprint gate why`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from imprint.cli.commands import Command
from imprint.cli.report import Report
from imprint.cli.session import show

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.cli.gate.answers import Judged
    from imprint.npm.names import PackageName
    from imprint.publish.registry_client import RegistryClient

CLEAN, FINDINGS, UNDECIDED = 0, 1, 3


@click.command(
    "why",
    cls=Command,
    epilog="""\b
Example, of a version that an install did not find, and of all versions of a package:
  imprint gate why courier@1.14.1
  imprint gate why --gate https://npm.example.test @acme/widget""",
)
@click.argument("packages", nargs=-1, required=True, metavar="NAME[@VERSION]...")
@click.option("--gate", metavar="URL", help="Ask this gate.  [default: what npm is configured to]")
def command(*, packages: tuple[str, ...], gate: str | None) -> int:
    """Say why the gate withholds a version, or which versions of a package it does.

    For whoever may install through it: no administrator's token is needed. Exits with 1 where
    something is refused, with 3 where something is held because it could not be judged.
    """
    import msgspec

    from imprint.cli.gate.asking import gate_at

    named = [_named(text) for text in packages]
    asked_gate = gate_at(gate)
    found = [*_versions(asked_gate, named), *_packages(asked_gate, named)]
    withheld = [one for one in found if one.effect == "withhold"]
    show(
        Report(
            lines=tuple(_lines(found, asked_gate.url)),
            summary={"versions": len(found), "withheld": len(withheld)},
            values={"versions": [msgspec.to_builtins(one) for one in found]},
        )
    )
    if any(one.verdict == "refused" for one in withheld):
        return FINDINGS
    return UNDECIDED if withheld else CLEAN


def _named(text: str) -> tuple[PackageName, str | None]:
    """Return name and version. Raises Malformed: `invalid-package-name`, `invalid-version`."""
    from imprint.npm.names import PackageName
    from imprint.npm.versions import Version

    name, at, version = text.rpartition("@")
    if not name:  # no version, or the `@` of a scope alone
        return PackageName.parse_existing(text), None
    if at:
        Version.parse(version)
    return PackageName.parse_existing(name), version


def _versions(
    gate: RegistryClient, named: list[tuple[PackageName, str | None]]
) -> Iterator[Judged]:
    import msgspec

    from imprint.cli.gate.answers import Judged, Verdicts
    from imprint.cli.gate.asking import asked
    from imprint.cli.times import moment

    wanted = [{"name": str(name), "version": version} for name, version in named if version]
    if wanted:
        body = msgspec.json.encode({"packages": wanted})
        for one in asked(gate, "verdict", Verdicts, method="POST", body=body).packages:
            until = None if one.until is None else moment(one.until)
            yield Judged(
                name=one.name,
                version=one.version,
                verdict=one.verdict,
                effect=one.effect,
                reasons=one.reasons,
                until=until,
            )


def _packages(
    gate: RegistryClient, named: list[tuple[PackageName, str | None]]
) -> Iterator[Judged]:
    import msgspec

    from imprint.cli.gate.answers import OfPackage
    from imprint.cli.gate.asking import asked

    for name, version in named:
        if version is None:
            found = asked(gate, f"gate/packages/{name.escaped}", OfPackage)
            yield from (msgspec.structs.replace(one, name=found.name) for one in found.versions)


def _lines(found: list[Judged], url: str) -> Iterator[str]:
    for one in found:
        yield f"{one.name}@{one.version}  {_becomes(one)}"
        for reason in one.reasons:
            yield f"  {reason.message} ({reason.code})"
            if reason.hint is not None:
                yield f"    hint: {reason.hint}"
    withheld = [one for one in found if one.effect == "withhold"]
    if not withheld:
        yield "nothing of it is withheld"
        return
    codes = dict.fromkeys(reason.code for one in withheld for reason in one.reasons)
    yield f"more: {', '.join(f'`imprint explain {code}`' for code in codes)}"
    for name in dict.fromkeys(one.name for one in withheld):
        yield f"      {url}-/imprint/gate/packages/{name}"


def _becomes(one: Judged) -> str:
    if one.effect == "withhold":
        until = "" if one.until is None else f", until {one.until}"
        return f"withheld: {one.verdict}{until}"
    return "served" if one.verdict == "admitted" else f"served, though {one.verdict}"
