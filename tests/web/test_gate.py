"""The gate's routes, of a gate that runs: who may see what, and what they say."""

import json
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from imprint.demo.issuer import StandInIssuer
from tests.support.gate_histories import DOWNGRADED, YOUNG
from tests.support.gate_world import ENFORCING, gate_world

GATE = "/-/imprint/v1/gate/"
BULK = "/-/npm/v1/security/advisories/bulk"
FOR_ADMINISTRATORS = [
    ("GET", "status"),
    ("GET", "held"),
    ("GET", "doubts"),
    ("GET", "decisions"),
    ("GET", "inventory"),
    ("POST", "inventory/forget"),
    ("POST", "trial"),
]
STRICTER = ENFORCING.replace("24h", "200d")


@pytest.fixture(scope="module")
def gated(tmp_path_factory):
    with StandInIssuer() as issuer:
        folder = tmp_path_factory.mktemp("gate")
        with gate_world(folder / "data", issuer=issuer, settings='own_scopes = ["@acme"]') as found:
            yield found


@pytest.fixture(scope="module")
def boss(gated):
    return gated.gate.person("boss", is_admin=True)


@pytest.fixture(scope="module")
def audited(gated):
    """What a client heard that posted its graph, and asked for one tarball."""
    graph = {DOWNGRADED.name: [DOWNGRADED.bad], YOUNG.name: [YOUNG.bad], "harbor": ["2.0.0"]}
    answer = ask(gated, "POST", BULK, body=json.dumps(graph).encode())
    path = f"/{DOWNGRADED.name}/-/{DOWNGRADED.name}-{DOWNGRADED.bad}.tgz"
    assert ask(gated, "GET", path)[0] == 403
    return answer


def ask(gated, method, path, *, body=None, token=None):
    headers = {"user-agent": "npm/11.0.0"}
    if token is not None:
        headers["authorization"] = f"Bearer {token}"
    request = Request(gated.url + path, data=body, headers=headers, method=method)
    try:
        with urlopen(request, timeout=60) as answer:
            return answer.status, answer.read(), dict(answer.headers)
    except HTTPError as err:
        return err.code, err.read(), dict(err.headers)


def shown(gated, boss, path, method="GET", body=None):
    status, raw, _ = ask(gated, method, GATE + path, body=body, token=boss.token)
    assert status == 200, raw
    return json.loads(raw)


@pytest.mark.parametrize(("method", "path"), FOR_ADMINISTRATORS, ids=lambda one: one)
def test_what_clients_do_is_told_to_administrators_alone(gated, boss, method, path):
    name = f"person-{path.replace('/', '-')}"
    person = gated.gate.person(name)
    narrow = gated.gate.token(boss, packages=["@acme/widget"])

    statuses = [
        ask(gated, method, GATE + path, body=b"", token=token)[0]
        for token in (None, person.token, narrow)
    ]

    assert statuses == [401, 403, 403]


def test_a_token_that_only_reads_forgets_nothing(gated, boss):
    reading = gated.gate.token(boss, permission="read-only")

    status, raw, _ = ask(gated, "POST", GATE + "inventory/forget", body=b"", token=reading)

    assert (status, json.loads(raw)["code"]) == (403, "token-permission")


def test_the_status_has_the_policy_and_the_upstreams(gated, boss, audited):
    found = shown(gated, boss, "status")

    assert found["schema"] == 1
    assert found["upstreams"][0]["url"] == gated.upstream.url
    assert found["policy"]["in_force"]["mode"] == "enforce"
    assert found["policy"]["not_loaded"] is None
    assert found["packages"]["with_withheld_versions"] >= 2
    assert found["failures"] == []


def test_what_is_held_says_until_when(gated, boss, audited):
    held = {one["name"]: one for one in shown(gated, boss, "held")["held"]}

    assert held[YOUNG.name]["version"] == YOUNG.bad
    assert held[YOUNG.name]["until"] is not None
    assert held[DOWNGRADED.name]["until"] is None
    assert DOWNGRADED.code in held[DOWNGRADED.name]["codes"]


def test_of_much_that_is_held_the_first_are_shown(gated, boss, audited):
    found = shown(gated, boss, "held?limit=1")

    assert (len(found["held"]), found["more"]) == (1, len(shown(gated, boss, "held")["held"]) - 1)


def test_decisions_say_what_was_blocked_for_whom_and_why(gated, boss, audited):
    told = shown(gated, boss, f"decisions?name={DOWNGRADED.name}")["decisions"]

    by_channel = {one["channel"]: one for one in told}
    assert {"advisories", "tarball"} <= set(by_channel)
    assert by_channel["tarball"]["effect"] == "withhold"
    assert DOWNGRADED.code in by_channel["tarball"]["codes"]
    assert by_channel["advisories"]["client_claimed"] == "127.0.0.1 npm/11.0.0"


def test_decisions_are_listed_piece_by_piece(gated, boss, audited):
    first = shown(gated, boss, "decisions?limit=1")
    rest = shown(gated, boss, f"decisions?since={first['next_since']}")
    none = shown(gated, boss, f"decisions?since={rest['next_since']}")

    ids = [one["id"] for one in first["decisions"] + rest["decisions"]]
    assert len(ids) == len(set(ids)) > 1
    assert none["decisions"] == []


def test_who_has_a_version_is_found_and_can_be_forgotten(gated, boss, audited):
    asked = shown(gated, boss, "inventory?name=harbor&version=2.0.0")["asked"]
    forgotten, _, _ = ask(gated, "POST", GATE + "inventory/forget", body=b"", token=boss.token)
    after = shown(gated, boss, "inventory")["asked"]

    assert [one["client_claimed"] for one in asked] == ["127.0.0.1 npm/11.0.0"]
    assert forgotten == 204
    assert after == []


def test_a_trial_says_what_another_policy_would_change(gated, boss, audited):
    before = shown(gated, boss, "held")

    found = shown(gated, boss, "trial", "POST", STRICTER.encode())
    same = shown(gated, boss, "trial", "POST", ENFORCING.encode())

    harbor = [one for one in found["changes"] if one["name"] == "harbor"]
    assert harbor[0]["now"] is None
    assert harbor[0]["then"]["codes"] == ["release-too-young"]
    assert same["changes"] == []
    assert shown(gated, boss, "held") == before


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"\xff", "malformed-policy"),
        (b"version = ", "malformed-policy"),
        (b"vresion = 1", "unknown-policy-key"),
        (b'extends = ["/etc/hosts#sha256:' + b"0" * 64 + b'"]', "policy-extends"),
        (b"#" * 300_000, "body-too-large"),
    ],
    ids=["no-utf8", "no-toml", "unknown-key", "extends", "large"],
)
def test_what_is_no_policy_is_not_tried(gated, boss, body, code):
    status, raw, _ = ask(gated, "POST", GATE + "trial", body=body, token=boss.token)

    assert status in {400, 413}
    assert json.loads(raw)["code"] == code


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=1001", "limit=x", "since=x", "since=-1", "since=nan", "since=1:x"],
)
def test_what_is_no_question_is_refused(gated, boss, query):
    status, raw, _ = ask(gated, "GET", GATE + f"decisions?{query}", token=boss.token)

    assert (status, json.loads(raw)["code"]) == (400, "query")


def test_the_page_that_an_advisory_names_says_why(gated, audited):
    (entry,) = json.loads(audited[1])[DOWNGRADED.name]
    path = entry["url"].removeprefix(gated.url)

    status, raw, headers = ask(gated, "GET", path)

    assert status == 200
    assert headers["content-type"] == "text/plain; charset=utf-8"
    assert f"{DOWNGRADED.bad}: refused" in raw.decode()
    assert f"({DOWNGRADED.code})" in raw.decode()


def test_a_package_is_shown_as_json_too(gated, audited):
    status, raw, _ = ask(gated, "GET", GATE + f"packages/{YOUNG.name}")

    found = json.loads(raw)
    assert status == 200
    assert [one["version"] for one in found["versions"]] == [YOUNG.bad]


@pytest.mark.parametrize("name", ["@acme/secret", "no-such-package", "a%2fb%2fc", "%00"])
def test_nothing_is_said_of_names_of_ours_and_of_what_is_not_there(gated, name):
    before = len(gated.upstream.asked)

    status, _, _ = ask(gated, "GET", f"/-/imprint/gate/packages/{name}")

    assert status in {400, 404}
    asked = [one.path for one in gated.upstream.asked[before:]]
    assert asked in ([], [f"/{name}"])
    assert name != "@acme/secret" or asked == []


def test_metrics_count_and_name_no_package(gated, audited):
    status, raw, headers = ask(gated, "GET", "/-/imprint/metrics")

    text = raw.decode()
    assert status == 200
    assert headers["content-type"].startswith("text/plain; version=0.0.4")
    assert 'imprint_gate_requests_total{kind="advisories",outcome="served"}' in text
    assert 'imprint_gate_requests_total{kind="tarball",outcome="refused"}' in text
    assert f'code="{DOWNGRADED.code}"' in text
    assert 'imprint_gate_policy_info{digest="' in text
    assert DOWNGRADED.name not in text
    assert "npm/11" not in text


def test_without_a_gate_its_routes_say_that_there_is_none(site):
    found = site.request("GET", "/-/imprint/v1/gate/status")
    page = site.request("GET", "/-/imprint/gate/packages/widget")
    metrics = site.request("GET", "/-/imprint/metrics")

    assert (found.status, page.status) == (404, 404)
    assert "there is no gate here" in found.json["message"]
    assert b"imprint_info{" in metrics.body


def test_the_explanation_of_a_code_is_served_as_text(site):
    found = site.request("GET", "/-/imprint/explain/auth-regressed")
    other = site.request("GET", "/-/imprint/explain/no-such-code")

    assert found.body.startswith(b"# auth-regressed")
    assert found.headers["x-content-type-options"] == "nosniff"
    assert other.status == 404


def test_what_the_verdict_route_told_is_recorded(gated, boss):
    asked = {
        "packages": [
            {"name": YOUNG.name, "version": YOUNG.bad},
            {"name": "harbor", "version": "2.0.0"},
        ]
    }

    _, raw, _ = ask(gated, "POST", "/-/imprint/v1/verdict", body=json.dumps(asked).encode())
    told = shown(gated, boss, f"decisions?name={YOUNG.name}")["decisions"]

    assert [one["effect"] for one in json.loads(raw)["packages"]] == ["withhold", "serve"]
    assert [one["version"] for one in told if one["channel"] == "verdict"] == [YOUNG.bad]
    assert shown(gated, boss, "decisions?name=harbor")["decisions"] == []
