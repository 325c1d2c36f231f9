"""``duban audit verify``: whether the record is still what was recorded."""

import asyncio

from cli.errors import CliError
from cli.serve import settings_from_environment
from store.session import Database
from store.verification import Verified, verify


def run() -> None:
    """Say what was verified. Raises :class:`CliError` where something does not fit."""
    verified = asyncio.run(_verified())
    for line in verified.found:
        print(line)
    told = (
        f"事项 {verified.items} 件、办理记录 {verified.entries} 项、访问记录 {verified.accesses} 条"
    )
    if verified.found:
        raise CliError(f"已核对{told}，发现 {len(verified.found)} 处不符，请立即报告并保全数据库。")
    print(f"已核对{told}，全部相符。")
    print(f"总校验值：{verified.digest}（请另行保存，日后可证明此前的记录未被整体改写）")


async def _verified() -> Verified:
    database = Database(settings_from_environment().async_database_url, pool_size=1)
    try:
        async with database.read() as connection:
            return await verify(connection)
    finally:
        await database.dispose()
