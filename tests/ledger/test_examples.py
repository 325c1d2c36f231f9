"""The two published ledgers whose facts travel with the project."""

import doctest
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

import ledger as ledger_package
from ledger import Ledger, LedgerRow, LimitKind, Outcome
from tests.ledger.make import limit_of, read

EXAMPLES = Path(__file__).parents[2] / "examples"
DAZHU = "dazhu-livelihood-2016.csv"
GUANGZHOU = "guangzhou-talent-2012.csv"


def load(name: str, year: int | None = None) -> Ledger:
    return read((EXAMPLES / name).read_bytes(), name, year=year)


def row_of(ledger: Ledger, number: str) -> LedgerRow:
    return next(row for row in ledger.rows if row.number == number)


def test_the_example_in_the_docstring():
    assert doctest.testmod(ledger_package).failed == 0


def test_dazhu_is_read_whole():
    ledger = load(DAZHU)
    assert (len(ledger.ready), len(ledger.rejected)) == (11, 0)
    assert ledger.year == 2016
    assert all(row.past for row in ledger.ready)
    assert {row.category for row in ledger.ready} == {"A2"}


@pytest.mark.parametrize("year", [2026, 2027])
def test_dazhu_can_be_based_on_a_coming_year(year):
    ledger = load(DAZHU, year=year)
    first = row_of(ledger, "1")
    assert first.due_on == date(year, 12, 31)
    assert (first.lead, first.co_units) == ("县水务局", ("县住建局", "县护城河指挥部"))
    assert row_of(ledger, "2").due_on == date(year, 9, 30)
    assert row_of(ledger, "4").due_on == date(year, 5, 31)
    assert not any(row.past for row in ledger.ready)


def test_the_line_below_number_five_has_its_unit():
    row = next(row for row in load(DAZHU).ready if row.title == "老年大学开工建设")
    assert (row.lead, row.due_on) == ("县民政局", date(2016, 12, 31))


def test_guangzhou_is_read_whole():
    ledger = load(GUANGZHOU)
    rows = [row for row in ledger.rows if row.outcome is not Outcome.SKIPPED]
    assert [row.number for row in rows] == [str(number) for number in range(2, 46)]
    kinds = Counter(limit_of(row).kind for row in rows)
    assert kinds == {LimitKind.DATE: 27, LimitKind.ORDINARY: 15, LimitKind.YEAR_ROUND: 2}
    assert ledger.rejected == ()
    assert [row.number for row in rows if row.cycle == "year"] == ["13", "25"]


def test_five_years_from_2012_end_with_2016():
    row = row_of(load(GUANGZHOU), "2")
    assert row.due_on == date(2016, 12, 31)
    assert row.unit_phrases == ("各区、县级市",)


def test_two_limits_for_two_duties_are_both_kept():
    row = row_of(load(GUANGZHOU), "43")
    assert [m.due_on for m in limit_of(row).milestones] == [date(2012, 10, 31), date(2012, 12, 31)]
    assert (row.due_on, row.nodes) == (date(2012, 12, 31), ())
    assert row_of(load(GUANGZHOU, year=2027), "43").due_on == date(2012, 12, 31)
