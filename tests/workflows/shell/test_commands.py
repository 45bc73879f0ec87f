import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.workflows.shell.commands import commands_of
from imprint.workflows.shell.model import HoleKind
from imprint.workflows.shell.programs import programs_of


def lines_of(script, shell=None, **given):
    """Each command's words with `?` for what is not known."""
    return [
        " ".join("?" if word.value is None else word.value for word in command.words)
        for command in commands_of(script, shell=shell, **given)
        if command.words
    ]


def conditions_of(script, shell=None):
    """Each command's last word with the kinds of its conditions."""
    return {
        command.words[-1].shown: [condition.kind.value for condition in command.conditions]
        for command in commands_of(script, shell=shell)
        if command.words
    }


@pytest.mark.parametrize(
    ("script", "lines"),
    [
        ("npm publish", ["npm publish"]),
        ("npm publish \\\n  --tag next", ["npm publish --tag next"]),
        ("npm 'publish' \"--tag\" ne\"x\"t", ["npm publish --tag next"]),
        ("npm\\ publish", ["npm publish"]),
        ("npm publish $'--tag\\tx'", ["npm publish --tag\tx"]),
        ("# npm publish\nnpm test # npm publish", ["npm test"]),
        ("npm ci && npm publish || exit 1; npm view x", [
            "npm ci", "npm publish", "exit 1", "npm view x",
        ]),
        ("npm publish > out.txt 2>&1 --tag next", ["npm publish --tag next"]),
        ("V=$(npm view a version); npm publish", ["npm view a version", "npm publish"]),
        ("npm publish `cat tag`", ["cat tag", "npm publish ?"]),
        ("diff <(npm view a) <(npm view b)", ["npm view a", "npm view b", "diff ? ?"]),
        ("TAG=next; npm publish --tag $TAG", ["npm publish --tag next"]),
        ("TAG=next; npm publish '--tag $TAG'", ["npm publish --tag $TAG"]),
        ('F="--tag next --dry-run"; npm publish $F', ["npm publish --tag next --dry-run"]),
        ('F="--tag next"; npm publish "$F"', ["npm publish --tag next"]),
        ('F=""; npm publish $F x', ["npm publish x"]),
        ('A=(--tag next); npm publish "${A[@]}"', ["npm publish --tag next"]),
        ("A=(--tag); A+=(next); npm publish ${A[@]}", ["npm publish --tag next"]),
        ("T=a; T+=b; npm publish $T", ["npm publish ab"]),
        ("if x; then T=a; fi; npm publish $T", ["x", "npm publish ?"]),
        ("for d in a b; do npm publish $d; done", ["npm publish ?"]),
        ("while read d; do npm publish $d; done < f", ["read d", "npm publish ?"]),
        ("case $x in a) npm x;; *) npm y;; esac", ["npm x", "npm y"]),
        ("(cd a; npm publish)", ["cd a", "npm publish"]),
        ("{ npm a; npm b; } > f", ["npm a", "npm b"]),
        ("! npm a & npm b", ["npm a", "npm b"]),
        ("echo a | xargs npm publish", ["echo a", "xargs npm publish"]),
        ("npm publish ${{ inputs.tag }}", ["npm publish ?"]),
        ("npm publish '${{ inputs['tag'] }}'", ["npm publish ?"]),
        ("npm publish --tag=${{ a }}${{ b }}-é", ["npm publish ?"]),
        ("npm publish ${TAG:-next}", ["npm publish ?"]),
        ("cat <<EOF\nnpm publish\nEOF\nnpm test", ["cat", "npm test"]),
        ("if (( x )); then npm publish", ["npm publish"]),
        ("npm publish )", ["npm publish"]),
    ],
)  # fmt: skip
def test_a_script_is_its_commands(script, lines):
    assert lines_of(script) == lines


@pytest.mark.parametrize(
    ("shell", "script", "lines"),
    [
        ("pwsh", "npm publish --tag=next @a/b", ["npm publish --tag=next @a/b"]),
        ("pwsh", "npm publish `\n  --tag next", ["npm publish --tag next"]),
        ("pwsh", "& npm publish 'a b'; cd x", ["npm publish a b", "cd x"]),
        ("pwsh", '$env:TAG = "next"\nnpm publish --tag $env:TAG', ["npm publish --tag next"]),
        ("pwsh", "$v = npm view a # npm publish", ["npm view a"]),
        ("powershell", "if ($a) { npm x } else { npm y }", ["npm x", "npm y"]),
        ("pwsh", 'npm publish "$(Get-Tag)"', ["npm publish ?"]),
        ("cmd", 'npm publish "a b" && npm x\r\ncd y', ["npm publish a b", "npm x", "cd y"]),
        ("cmd", "set TAG=next\nnpm publish --tag %TAG%", ["npm publish --tag next"]),
        ("cmd", "npm publish ^\n --tag next", ["npm publish --tag next"]),
        ("cmd", "rem npm publish\ncall npm x", ["npm x"]),
        ("bash -e {0}", "npm publish", ["npm publish"]),
        ("/usr/bin/env bash", "npm publish", []),
        ("python", "npm publish", []),
        ("node {0}", "npm publish", []),
    ],
)
def test_each_shell_has_its_own_quotes(shell, script, lines):
    assert lines_of(script, shell) == lines


def test_variables_of_the_step_are_put_in():
    found = lines_of("npm publish --tag $TAG $OTHER", variables={"TAG": "next", "X": "y"})

    assert found == ["npm publish --tag next ?"]


def test_a_hole_says_what_it_is():
    (command,) = commands_of("npm publish $A ${{ b }}", shell=None)

    assert [word.hole.kind for word in command.words[2:]] == [
        HoleKind.VARIABLE,
        HoleKind.EXPRESSION,
    ]
    assert command.words[2].hole.name == "A"
    assert command.words[3].shown == "${{ b }}"


def test_a_command_knows_where_it_stands():
    script = "é=1; echo é\nnpm publish --tag ü"

    found = [script[each.start : each.end] for each in commands_of(script, shell=None)]

    assert found == ["é=1", "echo é", "npm publish --tag ü"]


@pytest.mark.parametrize(
    ("script", "directory"),
    [
        ("npm publish", ""),
        ("cd a && npm publish", "a"),
        ("cd a/b; cd ../c; npm publish", "a/c"),
        ("pushd a; npm publish", "a"),
        ("(cd a); npm publish", ""),
        ("cd $X; npm publish", None),
        ("if x; then cd a; fi; npm publish", None),
        ("x && cd a; npm publish", "a"),
        ("[ x ] && cd a; npm publish", None),
        ('cd "$GITHUB_WORKSPACE/a"; npm publish', "$GITHUB_WORKSPACE/a"),
        ("cd ${{ github.workspace }}; npm publish", "$GITHUB_WORKSPACE"),
        ("cd /tmp/x; npm publish", "/tmp/x"),
        ("cd; npm publish", None),
    ],
)
def test_cd_is_followed(script, directory):
    last = commands_of(script, shell=None)[-1]

    assert last.directory == directory


def test_conditions_are_kept():
    script = """
        if [ a ]; then npm one; elif b; then npm two; else npm three; fi
        [ c ] && npm four
        npm five && npm six || npm seven
        for x in y; do npm eight; done
    """

    found = conditions_of(script)

    assert found["one"] == ["if"]
    assert found["two"] == ["unless", "if"]
    assert found["three"] == ["unless"]
    assert found["four"] == ["if"]
    assert found["six"] == ["success"]
    assert found["seven"] == ["failure"]
    assert found["eight"] == ["loop"]


def test_exports_reach_what_follows():
    script = "A=1 npm one; export B=2; npm two; C=3; npm three; export C; npm four"

    found = {
        command.words[-1].shown: {name: word.value for name, word in command.environment.items()}
        for command in commands_of(script, shell=None)
        if command.words
    }

    assert found == {
        "one": {"A": "1"},
        "two": {"B": "2"},
        "three": {"B": "2"},
        "four": {"B": "2", "C": "3"},
    }


def test_a_redirect_has_its_target_and_its_text():
    script = "cat > .npmrc <<EOF\nkey=$X\nEOF\necho a | tee b"

    cat, _, tee = commands_of(script, shell=None)

    assert cat.redirects[0].target.value == ".npmrc"
    assert cat.redirects[1].body.shown == "key=$X\n"
    assert tee.source.raw == "echo a"


def test_a_function_is_known_by_its_name():
    first, last = commands_of("f() { npm publish; }\nf", shell=None)

    assert (first.function, last.function) == ("f", None)


@pytest.mark.parametrize(
    ("line", "name", "requested", "arguments"),
    [
        ("npm publish", "npm", None, "publish"),
        ("/usr/bin/npm publish", "npm", None, "publish"),
        ("npm.cmd publish", "npm", None, "publish"),
        ("$BIN/npm publish", "npm", None, "publish"),
        ("sudo -E -u me npm publish", "npm", None, "publish"),
        ("env -u X A=b npm publish", "npm", None, "publish"),
        ("time npm publish", "npm", None, "publish"),
        ("timeout -k 5 10m npm publish", "npm", None, "publish"),
        ("retry -t 3 -- npm publish", "npm", None, "publish"),
        ("nohup nice -n 5 npm publish", "npm", None, "publish"),
        ("echo a | xargs -n 1 -I{} npm publish {}", "npm", None, "publish {}"),
        ("npx -y npm@11.6 publish", "npm", "11.6", "publish"),
        ("npx --yes @changesets/cli@2 publish", "changeset", "2", "publish"),
        ("npx -p @lerna-lite/cli lerna publish", "lerna", None, "publish"),
        ("pnpm dlx npm@11 publish", "npm", "11", "publish"),
        ("pnpm --filter a exec npm publish", "npm", None, "publish"),
        ("yarn dlx -q npm@11 publish", "npm", "11", "publish"),
        ("yarn workspace a exec npm publish", "npm", None, "publish"),
        ("yarn workspaces foreach -A --no-private npm publish", "yarn", None, "npm publish"),
        ("bunx np patch", "np", None, "patch"),
        ("bun x np patch", "np", None, "patch"),
        ("corepack npm@11 publish", "npm", "11", "publish"),
        ("volta run --node 24 npm publish", "npm", None, "publish"),
        ("mise exec node@24 -- npm publish", "npm", None, "publish"),
        ("nvm exec 24 npm publish", "npm", None, "publish"),
        ("dotenv -e .env -- npm publish", "npm", None, "publish"),
        ("cross-env A=b npm publish", "npm", None, "publish"),
        ("bash -ec 'npm publish'", "npm", None, "publish"),
        ("npx -c 'npm publish'", "npm", None, "publish"),
        ("npm exec -c 'npm publish'", "npm", None, "publish"),
        ("npm exec -- np patch", "np", None, "patch"),
        ('eval "npm publish"', "npm", None, "publish"),
        ("find . -name '*.tgz' -exec npm publish {} \\;", "npm", None, "publish {}"),
        ("bash <<EOF\nnpm publish\nEOF", "npm", None, "publish"),
        ("$CLIENT publish", None, None, "$CLIENT publish"),
        ("sudo", "sudo", None, ""),
    ],
)
def test_wrappers_are_taken_off(line, name, requested, arguments):
    program = programs_of(commands_of(line, shell=None)[-1])[-1]

    assert (program.name, program.requested) == (name, requested)
    assert " ".join(word.shown for word in program.arguments) == arguments


def test_a_script_within_a_word_goes_on_where_it_stands():
    outer = commands_of("cd a; bash -c 'cd b; X=1 npm publish'", shell=None)[-1]

    inner = programs_of(outer)[-1]

    assert (inner.directory, inner.runners) == ("a/b", ("bash",))
    assert inner.environment["X"].value == "1"
    assert (inner.command.start, inner.command.end) == (outer.start, outer.end)


@given(st.text(), st.sampled_from([None, "pwsh", "cmd"]))
def test_any_text_has_commands_within_it(script, shell):
    for command in commands_of(script, shell=shell):
        assert 0 <= command.start <= command.end <= len(script)
        programs_of(command)


@given(
    st.lists(
        st.sampled_from([
            "npm", " ", "publish", "'", '"', "$(", ")", "${{", "}}", "if", ";", "then", "fi", "\n",
            "<<EOF", "EOF", "&&", "||", "|", "{", "}", "(", "`", "\\", "case", "esac", "in", "$X",
            "bash -c", "eval", "xargs", "A=", "é",
        ])
    ).map("".join),
    st.sampled_from([None, "pwsh", "cmd"]),
)  # fmt: skip
def test_any_pieces_of_scripts_have_commands_within_them(script, shell):
    for command in commands_of(script, shell=shell):
        assert 0 <= command.start <= command.end <= len(script)
        programs_of(command)


@pytest.mark.parametrize(
    "script",
    [
        "(" * 50_000,
        "a && " * 20_000,
        "$(" * 20_000,
        "if x; then " * 5_000,
        '"' * 50_001,
        "x" * 10**6,
    ],
)
@pytest.mark.parametrize("shell", [None, "pwsh", "cmd"])
def test_a_monstrous_script_ends(script, shell):
    assert len(commands_of(script, shell=shell)) <= 20_001
