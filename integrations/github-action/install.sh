#!/usr/bin/env bash
# Install imprint into an environment of its own: what it needs by hash, itself from the checkout of
# the action, which the workflow pins.
set -euo pipefail

environment="$RUNNER_TEMP/imprint-environment"
# `-I`: the folder is the project's, and a module of its own must not stand in for Python's.
python3 -I -m venv --clear "$environment"
pip=("$environment/bin/python" -I -m pip install --quiet --disable-pip-version-check)
if [[ -n "${AUDIT_VERSION:-}" ]]; then
  "${pip[@]}" "$AUDIT_VERSION"
else
  requirements="$GITHUB_ACTION_PATH/requirements"
  "${pip[@]}" --require-hashes -r "$requirements/build.txt" -r "$requirements/run.txt"
  "${pip[@]}" --no-deps --no-build-isolation "$GITHUB_ACTION_PATH"
fi
echo "$environment/bin" >> "$GITHUB_PATH"
