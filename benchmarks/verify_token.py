"""What our verification of an ID token costs, as a ratio to PyJWT's bare `decode`, in one run.

`python benchmarks/verify_token.py [--format json]`. The target is below 1.6: strict JSON, caps, our
own judgement of every claim and the Workload included. Rounds alternate, the best of each counts.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import jwt

from imprint.identity.workload import Provider
from imprint.tokens.envelope import parse
from imprint.tokens.issuers import Issuer
from imprint.tokens.keysets import KeySet
from imprint.tokens.proof import TokenProof
from imprint.tokens.verify import verify
from tests.support.claims import AUDIENCE, GITHUB_ISSUER, NOW, github_claims
from tests.support.issuer_keys import SigningIssuer

ROUNDS, CALLS = 15, 200
TARGET = 1.6


def main() -> None:
    """Measure and print."""
    signer = SigningIssuer.rsa()
    raw = signer.sign(github_claims()).encode()
    public_key, keys = signer.private_key.public_key(), KeySet.parse(signer.jwks())
    issuer = Issuer(name="github", url=GITHUB_ISSUER, provider=Provider.GITHUB)
    # The claim set has a time of its own, so PyJWT's comparisons with the clock are off.
    options = {f"verify_{name}": False for name in ("exp", "iat", "nbf")}

    def bare() -> object:
        return jwt.decode(raw, public_key, ["RS256"], options, audience=AUDIENCE)  # type: ignore[arg-type]  # a plain dict of its own keys

    def ours() -> object:
        return verify(
            parse(raw),
            issuer=issuer,
            keys=keys,
            keys_age_seconds=1.0,
            audiences=(AUDIENCE,),
            now=NOW,
        )

    if not isinstance(ours(), TokenProof):
        raise SystemExit("the token is not accepted: nothing to measure")
    rounds = [(seconds(bare), seconds(ours)) for _ in range(ROUNDS)]
    bare_seconds, our_seconds = (min(column) for column in zip(*rounds, strict=True))
    report(bare_seconds * 1e6, our_seconds * 1e6)


def seconds(call: Callable[[], object]) -> float:
    """Time of one call, the mean of many."""
    started_at = time.perf_counter()
    for _ in range(CALLS):
        call()
    return (time.perf_counter() - started_at) / CALLS


def report(bare_us: float, ours_us: float) -> None:
    """Print for people, or one JSON object."""
    ratio = ours_us / bare_us
    if sys.argv[1:] == ["--format", "json"]:
        figures = {"bare_us": round(bare_us, 1), "ours_us": round(ours_us, 1)}
        print(json.dumps({"schema": 1, **figures, "ratio": round(ratio, 3), "target": TARGET}))
    else:
        print(f"jwt.decode {bare_us:.0f} us, parse and verify {ours_us:.0f} us: {ratio:.2f} x")


if __name__ == "__main__":
    main()
