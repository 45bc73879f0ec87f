"""The gate's parts that are not there yet, in their plainest form: nothing is judged.

What stands here goes when the part of its name in `gate/` is there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.gate.model import Effect, JudgedDocument, VersionVerdict
from imprint.http.replies import json_reply
from imprint.policy.decisions import Admitted

if TYPE_CHECKING:
    from imprint.gate.model import UpstreamDocument
    from imprint.http.replies import Reply
    from imprint.http.requests import Request


class PlainJudging:
    """Everything is admitted."""

    async def judge(self, document: UpstreamDocument) -> JudgedDocument:
        """Return that nothing is withheld."""
        return JudgedDocument(
            name=document.name,
            document_digest=document.digest,
            policy_digest="",
            verdicts={},
            withheld=frozenset(),
            next_change=None,
            doubt=document.doubt,
        )

    async def judge_tarball(
        self, _document: UpstreamDocument, version: str, _integrity: str | None
    ) -> VersionVerdict:
        """Return that it is served."""
        return VersionVerdict(
            version=version, decision=Admitted(), effect=Effect.SERVE, sentence=""
        )


class PlainAdvisories:
    """No advisories."""

    async def bulk(self, _request: Request) -> Reply:
        """Return none."""
        return json_reply({})

    async def legacy(self, _request: Request, *, is_quick: bool) -> Reply:
        """Return none."""
        del is_quick
        return json_reply({})
