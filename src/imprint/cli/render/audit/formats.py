"""Every format of an audit by its name; what a format needs is imported with its use."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from imprint.cli.render.audit.layout import Layout

if TYPE_CHECKING:
    from imprint.audit.model import Audit

_RENDERERS = {
    "json": ("json", "render_json"),
    "jsonl": ("json", "render_jsonl"),
    "sarif": ("sarif", "render_sarif"),
    "markdown": ("markdown", "render_markdown"),
    "html": ("html", "render_html"),
    "github": ("github", "render_github"),
    "gitlab": ("gitlab", "render_gitlab"),
    "junit": ("junit", "render_junit"),
    "cyclonedx": ("cyclonedx", "render_cyclonedx"),
}
FORMATS = ("plain", *_RENDERERS)


def render(audit: Audit, name: str, *, layout: Layout | None = None) -> str:
    """Return the audit in one of `FORMATS`; `layout` is for people's alone."""
    if name == "plain":
        from imprint.cli.render.audit.plain import render_plain

        return render_plain(audit, layout or Layout())
    module, function = _RENDERERS[name]
    renderer = getattr(importlib.import_module(f"imprint.cli.render.audit.{module}"), function)
    text: str = renderer(audit)
    return text
