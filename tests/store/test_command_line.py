"""The commands that work on the database alone."""

import asyncio
import json
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest

from cli import accounts as cli_accounts
from cli import directory as roster
from cli import export, migrate, people
from cli.calendar import read_year
from cli.errors import CliError
from domain.items import Role
from domain.passwords import ACCOUNT
from store import attempts, passwords, reads, service_accounts, sessions, units
from store.seeding import SEED_NOTICE
from store.session import Database
from store.sessions import Caller, Way


@pytest.fixture
def environment(urls, database, monkeypatch):
    """What ``duban up`` or the operator would have set."""
    given = {
        "DUBAN_DATABASE_URL": urls.plain("app"),
        "DUBAN_MIGRATE_DATABASE_URL": urls.plain("owner"),
        "DUBAN_SECRET_KEY": "a secret of more than thirty-two characters",
        "DUBAN_API_PORT": "8123",
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    return given


async def test_migrate_says_what_it_did(environment, database, capsys):
    await asyncio.to_thread(migrate.run)
    first = capsys.readouterr().out
    await asyncio.to_thread(migrate.run)
    second = capsys.readouterr().out
    assert "2021、2022、2023、2024、2025、2026" in first
    assert second.count("\n") == 1
    async with database.read() as conn:
        loaded = await reads.calendar_year(conn, 2026)
    assert loaded is not None
    assert loaded.notice == SEED_NOTICE


async def test_migrate_warns_where_one_role_does_everything(environment, urls, monkeypatch, capsys):
    monkeypatch.setenv("DUBAN_DATABASE_URL", urls.plain("owner"))
    await asyncio.to_thread(migrate.run)
    assert "同一账号" in capsys.readouterr().out


async def test_migrate_that_cannot_reach_the_database(environment, monkeypatch):
    for name in ("DUBAN_DATABASE_URL", "DUBAN_MIGRATE_DATABASE_URL"):
        monkeypatch.setenv(name, "postgresql://nobody@127.0.0.1:1/nothing")
    with pytest.raises(CliError, match="数据库结构未能升级"):
        await asyncio.to_thread(migrate.run)


async def test_units_and_users_are_registered(environment, database):
    await asyncio.to_thread(people.add_unit, "ZJJ", "区住建局", deputies=["wu"])
    generated = await asyncio.to_thread(
        people.add_user, "zjj", role="unit", name=None, unit="ZJJ", password=None
    )
    given = await asyncio.to_thread(
        people.add_user, "wu", role="deputy", name="吴洁", unit=None, password="my own password"
    )
    assert given is None
    assert generated is not None
    found = await passwords.verify_password(database, "zjj", generated)
    assert found is not None
    assert not found.must_change
    once = await asyncio.to_thread(
        people.add_user,
        "once",
        role="chief",
        name=None,
        unit=None,
        password=None,
        must_change=True,
    )
    found = await passwords.verify_password(database, "once", once or "")
    assert found is not None
    assert found.must_change
    found = await passwords.verify_password(database, "wu", "my own password")
    assert found is not None
    assert (found.name, found.must_change) == ("吴洁", False)
    for again in (
        lambda: people.add_user("wu", role="deputy", name=None, unit=None, password=None),
        lambda: people.add_user("x", role="unit", name=None, unit="NONE", password=None),
        lambda: people.add_user("x", role="office", name=None, unit=None, password="short"),
        lambda: people.add_unit("", "", deputies=[]),
    ):
        with pytest.raises(CliError):
            await asyncio.to_thread(again)


async def test_the_first_administrator_is_made_once(environment, database):
    password = await asyncio.to_thread(people.first_administrator, environment)
    assert password is not None
    found = await passwords.verify_password(database, "admin", password)
    assert found is not None
    assert (found.role, found.must_change) == (Role.ADMIN, True)
    assert await asyncio.to_thread(people.first_administrator, environment) is None


async def test_a_weak_password_given_by_the_operator_is_taken_with_a_word(
    environment, database, capsys
):
    await asyncio.to_thread(
        people.add_user, "wu", role="deputy", name=None, unit=None, password="12345678"
    )
    assert "太常见" in capsys.readouterr().err
    found = await passwords.verify_password(database, "wu", "12345678")
    assert found is not None
    assert not found.must_change


async def _signed_in(database: Database, username: str) -> None:
    async with database.write() as connection:
        await sessions.begin(
            connection, username, Way.PASSWORD, Caller(address="192.0.2.7"), timedelta(hours=1)
        )


async def test_accounts_are_kept_on_the_command_line(environment, database, capsys):
    def run(command, *args, **more):
        capsys.readouterr()
        command(*args, **more)
        return capsys.readouterr().out

    for username, role in (("wu", "deputy"), ("root", "admin")):
        await asyncio.to_thread(
            people.add_user, username, role=role, name=None, unit=None, password="my own password"
        )
    await _signed_in(database, "wu")
    shown = await asyncio.to_thread(run, cli_accounts.show_sessions, "wu", end=False)
    assert "192.0.2.7" in shown
    assert "password" in shown
    shown = await asyncio.to_thread(run, cli_accounts.set_active, "wu", active=False)
    assert shown == "已停用账号 wu，1 处登录失效。\n"
    shown = await asyncio.to_thread(run, cli_accounts.list_users)
    assert "wu  wu  区政府分管领导  -  已停用" in shown
    assert await passwords.verify_password(database, "wu", "my own password") is None
    await asyncio.to_thread(cli_accounts.set_active, "wu", active=True)
    assert await passwords.verify_password(database, "wu", "my own password") is not None

    await _signed_in(database, "wu")
    made_up = await asyncio.to_thread(cli_accounts.set_password, "wu", None)
    assert made_up is not None
    found = await passwords.verify_password(database, "wu", made_up)
    assert found is not None
    assert found.must_change
    assert await asyncio.to_thread(run, cli_accounts.show_sessions, "wu", end=False) == ""
    assert await asyncio.to_thread(cli_accounts.set_password, "wu", "another password") is None

    async with database.write() as connection:
        await attempts.failed(connection, attempts.account_key("wu"), ACCOUNT)
    assert "立即再试" in await asyncio.to_thread(run, cli_accounts.unlock, "wu")
    assert "没有输错" in await asyncio.to_thread(run, cli_accounts.unlock, "wu")
    await _signed_in(database, "wu")
    assert "1 处" in await asyncio.to_thread(run, cli_accounts.show_sessions, "wu", end=True)

    for refused, said in (
        (lambda: cli_accounts.set_active("root", active=False), "最后一个"),
        (lambda: cli_accounts.set_active("nobody", active=False), "没有用户"),
        (lambda: cli_accounts.set_password("nobody", None), "没有用户"),
        (lambda: cli_accounts.set_password("wu", "short"), "8 至 1024"),
        (lambda: cli_accounts.unlock("nobody"), "没有用户"),
        (lambda: cli_accounts.show_sessions("nobody", end=True), "没有用户"),
    ):
        with pytest.raises(CliError, match=said):
            await asyncio.to_thread(refused)


async def test_service_accounts_are_kept_on_the_command_line(environment, database, capsys):
    def add(client_id: str = "svc-oa", **more: Any) -> str:
        given: dict[str, Any] = {"role": "office", "name": "办公系统", "unit": None, "days": None}
        return cli_accounts.add_service_account(
            client_id, **{**given, "scopes": ["items:read"], **more}
        )

    secret = await asyncio.to_thread(add)
    await asyncio.to_thread(add, "svc-day", days=1)
    async with database.read() as connection:
        found = await service_accounts.verify(connection, "svc-oa", secret)
        assert found is not None
        assert (found.created_by, found.expires_at) == ("operator", None)
    await asyncio.to_thread(cli_accounts.revoke_service_account, "svc-oa")
    await asyncio.to_thread(cli_accounts.list_service_accounts)
    shown = capsys.readouterr().out
    assert "svc-oa  办公系统  督查室  -  已撤销  items:read" in shown
    assert "至 " in shown
    assert secret not in shown
    async with database.read() as connection:
        assert await service_accounts.verify(connection, "svc-oa", secret) is None
    for refused in (
        add,
        lambda: add("oa"),
        lambda: add("svc-x", scopes=["acts:sign_off"]),
        lambda: cli_accounts.revoke_service_account("svc-oa"),
    ):
        with pytest.raises(CliError):
            await asyncio.to_thread(refused)


YEAR = {
    "year": 2027,
    "notice": "国办发明电〔2026〕7号",
    "rest_days": ["2027-01-01", "2027-02-06"],
    "work_days": ["2027-02-20"],
}


def test_a_year_is_read_from_a_file(tmp_path):
    file = tmp_path / "2027.json"
    file.write_text(json.dumps(YEAR), encoding="utf-8-sig")
    read = read_year(file)
    assert read.rest_days == (date(2027, 1, 1), date(2027, 2, 6))
    assert read.work_days == (date(2027, 2, 20),)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        json.dumps(YEAR | {"more": 1}),
        json.dumps(YEAR | {"year": "2027"}),
        json.dumps(YEAR | {"year": True}),
        json.dumps(YEAR | {"notice": ""}),
        json.dumps(YEAR | {"notice": 7}),
        json.dumps(YEAR | {"rest_days": ["2028-01-01"]}),
        json.dumps(YEAR | {"rest_days": "2027-01-01"}),
        json.dumps(YEAR | {"rest_days": ["1 January"]}),
        json.dumps(YEAR | {"rest_days": [20270101]}),
        json.dumps(YEAR | {"rest_days": None}),
        json.dumps(YEAR | {"work_days": ["2027-02-06"]}),
    ],
)
def test_a_file_that_is_no_year(tmp_path, content):
    file = tmp_path / "2027.json"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(CliError) as caught:
        read_year(file)
    assert "\n" not in str(caught.value)


def test_a_file_in_another_encoding(tmp_path):
    file = tmp_path / "2027.json"
    file.write_bytes(json.dumps(YEAR, ensure_ascii=False).encode("gb18030"))
    with pytest.raises(CliError, match="UTF-8"):
        read_year(file)


async def test_the_directory_is_exported_judged_and_imported(
    environment, database, tmp_path, capsys
):
    async with database.write() as conn:
        await units.put_unit(conn, "ZJJ", "区住建局", [])
    file = tmp_path / "名册.csv"
    await asyncio.to_thread(roster.export_file, file)
    assert file.read_text(encoding="utf-8-sig").splitlines()[1].startswith("ZJJ,区住建局,其他")
    file.write_text(
        "单位代码,单位全称,类别,第一责任人,电话\nZJJ,区住建局,部门,李强,0533-6180000\n"
        "JTJ,区交通局,部门,,\n",
        encoding="utf-8",
    )
    with pytest.raises(CliError, match="有 1 行须改正，没有导入任何内容"):
        await asyncio.to_thread(lambda: roster.import_file(file, yes=True))
    assert "3 行 须改正　JTJ 区交通局" in capsys.readouterr().out
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("部门,,", "部门,周涛,"), encoding="utf-8")
    await asyncio.to_thread(lambda: roster.import_file(file, yes=False))
    async with database.read() as conn:
        assert await reads.unit(conn, "JTJ") is None
    await asyncio.to_thread(lambda: roster.import_file(file, yes=True))
    async with database.read() as conn:
        added = await reads.unit(conn, "JTJ")
    assert added is not None
    assert (added.sort, added.held) == ("department", ("principal",))
    with pytest.raises(CliError, match="文件名须以"):
        await asyncio.to_thread(roster.export_file, tmp_path / "名册.doc")
    bad = tmp_path / "坏.csv"
    bad.write_text("甲,乙\n1,2\n", encoding="utf-8")
    with pytest.raises(CliError, match="没有找到含“单位代码”"):
        await asyncio.to_thread(lambda: roster.import_file(bad, yes=True))


async def test_any_ledger_is_exported(environment, database, tmp_path, capsys):
    async with database.write() as conn:
        await units.put_unit(conn, "ZJJ", "区住建局", ["zhao"])
    await asyncio.to_thread(lambda: export.run(format="csv", output=None, ledger="responsible"))
    told = capsys.readouterr().out.splitlines()
    assert told[0] == "序号,单位代码,单位,职责,姓名,电话,任职起"
    assert told[1].startswith("1,ZJJ,区住建局,区政府分管领导,zhao,,")
    file = tmp_path / "台账.xlsx"
    await asyncio.to_thread(lambda: export.run(format="xlsx", output=file))
    assert capsys.readouterr().out == f"已导出 0 项到 {file}。\n"
    assert file.read_bytes().startswith(b"PK")
    refused: list[tuple[dict[str, Any], str]] = [
        (
            {"format": "csv", "output": None, "ledger": "none"},
            "没有“none”这个台账（可用：items 总台账",
        ),
        ({"format": "xlsx", "output": None}, "须用 --output"),
        ({"format": "csv", "output": tmp_path / "无" / "a.csv"}, "无法写入"),
    ]
    for said, wanted in refused:
        with pytest.raises(CliError, match=wanted):
            await asyncio.to_thread(partial(export.run, **said))
