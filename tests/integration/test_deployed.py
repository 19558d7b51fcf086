"""The roles of a deployment as they are started there, and what the UI answers to whom."""

import json
import os
import shutil
import subprocess
import sys
import threading
from base64 import b64encode
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
import yaml

from orchestration.settings import Settings, load_settings, prepare_environment
from tests.support.processes import (
    LOOPBACK,
    free_port,
    group_of,
    listening_addresses,
    running,
    wait_until,
)

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
SERVICES = yaml.safe_load((ROOT / "deploy/compose.yaml").read_text())["services"]
CODE_LOCATION, WEB, DAEMON = "code-location", "web", "daemon"
SECONDS_TO_START = 240
# Whatever is secret in the environment: a run leaves nothing of it behind, wherever it looks.
SECRETS = {
    "SEC_USER_AGENT": "Canary canary-7f3a1c@example.com",
    "PLUMBLINE_NOTIFY": "json://canary-9c1d22:canary-5e6f33@notify.example.invalid/hook",
}
LAUNCH = """
mutation ($job: JobOrPipelineSelector!) {
  launchRun(executionParams: {selector: $job, runConfigData: {}}) {
    __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message }
  }
}
"""
LOCATIONS = """
{ workspaceOrError { ... on Workspace { locationEntries {
  name loadStatus locationOrLoadError { __typename ... on PythonError { message } }
} } } }
"""
STATUS = "query ($id: ID!) { runOrError(runId: $id) { ... on Run { status } } }"


def environment_in(data_dir: Path, **more: str) -> dict[str, str]:
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("PLUMBLINE_", "DAGSTER"))}
    return {
        **inherited,
        **SECRETS,
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        "PLUMBLINE_DATA_DIR": str(data_dir),
        "DAGSTER_HOME": str(data_dir / "dagster"),
        **more,
    }


def command_of(role: str, ports: dict[str, int]) -> list[str]:
    """The very command of the compose file, on this machine alone and on free ports."""
    own = {"0.0.0.0": "127.0.0.1", **{container: str(port) for container, port in ports.items()}}
    return [own.get(part, part) for part in SERVICES[role]["command"]]


def ask(port: int, query: str, **variables: object) -> dict:
    body = json.dumps({"query": query, "variables": variables}).encode()
    request = Request(
        f"http://127.0.0.1:{port}/graphql", body, {"Content-Type": "application/json"}
    )
    with urlopen(request, timeout=60) as response:
        return json.load(response)["data"]


def answers(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/server_info", timeout=5):
            return True
    except OSError:
        return False


def status_of(port: int, address: str, headers: dict[str, str]) -> int:
    try:
        with urlopen(Request(f"http://127.0.0.1:{port}{address}", headers=headers)) as response:
            return response.status
    except HTTPError as error:
        return error.code


def files_that_hold(directory: Path, texts: list[bytes]) -> list[str]:
    return [
        str(path.relative_to(directory))
        for path in directory.rglob("*")
        if path.is_file() and any(text in path.read_bytes() for text in texts)
    ]


@pytest.fixture(scope="module")
def deployed(tmp_path_factory):
    """A refresh of the snapshot, started by GraphQL in three processes as compose starts them."""
    logs = tmp_path_factory.mktemp("logs")
    data_dir = tmp_path_factory.mktemp("deployed") / "data"
    ports = {"4000": free_port(), "3000": free_port()}
    environment = environment_in(
        data_dir, CODE_LOCATION_HOST="127.0.0.1", CODE_LOCATION_PORT=str(ports["4000"])
    )
    # The image's entry point does this before each role.
    entry = ["sh", "deploy/entrypoint.sh", "true"]
    subprocess.run(entry, env=environment, cwd=ROOT, check=True)

    def is_healthy(role: str) -> bool:
        test = SERVICES[role]["healthcheck"]["test"][1:]
        test = [part.replace("4000", str(ports["4000"])) for part in test]
        test = [part.replace("3000", str(ports["3000"])) for part in test]
        done = subprocess.run(test, env=environment, cwd=ROOT, capture_output=True)
        return done.returncode == 0

    with ExitStack() as roles:
        health = {}
        for role in (CODE_LOCATION, WEB, DAEMON):
            log = logs / f"{role}.log"
            command = command_of(role, ports)
            process = roles.enter_context(running(command, environment, ROOT, log))
            if role == CODE_LOCATION:
                wait_until(
                    lambda process=process: process.poll() is not None or is_healthy(CODE_LOCATION),
                    SECONDS_TO_START,
                )
                health[role] = is_healthy(CODE_LOCATION)
                assert health[role], log.read_text()
        web = ports["3000"]
        assert wait_until(lambda: answers(web), SECONDS_TO_START), (logs / "web.log").read_text()
        locations = ask(web, LOCATIONS)["workspaceOrError"]["locationEntries"]
        job = {
            "repositoryName": "__repository__",
            "repositoryLocationName": "plumbline",
            "jobName": "refresh",
        }
        launched = ask(web, LAUNCH, job=job)["launchRun"]
        assert launched["__typename"] == "LaunchRunSuccess", launched
        run_id = launched["run"]["runId"]

        def status() -> str:
            return ask(web, STATUS, id=run_id)["runOrError"]["status"]

        wait_until(lambda: status() in {"SUCCESS", "FAILURE", "CANCELED"}, SECONDS_TO_START)
        outcome = status()
        for role in (WEB, DAEMON):
            health[role] = wait_until(lambda role=role: is_healthy(role), 60)
    yield {"locations": locations, "outcome": outcome, "health": health} | {
        "data_dir": data_dir,
        "logs": logs,
    }
    shutil.rmtree(data_dir)


@pytest.mark.slow
def test_three_processes_over_one_directory_refresh_and_publish(deployed):
    (location,) = deployed["locations"]
    assert (location["name"], location["loadStatus"]) == ("plumbline", "LOADED")
    assert location["locationOrLoadError"]["__typename"] == "RepositoryLocation", location
    assert deployed["outcome"] == "SUCCESS", (deployed["logs"] / "code-location.log").read_text()
    assert (deployed["data_dir"] / "warehouse.duckdb").exists()
    assert (deployed["data_dir"] / "report.html").exists()


@pytest.mark.slow
def test_the_health_checks_of_the_compose_file_pass(deployed):
    assert deployed["health"] == {CODE_LOCATION: True, WEB: True, DAEMON: True}


@pytest.mark.slow
def test_no_secret_of_the_environment_is_left_in_data_logs_or_report(deployed):
    canaries = [b"canary-7f3a1c", b"canary-9c1d22", b"canary-5e6f33"]
    assert files_that_hold(deployed["data_dir"], canaries) == []
    assert files_that_hold(deployed["logs"], canaries) == []


@pytest.mark.slow
def test_the_data_directory_is_its_owners_alone(deployed):
    assert deployed["data_dir"].stat().st_mode & 0o777 == 0o700


@pytest.mark.slow
def test_the_ui_listens_on_this_machine_alone_and_answers_no_other_site(tmp_path):
    port = free_port()
    command = [str(BIN / "plumbline"), "ui", "--port", str(port)]
    # What Dagster would take from the environment goes after what the command says.
    environment = environment_in(tmp_path / "data", DAGSTER_WEBSERVER_HOST="0.0.0.0")
    log = tmp_path / "ui.log"
    with running(command, environment, ROOT, log) as process:
        assert wait_until(lambda: answers(port), SECONDS_TO_START), log.read_text()
        (leader,) = [int(each) for each in _children(process.pid)]
        assert listening_addresses(group_of(leader)) <= LOOPBACK
        question = "/graphql?query=%7B__typename%7D"
        own = {"Sec-Fetch-Site": "same-origin"}
        assert status_of(port, question, own) == 200
        assert status_of(port, question, {"Sec-Fetch-Site": "cross-site"}) == 403
        assert status_of(port, question, {"Origin": "https://evil.example"}) == 403
        assert status_of(port, "/", {"Host": f"evil.example:{port}"}) == 403
    assert wait_until(lambda: not group_of(leader), 30)


class Upstream(BaseHTTPRequestHandler):
    """Stands for the web server, and remembers what reached it."""

    seen: ClassVar[list[dict[str, str]]] = []

    def do_GET(self):
        self.seen.append(dict(self.headers))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("caddy"), reason="caddy is not installed (apt-get has it)")
def test_the_proxy_asks_for_the_password_and_passes_on_who_nobody_is(tmp_path):
    hashed = subprocess.run(
        ["caddy", "hash-password", "--plaintext", "a long one"], capture_output=True, text=True
    ).stdout.strip()
    port = free_port()
    # The admin endpoint has a port that other tests may have; it is of no matter here.
    configuration = tmp_path / "Caddyfile"
    text = (ROOT / "deploy/Caddyfile").read_text()
    configuration.write_text(text.replace("admin 127.0.0.1:2019", "admin off"))
    command = ["caddy", "run", "--adapter", "caddyfile", "--config", str(configuration)]
    with ThreadingHTTPServer(("127.0.0.1", 0), Upstream) as upstream:
        threading.Thread(target=upstream.serve_forever, daemon=True).start()
        environment = {
            **os.environ,
            "HOME": str(tmp_path),
            "PROXY_NAME": f"http://127.0.0.1:{port}",
            "PROXY_USER": "analyst",
            "PROXY_PASSWORD_HASH": hashed,
            "PROXY_UPSTREAM": f"127.0.0.1:{upstream.server_port}",
        }
        password = b64encode(b"analyst:a long one").decode()
        known = {"Authorization": f"Basic {password}", "Origin": f"http://127.0.0.1:{port}"}
        log = tmp_path / "caddy.log"
        with running(command, environment, ROOT, log):
            assert wait_until(lambda: status_or_none(port) == 401, 60), log.read_text()
            wrong = {"Authorization": f"Basic {b64encode(b'analyst:guess').decode()}"}
            assert status_of(port, "/", wrong) == 401
            assert Upstream.seen == []
            assert status_of(port, "/graphql", known) == 200
            foreign = {**known, "Sec-Fetch-Site": "cross-site"}
            assert status_of(port, "/graphql?query=x", foreign) == 403
        upstream.shutdown()
    (passed_on,) = Upstream.seen
    assert passed_on["Host"] == "127.0.0.1"
    assert passed_on.keys().isdisjoint({"Authorization", "Origin"})


def status_or_none(port: int) -> int | None:
    try:
        return status_of(port, "/", {})
    except OSError:
        return None


def _children(process: int) -> list[str]:
    return Path(f"/proc/{process}/task/{process}/children").read_text().split()


def test_a_data_directory_that_is_made_is_its_owners_alone_and_one_that_was_there_stays(tmp_path):
    made, found = tmp_path / "made", tmp_path / "found"
    found.mkdir(mode=0o755)
    for directory in (made, found):
        prepare_environment(Settings(directory, tmp_path, memory_limit="1GB", threads=1))
    assert made.stat().st_mode & 0o777 == 0o700
    assert found.stat().st_mode & 0o777 == 0o755


def test_the_image_and_its_roles_agree_on_where_dagster_keeps_its_record():
    text = (ROOT / "deploy/Containerfile").read_text()
    settings = load_settings({"PLUMBLINE_DATA_DIR": "/data"})
    assert f"DAGSTER_HOME={settings.dagster_home} " in text
    assert "PLUMBLINE_DATA_DIR=/data " in text
