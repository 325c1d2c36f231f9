"""The production files, as far as they can be run without a container engine.

The jobs' scripts run here against a real PostgreSQL and a real Temporal. What `duban migrate`,
`duban worker` and `duban api` do when they run is covered by ``tests/embedded/test_whole.py``.
"""

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from ruamel.yaml import YAML
from temporalio.common import SearchAttributeKey

from embedded import Stack, StackOptions, postgres, temporal
from workflows import ids

ROOT = Path(__file__).parents[2]
COMPOSE = ROOT / "docker-compose.yml"
TEXT = COMPOSE.read_text(encoding="utf-8")
FILE: dict[str, Any] = YAML(typ="safe").load(TEXT)
SERVICES: dict[str, dict[str, Any]] = FILE["services"]
LONG_RUNNING = {"postgresql", "temporal", "temporal-ui", "api", "worker"}
JOBS = {"roles", "temporal-schema", "temporal-namespace", "migrate"}
ADDRESS = re.compile(r"postgresql://(\w+):")


def environment(name: str) -> dict[str, str]:
    """The environment of a service."""
    return dict(SERVICES[name].get("environment", {}))


def test_the_file_follows_the_compose_specification() -> None:
    subprocess.run(
        [
            Path(sys.executable).with_name("check-jsonschema"),
            *("--builtin-schema", "vendor.compose-spec", COMPOSE),
        ],
        check=True,
        capture_output=True,
    )


def test_services_are_those_described() -> None:
    assert set(SERVICES) == LONG_RUNNING | JOBS


OPTIONAL = {"DUBAN_PAYLOAD_KEYS"}
"""Secrets of what may be left off: unset, it is off."""


def test_no_secret_is_written_down_or_optional() -> None:
    variables = re.findall(r"\$\{(\w+)([^}]*)\}", TEXT.replace("$$", ""))
    named = {name for name, _ in variables if re.search("PASSWORD|SECRET|KEY", name)}
    assert named >= OPTIONAL
    secrets = named - OPTIONAL
    assert secrets == {
        "POSTGRES_PASSWORD",
        "TEMPORAL_DB_PASSWORD",
        "DUBAN_OWNER_PASSWORD",
        "DUBAN_APP_PASSWORD",
        "DUBAN_SECRET_KEY",
    }
    for name, rest in variables:
        assert rest == ":?" if name in secrets else rest.startswith(":-"), name
    for service in SERVICES:
        for name, value in environment(service).items():
            if name in OPTIONAL:
                assert value == f"${{{name}:-}}", service
            elif re.search("PASSWORD|SECRET|PWD", name):
                assert re.fullmatch(r"\$\{\w+:\?\}", value), (service, name)


def test_each_service_knows_only_the_secrets_it_needs() -> None:
    known = {name: set(re.findall(r"\$\{(\w+):\?", str(environment(name)))) for name in SERVICES}
    assert known == {
        "postgresql": {"POSTGRES_PASSWORD"},
        "roles": {
            "POSTGRES_PASSWORD",
            "TEMPORAL_DB_PASSWORD",
            "DUBAN_OWNER_PASSWORD",
            "DUBAN_APP_PASSWORD",
        },
        "temporal-schema": {"TEMPORAL_DB_PASSWORD"},
        "temporal": {"TEMPORAL_DB_PASSWORD"},
        "temporal-namespace": set(),
        "temporal-ui": set(),
        "migrate": {"DUBAN_OWNER_PASSWORD", "DUBAN_APP_PASSWORD", "DUBAN_SECRET_KEY"},
        "api": {"DUBAN_APP_PASSWORD", "DUBAN_SECRET_KEY"},
        "worker": {"DUBAN_APP_PASSWORD", "DUBAN_SECRET_KEY"},
    }


def test_the_application_and_the_owner_are_two_roles() -> None:
    for name in ("api", "worker"):
        assert ADDRESS.findall(str(environment(name))) == [postgres.APP_ROLE]
    owner = ADDRESS.findall(environment("migrate")["DUBAN_MIGRATE_DATABASE_URL"])
    assert owner == [postgres.OWNER_ROLE]


def test_ports_are_open_on_this_machine_alone() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert len(ports) >= 3
    assert all(re.fullmatch(r"127\.0\.0\.1:\d+:\d+", port) for port in ports)


def test_images_are_pinned() -> None:
    images = [service["image"] for service in SERVICES.values()]
    images += re.findall(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    for image in images:
        name, _, tag = image.partition(":")
        assert re.search(r"\d", tag), image
        assert "auto-setup" not in name


def test_services_come_back_and_jobs_are_repeated() -> None:
    for name, service in SERVICES.items():
        expected = "unless-stopped" if name in LONG_RUNNING else "on-failure"
        assert service["restart"].startswith(expected), name


def test_what_others_wait_for_can_be_waited_for() -> None:
    for service in SERVICES.values():
        for name, wait in service.get("depends_on", {}).items():
            if name in JOBS:
                assert wait["condition"] == "service_completed_successfully"
            else:
                assert wait["condition"] == "service_healthy"
                assert "healthcheck" in SERVICES[name]
    assert all("healthcheck" in SERVICES[name] for name in ("api", "worker"))


def test_our_containers_have_no_privileges() -> None:
    for name in ("migrate", "api", "worker"):
        assert SERVICES[name]["cap_drop"] == ["ALL"]
        assert SERVICES[name]["read_only"] is True
    users = re.findall(r"^USER (\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert users == ["duban"]


@pytest.mark.parametrize("name", ["migrate", "api", "worker"])
def test_commands_exist(name: str) -> None:
    program, command = SERVICES[name]["command"]
    assert program == "duban"
    run = [sys.executable, "-m", "cli.main", command, "--help"]
    shown = subprocess.run(run, cwd=ROOT, check=True, capture_output=True, text=True)
    assert f"duban {command}" in shown.stdout


def test_the_image_holds_every_package_and_no_data() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    packages = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    lines = (ROOT / ".dockerignore").read_text().split()
    let_in = {line[1:] for line in lines if line.startswith("!")}
    assert lines[0] == "*"
    assert set(packages) <= let_in
    assert not let_in & {"var", ".env", ".git", ".venv", "tests"}


def test_dependencies_are_pinned() -> None:
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    required = [line for line in lines if line and not line.lstrip().startswith("#")]
    assert required
    assert all(re.match(r"[\w.\[\]-]+==\S+", line) for line in required)


def test_search_attributes_are_the_same_everywhere() -> None:
    names = {key.name for key in vars(ids).values() if isinstance(key, SearchAttributeKey)}
    assert names == set(temporal.SEARCH_ATTRIBUTES)
    written = dict(re.findall(r"(Duban\w+)=(\w+)", script("temporal-namespace")))
    assert written == temporal.SEARCH_ATTRIBUTES


def script(name: str) -> str:
    """The shell script of a job, as its container sees it."""
    entry = SERVICES[name]["entrypoint"]
    assert entry == ["/bin/sh", "-euc"]
    return str(SERVICES[name]["command"][0]).replace("$$", "$")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    folder = tmp_path_factory.mktemp("deploy") / "var"
    async with Stack(StackOptions(data_dir=folder)) as stack:
        await stack.start_servers()
        yield stack


def run_job(name: str, variables: dict[str, str], programs: Path) -> None:
    """Run the script of a job twice: a job is repeated at each start."""
    wanted = environment(name)
    for _ in range(2):
        subprocess.run(
            ["/bin/sh", "-euc", script(name)],
            env={"PATH": f"{programs}:/usr/bin:/bin"} | wanted | variables,
            check=True,
            timeout=60,
        )


async def test_the_roles_job(stack: Stack) -> None:
    root = Path(stack.environment["DUBAN_DATA_DIR"])
    superuser = YAML(typ="safe").load((root / "secrets.json").read_text())["postgres_password"]
    port = stack.environment["DUBAN_DATABASE_URL"].rpartition(":")[2].partition("/")[0]
    passwords = {
        "TEMPORAL_DB_PASSWORD": "temporal-password",
        "DUBAN_OWNER_PASSWORD": "owner'password",
        "DUBAN_APP_PASSWORD": "app-password",
    }
    place = {"PGHOST": "127.0.0.1", "PGPORT": port, "PGPASSWORD": superuser}
    run_job("roles", place | passwords, postgres.bundled_binaries())
    for role, name in (
        ("temporal", "TEMPORAL_DB_PASSWORD"),
        (postgres.OWNER_ROLE, "DUBAN_OWNER_PASSWORD"),
        (postgres.APP_ROLE, "DUBAN_APP_PASSWORD"),
    ):
        database = "postgres" if role == "temporal" else postgres.DATABASE
        connection = await postgres.connect(int(port), role, passwords[name], database)
        rights = await connection.fetchrow(
            "select rolsuper, rolcreatedb, rolcreaterole from pg_roles where rolname = $1", role
        )
        assert rights is not None
        assert tuple(rights) == (False, role == "temporal", False)
        await connection.close()
    app = await postgres.connect(int(port), postgres.APP_ROLE, "app-password", postgres.DATABASE)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await app.execute("create table x ()")
    await app.close()


async def test_the_namespace_job(stack: Stack) -> None:
    from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
    from temporalio.client import Client

    place = {
        "TEMPORAL_ADDRESS": stack.temporal_address,
        "TEMPORAL_NAMESPACE": "another",
        "HOME": os.environ.get("HOME", "/"),
    }
    run_job("temporal-namespace", place, temporal.binary().parent)
    client = await Client.connect(stack.temporal_address, namespace="another")
    known = await client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace="another")
    )
    assert set(temporal.SEARCH_ATTRIBUTES) <= set(known.custom_attributes)
