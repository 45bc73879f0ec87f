import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.repositories import repository, written

PATH = ".circleci/config.yml"

CONFIG = """\
version: 2.1
orbs:
  node: circleci/node@7.1.0
  inline: {jobs: {}}
executors:
  node:
    docker: [{image: 'cimg/node:24.5'}, {image: 'postgres:18'}]
    environment: {A: executor, B: executor}
    working_directory: ~/repo
commands:
  prepare:
    parameters: {flags: {type: string, default: --ci}, cache: {type: boolean}}
    steps:
      - restore_cache: {keys: [v1-a, v1-]}
      - run: npm install << parameters.flags >>
jobs:
  publish:
    executor: {name: node}
    environment: {A: job}
    parameters: {tag: {type: string, default: latest}, other: {type: string}}
    steps:
      - checkout
      - prepare: {cache: true}
      - node/install: {node-version: '24.5'}
      - when:
          condition: << pipeline.parameters.release >>
          steps:
            - run:
                name: Publish
                command: |
                  npm publish
                environment: {NPM_TOKEN: $TOKEN}
                shell: bash
                working_directory: packages/a
  machine:
    machine: {image: 'ubuntu-2404:current'}
    steps: [checkout]
workflows:
  version: 2
  release:
    jobs:
      - node/test
      - hold: {type: approval}
      - publish:
          name: really
          context: [npm, github]
          requires: [hold, {node/test: success}]
          filters:
            branches: {ignore: /.*/}
            tags: {only: /^v.*/}
          tag: next
          pre-steps: [run: echo before]
          matrix: {parameters: {x: [1]}}
  nightly:
    triggers: [{schedule: {cron: 0 0 * * *}}]
    jobs: [publish]
"""


def configuration_of(text=CONFIG):
    found = repository({PATH: text})
    assert found.unreadable == ()
    (configuration,) = found.circleci
    return configuration


def values(texts):
    return [text.value for text in texts]


def table(texts):
    return {name: text and text.value for name, text in texts.items()}


def messages(text):
    return [note.message for note in repository({PATH: text}).unreadable]


def test_a_job_takes_what_it_does_not_say_from_its_executor():
    job = configuration_of().job("publish")

    assert values(job.images) == ["cimg/node:24.5", "postgres:18"]
    assert table(job.environment) == {"A": "job", "B": "executor"}
    assert (job.executor.value, job.working_directory.value) == ("node", "~/repo")
    assert table(job.parameters) == {"tag": "latest", "other": None}


def test_commands_are_put_in_for_what_they_are():
    steps = configuration_of().job("publish").steps

    assert [(step.kind, step.through) for step in steps] == [
        ("checkout", ()),
        ("restore_cache", ("prepare",)),
        ("run", ("prepare",)),
        ("node/install", ()),
        ("run", ()),
    ]
    assert values(steps[1].keys) == ["v1-a", "v1-"]
    assert steps[2].run.value == "npm install << parameters.flags >>"
    assert table(steps[2].bound) == {"flags": "--ci", "cache": "true"}
    assert table(steps[3].parameters) == {"node-version": "24.5"}


def test_a_run_in_its_long_form_has_all_its_keys():
    found = repository({PATH: CONFIG})
    step = found.circleci[0].job("publish").steps[-1]

    assert (step.name.value, step.run.value) == ("Publish", "npm publish\n")
    assert table(step.environment) == {"NPM_TOKEN": "$TOKEN"}
    assert (step.shell.value, step.working_directory.value) == ("bash", "packages/a")
    assert written(found, step.condition) == "when"


def test_a_machine_has_an_image_too():
    assert values(configuration_of().job("machine").images) == ["ubuntu-2404:current"]


def test_workflows_say_how_jobs_run():
    release, nightly = configuration_of().workflows

    test, hold, publish = release.runs
    assert (test.job.value, hold.is_approval, publish.name.value) == ("node/test", True, "really")
    assert values(publish.contexts) == ["npm", "github"]
    assert values(publish.requires) == ["hold", "node/test"]
    assert (values(publish.branches_ignore), values(publish.tags)) == (["/.*/"], ["/^v.*/"])
    assert (publish.parameters["tag"].value, publish.is_matrix) == ("next", True)
    assert [step.run.value for step in publish.steps] == ["echo before"]
    assert (release.is_scheduled, nightly.is_scheduled) == (False, True)


def test_orbs_are_named_and_opaque():
    assert table(configuration_of().orbs) == {"node": "circleci/node@7.1.0"}
    assert configuration_of().job("node/test") is None


def test_an_environment_may_be_a_list():
    configuration = configuration_of(
        "jobs: {a: {docker: [{image: x}], environment: [A=b, {C: d}], steps: []}}"
    )

    assert table(configuration.job("a").environment) == {"A": "b", "C": "d"}


def test_a_configuration_that_computes_another_one_says_so():
    assert configuration_of("setup: true\njobs: {}\nworkflows: {a: {jobs: []}}").is_setup


def test_all_files_of_the_folder_are_read_and_others_are_none():
    found = repository(
        {PATH: CONFIG, ".circleci/continue.yml": CONFIG, ".circleci/other.yml": "a: b"}
    )

    assert [configuration.path for configuration in found.circleci] == [
        PATH,
        ".circleci/continue.yml",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("jobs: {a: x}", "job `a` is a text, expected a mapping"),
        ("jobs: {a: {steps: [[x]]}}", "step is neither a name nor a mapping"),
        ("jobs: {a: {steps: [run: [x]]}}", "`run` is a list, expected a text"),
        ("workflows: {a: {jobs: [[x]]}}", "job of a workflow is neither a name nor a mapping"),
        (
            "commands: {c: {steps: [c]}}\njobs: {a: {steps: [c]}}",
            "command `c` runs itself, or lies too deep",
        ),
        ("commands: {c: x}\njobs: {a: {steps: [c]}}", "command `c` is no mapping"),
    ],
)
def test_a_part_that_cannot_be_read_is_told(text, message):
    assert messages(text) == [message]


@pytest.mark.parametrize("innermost", ["[run: x]", "[]"])
def test_commands_that_multiply_are_cut_off(innermost):
    commands = [f"c0: {{steps: {innermost}}}"]
    commands += [f"c{n}: {{steps: [{', '.join([f'c{n - 1}'] * 10)}]}}" for n in range(1, 15)]
    text = f"commands: {{{', '.join(commands)}}}\njobs: {{a: {{steps: [c14]}}}}\n"

    found = repository({PATH: text})

    assert [note.message for note in found.unreadable] == [
        "more than 2000 steps or commands, cut off"
    ]
    assert len(found.circleci[0].jobs[0].steps) <= 2000


LINES = CONFIG.splitlines(keepends=True)


@given(lines=st.lists(st.sampled_from([*LINES, "      - a: [b]\n", "x: 1\n"]), max_size=12))
def test_no_mixture_of_lines_raises(lines):
    found = repository({PATH: "jobs: {}\n" + "".join(lines)})

    assert len(found.circleci) <= 1
