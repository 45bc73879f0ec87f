"""`imprint admin user`."""

from __future__ import annotations

import sys

import click

from imprint.cli.commands import Command
from imprint.cli.local import Store, local_options, local_registry, operator
from imprint.cli.report import Report, table
from imprint.cli.session import Refused, say, show
from imprint.cli.times import day
from imprint.refusals import Refusal


@click.group("user")
def command() -> None:
    """Accounts."""


@command.command(
    cls=Command,
    epilog="""\b
Example:
  imprint admin user add alice --email alice@example.com --admin""",
)
@click.argument("name")
@click.option("--email", metavar="ADDRESS", help="Where to tell the account what happens.")
@click.option("--password-stdin", is_flag=True, help="Read a password for `npm login` from stdin.")
@click.option("--admin", "is_admin", is_flag=True, help="May administer the whole registry.")
@local_options
def add(
    *,
    name: str,
    email: str | None,
    store: Store,
    password_stdin: bool,
    is_admin: bool,
) -> None:
    """Add the account NAME; without a password it is used by tokens alone."""
    from imprint.registry.administration.accounts import add_user

    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else None
    with local_registry(store, makes=True) as registry:
        refusal = add_user(
            registry, name=name, email=email, password=password, is_admin=is_admin, by=operator()
        )
    if refusal is not None:
        raise Refused(refusal)
    show(Report(lines=(f"added the account {name}",), values={"user": name, "admin": is_admin}))
    if is_admin:
        say(f"next: a second factor, `imprint admin user totp {name}`, for changes of trust")


@command.command(
    "list",
    cls=Command,
    epilog="""\b
Example:
  imprint admin user list --data /srv/imprint""",
)
@local_options
def list_users(*, store: Store) -> None:
    """List the accounts."""
    from imprint.storage import users

    with local_registry(store) as registry, registry.database.reading() as connection:
        found = users.list_users(connection)
    rows = [("NAME", "MAIL", "SECOND FACTOR", "CREATED", "")] if found else []
    for user in found:
        marks = ["administrator"] if user.is_admin else []
        marks += ["disabled"] if user.disabled_at is not None else []
        second_factor = "yes" if user.totp_sealed is not None else "no"
        rows.append(
            (user.name, user.email or "-", second_factor, day(user.created_at), ", ".join(marks))
        )
    values = [
        {
            "name": user.name,
            "email": user.email,
            "admin": user.is_admin,
            "disabled": user.disabled_at is not None,
            "second_factor": user.totp_sealed is not None,
            "created": user.created_at,
        }
        for user in found
    ]
    show(Report(lines=table(rows), summary={"users": len(found)}, values={"users": values}))


@command.command(
    cls=Command,
    epilog="""\b
Example:
  imprint admin user disable alice""",
)
@click.argument("name")
@local_options
def disable(*, name: str, store: Store) -> None:
    """Disable an account: its tokens stop working at once."""
    _set_enabled(name, store, enabled=False)


@command.command(
    cls=Command,
    epilog="""\b
Example:
  imprint admin user enable alice""",
)
@click.argument("name")
@local_options
def enable(*, name: str, store: Store) -> None:
    """Enable an account again."""
    _set_enabled(name, store, enabled=True)


@command.command(
    cls=Command,
    epilog="""\b
Example:
  imprint admin user totp alice""",
)
@click.argument("name")
@local_options
def totp(*, name: str, store: Store) -> None:
    """Give an account a new second factor, and print its address for an authenticator, once."""
    from imprint.registry.administration.accounts import enrol_totp

    with local_registry(store, seals=True) as registry:
        address = enrol_totp(registry, name, by=operator())
    if isinstance(address, Refusal):
        raise Refused(address)
    show(Report(lines=(address,), values={"user": name, "otpauth": address}))
    say("add it to an authenticator now: it is not shown again, and any earlier one is void")


def _set_enabled(name: str, store: Store, *, enabled: bool) -> None:
    from imprint.registry.administration.accounts import set_user_enabled

    with local_registry(store) as registry:
        refusal = set_user_enabled(registry, name, enabled=enabled, by=operator())
    if refusal is not None:
        raise Refused(refusal)
    word = "enabled" if enabled else "disabled"
    show(Report(lines=(f"{word} the account {name}",), values={"user": name, "enabled": enabled}))
