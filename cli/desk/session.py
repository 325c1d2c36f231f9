"""Where the desk's commands send their requests, and as whom: environment, or a file of one's own.

``DUBAN_API_URL`` and ``DUBAN_TOKEN`` are for machines. A person signs in once (``duban login``);
the tokens are kept in a file that he alone may read.
"""

import fcntl
import ipaddress
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

from cli.errors import CliError
from embedded.attach import data_dir
from embedded.datadir import DataDir, write_private
from embedded.options import API_PORT

PREFIX = "/api/v1"
ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}
"""Where a server listens on every address, and which of them is this machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Somebody signed in somewhere. A machine has no refresh token."""

    url: str
    username: str
    access_token: str
    refresh_token: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """The system to ask, and the bearer token; ``session`` where it came from the file."""

    url: str
    token: str
    session: Session | None = None


def session_file() -> Path:
    """The file in which one's tokens are kept (XDG state)."""
    state = os.environ.get("XDG_STATE_HOME")
    base = Path(state) if state else Path.home() / ".local" / "state"
    return base / "duban" / "session.json"


def load() -> Session | None:
    """Whoever is signed in. Raises :class:`CliError` for a file that cannot be read."""
    path = session_file()
    try:
        found = Session(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError):
        raise CliError(f"登录信息 {path} 读不出来，请重新登录：duban login。") from None
    return found


def save(session: Session) -> None:
    """Keep the tokens for the commands that follow. Raises :class:`CliError`."""
    path = session_file()
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_private(path, asdict(session))
    except OSError as error:
        raise CliError(f"无法保存登录信息 {path}：{error.strerror}。请核对路径和权限。") from None


def forget() -> None:
    """Nobody is signed in any more."""
    session_file().unlink(missing_ok=True)


@contextmanager
def alone() -> Iterator[None]:
    """One command at a time: a refresh token that is used twice ends the whole session."""
    path = session_file().with_name("session.lock")
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def address(given: str | None = None) -> str:
    """The system to sign in to: as given, as the environment names it, or the one that runs on
    this machine."""
    return normal(given or os.environ.get("DUBAN_API_URL") or _local())


def access() -> Access:
    """Where to send requests, and as whom. Raises :class:`CliError` where nobody is signed in."""
    if token := os.environ.get("DUBAN_TOKEN"):
        return Access(url=address(), token=token)
    session = load()
    if session is None:
        raise CliError(
            "请先登录：duban login。供程序使用时，设置 DUBAN_API_URL 和 DUBAN_TOKEN 即可。"
        )
    if (named := os.environ.get("DUBAN_API_URL")) and normal(named) != session.url:
        raise CliError(
            f"登录的是 {session.url}，DUBAN_API_URL 写的却是 {normal(named)}。"
            "请重新登录（duban login），或去掉 DUBAN_API_URL。"
        )
    return Access(url=session.url, token=session.access_token, session=session)


def normal(url: str) -> str:
    """An address without its end, however it was written. Raises :class:`CliError`."""
    url = url.strip().rstrip("/").removesuffix(PREFIX).rstrip("/")
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username is not None:
        raise CliError(f"地址 {url} 不能使用，应如 https://duban.example.gov.cn。")
    return url


def in_clear(url: str) -> bool:
    """Whether what is sent there can be read on its way."""
    return urlsplit(url).scheme != "https" and not is_local(url)


def is_local(url: str) -> bool:
    """Whether it is this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _local() -> str:
    running = DataDir(data_dir()).running_environment() or {}
    host = running.get("DUBAN_API_HOST", "127.0.0.1")
    return f"http://{ANYWHERE.get(host, host)}:{running.get('DUBAN_API_PORT', API_PORT)}"
