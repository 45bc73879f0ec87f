from imprint.workflows.effects.expansion import DEEPEST, sites_of
from tests.support.jobs import job_around

SETUP = """\
name: setup
inputs:
  version: { default: '20' }
  Package-Manager: { default: npm }
runs:
  using: composite
  steps:
    - uses: actions/setup-node@v4
      with:
        node-version: ${{ inputs.version }}
        cache: ${{ inputs.package-manager }}
    - run: echo ${{ inputs.version }}
      shell: bash
      if: inputs.version != '18'
      working-directory: ./sub
"""


def sites(steps, **more):
    return sites_of(*job_around(steps, **more).all)


def test_steps_come_in_their_order():
    found = sites("- run: a\n- uses: actions/checkout@v6\n- run: b")

    assert [site.order for site in found] == [0, 1, 2]
    assert [site.run for site in found] == ["a", None, "b"]


def test_a_composite_action_is_its_steps():
    steps = """
    - uses: ./.github/actions/setup
      if: github.ref == 'refs/heads/main'
      with: { version: '${{ matrix.node }}' }
    - run: npm publish
    """

    found = sites(steps, files={".github/actions/setup/action.yml": SETUP})

    setup, echo, publish = found
    assert setup.inputs == {"node-version": "${{ matrix.node }}", "cache": "npm"}
    assert setup.through == ("./.github/actions/setup",)
    assert echo.run == "echo ${{ matrix.node }}"
    assert echo.conditions == ("github.ref == 'refs/heads/main'", "(matrix.node) != '18'")
    assert echo.directory == "sub"
    assert echo.job_step is setup.job_step
    assert publish.through == ()


def test_an_external_action_whose_file_is_there_is_taken_apart_too():
    files = {"_external/acme__config__setup/action.yml": SETUP}

    found = sites("- uses: acme/config/setup@main", files=files)

    assert [site.through for site in found] == [("acme/config/setup",)] * 2
    assert found[0].inputs["node-version"] == "20"


def test_an_external_action_that_is_not_there_stays_one_step():
    (site,) = sites("- uses: acme/config/setup@main")

    assert site.step.uses.name == "acme/config/setup"
    assert site.through == ()


def test_environments_are_merged_the_inner_one_wins():
    (site,) = sites(
        "- run: x\n  env: { A: step }",
        top="env: { A: top, B: top, C: top }",
        job="env: { A: job, B: job }",
    )

    assert site.environment == {"A": "step", "B": "job", "C": "top"}


def test_defaults_of_the_job_go_before_those_of_the_workflow():
    (site,) = sites(
        "- run: x",
        top="defaults: { run: { shell: pwsh, working-directory: a } }",
        job="defaults: { run: { working-directory: b } }",
    )

    assert (site.shell, site.directory) == ("pwsh", "b")


def test_the_workspaces_root_is_no_folder():
    (site,) = sites("- run: x\n  working-directory: ${{ github.workspace }}/packages/a")

    assert site.directory == "packages/a"


def test_an_action_that_calls_itself_ends():
    loop = "runs: { using: composite, steps: [{ uses: ./loop }, { run: x, shell: bash }] }"

    found = sites("- uses: ./loop", files={"loop/action.yml": loop})

    assert [site.run for site in found] == [None, "x"]


def test_actions_are_followed_as_deep_as_the_platform_goes():
    files = {
        f"a{depth}/action.yml": (
            f"runs: {{ using: composite, steps: [{{ uses: ./a{depth + 1} }}] }}"
        )
        for depth in range(DEEPEST + 5)
    }

    (site,) = sites("- uses: ./a0", files=files)

    assert len(site.through) == DEEPEST


def test_each_object_of_a_job_has_steps_of_its_own():
    one, other = job_around("- run: a"), job_around("- run: b")

    assert sites_of(*one.all)[0].run == "a"
    assert sites_of(*other.all)[0].run == "b"
    assert sites_of(*one.all) is sites_of(*one.all)
