"""The report as data, and the file of rejected rows that goes round."""

import json
from datetime import date

import pytest

from ledger import LedgerError, LedgerRow, report, write_rejected
from tests.ledger.make import Rows, as_csv, read, xlsx
from tests.ledger.test_published import CASES


def test_the_report_is_plain_data_and_complete():
    case = CASES[0]
    ledger = read(case.text.encode(case.encoding), case.filename)
    data = json.loads(json.dumps(report(ledger), ensure_ascii=False))
    assert data["counts"] == {
        "ready": 4,
        "past": 0,
        "rejected": 1,
        "skipped": 8,
        "kinds": {"dated": 1, "year_round": 1, "milestones": 2},
    }
    assert data["tables"][0]["columns"][1] == {
        "header": "目标任务",
        "field": "title",
        "taken_as": "事项",
    }
    assert [line for row in data["rows"] for line in row["lines"]] == list(range(1, 14))
    row = next(row for row in data["rows"] if row["outcome"] == "rejected")
    assert row["problems"][0]["field"] == "办理时限"
    assert row["limit"]["phrase"] == "9月31日前"


def same(row: LedgerRow, again: LedgerRow) -> list[tuple[object, ...]]:
    """The parts of a row that a round trip must keep (a title may be cut elsewhere)."""
    return [
        (r.content, r.lead, r.co_units, r.due_on, r.category, r.fingerprint) for r in (row, again)
    ]


@pytest.mark.parametrize("suffix", [".xlsx", ".csv"])
@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_rows_go_out_and_come_back_the_same(case, suffix, tmp_path):
    ledger = read(case.text.encode(case.encoding), case.filename, year=case.year)
    rows = [row for row in ledger.rows if row.table is not None]
    path = tmp_path / f"退回{suffix}"
    write_rejected(ledger, [(row, row.reason or "单位没有登记") for row in rows], path)
    again = read(path.read_bytes(), path.name)
    back = [row for row in again.rows if row.table is not None]
    assert len(back) == len(rows)
    for row, twin in zip(rows, back, strict=True):
        first, second = same(row, twin)
        assert first == second
        assert twin.outcome == row.outcome


def test_a_corrected_row_is_accepted_and_the_others_stay_known(tmp_path):
    head = ["序号", "任务", "责任单位", "完成时限"]
    text = as_csv(
        [head, [1, "甲事项", "县民政局", "9月31日前"], [2, "乙事项", "各科室", "6月底前"]]
    )
    ledger = read(text, "台账.csv", year=2027)
    path = tmp_path / "退回.csv"
    write_rejected(ledger, [(row, row.reason) for row in ledger.rejected], path)
    fixed = (
        path.read_text("utf-8-sig")
        .replace("9月31日前", "9月30日前", 1)
        .replace("各科室", "办公室", 1)
    )
    again = read(fixed, "退回.csv")
    assert [(row.lead, row.due_on) for row in again.ready] == [
        ("县民政局", date(2027, 9, 30)),
        ("办公室", date(2027, 6, 30)),
    ]


def test_merged_and_inherited_cells_are_written_out(tmp_path):
    head = ["序号", "任务", "责任单位", "完成时限"]
    rows: Rows = [
        head,
        [5, "养老楼开工", "县民政局", "9月31日前"],
        ["", "老年大学开工建设", "", ""],
    ]
    ledger = read(as_csv(rows), "台账.csv", year=2026)
    path = tmp_path / "退回.csv"
    write_rejected(ledger, [(row, row.reason) for row in ledger.rejected], path)
    lines = path.read_text("utf-8-sig").splitlines()
    assert lines[0].startswith("退回的督办事项（2026年）")
    assert lines[3].startswith("第3行,老年大学开工建设,县民政局,9月31日前")


def test_a_unit_from_a_section_gets_a_column(tmp_path):
    case = next(case for case in CASES if case.name == "单位只在小标题里")
    ledger = read(case.text, case.filename)
    path = tmp_path / "退回.xlsx"
    write_rejected(ledger, [(row, "试") for row in ledger.ready], path)
    again = read(path.read_bytes(), path.name)
    assert [row.lead for row in again.ready] == ["县住建局", "县住建局", "县教育局"]


def test_texts_that_look_like_formulas_stay_texts(tmp_path):
    text = as_csv([["序号", "任务", "责任单位"], [1, "=1+1 的任务", ""]])
    ledger = read(text)
    path = tmp_path / "退回.xlsx"
    write_rejected(ledger, [(row, row.reason) for row in ledger.rejected], path)
    assert read(path.read_bytes(), path.name).rejected[0].content == "=1+1 的任务"


def test_nothing_rejected_is_still_a_file(tmp_path):
    path = tmp_path / "退回.xlsx"
    write_rejected(read(xlsx(("表", [["任务", "责任单位"], ["甲", "县民政局"]], []))), [], path)
    assert path.stat().st_size > 0


def test_another_kind_of_file_is_refused(tmp_path):
    ledger = read(as_csv([["任务", "责任单位"], ["甲", "县民政局"]]))
    with pytest.raises(LedgerError, match="bad_filename"):
        write_rejected(ledger, [], tmp_path / "退回.doc")
