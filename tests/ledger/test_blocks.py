"""Lists without a table: tasks with lines of units and limits below them."""

import pytest

from ledger import LedgerError
from tests.ledger.make import read, short, xlsx

TEXT = """某区人民政府文件
2026年重点工作任务分解和责任分工方案
为贯彻落实会议精神，制定分工方案如下。
一、主要预期目标
1.努力实现地区生产总值增长6.2%左右。
牵头单位：区发改局
责任单位：某某经济开发区,全区经济运行各专班
2.规模以上工业增加值
增长5%左右。
牵头单位：区工信局
责任单位：某某经济开发区
完成时限：10月底前
3.固定资产投资增长15%左右。
牵头单位：区发改局；责任单位：各街道、区直各部门；完成时限：12月底

二、其他
（1）一般公共预算收入增长5%左右。
牵头负责领导：宁某。
牵头责任单位：区财政局。
协同责任单位：区发展和改革委员会、区税务局等。
7.没有单位的任务
抄送：区委办
"""
LINES = [
    "1 -- 表题或表前说明",
    "2 -- 表题或表前说明",
    "3 -- 表题或表前说明",
    "4 -- 表题或表前说明",
    "5+6+7 ok 区发改局(某某经济开发区)[全区经济运行各专班] ordinary",
    "8+9+10+11+12 ok 区工信局(某某经济开发区) 2026-10-31",
    "13+14 ok 区发改局[各街道、区直各部门] 2026-12-31",
    "15 -- 空行",
    "16 -- 小标题",
    "17+18+19+20 ok 区财政局(区发展和改革委员会、区税务局) ordinary",
    "21+22 NO  ordinary",
]


def test_a_text_file():
    ledger = read(TEXT, "分工.txt")
    assert [short(row) for row in ledger.rows] == LINES
    assert any("没有表格" in note for note in ledger.notes)
    assert ledger.ready[1].content == "规模以上工业增加值\n增长5%左右。"


def test_one_column_of_a_workbook():
    rows = [[line] for line in TEXT.rstrip("\n").split("\n")]
    ledger = read(xlsx(("Sheet1", rows, [])), "分工.xlsx")
    assert [short(row) for row in ledger.rows] == LINES


def test_prose_is_no_list():
    with pytest.raises(LedgerError, match="no_table"):
        read(
            "一、总则\n1.为了加强管理，制定本办法。\n牵头单位：区政府办公室\n2.本办法自发布之日起施行。\n"
        )
