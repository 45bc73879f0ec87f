"""The story of `imprint demo`: a release by a trusted publisher, and four that are refused.

Every line is true: what programs say is what they said a moment ago, and each act is checked before
the next one begins. Nothing of it is left on the machine, unless it is asked for.
"""

from __future__ import annotations

import json
import shutil
import signal
import sys
import tempfile
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import msgspec
from msgspec.structs import replace

from imprint.demo.issuer import Runner, StandInIssuer
from imprint.demo.narration import Narrator
from imprint.demo.npm import Finished, Npm, find_npm
from imprint.demo.registry import SERVE, DemoRegistry
from imprint.demo.runs import GitHubRun
from imprint.publishers.credentials import LIFETIME_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import FrameType

PACKAGE = "@acme/widget"
OWNER = "ada"
RELEASE = GitHubRun()

_EXCHANGE = f"/-/npm/v1/oidc/token/exchange/package/{PACKAGE.replace('/', '%2f')}"


class NotAsToldError(Exception):
    """Something happened otherwise than the story says."""

    def __init__(self, expected: str, finished: Finished) -> None:
        """Say what was expected, and everything that the program said."""
        super().__init__(expected)
        self.expected = expected
        self.finished = finished


def run(*, keep: bool, out: TextIO | None = None) -> int:
    """Tell the story to `out` (stdout); returns 0, or 1 where something is not as told.

    `keep` leaves its folder where it is, and says how to use it. Raises Unavailable where there is
    no npm that can exchange ID tokens.
    """
    npm = find_npm()
    narrator = Narrator(out or sys.stdout)
    folder = Path(tempfile.mkdtemp(prefix="imprint-demo-"))
    try:
        with _ended_by_signals(), StandInIssuer() as issuer, DemoRegistry(folder) as registry:
            story = Story(
                narrator=narrator, npm=npm, issuer=issuer, registry=registry, folder=folder
            )
            return _told(story, narrator, keep=keep)
    finally:
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)


def _told(story: Story, narrator: Narrator, *, keep: bool) -> int:
    try:
        story.tell()
    except NotAsToldError as err:
        narrator.say(f"This is not as told: expected {err.expected}. What was said instead:")
        narrator.quote([f"exit code {err.finished.code}", *err.finished.text.splitlines()])
        code = 1
    else:
        code = 0
    if keep:
        story.say_what_is_kept()
    return code


class Story(msgspec.Struct, frozen=True, kw_only=True):
    """The acts, in order, and what they are played with."""

    narrator: Narrator
    npm: Npm
    issuer: StandInIssuer
    registry: DemoRegistry
    folder: Path

    def tell(self) -> None:
        """Tell all of it; raises NotAsToldError."""
        tell = self.narrator
        tell.title(f"imprint demo: who may publish {PACKAGE}, and who may not")
        tell.say(
            f"Everything runs on this machine, with the real npm {self.npm.version}. Only the CI is"
            " a stand-in: it vouches for any run that the story needs, as GitHub Actions does for"
            " runs that happened. Of what npm says, lines about the tarball and repetitions are"
            " left out."
        )
        self._set_up()
        release = self.issuer.start(RELEASE)
        self._publish(release)
        self._install()
        self._refuse_another_repository()
        self._refuse_a_pull_request()
        self._refuse_a_replay(release)
        self._refuse_a_fall_back()
        self._audit()
        self._conclude()

    def say_what_is_kept(self) -> None:
        """Say where everything is, and how to look at it."""
        tell = self.narrator
        address = self.registry.url.partition("//")[2]
        tell.act(10, "Kept")
        tell.say(f"Everything is in {self.folder}. To serve the registry again, and to look at it:")
        tell.command(f"imprint serve --data {self.registry.data} --listen {address}")
        tell.command(f"npm view {PACKAGE} --registry {self.registry.url}/")
        tell.say("To publish again, the stand-in CI must be at its address before the registry is:")
        tell.command(
            f"python -m imprint.demo --port {self.issuer.address.rpartition(':')[2]}",
            where="says more with --help",
        )

    # --- acts -------------------------------------------------------------------------------------

    def _set_up(self) -> None:
        tell, run_ = self.narrator, RELEASE
        tell.act(1, "A registry, an owner, and whom the owner trusts")
        tell.command(" ".join(("imprint", *SERVE)))
        tell.quote([f"listening on {self.registry.url}"])
        self._imprint("admin", "user", "add", OWNER)
        self._imprint(
            *("admin", "issuer", "add", "ci"),
            *("--provider", "github", "--issuer", self.issuer.github),
        )
        self._imprint(
            *("trust", "add", "github", PACKAGE, "--owner", OWNER),
            *("--repository", run_.repository, "--workflow", run_.workflow),
            *("--repository-id", run_.repository_id, "--owner-id", run_.owner_id),
        )
        tell.say(
            f"From now on the workflow {run_.workflow} of {run_.repository} may publish {PACKAGE}."
            " There is no token for it, in no secret and in no file."
        )

    def _publish(self, release: Runner) -> None:
        self.narrator.act(2, "The release workflow publishes")
        folder = self._package("1.0.0")
        done = self._publish_in(release.variables(), folder=folder, where=_where(release.run))
        self._expect(done, f"+ {PACKAGE}@1.0.0", code=0)
        self._expect(done, f"{PACKAGE}@1.0.0 is published, by trusted publisher github", code=0)
        self.narrator.say(
            "npm asked the CI for an ID token, and exchanged it at the registry for a credential:"
            f" good for {PACKAGE}, for one publication, for {LIFETIME_SECONDS // 60} minutes."
        )

    def _install(self) -> None:
        tell = self.narrator
        tell.act(3, "Somebody installs it")
        folder = self._folder("application")
        tell.command(f"npm install {PACKAGE}")
        done = self._npm("install", PACKAGE, folder=folder)
        tell.quote(_words(done))
        self._expect(done, "added 1 package", code=0)
        script = f"require('{PACKAGE}').hello"
        tell.command(f'node -p "{script}"')
        done = self.npm.evaluate(f"console.log({script})", folder=folder, home=self._home)
        tell.quote(done.stdout.splitlines())
        self._expect(done, "hello from 1.0.0", code=0)

    def _refuse_another_repository(self) -> None:
        self.narrator.act(4, "An attacker's repository has the same workflow, and runs it")
        run_ = replace(RELEASE, repository="mallory/widget", repository_id="666", owner_id="66")
        done = self._refused(run_)
        self._expect(done, f"no trusted publisher of `{PACKAGE}` accepts this run", code=1)
        self.narrator.say(
            "The CI vouches for this run as well: for mallory's repository. The refusal repeats"
            " what the token says of itself, and tells nothing of whom the owner trusts. (The last"
            " words of npm are the same for every failed exchange; the cause is in the notice.)"
        )

    def _refuse_a_pull_request(self) -> None:
        self.narrator.act(5, "The right workflow runs for a stranger's pull request")
        run_ = replace(RELEASE, event="pull_request_target", ref="refs/heads/main")
        done = self._refused(run_)
        self._expect(done, "`event_name` is `pull_request_target`", code=1)
        self.narrator.say(
            "It is the right repository and workflow, but a stranger caused the run. Now that the"
            " ids match, the refusal names the claim that differs."
        )

    def _refuse_a_replay(self, release: Runner) -> None:
        tell = self.narrator
        tell.act(6, "A dependency copied the ID token of the release, and sends it again")
        copied = release.issued[-1]
        tell.say("A script sends it to the exchange:")
        done = self._exchange(copied)
        tell.quote([f"POST {_EXCHANGE}", *done.stdout.splitlines()])
        self._expect(done, f"the ID token was exchanged for `{PACKAGE}` already", code=409)
        tell.say("And npm takes it where it is told to:")
        done = self._publish_in(
            {**RELEASE.variables(), "NPM_ID_TOKEN": copied},
            folder=self._package("1.0.1"),
            where="with the copied ID token as NPM_ID_TOKEN",
        )
        self._expect(done, f"the ID token was exchanged for `{PACKAGE}` already", code=1)
        tell.say("An ID token of a release is good once.")

    def _refuse_a_fall_back(self) -> None:
        tell = self.narrator
        tell.act(7, "The exchange fails, and a forgotten token lies in .npmrc")
        made = self.registry.imprint(
            *("admin", "token", "create", "--user", OWNER, "--data", self.registry.data.name)
        )
        self._expect(made, "imp_t_", code=0)
        key = self.registry.url.partition(":")[2]
        with (self._home / ".npmrc").open("a") as npmrc:
            npmrc.write(f"{key}/:_authToken={made.stdout.strip()}\n")
        done = self._refused(replace(RELEASE, workflow="ci.yml"))
        self._expect(done, "the client fell back to a token", code=1)
        tell.say(
            "Another workflow tried, so the exchange failed. What npm does then, it does silently:"
            f" it takes the token of {OWNER} from .npmrc, and wherever tokens may publish, that"
            " works and nobody notices. This registry refuses, and names the cause."
        )

    def _audit(self) -> None:
        tell = self.narrator
        tell.act(8, "Who installs it asks who published what is in the lockfile")
        audit = ("audit", "application")
        tell.command(" ".join(("imprint", *audit)))
        done = self.registry.imprint(*audit, "--no-cache", "--registry", self.registry.url)
        tell.quote(done.stdout.splitlines())
        self._expect(done, "a trusted publisher (github)", code=1)
        self._expect(done, "release-too-young", code=1)
        tell.say(
            "A trusted publisher published it, and the registry's signature is valid. It is held"
            " for a day all the same, as policy has every release: most bad ones were found within"
            " hours. Nothing else is to be done but to wait, or to accept it with a reason."
        )

    def _conclude(self) -> None:
        tell = self.narrator
        tell.act(9, "What is published in the end")
        tell.command(f"npm view {PACKAGE} versions --json")
        done = self._npm("view", PACKAGE, "versions", "--json", folder=self.folder)
        tell.quote(done.stdout.split("\n\n")[0].splitlines())
        if done.code != 0 or json.loads(done.stdout) not in ("1.0.0", ["1.0.0"]):
            raise NotAsToldError("version 1.0.0 alone", done)
        self._look_at("verify", f"{PACKAGE}@1.0.0", "--no-cache", told="registry signature")
        self._look_at("timeline", PACKAGE, told="by trusted-publisher")
        tell.say(
            "One release, by its trusted publisher, and signed by the registry. There is more:"
            " whether a run would be accepted `imprint trust test` tells at the desk and `imprint"
            " exchange PACKAGE --dry-run` in the job, and `imprint explain already-used` explains"
            " a refusal."
        )

    # --- what they are made of --------------------------------------------------------------------

    @property
    def _home(self) -> Path:
        return self.folder / "home"

    def _folder(self, name: str) -> Path:
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        return folder

    def _package(self, version: str) -> Path:
        folder = self._folder("widget")
        described = {"name": PACKAGE, "version": version, "main": "index.js"}
        (folder / "package.json").write_text(json.dumps(described, indent=2))
        (folder / "index.js").write_text(f"exports.hello = 'hello from {version}';\n")
        return folder

    def _npm(
        self, *arguments: str, folder: Path, variables: Mapping[str, str] | None = None
    ) -> Finished:
        self._home.mkdir(exist_ok=True)
        npmrc = self._home / ".npmrc"
        if not npmrc.exists():
            npmrc.write_text(f"registry={self.registry.url}/\n")
        return self.npm.run(arguments, folder=folder, home=self._home, variables=variables)

    def _publish_in(self, job: Mapping[str, str], *, folder: Path, where: str) -> Finished:
        self.narrator.command("npm publish", where=where)
        done = self._npm("publish", folder=folder, variables=job)
        self.narrator.quote(_words(done))
        return done

    def _refused(self, run_: GitHubRun) -> Finished:
        return self._publish_in(
            self.issuer.start(run_).variables(),
            folder=self._package("1.0.1"),
            where=_where(run_),
        )

    def _exchange(self, id_token: str) -> Finished:
        """Return an exchange's answer: its status as the code, its sentence as the output."""
        request = urllib.request.Request(  # noqa: S310  (an http address of ours)
            self.registry.url + _EXCHANGE,
            method="POST",
            headers={"authorization": f"Bearer {id_token}"},
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310  (the same)
                return Finished(code=answer.status, stdout="the exchange succeeded", stderr="")
        except urllib.error.HTTPError as err:
            with err:
                message = json.loads(err.read())["message"]
            return Finished(code=err.code, stdout=f"{err.code} {message}", stderr="")

    def _imprint(self, *arguments: str) -> None:
        arguments = (*arguments, "--data", self.registry.data.name)
        self.narrator.command(" ".join(("imprint", *arguments)))
        done = self.registry.imprint(*arguments)
        self.narrator.quote(done.stdout.splitlines())
        self._expect(done, "", code=0)

    def _look_at(self, *arguments: str, told: str) -> None:
        """Run a command that anybody may give: it has the registry's address, and no folder."""
        self.narrator.command(" ".join(("imprint", *arguments)))
        done = self.registry.imprint(*arguments, "--registry", self.registry.url)
        self.narrator.quote(done.stdout.splitlines())
        self._expect(done, told, code=0)

    def _expect(self, done: Finished, words: str, *, code: int) -> None:
        if done.code != code or words not in done.text:
            raise NotAsToldError(f"exit code {code} and `{words}`", done)


def _where(run_: GitHubRun) -> str:
    """Return the run in a few words."""
    name = run_.ref.split("/", 2)[2]
    return f"in GitHub Actions: {run_.repository}, {run_.workflow}, {run_.event} of {name}"


def _words(done: Finished) -> list[str]:
    """Return what npm said, less what it says of the tarball and of its own log."""
    lines = [line for line in done.stderr.splitlines() if line.strip() not in ("", "npm notice")]
    listed = [at for at, line in enumerate(lines) if line.startswith("npm notice total files")]
    if listed:
        lines = lines[listed[-1] + 1 :]
    left_out = (
        "npm notice Publishing to",
        "npm error 403",
        "npm error A complete log",
        "npm error need auth You",
    )
    said = [line for line in lines if not line.startswith(left_out)]
    return said + [line for line in done.stdout.splitlines() if line.strip()]


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Let SIGTERM and SIGHUP end the story as Ctrl-C does: with everything taken down."""

    def end(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
