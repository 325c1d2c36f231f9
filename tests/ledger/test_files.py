"""Files: encodings, delimiters, workbooks, and what is refused with a sentence that helps."""

import io
import zipfile
from datetime import date

import openpyxl
import pytest
import xlsxwriter

from ledger import LedgerError
from ledger.files import MAX_ROWS, load
from tests.ledger.make import Cell, as_csv, only, read, xls, xlsx

ROWS: list[list[Cell]] = [
    ["序号", "工作任务", "责任单位", "完成时限"],
    [1, "建设养老中心", "县民政局", "6月底前"],
]
TEXT = as_csv(ROWS)


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16", "utf-16-le", "utf-16-be"]
)
def test_encodings(encoding):
    assert only(read(TEXT.encode(encoding), year=2026)).lead == "县民政局"


def test_utf16_big_endian_with_a_mark():
    data = b"\xfe\xff" + TEXT.encode("utf-16-be")
    assert only(read(data, year=2026)).lead == "县民政局"


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_delimiters(delimiter):
    text = TEXT.replace(",", delimiter)
    assert only(read(text, "台账.txt", year=2026)).title == "建设养老中心"


def test_commas_and_line_breaks_inside_quotes():
    text = '序号,任务,责任单位\n1,"甲,乙\n丙",县民政局\n'
    row = only(read(text))
    assert row.content == "甲,乙\n丙"
    assert row.lines == (2,)


def test_a_quote_without_its_partner_swallows_nothing():
    rows = "".join(f"{i},任务第{i}号事项,县民政局,6月底前\n" for i in range(1, 30))
    ledger = read(f'序号,任务,责任单位,完成时限\n1,"百日攻坚,县民政局,6月底前\n{rows}', year=2026)
    assert len(ledger.ready) >= 29
    assert any("引号" in note for note in ledger.notes)


@pytest.mark.parametrize("name", ["台账.csv", "台账.xls", "台账.xlsx", "台账", "台账.txt"])
def test_the_content_decides_not_the_name(name):
    assert only(read(TEXT, name, year=2026)).lead == "县民政局"
    assert only(read(xlsx(("表", ROWS, [])), name, year=2026)).lead == "县民政局"
    assert only(read(xls(("表", ROWS, [])), name, year=2026)).lead == "县民政局"


def test_a_web_page_named_xls():
    page = (
        "<html><head><meta charset=gb2312><style>td{color:red}</style></head><body><table>"
        "<tr><td colspan=4>2026年台账</td></tr>"
        "<tr><th>序号</th><th>督办事项</th><th>责任单位</th><th>办结时限</th></tr>"
        "<tr><td>1</td><td>整治占道<br>规范市场</td><td><p>县城管局</p><p>县公安局</p></td>"
        "<td rowspan=2>3月底前</td></tr>"
        "<tr><td>2</td><td>修复路灯</td><td>县住建局</td></tr></table></body></html>"
    )
    ledger = read(page.encode("gb18030"), "台账.xls")
    first, second = ledger.ready
    assert (first.lead, first.co_units) == ("县城管局", ("县公安局",))
    assert first.due_on == second.due_on == date(2026, 3, 31)
    assert any("网页" in note for note in ledger.notes)


@pytest.mark.parametrize("build", [xlsx, xls])
def test_merged_cells_are_filled_from_the_top_left(build):
    rows = [*ROWS, ["", "建设敬老院", "", ""]]
    data = build(("表", rows, [(1, 0, 2, 0), (1, 2, 2, 2), (1, 3, 2, 3)]))
    first, second = read(data, year=2026).ready
    assert (second.number, second.lead, second.due_on) == ("1", "县民政局", first.due_on)


@pytest.mark.parametrize("build", [xlsx, xls])
def test_real_dates_need_no_year(build):
    rows = [ROWS[0], [1, "建设养老中心", "县民政局", date(2026, 6, 30)]]
    assert only(read(build(("表", rows, [])))).due_on == date(2026, 6, 30)


@pytest.mark.parametrize("month_format", ['yyyy"年"m"月"', "yyyy-mm", 57, "yyyy.m"])
def test_a_date_shown_as_a_month_is_the_whole_month(month_format):
    rows = [ROWS[0], [1, "建设养老中心", "县民政局", date(2026, 6, 1)]]
    row = only(read(xlsx(("表", rows, []), month_format=month_format)))
    assert row.due_on == date(2026, 6, 30)


@pytest.mark.parametrize("day_format", ['m"月"d"日"', "yyyy-mm-dd", 58, 'yyyy"年"m"月"d"日"'])
def test_a_date_shown_with_its_day_is_that_day(day_format):
    rows = [ROWS[0], [1, "建设养老中心", "县民政局", date(2026, 6, 1)]]
    row = only(read(xlsx(("表", rows, []), month_format=day_format)))
    assert row.due_on == date(2026, 6, 1)
    assert any("应为月底" in doubt.text for doubt in row.doubts)


def test_hidden_sheets_are_not_read_and_are_named():
    data = xlsx(("明", ROWS, []), ("暗", ROWS, []), hidden=["暗"])
    ledger = read(data, year=2026)
    assert [row.sheet for row in ledger.ready] == ["明"]
    assert any("“暗”是隐藏的" in note for note in ledger.notes)


def test_a_workbook_made_by_another_program():
    book = openpyxl.Workbook()
    sheet = book.active
    for row in ROWS:
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    assert only(read(out.getvalue(), year=2026)).lead == "县民政局"


def far_cell() -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet()
    sheet.write(0, 0, "序号")
    sheet.write(1_048_575, 16_383, "远")
    book.close()
    return out.getvalue()


def zipped(**names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in names.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), text)
    return out.getvalue()


MOJIBAKE = "序号,任务,责任单位\n1,锟斤拷锟斤拷,县民政局\n"
DAMAGED = TEXT.encode()[:-20] + b"\xff\xfe\xff" + "，其余的内容都完好无损".encode()
REFUSED = {
    "nothing": (b"", "empty_file"),
    "blanks": (b" \r\n\t", "empty_file"),
    "a pdf": (b"%PDF-1.7 ...", "not_a_ledger"),
    "a picture": (b"\x89PNG\r\n", "not_a_ledger"),
    "an archive": (b"Rar!...", "not_a_ledger"),
    "a word file": (zipped(word__document_xml="<w/>"), "not_a_ledger"),
    "an xml workbook": (b'<?xml version="1.0"?><Workbook></Workbook>', "not_a_ledger"),
    "half a zip": (xlsx(("表", ROWS, []))[:400], "broken_workbook"),
    "a zip of nothing": (b"PK\x03\x04" + b"\x00" * 60, "broken_workbook"),
    "an empty compound file": (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
        "broken_workbook",
    ),
    "half an xls": (xls(("表", ROWS, []))[:1500], "broken_workbook"),
    "damaged utf-8": (DAMAGED, "broken_encoding"),
    "lost characters": (MOJIBAKE.encode(), "broken_encoding"),
    "a replacement character": ("序号,任务\n1,\ufffd\ufffd\n".encode(), "broken_encoding"),
    "noise": (bytes(range(128, 256)) * 8, "broken_encoding"),
    "a cell at the far corner": (far_cell(), "too_many_rows"),
    "too many lines": (b"a,b\n" * (MAX_ROWS + 1), "too_many_rows"),
    "too many columns": (b"a," * 300 + b"b\n", "too_many_columns"),
    "too many bytes": (b"a" * (20 * 1024 * 1024 + 1), "file_too_large"),
    "no header": ("县住建局,6月底\n甲,乙\n".encode(), "no_table"),
    "a header without tasks": ("序号,备注\n1,无\n".encode(), "no_table"),
}


@pytest.mark.parametrize(("data", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_refused_with_a_code_and_advice(data, code):
    with pytest.raises(LedgerError) as refusal:
        read(data)
    assert refusal.value.code == code
    assert "请" in refusal.value.detail


def test_a_year_out_of_reason():
    with pytest.raises(LedgerError, match="bad_year"):
        read(TEXT, year=26)


def test_an_xls_that_claims_too_much_is_refused_before_it_is_opened():
    whole = xls(("表", [["序号"]], []))
    far = whole.replace(b"\x00\x02\x0e\x00", b"\x00\x02\x0e\x00")
    place = far.index(b"\x00\x02\x0e\x00") + 4
    claim = (0).to_bytes(4, "little") + (4_000_000_000).to_bytes(4, "little")
    with pytest.raises(LedgerError) as refusal:
        load(far[:place] + claim + far[place + 8 :], "x.xls")
    assert refusal.value.code == "broken_workbook"
