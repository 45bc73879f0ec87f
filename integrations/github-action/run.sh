#!/usr/bin/env bash
# Run imprint once for programs, then tell people of the same: annotations, summary, comment, file.
# The later runs take the verdict of the first from imprint's cache.
set -uo pipefail

fail() {
  echo "::error title=imprint::$1"
  exit 2
}

arguments=()
case "$AUDIT_COMMAND" in
  audit) ;;
  diff) [[ -n "$AUDIT_BASE" ]] || fail "diff needs a revision: give the input base" ;;
  *) fail "the input command is audit or diff" ;;
esac
# A pull request has no say in how it is judged: policy, pins, baseline and .npmrc are the base's.
if [[ -n "$AUDIT_BASE" ]]; then
  # git would take it for an option, and some of them run programs.
  [[ "$AUDIT_BASE" != -* ]] || fail "the input base is a revision"
  # A shallow checkout has the head alone.
  git cat-file -e "$AUDIT_BASE^{commit}" 2> /dev/null ||
    git fetch --quiet --no-tags --depth=1 origin "$AUDIT_BASE" ||
    fail "the base revision cannot be fetched: check out with fetch-depth 0"
  arguments+=(--base "$AUDIT_BASE")
fi
[[ -z "$AUDIT_POLICY" ]] || arguments+=(--policy "$AUDIT_POLICY")

paths=()
while IFS= read -r path; do
  [[ -z "$path" ]] || paths+=("$path")
done <<< "$AUDIT_PATH"
several=""
[[ ${#paths[@]} -le 1 ]] || several=true
case "${AUDIT_RECURSIVE:-false}" in
  true) several=true arguments+=(--recursive) ;;
  false) ;;
  *) fail "the input recursive is true or false" ;;
esac
[[ -z "$several" || "$AUDIT_FORMAT" != @(html|cyclonedx) ]] ||
  fail "the input format is sarif, junit or jsonl where there are several lockfiles"

# The project's .npmrc may name any variable as a token for any host: none of the job's is there.
run() {
  env -u GH_TOKEN -u GITHUB_TOKEN -u ACTIONS_ID_TOKEN_REQUEST_TOKEN -u ACTIONS_RUNTIME_TOKEN \
    imprint "$AUDIT_COMMAND" "${arguments[@]}" --format "$1" -- "${paths[@]}"
}

folder="$RUNNER_TEMP/imprint-audit"
mkdir -p "$folder"
# What others wrote must not become a command of the runner, wherever a line happens to be broken.
# `-I`: a module in the project's folder must not stand in for Python's.
quietly="$(python3 -I -c 'import secrets; print(secrets.token_hex(16))')"
echo "::stop-commands::$quietly"
run json > "$folder/audit.json"
code=$?
# 0, 1 and 3 are results; and 2 is one where of several lockfiles one cannot be read.
is_result=""
[[ $code != 0 && $code != 1 && $code != 3 ]] || is_result=true
if [[ $code == 2 && -n "$several" ]] && grep -q '^  "lockfiles": \[' "$folder/audit.json"; then
  is_result=true
fi
[[ -z "$is_result" ]] || run plain 2> /dev/null
echo "::$quietly::"
{
  echo "exit-code=$code"
  echo "json=$folder/audit.json"
} >> "$GITHUB_OUTPUT"
# After anything else there is nothing to tell but the error.
[[ -n "$is_result" ]] || exit "$code"

# The summary is written below, once.
GITHUB_STEP_SUMMARY="" run github 2> /dev/null
run markdown > "$folder/comment.md" 2> /dev/null
[[ -z "${GITHUB_STEP_SUMMARY:-}" ]] || cat "$folder/comment.md" >> "$GITHUB_STEP_SUMMARY"

case "$AUDIT_FORMAT" in
  "") ;;
  sarif | html | cyclonedx | junit | jsonl)
    run "$AUDIT_FORMAT" > "$folder/report.$AUDIT_FORMAT" 2> /dev/null
    echo "report=$folder/report.$AUDIT_FORMAT" >> "$GITHUB_OUTPUT"
    ;;
  *) fail "the input format is sarif, html, cyclonedx, junit or jsonl" ;;
esac

# One comment, found again by its first line. Only our own is changed: anybody may write such a line.
comment() {
  local marker id
  marker="$(head -n 1 "$folder/comment.md")"
  [[ "$marker" == "<!-- imprint-audit "* ]] || return 1
  id="$(MARKER="$marker" gh api --paginate \
    "repos/$GITHUB_REPOSITORY/issues/$AUDIT_PULL_REQUEST/comments?per_page=100" \
    --jq '.[] | select(.user.login == "github-actions[bot]")
      | select(.body | startswith(env.MARKER)) | .id')" || return 1
  id="${id%%$'\n'*}"
  if [[ -n "$id" ]]; then
    gh api --silent --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$id" \
      --field "body=@$folder/comment.md"
  else
    gh api --silent --method POST "repos/$GITHUB_REPOSITORY/issues/$AUDIT_PULL_REQUEST/comments" \
      --field "body=@$folder/comment.md"
  fi
}

if [[ "$AUDIT_COMMENT" == true && "$AUDIT_PULL_REQUEST" =~ ^[0-9]+$ ]]; then
  # A fork's pull request has a token that may only read; annotations and summary say the same.
  comment 2> "$folder/comment.log" ||
    echo "::notice title=imprint::no comment was written: the token may not, as on a fork's pull request"
fi
exit "$code"
