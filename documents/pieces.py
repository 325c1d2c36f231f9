"""What several layouts have in common."""

from collections.abc import Sequence

from documents.facts import Count
from documents.page import Column
from domain.documents import PUBLICATION_NAMES, Publication

NUMERALS = "一二三四五六七八九十"
PUBLIC = PUBLICATION_NAMES[Publication.PUBLIC]
COUNTS = (
    Column(heading="情况", width=76),
    Column(heading="件数", width=40, centred=True),
    Column(heading="占比", width=40, centred=True),
)


def numeral(n: int) -> str:
    """一, 二, … 十一 …"""
    if n <= 10:
        return NUMERALS[n - 1]
    tens, ones = divmod(n, 10)
    if n < 100:
        return (
            ("" if tens == 1 else NUMERALS[tens - 1]) + "十" + (NUMERALS[ones - 1] if ones else "")
        )
    return str(n)


def counted(counts: Sequence[Count]) -> list[tuple[str, str, str]]:
    """Figures and their sum, as lines of a table."""
    total = sum(count.number for count in counts)
    lines = [(count.name, str(count.number), count.share) for count in counts]
    return [*lines, ("合计", str(total), "100.00%" if total else "")]
