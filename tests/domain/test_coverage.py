"""The table of what is enforced has every requirement of domain.md, by its clause."""

import re
from pathlib import Path

from domain.coverage import COVERAGE, By

DOCUMENT = Path(__file__).parents[2] / "docs/domain.md"
ROW = re.compile(r"^\| R(\d+) \| (.*?)(?: \((.*)\))? \| ", re.MULTILINE)


def test_every_requirement_is_in_the_table_with_its_words_and_clause() -> None:
    wanted = [
        (int(number), words, (clause or "版记").replace("preamble", "引言"))
        for number, words, clause in ROW.findall(DOCUMENT.read_text())
    ]
    assert len(wanted) >= 60
    assert [(one.number, one.phrase, one.clause) for one in COVERAGE] == wanted


def test_each_says_how_it_is_kept_and_what_is_missing_is_called_so() -> None:
    for one in COVERAGE:
        assert one.how.endswith("。"), one.number
        assert not re.search(r"[A-Za-z]{2}", one.how), one.number
        if one.by is By.NOT_YET:
            assert "尚未" in one.how, one.number
