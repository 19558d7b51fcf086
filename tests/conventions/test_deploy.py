"""The deployment files: well-formed, hardened, and naming nothing that is not there."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from orchestration.settings import DAGSTER_INSTANCE_YAML, load_settings

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
BIN = Path(sys.executable).parent
CONTAINERFILE = (DEPLOY / "Containerfile").read_text()
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
VALUES = yaml.safe_load((DEPLOY / "kubernetes/values.yaml").read_text())
UNITS = sorted((DEPLOY / "systemd").iterdir())
SERVICE_UNITS = [unit for unit in UNITS if unit.suffix == ".service"]
INSTALLED = "/opt/plumbline/.venv/bin/plumbline"
# What remains at 2 of 10: the network, memory that a chart engine makes executable, /proc.
MOST_EXPOSURE = 2.0
# Read by other programs than plumbline, or by the deployment files themselves.
OTHER_VARIABLES = {
    "CODE_LOCATION_HOST",
    "CODE_LOCATION_PORT",
    "DAGSTER_HOME",
    "HOME",
    "PATH",
    "PIP_DISABLE_PIP_VERSION_CHECK",
    "PIP_NO_CACHE_DIR",
    "PROXY_NAME",
    "PROXY_PASSWORD_HASH",
    "PROXY_UPSTREAM",
    "PROXY_USER",
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONUNBUFFERED",
    "PYTHON_IMAGE",
}
SERVICES = list(COMPOSE["services"].values())
OWN = [service for name, service in COMPOSE["services"].items() if name != "proxy"]
DEPLOYMENT = VALUES["dagster-user-deployments"]["deployments"][0]


def named_variables():
    """Every variable that a deployment file sets or reads."""
    yield from re.findall(r"^(?:ENV|ARG) (\w+)=|^    (\w+)=", CONTAINERFILE, flags=re.MULTILINE)
    for example in DEPLOY.glob("*.env.example"):
        yield from re.findall(r"^(\w+)=", example.read_text(), flags=re.MULTILINE)
    for unit in SERVICE_UNITS:
        yield from re.findall(r"^Environment=(\w+)=", unit.read_text(), flags=re.MULTILINE)
    yield from re.findall(r"\{\$(\w+)", (DEPLOY / "Caddyfile").read_text())
    yield from re.findall(r"env: (\w+)", (DEPLOY / "workspace.yaml").read_text())
    for service in SERVICES:
        yield from service.get("environment", {})
    yield from (variable["name"] for variable in DEPLOYMENT["env"])


def plain(names):
    return {part for name in names for part in ([name] if isinstance(name, str) else name) if part}


def test_every_variable_is_one_that_is_read():
    read = "".join(path.read_text() for path in (ROOT / "orchestration").glob("*.py"))
    unknown = {
        name for name in plain(named_variables()) - OTHER_VARIABLES if f'"{name}"' not in read
    }
    assert unknown == set()


def test_the_settings_of_the_examples_can_be_used():
    for example in DEPLOY.glob("plumbline.env.example"):
        lines = re.findall(r"^(\w+)=(.*)$", example.read_text(), flags=re.MULTILINE)
        assert load_settings(dict(lines)).source.kind == "snapshot"


def test_filled_in_settings_are_never_committed():
    names = ["deploy/plumbline.env", "deploy/proxy.env"]
    ignored = subprocess.run(
        ["git", "check-ignore", "--no-index", *names], cwd=ROOT, capture_output=True, text=True
    )
    assert ignored.stdout.split() == names
    tracked = subprocess.run(["git", "ls-files", *names], cwd=ROOT, capture_output=True, text=True)
    assert tracked.stdout == ""


def commands():
    """Every program that a deployment file starts, with its arguments."""
    found = re.findall(r"(?:CMD|ENTRYPOINT) (\[.*\])", CONTAINERFILE)
    yield from (yaml.safe_load(command) for command in found)
    for service in OWN:
        yield service["command"]
        yield service["healthcheck"]["test"][1:]
    for unit in SERVICE_UNITS:
        yield re.search(r"^ExecStart=(.*)$", unit.read_text(), flags=re.MULTILINE)[1].split()
    yield ["dagster", "api", "grpc", *DEPLOYMENT["dagsterApiGrpcArgs"]]


@pytest.mark.slow
@pytest.mark.parametrize("command", commands(), ids=lambda command: " ".join(command)[:60])
def test_every_command_is_there_and_knows_its_options(command):
    program, *arguments = command
    if program == "/opt/plumbline/deploy/entrypoint.sh":
        script = DEPLOY / "entrypoint.sh"
        assert os.access(script, os.X_OK)
        subprocess.run(["sh", "-n", script], check=True)
        return
    program = "plumbline" if program == INSTALLED else program
    if "-c" in arguments:
        compile(arguments[arguments.index("-c") + 1], "<health check>", "exec")
        return
    started = [argument for argument in arguments if not argument.startswith("--")]
    options = [argument for argument in arguments if argument.startswith("--")]
    depth = {"dagster": 2, "dagster-daemon": 1, "plumbline": 1, "python": 2}.get(program, 0)
    asked = [str(BIN / program), *(arguments if program == "python" else started)[:depth], "--help"]
    explained = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True)
    assert explained.returncode == 0, explained.stderr
    assert [option for option in options if option not in explained.stdout] == []


def test_the_containerfile_is_sound():
    linted = subprocess.run(
        [BIN / "hadolint", DEPLOY / "Containerfile"], capture_output=True, text=True
    )
    assert linted.returncode == 0, linted.stdout


def test_the_image_installs_what_is_locked_and_runs_as_nobody_in_particular():
    assert re.search(r"^ARG PYTHON_IMAGE=python:\d\.\d+-slim-\w+$", CONTAINERFILE, re.MULTILINE)
    installs = re.findall(r"pip install (.*?)(?:&&|\n[A-Z#])", CONTAINERFILE, flags=re.DOTALL)
    installs += re.findall(r"python install (.*?)\n[A-Z#]", CONTAINERFILE, flags=re.DOTALL)
    assert len(installs) == 3
    assert all("--require-hashes" in each or "--editable ." in each for each in installs)
    final = CONTAINERFILE[CONTAINERFILE.index(" AS base") :]
    assert re.search(r"^USER 10001:10001$", final, flags=re.MULTILINE)
    assert re.search(r"^HEALTHCHECK ", final, flags=re.MULTILINE)
    assert not re.search(r"apt-get|pip install|gcc", final)


def test_nothing_gets_into_the_image_that_is_not_named():
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert lines[1] == "*"
    let_in = {line[1:] for line in lines if line.startswith("!")}
    copied = re.findall(r"^COPY (?!--from)(?:--\S+ )*(.*) \S+$", CONTAINERFILE, flags=re.MULTILINE)
    assert let_in == {name for names in copied for name in names.split()}
    assert all((ROOT / name).exists() for name in let_in)


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_a_container_has_no_more_than_it_needs(name):
    service = COMPOSE["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["restart"] == "unless-stopped"
    assert {"mem_limit", "pids_limit", "healthcheck"} <= service.keys()
    assert "privileged" not in service
    assert "network_mode" not in service
    assert set(service.get("cap_add", [])) <= {"NET_BIND_SERVICE"}


def test_only_the_web_server_is_published_and_on_this_machine_alone():
    published = {name: service.get("ports", []) for name, service in COMPOSE["services"].items()}
    assert published.pop("web") == ["127.0.0.1:3000:3000"]
    assert published.pop("proxy") == ["443:443", "80:80"]
    assert set(map(tuple, published.values())) == {()}
    assert COMPOSE["services"]["proxy"]["profiles"] == ["proxy"]


def test_only_the_code_location_is_told_secrets_and_none_is_written_down():
    told = {name for name, service in COMPOSE["services"].items() if "env_file" in service}
    assert told == {"code-location", "proxy"}
    filled = re.compile(r"^(SEC_USER_AGENT|PLUMBLINE_NOTIFY\w*|PROXY_PASSWORD_HASH)=['\"]?\w", re.M)
    for path in DEPLOY.rglob("*"):
        assert path.is_dir() or not filled.search(path.read_text()), path


def test_the_code_location_is_reached_by_the_other_roles_alone():
    networks = {name: service["networks"] for name, service in COMPOSE["services"].items()}
    assert COMPOSE["networks"]["inner"] == {"internal": True}
    assert {name for name, joined in networks.items() if "inner" in joined} == {
        "code-location", "web", "daemon",
    }  # fmt: skip
    assert "front" not in networks["code-location"]


def test_compose_reads_the_file(tmp_path):
    """By Debian's docker-compose, or docker's own plugin, where one is at hand."""
    program = next(
        (
            command
            for command in (["docker", "compose"], ["docker-compose"])
            if shutil.which(command[0])
            and not subprocess.run([*command, "version"], capture_output=True).returncode
        ),
        None,
    )
    if program is None:
        pytest.skip("neither docker compose nor docker-compose is installed (apt-get has one)")
    shutil.copytree(DEPLOY, tmp_path / "deploy")
    # The one line that Debian's older program does not know.
    file = tmp_path / "deploy/compose.yaml"
    file.write_text(re.sub(r"^name: .*\n", "", file.read_text(), flags=re.MULTILINE))
    for example in DEPLOY.glob("*.env.example"):
        shutil.copy(example, tmp_path / "deploy" / example.stem)
    read = subprocess.run(
        [*program, "--file", file, "config", "--quiet"], capture_output=True, text=True
    )
    assert read.returncode == 0, read.stderr


@pytest.fixture
def units(tmp_path):
    """The units, with a program that is there in place of the installed one."""
    for unit in UNITS:
        text = unit.read_text().replace(INSTALLED, str(BIN / "plumbline"))
        (tmp_path / unit.name).write_text(text)
    return tmp_path


@pytest.mark.skipif(
    not shutil.which("systemd-analyze"), reason="systemd is not installed (apt-get has it)"
)
def test_the_units_are_sound(units):
    files = sorted(units.iterdir())
    verified = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *files], capture_output=True, text=True
    )
    assert (verified.returncode, verified.stderr) == (0, "")


@pytest.mark.skipif(
    not shutil.which("systemd-analyze"), reason="systemd is not installed (apt-get has it)"
)
@pytest.mark.parametrize("name", [unit.name for unit in SERVICE_UNITS])
def test_a_unit_is_exposed_to_little(units, name):
    judged = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", units / name],
        capture_output=True,
        text=True,
    )
    exposure = re.search(r"Overall exposure level for .*: ([\d.]+)", judged.stdout)
    assert exposure, judged.stderr
    assert float(exposure[1]) <= MOST_EXPOSURE


def test_the_two_services_are_hardened_alike():
    hardened = [
        {
            line
            for line in unit.read_text().splitlines()
            if re.match(r"(Protect|Private|Restrict|SystemCall|NoNew|Capab|UMask|ReadWrite)", line)
        }
        for unit in SERVICE_UNITS
    ]
    assert hardened[0] == hardened[1]
    assert len(hardened[0]) > 20


# Keys of the chart's values.yaml that are used here, as Dagster documents them in
# helm/dagster/values.yaml and in its schema; the chart itself is not at hand to render them.
KNOWN = {
    "": "dagster-user-deployments dagsterDaemon dagsterWebserver extraManifests global ingress"
    " generateCeleryConfigSecret generatePostgresqlPasswordSecret postgresql pythonLogs"
    " rbacEnabled runLauncher serviceAccount telemetry",
    "dagsterWebserver": "image podSecurityContext readinessProbe replicaCount resources"
    " securityContext service volumeMounts volumes",
    "dagsterDaemon": "enabled image podSecurityContext resources runCoordinator runMonitoring"
    " runRetries securityContext volumeMounts volumes",
    "dagster-user-deployments": "deployments enableSubchart enabled",
    "runLauncher": "config type",
    "postgresql": "enabled postgresqlDatabase postgresqlUsername",
}
KNOWN_OF_A_DEPLOYMENT = (
    "dagsterApiGrpcArgs deploymentStrategy env envSecrets image includeConfigInLaunchedRuns name"
    " podSecurityContext port readinessProbe replicaCount resources securityContext volumeMounts"
    " volumes"
)


def test_the_chart_is_given_keys_that_it_documents():
    for place, keys in KNOWN.items():
        assert (VALUES[place] if place else VALUES).keys() <= set(keys.split()), place
    assert DEPLOYMENT.keys() <= set(KNOWN_OF_A_DEPLOYMENT.split())


def test_one_process_writes_in_kubernetes_too():
    (deployment,) = VALUES["dagster-user-deployments"]["deployments"]
    assert deployment["replicaCount"] == 1
    assert deployment["deploymentStrategy"] == {"type": "Recreate"}
    queue = VALUES["dagsterDaemon"]["runCoordinator"]["config"]["queuedRunCoordinator"]
    assert queue == {"maxConcurrentRuns": 1}
    launcher = VALUES["runLauncher"]["config"]["customRunLauncher"]
    module = __import__(launcher["module"])
    assert getattr(module, launcher["class"]).config_type() == launcher["config"] == {}
    claim = next(each for each in VALUES["extraManifests"] if each["kind"].endswith("VolumeClaim"))
    assert claim["spec"]["accessModes"] == ["ReadWriteOnce"]
    (volume,) = (each for each in deployment["volumes"] if "persistentVolumeClaim" in each)
    assert volume["persistentVolumeClaim"]["claimName"] == claim["metadata"]["name"]


def test_runs_are_watched_and_written_down_in_kubernetes_as_elsewhere():
    local = yaml.safe_load(DAGSTER_INSTANCE_YAML.format(events="e", journal="/data/log/j.jsonl"))
    handlers = VALUES["pythonLogs"]["dagsterHandlerConfig"]["handlers"]
    journal = local["python_logs"]["dagster_handler_config"]["handlers"]["journal"]
    assert handlers["journal"]["class"] == journal["class"]
    volume = {each["name"]: each["mountPath"] for each in DEPLOYMENT["volumeMounts"]}["data"]
    assert handlers["journal"]["filename"] == f"{volume}/log/plumbline.jsonl"
    daemon = VALUES["dagsterDaemon"]
    monitoring, retries = local["run_monitoring"], local["run_retries"]
    assert daemon["runMonitoring"]["maxRuntimeSeconds"] == monitoring["max_runtime_seconds"]
    assert daemon["runRetries"]["maxRetries"] == retries["max_retries"]
    assert daemon["runRetries"]["retryOnAssetOrOpFailure"] is False


def test_pods_have_no_more_than_they_need():
    assert VALUES["dagsterWebserver"]["service"]["type"] == "ClusterIP"
    assert VALUES["ingress"] == {"enabled": False}
    for pod in (DEPLOYMENT, VALUES["dagsterWebserver"], VALUES["dagsterDaemon"]):
        assert pod["podSecurityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert "memory" in pod["resources"]["limits"]


def test_the_chart_and_its_lock_are_of_the_dagster_that_is_locked():
    locked = dict(re.findall(r"^([\w-]+)==(\S+)", (ROOT / "requirements.lock").read_text(), re.M))
    text = (DEPLOY / "kubernetes/values.yaml").read_text()
    assert f"--version {locked['dagster']} " in text
    lock = (DEPLOY / "kubernetes/requirements.lock").read_text()
    pins = dict(re.findall(r"^([\w-]+)==(\S+)", lock, flags=re.MULTILINE))
    assert pins.keys() == {"dagster-postgres", "psycopg2-binary"}
    assert pins["dagster-postgres"] == locked["dagster-dbt"]
    assert "://" not in lock
    assert lock.count("--hash=sha256:") >= len(pins)


def test_the_proxy_asks_for_a_password_and_reaches_the_web_server_alone():
    text = (DEPLOY / "Caddyfile").read_text()
    assert re.search(r"basicauth \{\s+\{\$PROXY_USER\} \{\$PROXY_PASSWORD_HASH\}", text)
    assert re.findall(r"reverse_proxy (\S+)", text) == ["{$PROXY_UPSTREAM:web:3000}"]
