"""What the archive's cases say should be found, and the checks that say it."""

CASE_WORDS = {
    "bot-admin-pat": ("secrets-beside-publish", "token-in-reach"),
    "cache-restore-in-release-job": ("cache-in-publish-job",),
    "environment-without-required-reviewers": ("weak-environment", "writer-publish-path"),
    "id-token-workflow-level": ("workflow-wide-id-token",),
    "issue_comment-publish": ("wide-trigger", "anonymous-publish-path"),
    "long-lived-npm-token": ("long-lived-token", "token-beside-id-token"),
    "pr-head-checkout-with-id-token": ("anonymous-publish-path", "interaction-publish-path"),
    "prt-checkout-pr-head": ("anonymous-code-execution", "anonymous-publish-path"),
    "publish-and-plan-in-one-job": ("secrets-beside-publish", "build-in-publish-job"),
    "publish-in-ci-workflow": ("workflow-wide-id-token", "wide-trigger"),
    "release-branches-unprotected-for-admins": ("weak-environment", "writer-publish-path"),
    "token-with-idtoken": ("token-beside-id-token",),
    "tp-not-bound-to-environment": ("publish-without-environment", "writer-publish-path"),
    "unpinned-actions": ("unpinned-action",),
}
"""Each word of `expected_rules` with the checks that it stands for: any of them will do."""
NOT_IN_THE_FILES = {
    ("asyncapi-2026-spec-json-schemas", "prt-checkout-pr-head"): (
        "none of the archived workflows checks a pull request out: the preview was elsewhere"
    ),
    ("asyncapi-2026-spec-json-schemas", "release-branches-unprotected-for-admins"): (
        "who may pass a branch rule is a fact of the forge"
    ),
    ("shai-hulud-2-posthog-2025", "prt-checkout-pr-head"): (
        "none of the archived workflows has `pull_request_target`"
    ),
}
"""What no file of the archive shows, with the reason."""
