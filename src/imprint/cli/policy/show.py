"""`imprint policy show`."""

from __future__ import annotations

from pathlib import Path

import click

from imprint.cli.commands import Command
from imprint.cli.report import Report, table
from imprint.cli.session import show


@click.command(
    "show",
    cls=Command,
    epilog="""\b
Example, of the project that is here, and of a policy that is not used yet:
  imprint policy show
  imprint policy show --policy proposal.toml""",
)
@click.argument(
    "path", metavar="[LOCKFILE|DIR]", required=False, type=click.Path(path_type=Path), default="."
)
@click.option(
    "--policy",
    "named",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="The policy.  [default: imprint.toml beside the lockfile or above it, else built in]",
)
@click.option("--offline", is_flag=True, help="Fetch nothing that the policy extends.")
def command(*, path: Path, named: Path | None, offline: bool) -> int:
    """Show the policy as it counts, and where each value is from: a file's line, or the preset."""
    from imprint.cli.caches import cache_folder
    from imprint.evidence.policies import fetch_document, load_policy
    from imprint.policy.effective import values_of

    loaded = load_policy(
        path if path.is_dir() else path.parent,
        named=named,
        cache=cache_folder() / "policies",
        fetch=None if offline else fetch_document,
    )
    values = values_of(loaded.policy)
    rows = [(one.key, one.value, one.origin) for one in values]
    pins = sum(map(len, loaded.pins.values()))
    file = "built in: there is no imprint.toml" if loaded.file is None else str(loaded.file)
    lines = [f"policy {loaded.words}  {file}"]
    lines += [f"extends {address}" for address in loaded.layers]
    lines.append(f"{pins} pins, {len(loaded.baseline)} findings are known")
    show(
        Report(
            lines=(*lines, "", *table(rows)),
            summary={"preset": loaded.policy.preset, "digest": loaded.policy.digest},
            values={
                "file": None if loaded.file is None else str(loaded.file),
                "layers": list(loaded.layers),
                "pins": pins,
                "known": len(loaded.baseline),
                "values": [
                    {"key": one.key, "value": one.value, "from": one.origin} for one in values
                ],
            },
        )
    )
    return 0
