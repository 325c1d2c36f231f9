"""``duban audit verify``: whether the record is still what was recorded."""

import json
from pathlib import Path

from cli.errors import CliError
from cli.people import on_database
from cli.serve import settings_from_environment
from store.session import Database
from store.verification import Ends, Verified, verify


def run(*, keep: Path | None, against: Path | None) -> None:
    """Say what was verified, and keep where the chains end. Raises :class:`CliError` where
    something does not fit."""
    earlier = _read(against) if against else None

    async def work(database: Database) -> Verified:
        async with database.read() as connection:
            return await verify(connection, earlier)

    verified = on_database(settings_from_environment(), work)
    for line in verified.found:
        print(line)
    told = (
        f"事项 {verified.items} 件、办理记录 {verified.entries} 项、"
        f"通报 {verified.circulars} 份、访问记录 {verified.accesses} 条"
    )
    if verified.found:
        raise CliError(f"已核对{told}，发现 {len(verified.found)} 处不符，请立即报告并保全数据库。")
    print(f"已核对{told}，全部相符。")
    print(f"总校验值：{verified.digest}")
    if keep:
        _write(keep, verified.ends)
        print(f"各条记录链的末端已写入 {keep}，请另处保存；日后用 --against 核对。")


def _read(path: Path) -> Ends:
    try:
        ends = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CliError(f"读不出 {path}（{error}），请给出 --keep 写下的文件。") from error
    if not isinstance(ends, dict) or not all(isinstance(end, str) for end in ends.values()):
        raise CliError(f"{path} 不是 --keep 写下的文件，请核对。")
    return ends


def _write(path: Path, ends: Ends) -> None:
    try:
        path.write_text(json.dumps(ends, indent=0, sort_keys=True), encoding="utf-8")
    except OSError as error:
        raise CliError(f"无法写入 {path}：{error.strerror}，请换一个位置。") from None
