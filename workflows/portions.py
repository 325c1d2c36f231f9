"""How much is sent to the record at once."""

from domain.records import Entry
from workflows import policies


def portion(entries: list[Entry]) -> tuple[Entry, ...]:
    """The first of ``entries``: as many as one message holds, at least one."""
    room = policies.MOST_RECORDED_AT_ONCE
    for count, entry in enumerate(entries):
        room -= _characters(entry)
        if room < 0 and count:
            return tuple(entries[:count])
    return tuple(entries)


def _characters(entry: Entry) -> int:
    said = sum(len(notice.text) for notice in entry.notices)
    return len(str(entry.body)) + len(entry.summary) + said
