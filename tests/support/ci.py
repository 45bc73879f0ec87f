"""What real clients find in their environment in a job of each CI, and where its ID tokens are."""

from imprint.demo.issuer import Runner, StandInIssuer
from imprint.demo.runs import CircleCIJob, GitHubRun, GitLabJob

AUDIENCE = "npm:127.0.0.1"
"""Of a registry on loopback: npm and pnpm leave the port out."""


def github(issuer: StandInIssuer, **run) -> dict[str, str]:
    """A job of GitHub Actions with `id-token: write`; `run` says what differs from a release."""
    return issuer.start(GitHubRun(**run)).variables()


def github_runner(issuer: StandInIssuer, **run) -> Runner:
    """The same, for tests that look at the ID tokens that the job asked for."""
    return issuer.start(GitHubRun(**run))


def github_without_permission(**run) -> dict[str, str]:
    """A job of GitHub Actions that lacks `id-token: write`."""
    return GitHubRun(**run).variables()


def github_with_token(id_token: str, **run) -> dict[str, str]:
    """A job of GitHub Actions whose ID token somebody chose: `NPM_ID_TOKEN` comes first."""
    return {**GitHubRun(**run).variables(), "NPM_ID_TOKEN": id_token}


def gitlab(
    issuer: StandInIssuer, *, audience: str = AUDIENCE, job: GitLabJob | None = None
) -> dict[str, str]:
    """A job of GitLab CI/CD with one ID token for all of it."""
    token = issuer.gitlab_token(job or GitLabJob(), audience=audience)
    return {**gitlab_without_token(), "NPM_ID_TOKEN": token}


def gitlab_without_token() -> dict[str, str]:
    """A job of GitLab CI/CD whose file has no `id_tokens`."""
    return {
        "CI": "true",
        "CI_PIPELINE_SOURCE": "push",
        "CI_PROJECT_PATH": "acme/tools/widget",
        "CI_SERVER_HOST": "gitlab.example.test",
        "GITLAB_CI": "true",
    }


def circleci(
    issuer: StandInIssuer, *, audience: str = AUDIENCE, job: CircleCIJob | None = None
) -> dict[str, str]:
    """A job of CircleCI that asked for an ID token for the registry."""
    token = issuer.circleci_token(job or CircleCIJob(), audience=audience)
    return {"CI": "true", "CIRCLECI": "true", "NPM_ID_TOKEN": token}


def jenkins(id_token: str) -> dict[str, str]:
    """A CI that npm does not know, though it has an ID token."""
    return {"CI": "true", "JENKINS_URL": "http://ci.example.test/", "NPM_ID_TOKEN": id_token}
