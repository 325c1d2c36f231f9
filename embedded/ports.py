"""TCP ports of the services."""

import random
import socket

from embedded.errors import StackError

# Below the range from which the kernel takes ports for outgoing connections: one of those could
# take a port between its choice and the start of the server that is to listen on it.
LOWEST, HIGHEST = 20000, 32000
ATTEMPTS = 200


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a server could listen on the port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def free_port(host: str = "127.0.0.1") -> int:
    """A port nobody listens on now; another process may still take it before we do."""
    for _ in range(ATTEMPTS):
        port = random.randrange(LOWEST, HIGHEST)
        if is_free(port, host):
            return port
    raise StackError("no_port", f"在 {host} 上找不到可用的端口（{LOWEST}–{HIGHEST}）。")


def claim(port: int | None, title: str, option: str, host: str = "127.0.0.1") -> int:
    """The wished port if it can be had, or any free one where none is wished for."""
    if port is None:
        return free_port(host)
    if not is_free(port, host):
        raise StackError(
            "port_in_use",
            f"{title}要用的端口 {port} 已被别的程序占用（或无权使用）。"
            f"请停止那个程序，或用 {option} 换一个端口。",
        )
    return port
