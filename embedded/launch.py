"""Runs between fork and exec of every child: ``python -I -S launch.py SPEC PROGRAM ARGUMENT...``.

Kept free of imports beyond the standard library, because it runs before each service starts.
It gives up root where asked, ties the child's life to its parent's, then becomes PROGRAM.
``{directory}`` in an argument stands for the directory of the spec, held open, so that the
program reaches it even below a folder that its user may not enter.
"""

import ctypes
import json
import os
import sys

PR_SET_PDEATHSIG = 1
CANNOT_START = 127


def _give_up_root(uid: int, gid: int) -> None:
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


def _die_with_parent(signal: int, parent: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal)
    if os.getppid() != parent:
        sys.exit("the parent is gone already")


def _hold(directory: str) -> str:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    os.fchdir(descriptor)
    if sys.platform != "linux":
        return directory
    os.set_inheritable(descriptor, True)
    return f"/proc/self/fd/{descriptor}"


def main() -> None:
    """Become the program that the arguments name."""
    spec = json.loads(sys.argv[1])
    arguments = sys.argv[2:]
    os.umask(0o077)
    if spec["directory"] is not None:
        held = _hold(spec["directory"])
        arguments = [argument.replace("{directory}", held) for argument in arguments]
    if spec["uid"] is not None:
        _give_up_root(spec["uid"], spec["gid"])
    # After the change of user: the kernel forgets the death signal when credentials change.
    _die_with_parent(spec["death_signal"], spec["parent"])
    os.execv(arguments[0], arguments)


if __name__ == "__main__":
    try:
        main()
    except OSError as error:
        print(f"cannot start {sys.argv[2]}: {error}", file=sys.stderr)  # noqa: T201
        sys.exit(CANNOT_START)
