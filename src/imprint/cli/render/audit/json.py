"""For programs: one object with `schema`, or one line for each package and the summary last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.cli.render.audit.values import run_of, summary_of, values_of
from imprint.cli.render.json import SCHEMA
from imprint.cli.render.json_text import json_text

if TYPE_CHECKING:
    from imprint.audit.model import Audit
    from imprint.cli.render.audit.values import Values


def render_json(audit: Audit) -> str:
    """Return one object."""
    packages = [values_of(package) for package in audit.packages]
    return json_text({**_head(audit), **run_of(audit), "packages": packages})


def render_jsonl(audit: Audit) -> str:
    """Return one object in each line: the packages, then the summary, which has `schema`."""
    lines: list[Values] = [{"type": "package", **values_of(package)} for package in audit.packages]
    lines.append({"type": "summary", **_head(audit), **run_of(audit)})
    return "".join(json_text(line, indent=0) for line in lines)


def _head(audit: Audit) -> Values:
    command = "diff" if audit.is_difference else "audit"
    return {"schema": SCHEMA, "command": command, "summary": summary_of(audit)}
