"""The command line: help in Chinese, exit codes, one line when something fails."""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cli.errors import CliError
from cli.main import _run
from embedded.datadir import DataDir
from tests.embedded.processes import ROOT

COMMANDS = [
    "",
    "up",
    "demo",
    "api",
    "worker",
    "migrate",
    "import",
    "export",
    "calendar",
    "calendar load",
    "unit",
    "unit add",
    "user",
    "user add",
    "user list",
    "user deactivate",
    "user activate",
    "user password",
    "user unlock",
    "user sessions",
    "service-account",
    "service-account add",
    "service-account list",
    "service-account revoke",
    "doctor",
    "login",
    "logout",
    "password",
    "item",
    "item list",
    "item show",
    "item tree",
    "item timeline",
    "item clocks",
    "item acts",
    "item upload",
    "item create",
    "item act",
    "item act receive",
    "item act sign-off",
    "item act confirm-act",
    "item act split",
    "source",
    "source list",
    "source show",
    "source coverage",
    "source create",
    "source clause",
]


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("DUBAN_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("DUBAN_DATA_DIR", str(tmp_path / "var"))


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_in_chinese(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run([*command.split(), "--help"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith(f"用法：duban {command}".rstrip())
    own_words = re.sub(r"https?:\S+|<[\w|]+>|--[\w-]+|\[[^\]]*\]|DUBAN_\w+|\"\w+\"", "", shown)
    assert not re.search(r"\b(Usage|Options|Commands|Arguments|Show|default|required)\b", own_words)


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["nothing"], "没有命令 nothing。用法见 duban --help。"),
        (["up", "--nothing"], "没有选项 --nothing。用法见 duban up --help。"),
        (["up", "more"], "多出参数 more。用法见 duban up --help。"),
        (["up", "--api-port", "x"], "'--api-port' 应为整数。用法见 duban up --help。"),
        (["up", "--api-port", "0"], "'--api-port' 不能小于 1。用法见 duban up --help。"),
        (["user", "add"], "缺少 '用户名'。用法见 duban user add --help。"),
        (["import"], "缺少 '文件'。用法见 duban import --help。"),
        (["import", "/nowhere"], "'文件'：没有 /nowhere。用法见 duban import --help。"),
        (
            ["user", "add", "li", "--role", "king"],
            "'--role' 不能是 king，可选 'office', 'unit', 'deputy', 'chief', "
            "'inspector', 'third_party', 'admin'。"
            "用法见 duban user add --help。",
        ),
        (["user", "unlock"], "缺少 '用户名'。用法见 duban user unlock --help。"),
        (
            ["service-account", "add", "svc-x", "--role", "chief", "--scope", "export"],
            "'--role' 不能是 chief，可选 'office', 'unit', 'admin'。"
            "用法见 duban service-account add --help。",
        ),
        (
            ["service-account", "add", "svc-x", "--role", "office"],
            "缺少 '--scope'。用法见 duban service-account add --help。",
        ),
    ],
)
def test_wrong_usage_is_two_and_one_line(
    arguments: list[str], line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(arguments) == 2
    assert capsys.readouterr().err == f"{line}\n"


@pytest.mark.parametrize(
    "arguments", [[], ["user"], ["unit"], ["calendar"]], ids=["none", "user", "unit", "calendar"]
)
def test_a_group_alone_shows_what_it_has(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(arguments) == 2
    assert "命令：" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        ["export"],
        ["calendar", "load", __file__],
        ["import", __file__],
        ["unit", "add", "GAJ", "公安局"],
        ["user", "add", "li", "--role", "office"],
        ["user", "list"],
        ["service-account", "list"],
    ],
    ids=["export", "calendar", "import", "unit", "user", "users", "machines"],
)
def test_without_a_system_commands_say_so(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(arguments) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert re.fullmatch(r"没有找到正在运行的系统（.*）。.*duban up.*\n", told.err)


def test_a_running_system_is_found_by_its_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from embedded.attach import attach

    monkeypatch.setenv("DUBAN_TEMPORAL_ADDRESS", "elsewhere:1")
    folder = DataDir(tmp_path / "var")
    folder.open(free_for_first_start=0, free_for_start=0)
    try:
        folder.record_environment(
            {"DUBAN_DATABASE_URL": "postgresql://here", "DUBAN_TEMPORAL_ADDRESS": "here:2"}
        )
        attach()
        assert os.environ["DUBAN_TEMPORAL_ADDRESS"] == "here:2"
    finally:
        folder.close()
        del os.environ["DUBAN_DATABASE_URL"]


def test_what_the_caller_has_set_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    from embedded.attach import attach

    monkeypatch.setenv("DUBAN_DATABASE_URL", "postgresql://mine")
    attach()
    assert os.environ["DUBAN_DATABASE_URL"] == "postgresql://mine"


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (CliError("没有这个单位。"), "没有这个单位。"),
        (ConnectionRefusedError(111, "refused"), "连接不上数据库或 Temporal"),
        (ValueError("one\ntwo"), "内部错误：ValueError：one two"),
    ],
)
def test_a_failure_is_one_and_one_line(
    error: Exception,
    line: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(**_: object) -> None:
        raise error

    monkeypatch.setattr("cli.doctor.run", fail)
    assert _run(["doctor"]) == 1
    told = capsys.readouterr().err
    assert told.startswith(line)
    assert told.count("\n") == 1


def test_up_says_in_one_line_why_it_cannot_start(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "holiday.jpg").touch()
    assert _run(["up"]) == 1
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "不是督办系统的数据目录" in told


def test_help_is_quick() -> None:
    begun = time.monotonic()
    shown = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "cli.main", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert time.monotonic() - begun < 3
    heavy = (
        "temporalio",
        "sqlalchemy",
        "fastapi",
        "pydantic",
        "httpx",
        "rich",
        "asyncpg",
        "alembic",
    )
    assert not [name for name in heavy if re.search(rf"\| +{name}$", shown.stderr, re.MULTILINE)]


def findings(capsys: pytest.CaptureFixture[str]) -> dict[str, dict[str, str]]:
    """What the doctor found, by name."""
    told = json.loads(capsys.readouterr().out)
    return {finding["name"]: finding for finding in told["findings"]}


def test_the_doctor_finds_a_bare_machine_fit(capsys: pytest.CaptureFixture[str]) -> None:
    code = _run(["doctor", "--json"])
    found = findings(capsys)
    ports = [found[name]["state"] for name in found if "端口" in name]
    assert code == ("问题" in ports)  # another program of the machine may hold a port
    for name in ("Python", "网络", "自带的 PostgreSQL", "自带的 Temporal", "数据目录"):
        assert found[name]["state"] == "正常", found[name]
    assert "互联网" in found["网络"]["detail"]


def test_the_doctor_changes_nothing(tmp_path: Path) -> None:
    _run(["doctor"])
    assert list(tmp_path.iterdir()) == []


def test_the_doctor_names_what_blocks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "var").write_text("not a folder")
    assert _run(["doctor", "--json"]) == 1
    found = findings(capsys)
    assert found["数据目录"]["state"] == "问题"
    assert found["数据目录"]["advice"].startswith("请")


def test_the_doctor_names_a_database_out_of_reach(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DUBAN_DATABASE_URL", "postgresql://duban_app@127.0.0.1:1/duban")
    monkeypatch.setenv("DUBAN_TEMPORAL_ADDRESS", "127.0.0.1:1")
    monkeypatch.setenv("DUBAN_SECRET_KEY", "k" * 32)
    assert _run(["doctor", "--json"]) == 1
    found = findings(capsys)
    assert {found["数据库"]["state"], found["Temporal"]["state"]} == {"问题"}


def test_the_doctor_names_a_missing_secret(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DUBAN_DATABASE_URL", "postgresql://duban_app@127.0.0.1:1/duban")
    assert _run(["doctor", "--json"]) == 1
    assert "DUBAN_SECRET_KEY" in findings(capsys)["环境变量"]["detail"]
