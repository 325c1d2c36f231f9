"""``duban doctor``: what is there, what is missing, what to do."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from cli.errors import CliError
from embedded import options, postgres, temporal
from embedded.attach import data_dir
from embedded.datadir import DataDir
from embedded.errors import StackError
from embedded.ports import is_free

if TYPE_CHECKING:
    from temporalio.client import Client

    from runtime.settings import Settings
    from store.session import Database, ReadConnection

OLDEST_PYTHON = (3, 11)
PATIENCE = 10.0


class State(StrEnum):
    """How bad a finding is."""

    GOOD = "正常"
    NOTE = "提示"
    BAD = "问题"
    """It keeps the system from running."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at."""

    name: str
    state: State
    detail: str
    advice: str = ""


def run(*, as_json: bool) -> None:
    """Print the findings. Raises :class:`CliError` when one of them blocks."""
    findings = [*_this_machine(), *asyncio.run(_the_system())]
    blocking = [finding for finding in findings if finding.state is State.BAD]
    if as_json:
        shown = {"ok": not blocking, "findings": [asdict(finding) for finding in findings]}
        print(json.dumps(shown, ensure_ascii=False, indent=1))
    else:
        print("\n".join(map(_line, findings)))
    if blocking:
        raise CliError(
            f"有 {len(blocking)} 个问题妨碍运行：{'、'.join(f.name for f in blocking)}。"
        )
    if not as_json:
        print("没有发现妨碍运行的问题。")


def _line(finding: Finding) -> str:
    advice = f"\n        处理办法：{finding.advice}" if finding.advice else ""
    return f"[{finding.state}] {finding.name}：{finding.detail}{advice}"


def _this_machine() -> Iterator[Finding]:
    yield _python()
    yield Finding("网络", State.GOOD, "运行不需要互联网：所有程序、页面和文档都在本机。")
    if os.environ.get("DUBAN_DATABASE_URL"):
        yield Finding("部署方式", State.NOTE, "环境变量指定了数据库和 Temporal，不检查自带的服务。")
        return
    yield _told("自带的 PostgreSQL", _bundled_postgres)
    yield _told("自带的 Temporal", _bundled_temporal)
    yield _told("数据目录", _data_folder)
    yield from _ports()
    yield _kept_secrets()


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] >= OLDEST_PYTHON:
        return Finding("Python", State.GOOD, version)
    return Finding("Python", State.BAD, f"{version} 太旧", "请安装 Python 3.11 或更高版本。")


def _told(name: str, look: Callable[[], str]) -> Finding:
    """A finding whose trouble is told by an error."""
    try:
        return Finding(name, State.GOOD, look())
    except StackError as error:
        trouble, _, advice = error.detail.partition("请")
        return Finding(name, State.BAD, trouble.strip(), f"请{advice}" if advice else "")


def _bundled_postgres() -> str:
    binaries = postgres.bundled_binaries()
    user = postgres.account(DataDir(data_dir()).postgres)
    if user is None:
        return f"{_version(binaries / 'postgres')}，以当前用户运行"
    binaries = postgres.reachable_binaries(binaries, user)
    shown = _version(binaries / "postgres", user.uid, user.gid)
    return f"{shown}，以系统用户 {user.name} 运行（PostgreSQL 不能以 root 运行）"


def _bundled_temporal() -> str:
    return _version(temporal.binary())


def _version(program: Path, uid: int | None = None, gid: int | None = None) -> str:
    groups = None if uid is None else ()
    try:
        shown = subprocess.run(
            [program, "--version"],
            user=uid,
            group=gid,
            extra_groups=groups,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=True,
            cwd="/",
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise StackError(
            "cannot_run", f"{program} 不能运行（{error}）。请重新执行 make install。"
        ) from None
    return shown.stdout.strip().splitlines()[0]


def _data_folder() -> str:
    folder = DataDir(data_dir())
    folder.examine(
        free_for_first_start=options.FREE_FOR_FIRST_START, free_for_start=options.FREE_FOR_START
    )
    postgres.check_data(folder.postgres)
    return f"{folder.root} 可用" + ("" if folder.used_before else "（首次启动时建立）")


def _ports() -> Iterator[Finding]:
    wanted = (
        ("API 端口", _api_port(), "--api-port"),
        ("Temporal 端口", options.TEMPORAL_PORT, "--temporal-port"),
        ("Temporal 界面端口", options.TEMPORAL_UI_PORT, "--ui-port"),
    )
    if _running() is not None:
        yield Finding("端口", State.GOOD, "本系统正在运行，端口由它使用。")
        return
    for name, port, option in wanted:
        if is_free(port):
            yield Finding(name, State.GOOD, f"{port} 空闲")
        else:
            yield Finding(
                name,
                State.BAD,
                f"{port} 已被别的程序占用",
                f"请停止那个程序，或用 duban up {option} 换一个端口。",
            )


def _api_port() -> int:
    given = os.environ.get("DUBAN_API_PORT", "")
    return int(given) if given.isdecimal() else options.API_PORT


def _kept_secrets() -> Finding:
    if DataDir(data_dir()).used_before:
        return Finding("密钥", State.GOOD, "已保存在数据目录的 secrets.json（请与数据一同备份）。")
    return Finding("密钥", State.GOOD, "首次启动时自动生成。")


def _running() -> dict[str, str] | None:
    try:
        return DataDir(data_dir()).running_environment()
    except StackError:
        return None


async def _the_system() -> list[Finding]:
    """What can be seen only while the system runs."""
    if not os.environ.get("DUBAN_DATABASE_URL"):
        environment = _running()
        if environment is None:
            return [Finding("系统", State.NOTE, "尚未启动；启动后可再检查。", "duban up")]
        os.environ.update(environment)
    from cli.serve import settings_from_environment

    try:
        settings = settings_from_environment()
    except CliError as error:
        return [Finding("环境变量", State.BAD, str(error), "请改正后重试。")]
    secret = Finding("签名密钥", State.GOOD, "DUBAN_SECRET_KEY 已设置。")
    encryption = _payload_encryption(settings)
    return [secret, encryption, *await _database(settings), *await _temporal(settings)]


def _payload_encryption(settings: "Settings") -> Finding:
    keys = list(settings.payload_key_ring)
    if not keys:
        detail = "未开启：Temporal 的数据库中，事项内容是明文（DUBAN_PAYLOAD_KEYS 未设置）。"
        return Finding("载荷加密", State.NOTE, detail)
    also = f"，仍可解密 {'、'.join(keys[1:])}" if keys[1:] else ""
    return Finding("载荷加密", State.GOOD, f"已开启，用密钥 {keys[0]} 加密{also}。")


async def _database(settings: "Settings") -> list[Finding]:
    from store.session import Database

    database = Database(settings.async_database_url, pool_size=1)
    try:
        async with asyncio.timeout(PATIENCE):
            return await _schema(database, settings)
    except Exception as error:
        return [
            Finding(
                "数据库",
                State.BAD,
                f"不能使用（{type(error).__name__}：{_short(error)}）",
                "请检查 DUBAN_DATABASE_URL、网络和数据库是否在运行。",
            )
        ]
    finally:
        await database.dispose()


async def _schema(database: "Database", settings: "Settings") -> list[Finding]:
    from store.migrate import migrate_check

    reached = Finding("数据库", State.GOOD, "可以连接。")
    schema = await migrate_check(database)
    if not schema.current:
        detail = f"现在是 {schema.present or '空库'}，应为 {schema.wanted}。"
        return [reached, Finding("数据库结构", State.BAD, detail, "请运行 duban migrate。")]
    current = Finding("数据库结构", State.GOOD, f"已是当前版本（{schema.present}）。")
    this_year = datetime.now(settings.zone).year
    async with database.read() as connection:
        years = [await _calendar(connection, year) for year in (this_year, this_year + 1)]
        outside = await _channels(connection)
    return [reached, current, *years, outside]


async def _channels(connection: "ReadConnection") -> Finding:
    """As the worker that started last has them: this command may see other settings."""
    from domain.channels import CHANNEL_NAMES
    from store import channels

    on = await channels.switched_on(connection)
    names = "、".join(name for channel, name in CHANNEL_NAMES.items() if channel in on)
    detail = f"已开通：{names}。" if names else "均未开通，消息只在站内（DUBAN_CHANNELS 未设置）。"
    return Finding("站外消息渠道", State.GOOD, detail)


async def _calendar(connection: "ReadConnection", year: int) -> Finding:
    from store.calendars import calendar_year

    loaded = await calendar_year(connection, year)
    if loaded is not None:
        return Finding(f"{year} 年工作日历", State.GOOD, f"已载入（{loaded.notice}）。")
    return Finding(
        f"{year} 年工作日历",
        State.NOTE,
        "尚未载入：涉及该年的时限是暂定的，载入后自动重算。",
        "国务院办公厅通知发布后，运行 duban calendar load 载入。",
    )


async def _temporal(settings: "Settings") -> list[Finding]:
    from runtime.temporal import connect

    try:
        async with asyncio.timeout(PATIENCE):
            client = await connect(settings)
            return [
                await _namespace(client),
                await _search_attributes(client),
                await _workers(client, settings.task_queue),
            ]
    except Exception as error:
        return [
            Finding(
                "Temporal",
                State.BAD,
                f"{settings.temporal_address} 的命名空间 {settings.temporal_namespace} "
                f"不能使用（{_short(error)}）",
                "请检查 DUBAN_TEMPORAL_ADDRESS、网络、Temporal 是否在运行、命名空间是否已建立。",
            )
        ]


async def _namespace(client: "Client") -> Finding:
    from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest

    asked = DescribeNamespaceRequest(namespace=client.namespace)
    await client.workflow_service.describe_namespace(asked)
    return Finding("Temporal", State.GOOD, f"命名空间 {client.namespace} 可用。")


async def _search_attributes(client: "Client") -> Finding:
    from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest

    asked = ListSearchAttributesRequest(namespace=client.namespace)
    known = await client.operator_service.list_search_attributes(asked)
    missing = sorted(set(temporal.SEARCH_ATTRIBUTES) - set(known.custom_attributes))
    if missing:
        advice = "请用 temporal operator search-attribute create 登记（见 docker-compose.yml）。"
        return Finding("检索属性", State.BAD, f"缺少 {'、'.join(missing)}", advice)
    return Finding("检索属性", State.GOOD, f"{len(temporal.SEARCH_ATTRIBUTES)} 个都已登记。")


async def _workers(client: "Client", queue: str) -> Finding:
    from temporalio.api.enums.v1 import TaskQueueType
    from temporalio.api.taskqueue.v1 import TaskQueue
    from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest

    described = await client.workflow_service.describe_task_queue(
        DescribeTaskQueueRequest(
            namespace=client.namespace,
            task_queue=TaskQueue(name=queue),
            task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
        )
    )
    if not described.pollers:
        detail = f"队列 {queue} 没有工作进程：事项不会推进，到期也不会提醒。"
        return Finding("工作进程", State.BAD, detail, "请运行 duban worker。")
    return Finding("工作进程", State.GOOD, f"有工作进程在队列 {queue} 上（最近五分钟内）。")


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
