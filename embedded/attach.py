"""Lets commands reach the stack that ``duban up`` runs beside them."""

import os
from pathlib import Path

from embedded.datadir import DataDir
from embedded.errors import StackError

DEFAULT_DATA_DIR = "var"


def data_dir() -> Path:
    """The data folder of this machine: ``DUBAN_DATA_DIR``, else ``./var``."""
    return Path(os.environ.get("DUBAN_DATA_DIR") or DEFAULT_DATA_DIR)


def attach() -> None:
    """Have the environment name a system to work on.

    What the caller has set stays. Where no database is named, the stack running on the data
    folder is taken; raises :class:`StackError` when none runs.
    """
    if os.environ.get("DUBAN_DATABASE_URL"):
        return
    folder = data_dir()
    environment = DataDir(folder).running_environment()
    if environment is None:
        raise StackError(
            "not_running",
            f"没有找到正在运行的系统（数据目录 {folder.absolute()}）。"
            "请先用 duban up 启动，或设置 DUBAN_DATA_DIR，或设置 DUBAN_DATABASE_URL 等连接参数。",
        )
    os.environ.update(environment)
