"""What processes use, read from ``/proc``."""

import os
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
TICKS = os.sysconf("SC_CLK_TCK")
# Fields of /proc/<pid>/stat after the command's name (proc(5), counted from 0 there).
PARENT, OWN, REAPED = 1, slice(11, 13), slice(13, 15)
# Of the first line of /proc/stat: user, nice, system, irq, softirq, steal.
BUSY = (0, 1, 2, 5, 6, 7)


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes. ``own`` counts a page that several processes share in equal parts (PSS)."""

    resident: int
    own: int


def cpu_seconds(pid: int) -> float:
    """Processor time of a process, its running descendants and those that have ended."""
    return sum(_ticks(found, reaped=True) for found in _family(pid)) / TICKS


def cpu_seconds_alone(pid: int) -> float:
    """Processor time of one process without its children."""
    return _ticks(pid, reaped=False) / TICKS


def machine_seconds() -> float:
    """Processor time of the whole machine since it was started."""
    fields = (PROC / "stat").read_text().splitlines()[0].split()[1:]
    return sum(int(fields[n]) for n in BUSY) / TICKS


def memory(pid: int) -> Memory:
    """Memory of a process and its running descendants."""
    parts = [_memory(found) for found in _family(pid)]
    return Memory(sum(part.resident for part in parts), sum(part.own for part in parts))


def _fields(pid: int) -> list[str]:
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _ticks(pid: int, *, reaped: bool) -> int:
    fields = _fields(pid)
    spent = fields[OWN] + (fields[REAPED] if reaped else [])
    return sum(map(int, spent))


def _family(pid: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for entry in PROC.glob("[0-9]*"):
        if fields := _fields(int(entry.name)):
            children.setdefault(int(fields[PARENT]), []).append(int(entry.name))
    found = [pid]
    for one in found:
        found += children.get(one, [])
    return found


def _memory(pid: int) -> Memory:
    try:
        lines = (PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    except OSError:
        return Memory(0, 0)
    sizes = {line.split(":")[0]: int(line.split()[1]) * 1024 for line in lines[1:]}
    return Memory(sizes["Rss"], sizes["Pss"])
