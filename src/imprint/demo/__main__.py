"""`python -m imprint.demo`: the stand-in issuer alone, for trying a registry by hand."""

from __future__ import annotations

import argparse
import shlex
import sys
import threading

from imprint.demo.issuer import StandInIssuer
from imprint.demo.runs import GitHubRun

DESCRIPTION = """A STAND-IN for a CI's issuer of ID tokens, on loopback: it vouches for whatever run
you describe, and nobody checks that there is one. Register it only at a registry that you try
things with; a registry that trusts it trusts everybody who reaches it."""


def main() -> None:
    """Serve until Ctrl-C; prints the environment of the run that was described, for a shell."""
    run = GitHubRun()
    parser = argparse.ArgumentParser(prog="python -m imprint.demo", description=DESCRIPTION)
    parser.add_argument("--port", type=int, default=0, help="where to listen (default: a free one)")
    parser.add_argument("--repository", default=run.repository, help=f"({run.repository})")
    parser.add_argument("--repository-id", default=run.repository_id, help=f"({run.repository_id})")
    parser.add_argument("--owner-id", default=run.owner_id, help=f"({run.owner_id})")
    parser.add_argument("--workflow", default=run.workflow, help=f"({run.workflow})")
    parser.add_argument("--ref", default=run.ref, help=f"({run.ref})")
    parser.add_argument("--event", default=run.event, help=f"({run.event})")
    parser.add_argument("--environment", default=run.environment, help=f"({run.environment})")
    chosen = vars(parser.parse_args())
    with StandInIssuer(port=chosen.pop("port")) as issuer:
        runner = issuer.start(GitHubRun(**chosen))
        lines = [f"export {name}={shlex.quote(text)}" for name, text in runner.variables().items()]
        sys.stdout.write(f"# a stand-in, its issuer is {issuer.github}\n" + "\n".join(lines) + "\n")
        sys.stdout.flush()
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            sys.stderr.write("stopped\n")


if __name__ == "__main__":
    main()
