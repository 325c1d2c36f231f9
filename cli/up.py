"""``duban up``: the whole system on this machine, in the foreground."""

import asyncio
import time

from cli.stopping import done_unless, told_to_stop
from embedded.datadir import DataDir
from embedded.options import StackOptions
from embedded.stack import Stack


def run(options: StackOptions) -> None:
    """Start everything, say where it is, and stay until told to stop."""
    asyncio.run(_up(options))


async def _up(options: StackOptions) -> None:
    begun = time.monotonic()
    stop = told_to_stop()
    first = not DataDir(options.data_dir).used_before
    _say("正在启动……（第一次启动要建立数据库，稍久一些）" if first else "正在启动……")
    async with Stack(options, _say) as stack:
        if await done_unless(stop, stack.start()):
            _say(_where(stack, time.monotonic() - begun))
            if password := await asyncio.to_thread(_first_administrator, stack.environment):
                _say(_administrator(password))
            await stop.wait()
        _say("正在停止……")
    _say("已停止。数据保留在数据目录中。")


def _first_administrator(environment: dict[str, str]) -> str | None:
    from cli.people import first_administrator

    return first_administrator(environment)


def _where(stack: Stack, seconds: float) -> str:
    return "\n".join(
        (
            f"督办系统已就绪（{seconds:.1f} 秒）。",
            f"  网页          {stack.api_url}/",
            f"  API 说明      {stack.api_url}/api/v1/docs",
            f"  Temporal 界面 {stack.ui_url}",
            f"  数据目录      {stack.options.data_dir.absolute()}",
            "  按 Ctrl-C 停止。",
        )
    )


def _administrator(password: str) -> str:
    return "\n".join(
        (
            "首次启动，已建立管理员账号：",
            "  用户名 admin",
            f"  密码   {password}",
            "  密码只显示这一次，请立即登录并修改。",
        )
    )


def _say(line: str) -> None:
    print(line, flush=True)
