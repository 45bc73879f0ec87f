"""`imprint admin token`."""

from __future__ import annotations

import click

from imprint.cli.commands import Command
from imprint.cli.durations import Duration
from imprint.cli.local import Store, local_options, local_registry, operator
from imprint.cli.report import Report, table
from imprint.cli.session import Refused, show
from imprint.cli.times import day
from imprint.refusals import Refusal

PERMISSIONS = ("read-only", "read-write", "stage-only")
MOST_SECONDS = 366 * 86_400


@click.group("token")
def command() -> None:
    """Long-lived tokens. A trusted publisher needs none."""


@command.command(
    cls=Command,
    epilog="""\b
Example:
  imprint admin token create --user alice --packages '@acme/*' --expires 7d""",
)
@click.option("--user", required=True, metavar="NAME", help="Whose token it is.")
@click.option(
    "--packages", multiple=True, metavar="NAME", help="A package or `@scope/*`; repeat it."
)
@click.option(
    "--permission", type=click.Choice(PERMISSIONS), default="read-write", show_default=True
)
@click.option(
    "--expires",
    type=Duration(most_seconds=MOST_SECONDS),
    default="7d",
    show_default=True,
    help="How long it lives.",
)
@local_options
def create(
    *,
    user: str,
    packages: tuple[str, ...],
    permission: str,
    expires: float,
    store: Store,
) -> None:
    """Make a token, and print it alone: it is not shown again."""
    from imprint.npm.packument import iso
    from imprint.registry.administration.accounts import create_token

    with local_registry(store) as registry:
        made = create_token(
            registry,
            user_name=user,
            packages=packages,
            permission=permission,
            lifetime_seconds=expires,
            by=operator(),
        )
    if isinstance(made, Refusal):
        raise Refused(made)
    secret, token = made
    values = {
        "id": token.id,
        "token": secret.reveal(),
        "user": user,
        "packages": token.targets,
        "permission": token.permission,
        "expires": None if token.expires_at is None else iso(token.expires_at),
    }
    show(Report(lines=(secret.reveal(),), values=values))


@command.command(
    "list",
    cls=Command,
    epilog="""\b
Example:
  imprint admin token list --user alice""",
)
@click.option("--user", required=True, metavar="NAME", help="Whose tokens.")
@local_options
def list_tokens(*, user: str, store: Store) -> None:
    """List the tokens of an account."""
    from imprint.registry.administration.accounts import find_user
    from imprint.storage import users

    with local_registry(store) as registry, registry.database.reading() as connection:
        owner = find_user(connection, user)
        if isinstance(owner, Refusal):
            raise Refused(owner)
        found = users.tokens_of(connection, owner.id)
    rows = [("ID", "TOKEN", "MAY", "PACKAGES", "EXPIRES", "USED")] if found else []
    rows += [
        (
            token.id,
            token.shown,
            token.permission,
            " ".join(token.targets) or "all",
            "never" if token.expires_at is None else day(token.expires_at),
            "never" if token.used_at is None else day(token.used_at),
        )
        for token in found
    ]
    values = [
        {
            "id": token.id,
            "shown": token.shown,
            "name": token.name,
            "permission": token.permission,
            "packages": token.targets,
            "created": token.created_at,
            "expires": token.expires_at,
            "used": token.used_at,
        }
        for token in found
    ]
    show(Report(lines=table(rows), summary={"tokens": len(found)}, values={"tokens": values}))


@command.command(
    cls=Command,
    epilog="""\b
Example:
  imprint admin token revoke 6f1c… --user alice""",
)
@click.argument("token_id", metavar="ID")
@click.option("--user", required=True, metavar="NAME", help="Whose token it is.")
@local_options
def revoke(*, token_id: str, user: str, store: Store) -> None:
    """Revoke a token by the id that `list` shows."""
    from imprint.registry.administration.accounts import revoke_token

    with local_registry(store) as registry:
        refusal = revoke_token(registry, token_id, user_name=user, by=operator())
    if refusal is not None:
        raise Refused(refusal)
    show(Report(lines=(f"revoked the token {token_id}",), values={"id": token_id}))
