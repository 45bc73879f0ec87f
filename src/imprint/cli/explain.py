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
    """Explain an error code, an event, a reason or a cause; without one, list them all."""
    from imprint.doctor.logs import pages as causes
    from imprint.explanations import pages

    known = tuple(sorted({*pages.ids(), *causes.ids()}))
    if page_id is None:
        show(Report(lines=known, summary={"pages": len(known)}, values={"ids": known}))
        return
    # A code and a cause in a log may have the same name: whoever asks may mean either.
    found = [text for text in (pages.page(page_id), causes.page(page_id)) if text is not None]
    if not found:
        alike = pages.near(page_id, known)
        raise Malformed(
            "unknown-id",
            f"there is no page {quoted(page_id)}"
            + (f": near it are {', '.join(f'`{name}`' for name in alike)}" if alike else ""),
            hint="`imprint explain` lists all",
        )
    text = "\n".join(found)
    show(Report(lines=tuple(text.splitlines()), values={"id": page_id, "page": text}))
