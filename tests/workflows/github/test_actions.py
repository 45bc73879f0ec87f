import pytest

from tests.support.repositories import repository, written

FOLDER = ".github/actions/setup"


def action_of(text):
    found = repository({f"{FOLDER}/action.yml": text})
    assert found.unreadable == ()
    return found.actions[FOLDER]


def test_a_composite_action_has_steps():
    action = action_of("""
        name: Set up
        inputs:
          Node-Version: {default: 22}
          token: {required: true}
          empty:
        outputs:
          hit: {value: '${{ steps.cache.outputs.cache-hit }}'}
        runs:
          using: composite
          steps:
            - uses: actions/setup-node@v6
              with: {node-version: '${{ inputs.node-version }}'}
            - run: npm ci
              shell: bash
    """)

    assert (action.name.value, action.using) == ("Set up", "composite")
    assert {name: text and text.value for name, text in action.inputs.items()} == {
        "node-version": "22",
        "token": None,
        "empty": None,
    }
    assert action.outputs["hit"].value == "${{ steps.cache.outputs.cache-hit }}"
    assert [step.uses and step.uses.name for step in action.steps] == ["actions/setup-node", None]


def test_a_javascript_action_has_a_main_and_a_post():
    action = action_of("runs: {using: node24, main: dist/main.js, post: dist/post.js}")

    assert (action.using, action.main, action.post) == ("node24", "dist/main.js", "dist/post.js")


def test_a_docker_action_has_an_image():
    assert action_of("runs: {using: docker, image: Dockerfile}").image.value == "Dockerfile"


def test_the_action_of_the_root_and_of_any_folder_is_found():
    text = "runs: {using: node24, main: a.js}"
    found = repository({"action.yml": text, "a/action.yaml": text, "b/c.yml": text})

    assert list(found.actions) == ["a", ""]
    assert written(found, found.actions[""].span) == text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- a", "action file is no mapping"),
        ("name: a", "action file does not say what it runs, expected `runs.using`"),
        ("runs: [a]", "`runs` is a list, expected a mapping"),
    ],
)
def test_what_is_no_action_is_told(text, message):
    found = repository({"action.yml": text})

    assert found.actions == {}
    assert found.unreadable[0].message == message
