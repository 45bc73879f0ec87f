"""`imprint doctor --probe`: the exchange, tried in CI, and what the last release really was."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from imprint.cli.report import Report
from imprint.cli.session import current, say, show
from imprint.refusals import Malformed, Refusal, Unavailable, quoted

if TYPE_CHECKING:
    from imprint.doctor.folders import Folder
    from imprint.doctor.releases import LastRelease
    from imprint.npm.names import PackageName
    from imprint.publish.configuration import Configuration
    from imprint.publish.registry_client import RegistryClient
    from imprint.publishers.credentials import Secret

MOST_PACKAGES = 50
FINDINGS, UNDECIDED = 1, 3


class Probed(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one package."""

    package: str
    registry: str
    exchanged: bool | None
    """None: nothing was decided."""
    code: str | None
    answer: str
    hint: str | None
    revoked: bool | None
    """None: there was nothing to revoke."""
    last: LastRelease | None

    @property
    def is_good(self) -> bool:
        """Whether the exchange works, and nothing fell back."""
        fell_back = self.last is not None and self.last.fell_back is True
        return self.exchanged is True and not fell_back


def probe(folder: Folder, *, exit_zero: bool) -> int:
    """Try the exchange for every package of the repository; returns the exit code."""
    from imprint.doctor.packages import package_names
    from imprint.doctor.reading import collect
    from imprint.npm.names import PackageName
    from imprint.publish.configuration import Surroundings, read_configuration

    names = package_names(collect(folder))
    if not names:
        raise Unavailable(
            "nothing-to-check", f"folder {quoted(str(folder.root))} has no package to publish"
        )
    around = Surroundings(folder=folder.root, home=Path.home(), environment=os.environ)
    configuration = read_configuration(around, registry=current().registry)
    if len(names) > MOST_PACKAGES:
        say(f"warning: the first {MOST_PACKAGES} of {len(names)} packages are tried")
    probed = [_probe(PackageName.parse(name), configuration) for name in names[:MOST_PACKAGES]]
    show(_report(probed))
    if exit_zero or all(one.is_good for one in probed):
        return 0
    return UNDECIDED if any(one.exchanged is None for one in probed) else FINDINGS


def _probe(name: PackageName, configuration: Configuration) -> Probed:
    from imprint.publish.exchanging import exchange
    from imprint.publish.registry_client import RegistryClient

    registry = configuration.registry_of(name.scope)
    client = RegistryClient(url=registry.url)
    last = _last_release(name, registry.url, configuration.token_for(registry.url))
    code: str | None = None
    hint: str | None = None
    exchanged: bool | None = None
    revoked: bool | None = None
    try:
        answer = exchange(client, name, id_token=_id_token(client.url))
        if isinstance(answer, Refusal):
            exchanged, code, text, hint = False, answer.code, answer.message, answer.hint
        else:
            exchanged, text = True, "the registry gave a credential"
            revoked = _thrown_away(client, answer.secret)
    except (Malformed, Unavailable) as err:
        code, text, hint = err.code, err.message, err.hint
        exchanged = False if isinstance(err, Malformed) else None
    return Probed(
        package=str(name),
        registry=registry.url,
        exchanged=exchanged,
        code=code,
        answer=text,
        hint=hint,
        revoked=revoked,
        last=last,
    )


def _id_token(url: str) -> Secret:
    from imprint.publish.ambient import ambient_token
    from imprint.tokens.audiences import audiences_of

    return ambient_token(os.environ, audience=audiences_of(url)[0])


def _thrown_away(client: RegistryClient, secret: Secret) -> bool:
    """Revoke the credential; a registry that has no such route lets it run out by itself."""
    from imprint.publish.exchanging import give_back

    if os.environ.get("GITHUB_ACTIONS"):
        # Nobody shows it; should anything ever, the runner hides it.
        click.echo(f"::add-mask::{secret.reveal()}", err=True)
    try:
        return give_back(client, secret) is None
    except (Malformed, Unavailable):
        return False


def _last_release(name: PackageName, url: str, token: Secret | None) -> LastRelease | None:
    from imprint.doctor.releases import last_release
    from imprint.npm.published import read_packument
    from imprint.publish.registry_client import RegistryClient

    try:
        raw = RegistryClient(url=url, token=token).call("GET", name.escaped)
        if isinstance(raw, Refusal):
            return None
        return last_release(read_packument(raw, name=str(name)))
    except (Malformed, Unavailable) as err:
        say(f"warning: last release of {name} not known: {err.message}")
        return None


def _report(probed: list[Probed]) -> Report:
    lines: list[str] = []
    for one in probed:
        verdict = {True: "works", False: "is refused", None: "was not decided"}[one.exchanged]
        code = f" ({one.code})" if one.code is not None else ""
        lines.append(f"{one.package}: the exchange {verdict}{code}: {one.answer}")
        if one.hint is not None:
            lines.append(f"  hint: {one.hint}")
        if one.revoked is False:
            lines.append("  the credential could not be revoked: it runs out by itself")
        if one.revoked is True:
            lines.append("  the credential was thrown away")
        if one.last is not None:
            lines.append(f"  {one.last.sentence}")
    return Report(
        lines=tuple(lines),
        summary={
            "packages": len(probed),
            "exchanged": sum(one.exchanged is True for one in probed),
            "fell_back": sum(one.last is not None and one.last.fell_back is True for one in probed),
        },
        values={"probed": [_values(one) for one in probed]},
    )


def _values(one: Probed) -> dict[str, object]:
    last = one.last
    return {
        "package": one.package,
        "registry": one.registry,
        "exchanged": one.exchanged,
        "code": one.code,
        "answer": one.answer,
        "hint": one.hint,
        "revoked": one.revoked,
        "last_release": None
        if last is None
        else {
            "version": last.version,
            "by": last.by,
            "fell_back": last.fell_back,
            "message": last.sentence,
        },
    }
