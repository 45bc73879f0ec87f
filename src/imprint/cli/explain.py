"""`imprint explain`."""

from __future__ import annotations

import click

from imprint.cli.commands import Command
from imprint.cli.report import Report
from imprint.cli.session import show
from imprint.refusals import Malformed, quoted


@click.command(
    cls=Command,
    epilog="""\b
Example:
  imprint explain token-beside-publisher""",
)
@click.argument("page_id", metavar="[ID]", required=False)
def command(page_id: str | None) -> None:
    """Explain an error code, an event or a reason; without one, list them all."""
    from imprint.explanations.pages import ids, near, page

    if page_id is None:
        known = ids()
        show(Report(lines=known, summary={"pages": len(known)}, values={"ids": known}))
        return
    text = page(page_id)
    if text is None:
        alike = near(page_id)
        raise Malformed(
            "unknown-id",
            f"there is no page {quoted(page_id)}"
            + (f": near it are {', '.join(f'`{name}`' for name in alike)}" if alike else ""),
            hint="`imprint explain` lists all",
        )
    show(Report(lines=tuple(text.splitlines()), values={"id": page_id, "page": text}))
