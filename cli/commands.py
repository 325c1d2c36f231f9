"""What commands begin with, whichever file they stand in."""

import sys

from cli.errors import CliError


def attach() -> None:
    """Have the environment name a system to work on (``embedded.attach``)."""
    from embedded.attach import attach as attach_to_stack

    attach_to_stack()


def password_from_stdin() -> str:
    """One line of standard input. Raises :class:`CliError` where there is none."""
    given = sys.stdin.readline().rstrip("\r\n")
    if not given:
        raise CliError("标准输入里没有密码。")
    return given
