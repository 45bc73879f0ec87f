"""`imprint explain`."""

from __future__ import annotations

import click

from imprint.cli.commands import Command
from imprint.cli.report import Report
from imprint.cli.session import show
from imprint.refusals import Malformed, quoted


def _known() -> tuple[str, ...]:
    from imprint.doctor.logs import pages as causes
    from imprint.explanations import pages
    from imprint.workflows.checks import pages as checks

    return tuple(sorted({*pages.ids(), *causes.ids(), *checks.page_ids()}))


def _complete(_context: click.Context, _parameter: click.Parameter, begun: str) -> list[str]:
    return [one for one in _known() if one.startswith(begun)]


@click.command(
    cls=Command,
    epilog="""\b
Example:
  imprint explain token-beside-publisher""",
)
@click.argument("page_id", metavar="[ID]", required=False, shell_complete=_complete)
def command(page_id: str | None) -> None:
    """Explain a check, an error code, an event or a cause; without one, list them all."""
    from imprint.doctor.logs import pages as causes
    from imprint.explanations import pages
    from imprint.workflows.checks import pages as checks

    known = _known()
    if page_id is None:
        show(Report(lines=known, summary={"pages": len(known)}, values={"ids": known}))
        return
    # A code, a cause and a check may have the same name: whoever asks may mean any of them.
    texts = (pages.page(page_id), causes.page(page_id), checks.check_page(page_id))
    found = [text for text in texts if text is not None]
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
