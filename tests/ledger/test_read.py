"""From sheets to rows: what is filled, folded, inherited, counted once, and said."""

from collections.abc import Sequence
from datetime import date

import pytest

from ledger import Ledger, LedgerRow, Outcome, Urgency
from tests.ledger.make import TODAY, Cell, Rows, as_csv, limit_of, only, read, short, xls, xlsx

HEAD: list[Cell] = ["序号", "工作任务", "具体措施", "责任单位", "责任人", "完成时限"]


def table(*rows: Sequence[Cell], head: Sequence[Cell] = HEAD, year: int | None = 2026) -> Ledger:
    return read(as_csv([head, *rows]), year=year)


def said(row: LedgerRow) -> str:
    return " ".join(remark.text for remark in (*row.taken_as, *row.doubts, *row.problems))


# --- merged cells -------------------------------------------------------------------------------

MERGED: Rows = [
    ["2026年民生实事任务表", "", "", "", "", ""],
    HEAD,
    [1, "建设养老中心", "完成选址", "县民政局", "张三", "3月底前"],
    ["", "", "完成主体施工", "", "", "9月底前"],
    ["", "", "投入使用", "", "", date(2026, 12, 31)],
    [2, "治理河道", "清淤10公里", "县水务局", "李四", "6月底前"],
    ["", "", "", "县住建局", "王五", ""],
    ["", "", "", "城关镇", "赵六", ""],
    ["二", "社会事业", "", "", "", ""],
    [4, "义务教育", "新建小学1所", "县教育局", "", "9月1日前"],
    ["", "", "", "", "", "12月底前"],
]
RANGES = [
    (0, 0, 0, 5),
    *[(2, c, 4, c) for c in (0, 1, 3, 4)],
    *[(5, c, 7, c) for c in (0, 1, 2, 5)],
    *[(9, c, 10, c) for c in (0, 1, 2, 3)],
]


@pytest.mark.parametrize("build", [xlsx, xls])
def test_merged_rows_become_duties_or_fold_into_one(build):
    ledger = read(build(("民生实事", MERGED, RANGES)), "a.xlsx")
    assert [short(row) for row in ledger.rows] == [
        "1 -- 表题或表前说明",
        "2 -- 表头",
        "3 ok 县民政局 2026-03-31",
        "4 ok 县民政局 2026-09-30",
        "5 ok 县民政局 2026-12-31",
        "6+7+8 ok 县水务局(县住建局、城关镇) 2026-06-30",
        "9 -- 小标题",
        "10+11 ok 县教育局 2026-12-31",
    ]
    titles = [row.title for row in ledger.ready]
    assert titles == ["完成选址", "完成主体施工", "投入使用", "治理河道", "义务教育"]
    assert ledger.ready[0].content == "工作任务：建设养老中心\n具体措施：完成选址"
    assert [str(m.due_on) for m in limit_of(ledger.ready[4]).milestones] == [
        "2026-09-01",
        "2026-12-31",
    ]


def test_the_same_table_as_csv_without_any_merge():
    flat = [[cell.isoformat() if isinstance(cell, date) else cell for cell in r] for r in MERGED]
    ledger = read(as_csv(flat), "a.csv")
    assert [short(row) for row in ledger.ready] == [
        "3 ok 县民政局 2026-03-31",
        "4 ok 县民政局 2026-09-30",
        "5 ok 县民政局 2026-12-31",
        "6+7+8 ok 县水务局(县住建局、城关镇) 2026-06-30",
        "10+11 ok 县教育局 2026-12-31",
    ]
    assert "按上一行读" in said(ledger.ready[1])
    assert "并入上一行" in said(ledger.ready[3])


def test_a_line_without_number_and_unit_takes_them_from_above_and_says_so():
    first, second = table(
        [5, "养老楼开工", "", "县民政局", "", "5月底前动工"],
        ["", "老年大学开工建设", "", "", "", "12月底前"],
    ).ready
    assert (second.lead, second.due_on) == ("县民政局", date(2026, 12, 31))
    assert "县民政局" in said(second)
    assert first.due_on == date(2026, 5, 31)


def test_a_line_with_a_number_takes_nothing():
    row = table([1, "甲事项", "", "县民政局", "", "6月"], [2, "乙事项", "", "", "", ""]).rejected[0]
    assert row.lead == ""
    assert "没有牵头" in row.reason


def test_in_a_workbook_with_merged_cells_a_blank_is_a_blank():
    rows: Rows = [*MERGED[:5], ["", "另一件事项的任务", "", "", "", ""]]
    ledger = read(xlsx(("表", rows, RANGES[:5])), "a.xlsx")
    assert ledger.rejected[0].lead == ""


def test_a_scrap_of_text_is_neither_dropped_nor_issued():
    row = table(
        [1, "甲事项", "", "县民政局", "", "6月"], ["", "教育方面", "", "", "", ""]
    ).rejected[0]
    assert "看不出是小标题还是任务" in row.reason


def test_ditto():
    rows = table(
        [1, "甲事项", "", "县民政局", "", "6月"], [2, "乙事项", "", "同上", "", "〃"]
    ).ready
    assert (rows[1].lead, rows[1].due_on) == ("县民政局", date(2026, 6, 30))
    assert "同上" in said(rows[1])


# --- lines that are no items --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (["", "", "", "", "", ""], "空行"),
        (["一、工业经济", "", "", "", "", ""], "小标题"),
        (["（二）城乡建设", "", "", "", "", ""], "小标题"),
        (["", "三、社会事业", "", "", "", ""], "小标题"),
        (["四", "乡村振兴", "", "", "", ""], "小标题"),
        (["合计", "", "", "", "", "12"], "合计行"),
        (["", "总计", "5项", "", "", ""], "合计行"),
        (["注：责任单位排第一的牵头", "", "", "", "", ""], "表后说明"),
        (["填表人：张三", "", "审核人：李四", "", "", ""], "表后说明"),
        (["联系人：张三　电话：123", "", "", "", "", ""], "表后说明"),
        (HEAD, "重复的表头"),
    ],
)
def test_skipped_lines_say_what_they_are(line, kind):
    ledger = table([1, "甲事项", "", "县民政局", "", "6月"], line)
    assert [row.reason for row in ledger.skipped] == ["表头", kind]
    assert len(ledger.ready) == 1


def test_a_line_of_column_numbers():
    ledger = table(["1", "2", "3", "4", "5", "6"], [1, "甲事项", "", "县民政局", "", "6月"])
    assert [row.reason for row in ledger.skipped] == ["表头", "栏次行"]


@pytest.mark.parametrize("task", ["累计1000户搬迁", "总计：新建学校3所", "合计新建公园2处"])
def test_a_duty_that_begins_like_a_total_is_a_duty(task):
    assert table([1, task, "", "县住建局", "", "6月"]).ready[0].content == task


def test_a_numbered_duty_is_no_section():
    row = table(["一", "推进改革", "", "县发改局", "", "6月"]).ready[0]
    assert (row.number, row.lead) == ("一", "县发改局")


# --- several tables and sheets ------------------------------------------------------------------


def test_sheets_are_read_in_order_and_each_has_its_columns():
    data = xlsx(
        ("县教育局", [["序号", "工作内容", "完成时间"], [1, "新建小学2所", "8月底前"]], []),
        ("县民政局", [["序号", "任务", "完成时限"], [1, "建设养老院", "10月底前"]], []),
        ("说明", [["本表由县政府办汇总"]], []),
    )
    ledger = read(data, "2026年各单位重点工作.xlsx")
    assert [(row.sheet, row.lead, row.title) for row in ledger.ready] == [
        ("县教育局", "县教育局", "新建小学2所"),
        ("县民政局", "县民政局", "建设养老院"),
    ]
    assert len(ledger.tables) == 2
    assert any("“说明”里没有找到表头" in note for note in ledger.notes)
    assert "按工作表名" in said(ledger.ready[0])


def test_a_short_duty_below_data_is_no_new_header():
    ledger = read("任务,牵头部门,时间\n甲项目,县住建局,6月\n工作任务,县级部门,7月\n", year=2026)
    assert len(ledger.tables) == 1


def test_a_header_in_three_levels():
    rows: Rows = [
        ["序号", "项目", "责任分工", "", "", "时间安排", ""],
        ["", "", "单位", "", "领导", "", ""],
        ["", "", "牵头单位", "配合单位", "责任领导", "开工时间", "完成时间"],
        [1, "修建道路", "县交通局", "县财政局", "王县长", "3月", "11月底"],
    ]
    ranges = [(0, 0, 2, 0), (0, 1, 2, 1), (0, 2, 0, 4), (1, 2, 1, 3), (0, 5, 1, 6)]
    ledger = read(xlsx(("表", rows, ranges)), year=2026)
    row = only(ledger)
    assert ledger.tables[0].header_lines == (1, 2, 3)
    assert (row.lead, row.co_units, row.person) == ("县交通局", ("县财政局",), "王县长")
    assert row.due_on == date(2026, 11, 30)
    assert limit_of(row).milestones[0].due_on == date(2026, 3, 31)


def test_unused_columns_are_named():
    ledger = read("序号,任务,责任单位,总投资（万元）,验收标志\n1,甲事项,县民政局,100,是\n")
    assert any("“总投资（万元）”、“验收标志”" in note for note in ledger.notes)


# --- years --------------------------------------------------------------------------------------

PLAIN: list[list[Cell]] = [
    ["序号", "任务", "责任单位", "完成时限"],
    [1, "甲事项", "县民政局", "6月底前"],
]


@pytest.mark.parametrize(
    ("title", "filename", "year", "due"),
    [
        ("2026年重点工作任务分解表", "台账.csv", None, "2026-06-30"),
        ("二〇二六年重点工作任务分解表", "台账.csv", None, "2026-06-30"),
        ("重点工作清单（2026年度）", "台账.csv", None, "2026-06-30"),
        ("竹府办〔2026〕20号", "台账.csv", None, "2026-06-30"),
        ("（2026年2月26日）", "台账.csv", None, "2026-06-30"),
        ("附件", "2026年台账.csv", None, "2026-06-30"),
        ("2016年民生实事", "台账.csv", 2026, "2026-06-30"),
        ("2025年总结和2026年计划", "台账.csv", None, "unreadable"),
        ("2024—2026年行动计划", "2026年.csv", None, "unreadable"),
        ("附件", "台账.csv", None, "unreadable"),
    ],
)
def test_where_the_year_comes_from(title, filename, year, due):
    ledger = read(as_csv([[title, "", "", ""], *PLAIN]), filename, year=year)
    assert short(only(ledger)).endswith(due)
    if due == "unreadable":
        assert "（year）" in only(ledger).reason
    else:
        assert "2026" in ledger.year_basis


def test_a_year_in_the_header_counts_for_its_column():
    row = only(read("序号,任务,责任单位,2027年完成时限\n1,甲事项,县民政局,6月底前\n"))
    assert row.due_on == date(2027, 6, 30)


def test_a_sheet_name_may_hold_the_year():
    assert only(read(xlsx(("2026年", PLAIN, [])))).due_on == date(2026, 6, 30)


# --- dates that stand beside --------------------------------------------------------------------

ISSUED = ["序号", "任务", "责任单位", "交办日期", "完成时限"]


def test_limits_in_days_count_from_the_day_of_issue():
    ledger = table([1, "甲事项", "县民政局", "2026-03-01", "30日内"], head=ISSUED)
    assert only(ledger).due_on == date(2026, 3, 31)
    assert only(ledger).issued_on == date(2026, 3, 1)


@pytest.mark.parametrize("day", ["2026年3月1日", "2026/3/1", "3月1日", "46082", date(2026, 3, 1)])
def test_days_of_issue_in_any_form(day):
    row = only(table([1, "甲事项", "县民政局", day, "30日内"], head=ISSUED))
    assert row.issued_on == date(2026, 3, 1)


def test_a_day_of_issue_that_cannot_be_read_is_pointed_out():
    row = only(table([1, "甲事项", "县民政局", "2月30日", "6月底"], head=ISSUED))
    assert row.issued_on is None
    assert "没有读出日期" in said(row)


def test_a_limit_before_its_issue_is_pointed_out():
    row = only(table([1, "甲事项", "县民政局", "2026-03-01", "2026年1月31日"], head=ISSUED))
    assert row.outcome is Outcome.READY
    assert "早于交办日期" in said(row)


def test_a_limit_before_publication_is_pointed_out():
    row = only(read(as_csv([["2026年清单（2026年8月1日）"], *PLAIN])))
    assert "早于表前写明的日期" in said(row)


def test_a_limit_that_has_passed_is_marked_not_refused():
    ledger = table([1, "甲事项", "", "县民政局", "", "6月底前"], year=2025)
    assert only(ledger).past
    assert only(ledger).outcome is Outcome.READY
    assert "（allow_past）" in said(only(ledger))
    assert not only(table([1, "甲事项", "", "县民政局", "", "1月5日"])).past
    assert only(table([1, "甲事项", "", "县民政局", "", "1月4日"])).past


def test_five_working_days_from_an_old_issue_have_passed():
    old = table([1, "甲事项", "县民政局", "2025-11-03", ""], head=ISSUED)
    assert only(old).past
    new = table([1, "甲事项", "县民政局", TODAY, ""], head=ISSUED)
    assert not only(new).past


# --- what the columns do not say ----------------------------------------------------------------


def test_a_deadline_in_the_words_is_taken_only_where_the_limit_is_blank():
    blank = table([1, "6月底前建成指挥中心", "", "县大数据局", "", ""]).ready[0]
    assert blank.due_on == date(2026, 6, 30)
    assert "取自事项内容" in said(blank)
    none = table([1, "6月底前建成指挥中心", "", "县大数据局", "", "无"]).ready[0]
    assert none.kind == "ordinary"
    given = table([1, "6月底前建成指挥中心", "", "县大数据局", "", "9月底前"]).ready[0]
    assert given.due_on == date(2026, 9, 30)


def test_an_impossible_date_in_the_words_is_not_overlooked():
    row = table([1, "9月31日前建成指挥中心", "", "县大数据局", "", ""]).rejected[0]
    assert "不存在" in row.reason


def test_what_looks_like_a_year_of_work_is_questioned():
    row = table([1, "全年新增就业5000人", "", "县人社局", "", ""]).ready[0]
    assert row.kind == "ordinary"
    assert "像全年任务" in said(row)


def test_a_deadline_in_the_remarks_is_pointed_out():
    head = ["序号", "任务", "责任单位", "备注"]
    row = only(table([1, "建设水窖", "登封市", "大汛前完成80%"], head=head))
    assert "备注" in said(row)


def test_directives_without_a_limit_recall_their_own_rule():
    row = only(read("批示内容,承办单位,办理时限\n请阅处并报结果,县教育局,\n", "批示件.csv"))
    assert row.category == "C1"
    assert "办法五（三）" in said(row)


def test_what_is_done_is_not_issued_again():
    head = ["序号", "任务", "责任单位", "完成时限", "进展情况"]
    ledger = table(
        [1, "甲事项", "县民政局", "6月底", "已完成"],
        [2, "乙事项", "县民政局", "6月底", "已完成80%"],
        head=head,
    )
    assert [row.number for row in ledger.rejected] == ["1"]


def test_urgency_from_a_cell_of_its_own():
    head = ["序号", "任务", "责任单位", "紧急程度"]
    assert limit_of(only(table([1, "甲事项", "县民政局", "特急"], head=head))).urgency is (
        Urgency.EXTRA_URGENT
    )


def test_numbers_alone_keep_their_header():
    head = ["序号", "县(市、区)", "目标任务水窖(个)"]
    row = only(table([1, "登封市", 2200], head=head))
    assert row.content == "目标任务水窖(个)：2200"


# --- categories ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("filename", "category"),
    [
        ("2026年政府工作报告任务分解.csv", "A2"),
        ("2026年民生实事.csv", "A2"),
        ("环保督察反馈问题整改清单2026.csv", "B1"),
        ("2026年重点工作.csv", "B2"),
        ("领导批示件台账2026.csv", "C1"),
        ("县长交办事项2026.csv", "C2"),
        ("关于优化营商环境的实施意见2026.csv", "D1"),
        ("常务会议议定事项2026.csv", "D2"),
        ("人大代表建议办理2026.csv", "E"),
        ("督查检查考核计划2026.csv", "F"),
        ("台账2026.csv", "B2"),
    ],
)
def test_the_category_is_guessed_and_said(filename, category):
    row = only(read(as_csv(PLAIN), filename))
    assert row.category == category
    assert any(category in remark.text for remark in row.taken_as if remark.field == "类别")


def test_the_rows_own_words_come_first():
    head = ["序号", "任务", "责任单位", "完成时限", "来源"]
    row = only(table([1, "甲", "县民政局", "6月", "县政府常务会议纪要第5期"], head=head))
    assert (row.category, row.source) == ("D2", "来源：县政府常务会议纪要第5期")
    coded = ["序号", "任务", "责任单位", "完成时限", "类别"]
    assert only(table([1, "甲", "县民政局", "6月", "D1"], head=coded)).category == "D1"


# --- titles -------------------------------------------------------------------------------------

LONG = "深入实施产业倍增计划，持续推进链长制，加快培育专精特新企业和高新技术企业，" * 4


@pytest.mark.parametrize(
    ("content", "title"),
    [
        ("1.加快建设。做好服务。", "加快建设"),
        ("（一）加快建设；做好服务", "加快建设"),
        ("①加快建设", "加快建设"),
        ("加快建设，\n做好服务", "加快建设，做好服务"),
        ("1.5万亩高标准农田", "1.5万亩高标准农田"),
    ],
)
def test_titles(content, title):
    assert table([1, content, "", "县民政局", "", "6月"]).ready[0].title == title


def test_a_long_title_ends_at_a_natural_stop():
    row = table([1, LONG, "", "县民政局", "", "6月"]).ready[0]
    assert len(row.title) <= 60
    assert row.title.endswith("…")
    assert row.content == LONG


def test_too_long_a_content_is_refused():
    row = table([1, "长" * 20_001, "", "县民政局", "", "6月"]).rejected[0]
    assert "超过 20000 字" in row.reason


# --- the same duty twice ------------------------------------------------------------------------


def test_the_same_duty_in_one_file_is_issued_once():
    ledger = table(
        [1, "规上工业企业达到200家", "", "市工信局", "", "年底前"],
        [9, "规上工业企业达到200家。", "", "市工信局", "", "2026年12月底前"],
        [3, "规上工业企业达到200家", "", "市统计局", "", "年底前"],
        [4, "规上工业企业达到200家", "", "市工信局", "", "6月底前"],
    )
    assert [row.number for row in ledger.ready] == ["1", "3", "4"]
    assert "与第 2 行完全相同" in ledger.rejected[0].reason
    assert "单位或时限不同" in said(ledger.ready[1])
    assert "时限不同" in said(ledger.ready[2])


def fingerprint(
    content: str = "建设养老中心3个，改造1.5万平方米",
    lead: str = "县民政局",
    limit: str = "6月底前",
    year: int | None = 2026,
) -> str:
    return table([1, content, "", lead, "", limit], year=year).ready[0].fingerprint


def test_a_fingerprint_is_the_duty_not_its_place_or_punctuation():
    base = fingerprint()
    assert fingerprint("建设养老中心3个,改造1.5万平方米。") == base
    assert fingerprint("1. 建设养老中心３个，改造1.5万平方米") == base
    assert fingerprint(limit="2026年6月30日", year=None) == base
    moved = table(
        [1, "别的", "", "县民政局", "", "6月"],
        [7, "建设养老中心3个，改造1.5万平方米", "", "县民政局", "", "6月底"],
    )
    assert moved.ready[1].fingerprint == base


def test_a_fingerprint_differs_where_the_duty_does():
    base = fingerprint()
    assert fingerprint("建设养老中心3个，改造15万平方米") != base
    assert fingerprint(lead="县水务局") != base
    assert fingerprint(limit="9月底前") != base
    assert fingerprint(year=2027) != base


def test_without_a_limit_the_year_keeps_duties_apart_and_a_repeat_together():
    assert fingerprint(limit="/") == fingerprint(limit="")
    assert fingerprint(limit="", year=2027) != fingerprint(limit="", year=2026)
    assert fingerprint(limit="", year=None) == fingerprint(limit="", year=TODAY.year)
