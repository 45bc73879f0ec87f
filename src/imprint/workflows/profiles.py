"""What the platform does by date: the same files are safe on one forge and open on another.

Source: facts/workflows.md §3. A profile's name is what `--profile` takes.
"""

from __future__ import annotations

import msgspec


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """A forge's behaviour at one date."""

    name: str
    target_runs_default_branch: bool
    """`pull_request_target` takes the default branch's file and ref (2025-12-08)."""
    untrusted_cache_read_only: bool
    """Untrusted triggers cannot write the default branch's caches (2026-06-26)."""
    checkout_guard: bool
    """actions/checkout from 7 on refuses a fork's code in privileged runs (2026-06-18)."""
    checkout_guard_backported: bool
    """So do the floating tags v3 to v6 (2026-07-16); exact tags and commits do not."""


GITHUB_2025_08 = Profile(
    name="github-2025-08",
    target_runs_default_branch=False,
    untrusted_cache_read_only=False,
    checkout_guard=False,
    checkout_guard_backported=False,
)
GITHUB_2026_05 = Profile(
    name="github-2026-05",
    target_runs_default_branch=True,
    untrusted_cache_read_only=False,
    checkout_guard=False,
    checkout_guard_backported=False,
)
GITHUB_2026_07 = Profile(
    name="github-2026-07",
    target_runs_default_branch=True,
    untrusted_cache_read_only=True,
    checkout_guard=True,
    checkout_guard_backported=True,
)
SELF_HOSTED_FORGE = Profile(
    name="self-hosted",
    target_runs_default_branch=False,
    untrusted_cache_read_only=False,
    checkout_guard=True,
    checkout_guard_backported=True,
)
"""GitHub Enterprise Server, Gitea, Forgejo: the actions are the same, the platform is not."""

PROFILES = {
    profile.name: profile
    for profile in (GITHUB_2025_08, GITHUB_2026_05, GITHUB_2026_07, SELF_HOSTED_FORGE)
}
CURRENT = GITHUB_2026_07
