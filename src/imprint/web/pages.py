"""The page at /-/imprint/: what this host is, how to point a client at it. No script, no asset."""

from __future__ import annotations

import base64
import hashlib
from html import escape
from string import Template
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from imprint.http.replies import Headers, Reply

if TYPE_CHECKING:
    from collections.abc import Sequence

_STYLE = """
body { font: 1rem/1.6 system-ui, sans-serif; max-width: 44rem; margin: 3rem auto; padding: 0 1rem;
  color: #1b1f24; background: #fff }
h1 { font-size: 1.6rem; margin-bottom: 0 }
h2 { font-size: 1.1rem; margin-top: 2rem }
code { font-family: ui-monospace, monospace; font-size: .9rem }
pre { background: #f3f4f6; border-radius: 6px; padding: .8rem 1rem; overflow-x: auto }
@media (prefers-color-scheme: dark) {
  body { color: #e6e8eb; background: #16181c }
  pre { background: #23262c }
}
"""

_PAGE = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>imprint</title>
<style>$style</style>
</head>
<body>
<main>
<h1>imprint</h1>
<p>An npm registry that knows who published each version, from where, and whether they were allowed
to. CI workflows publish here without a stored token: they exchange their ID token for a credential
that is good for one package, once, for minutes.</p>

<h2>Use it</h2>
<p>One line in the project's <code>.npmrc</code>:</p>
<pre><code>registry=$url/</code></pre>
<p>or, for the packages of one scope alone:</p>
<pre><code>@your-scope:registry=$url/</code></pre>

<h2>Publish from CI</h2>
<p>An owner of the package names the workflow that may publish it:</p>
<pre><code>imprint trust add github PACKAGE --repository OWNER/REPOSITORY --workflow release.yml \\
  --registry $url/</code></pre>
<p>The workflow's job then needs <code>permissions: id-token: write</code>, npm 11.5.1 or later,
and nothing else: <code>npm publish</code> exchanges the ID token by itself. ID tokens must be
issued for the audience <code>$audience</code>.</p>
<p>To see what an exchange would say, claim by claim, without publishing anything:</p>
<pre><code>imprint exchange PACKAGE --dry-run</code></pre>

<h2>For machines</h2>
<ul>
<li><a href="/-/imprint/v1/audience"><code>/-/imprint/v1/audience</code></a></li>
<li><a href="/-/imprint/health"><code>/-/imprint/health</code></a>,
<a href="/-/imprint/ready"><code>/-/imprint/ready</code></a></li>
<li><code>/-/imprint/v1/packages/PACKAGE/timeline</code>: who published each version, and how</li>
</ul>
</main>
</body>
</html>
""")

_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'"
)
_HEADERS: Headers = (
    (b"content-type", b"text/html; charset=utf-8"),
    (b"content-security-policy", _POLICY.encode("ascii")),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-cache"),
)


def home(public_url: str, audiences: Sequence[str]) -> Reply:
    """Return the page, for the registry at `public_url` (without a slash at its end)."""
    audience = audiences[0] if audiences else f"npm:{urlsplit(public_url).hostname}"
    page = _PAGE.substitute(style=_STYLE, url=escape(public_url), audience=escape(audience))
    return Reply(status=200, headers=_HEADERS, body=page.encode())
