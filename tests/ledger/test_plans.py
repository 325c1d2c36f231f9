"""Rows whose columns together say when: stages, plans in words, frequencies, indicators."""

from collections.abc import Sequence
from datetime import date

import pytest

from ledger import Ledger, LedgerRow
from tests.ledger.make import Cell, Rows, as_csv, only, read, short, xls, xlsx

QUARTERS: list[Cell] = ["序号", "工作任务", "责任单位", "一季度", "二季度", "三季度", "四季度"]


def table(*rows: Sequence[Cell], head: Sequence[Cell], title: str = "2026年重点工作") -> Ledger:
    return read(as_csv([[title], head, *rows]))


def nodes(row: LedgerRow) -> str:
    return "、".join(f"{node.name} {node.due_on:%m-%d}" for node in row.nodes)


def doubts(row: LedgerRow) -> str:
    return " ".join(f"{remark.field}：{remark.text}" for remark in row.doubts)


# --- stages in columns --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "days"),
    [
        (["一季度", "二季度", "三季度", "四季度"], "03-31 06-30 09-30 12-31"),
        (
            ["第一季度目标", "第二季度目标", "第三季度目标", "第四季度目标"],
            "03-31 06-30 09-30 12-31",
        ),
        (["3月底目标", "6月底目标", "9月底目标", "12月底目标"], "03-31 06-30 09-30 12-31"),
        (["1-3月", "4-6月", "7-9月", "10-12月"], "03-31 06-30 09-30 12-31"),
        (["上半年", "三季度", "10月", "下半年"], "06-30 09-30 10-31 12-31"),
    ],
)
def test_a_column_for_each_stage(headers, days):
    stages = ["完成立项", "开工建设", "完成主体", "竣工验收"]
    head = ["序号", "工作任务", "责任单位", *headers]
    row = only(table([1, "建设文化馆", "县文旅局", *stages], head=head))
    assert (row.kind, [node.name for node in row.nodes]) == ("milestones", stages)
    assert " ".join(f"{node.due_on:%m-%d}" for node in row.nodes) == days
    assert row.due_on == date(2026, 12, 31)
    assert "请核对" in doubts(row)


STAGES: Rows = [
    ["2026年重点项目推进计划", "", "", "", "", "", ""],
    ["序号", "项目名称", "责任单位", "推进计划", "", "", ""],
    ["", "", "", "一季度", "二季度", "三季度", "四季度"],
    [1, "产业园二期", "县发改局", "完成立项", "完成招标", "开工建设", "/"],
]


@pytest.mark.parametrize("build", [xlsx, xls])
def test_a_workbook_with_a_group_of_stages(build):
    ranges = [(1, 0, 2, 0), (1, 1, 2, 1), (1, 2, 2, 2), (1, 3, 1, 6)]
    row = only(read(build(("表", STAGES, ranges)), "项目.xlsx"))
    assert nodes(row) == "完成立项 03-31、完成招标 06-30、开工建设 09-30"


def test_the_year_given_moves_the_stages():
    text = as_csv([["2026年重点工作"], QUARTERS, [1, "甲", "县文旅局", "立项", "招标", "", "完工"]])
    assert [n.due_on.year for n in only(read(text, year=2027)).nodes] == [2027, 2027, 2027]


def test_same_words_and_bare_figures_carry_the_name_of_their_column():
    same = only(table([1, "甲", "县文旅局", "按月推进", "按月推进", "", "完工"], head=QUARTERS))
    assert nodes(same) == "一季度：按月推进 03-31、二季度：按月推进 06-30、完工 12-31"
    figures = only(table([1, "甲", "县文旅局", "25%", "50%", "75%", "100%"], head=QUARTERS))
    assert figures.nodes[0].name == "一季度：25%"


def test_a_single_stage_stays_a_date():
    row = only(table([1, "甲", "县文旅局", "", "完成选址", "", ""], head=QUARTERS))
    assert (row.kind, row.due_on) == ("dated", date(2026, 6, 30))


def test_a_limit_beside_the_stages_is_the_last_node():
    head = [*QUARTERS, "完成时限"]
    row = only(table([1, "甲", "县文旅局", "立项", "招标", "开工", "", "11月底前"], head=head))
    assert nodes(row) == "立项 03-31、招标 06-30、开工 09-30、完成 11-30"
    row = only(table([1, "甲", "县文旅局", "立项", "招标", "开工", "完成", "年底前"], head=head))
    assert nodes(row) == "立项 03-31、招标 06-30、开工 09-30、完成 12-31"
    row = only(table([1, "甲", "县文旅局", "立项", "完成", "", "", "年底前"], head=head))
    assert nodes(row) == "立项 03-31、完成 06-30、全部完成 12-31"


@pytest.mark.parametrize(
    ("limit", "kind", "why"),
    [
        ("6月底前", "dated", "晚于办理时限 2026-06-30"),
        ("每月", "year_round", "时限栏写的是调度周期"),
        ("10月底前;12月底前", "dated", "时限栏里另有几个时间"),
    ],
)
def test_stages_that_do_not_fit_the_limit_are_pointed_out(limit, kind, why):
    row = only(
        table(
            [1, "甲", "县文旅局", "立项", "招标", "开工", "", limit], head=[*QUARTERS, "完成时限"]
        )
    )
    assert (row.kind, row.nodes) == (kind, ())
    assert "办理时限：阶段安排没有作时间节点" in doubts(row)
    assert why in doubts(row)


# --- stages in one cell -------------------------------------------------------------------------


def test_a_plan_in_words_beside_the_limit():
    head = ["序号", "工作任务", "责任单位", "完成时限", "进度安排"]
    plan = "3月底前完成方案，6月底前开工"
    row = only(table([1, "城市更新", "县住建局", "12月底前", plan], head=head))
    assert nodes(row) == "完成方案 03-31、开工 06-30、完成 12-31"
    told = only(table([1, "城市更新", "县住建局", "12月底前", "按序时进度推进"], head=head))
    assert (told.kind, told.due_on) == ("dated", date(2026, 12, 31))


NODES = "3月底前开工；6月底前主体封顶；12月底前竣工"
READ_NODES = "开工 03-31、主体封顶 06-30、竣工 12-31"


@pytest.mark.parametrize(
    ("columns", "limit_first"),
    [
        (("办理时限", "时间节点"), True),
        (("时间节点", "完成时限"), False),
        (("完成时间", "工作节点"), True),
        (("关键节点", "完成时间"), False),
    ],
)
def test_a_column_of_nodes_beside_the_limit(columns, limit_first):
    def row(limit: str, plan: str) -> LedgerRow:
        cells = (limit, plan) if limit_first else (plan, limit)
        head = ["序号", "事项", "责任单位", *columns]
        return only(table([1, "学校建设", "县教育局", *cells], head=head))

    alone = row("", NODES)
    assert (alone.kind, nodes(alone)) == ("milestones", READ_NODES)
    assert "请核对" in doubts(alone)
    same = row("12月底前", NODES)
    assert (same.kind, nodes(same), doubts(same)) == ("milestones", READ_NODES, "")
    later = row("2027年6月底前", NODES)
    assert nodes(later) == f"{READ_NODES}、完成 06-30"
    assert later.due_on == date(2027, 6, 30)
    assert "最后一段在2026年，办理时限在2027年，请核对" in doubts(later)
    earlier = row("10月底前", NODES)
    assert (earlier.kind, earlier.due_on) == ("dated", date(2026, 10, 31))
    assert "晚于办理时限 2026-10-31，请核对" in doubts(earlier)
    plain = row("11月底前", "")
    assert (plain.kind, plain.due_on, doubts(plain)) == ("dated", date(2026, 11, 30), "")


@pytest.mark.parametrize("head", [("完成时间", "工作节点"), ("完成时限", "关键节点")])
@pytest.mark.parametrize(
    ("said", "kind", "due_on", "doubt"),
    [
        ("6月", "dated", date(2026, 6, 30), "（6月），请核对"),
        ("6月底前", "dated", date(2026, 6, 30), "（6月底前），请核对"),
        ("3月开工", "dated", date(2026, 3, 31), "只写了开工（启动）时间"),
        ("6月、12月", "dated", date(2026, 12, 31), "没有逐个写明到期要完成什么"),
        ("每月", "year_round", date(2026, 12, 31), "（每月），请核对"),
    ],
)
def test_without_a_limit_a_column_of_nodes_is_read_as_if_it_were_alone(
    head, said, kind, due_on, doubt
):
    columns = ["序号", "事项", "责任单位", *head]
    row = only(table([1, "学校建设", "县教育局", "", said], head=columns))
    assert (row.kind, row.due_on, row.nodes) == (kind, due_on, ())
    assert f"时限取自“{head[1]}”" in doubts(row)
    assert doubt in doubts(row)
    beside = only(table([1, "学校建设", "县教育局", "12月底前", said], head=columns))
    assert (beside.kind, beside.due_on) == ("dated", date(2026, 12, 31))


@pytest.mark.parametrize(
    ("said", "problem"),
    [("6月31日", "这一天不存在"), ("按序时进度推进", "没有写出日期"), ("待定", "读不出日期")],
)
def test_a_column_of_nodes_without_a_day_is_no_limit(said, problem):
    columns = ["序号", "事项", "责任单位", "完成时间", "工作节点"]
    ledger = table([1, "学校建设", "县教育局", "", said], head=columns)
    (row,) = (row for row in ledger.rows if row.title == "学校建设")
    assert problem in row.problems[0].text
    assert "时限取自“工作节点”" in row.problems[1].text
    assert not ledger.ready


def test_stages_in_the_words_of_a_task_need_a_verb_each():
    head = ["序号", "工作任务", "责任单位"]
    row = only(table([1, "城市更新：6月底前开工建设，12月底前完成改造。", "县住建局"], head=head))
    assert nodes(row) == "开工建设 06-30、完成改造 12-31"
    assert "取自事项内容" in doubts(row)
    row = only(table([1, "慰问：6月底前老党员，12月底前困难户", "县民政局"], head=head))
    assert (row.kind, row.due_on) == ("dated", date(2026, 12, 31))


def test_the_column_of_the_start_is_no_node():
    head = ["序号", "项目名称", "责任单位", "开工时间", "竣工时间"]
    row = only(table([1, "修路", "县交通局", "3月", "11月底"], head=head))
    assert (row.kind, row.due_on) == ("dated", date(2026, 11, 30))


# --- how often ----------------------------------------------------------------------------------

OFTEN: list[Cell] = ["序号", "工作任务", "责任单位", "完成时限", "调度频次"]


@pytest.mark.parametrize(
    ("limit", "often", "read_as"),
    [
        ("年底前", "每月", "3 ok 县住建局 2026-12-31 month"),
        ("全年", "每季度一次", "3 ok 县住建局 2026-12-31 quarter"),
        ("", "每周", "3 ok 县住建局 2026-12-31 week"),
        ("每月", "每月", "3 ok 县住建局 2026-12-31 month"),
        ("6月底前", "每月", "3 ok 县住建局 2026-06-30"),
        ("年底前", "", "3 ok 县住建局 2026-12-31"),
        ("3月底前立项，12月底前完工", "每月", "3 ok 县住建局 2026-12-31 2 nodes"),
    ],
)
def test_a_frequency_beside_the_limit(limit, often, read_as):
    row = only(table([1, "调度清欠", "县住建局", limit, often], head=OFTEN))
    assert short(row) == read_as
    left_out = bool(often) and row.cycle is None
    assert ("没有列入" in doubts(row)) is left_out


def test_a_frequency_alone_is_the_limit():
    row = only(
        table([1, "调度清欠", "县住建局", "按月"], head=["序号", "任务", "单位", "报送频次"])
    )
    assert (row.kind, row.cycle) == ("year_round", "month")


def test_the_same_duty_in_two_cycles_is_two_duties():
    head = ["序号", "工作任务", "责任单位", "完成时限"]
    rows = table([1, "清欠", "县工信局", "每周"], [2, "清欠", "县工信局", "每月"], head=head).ready
    assert len({row.fingerprint for row in rows}) == 2


def test_a_task_of_the_year_is_the_item_it_was_before_there_were_cycles():
    head = ["序号", "工作任务", "责任单位", "完成时限"]
    whole = only(table([1, "清欠", "县工信局", "全年"], head=head))
    dated = only(table([1, "清欠", "县工信局", "12月31日"], head=head))
    assert whole.fingerprint == dated.fingerprint


# --- indicators ---------------------------------------------------------------------------------

FIGURES: list[Cell] = ["序号", "指标名称", "单位", "目标值", "责任单位", "完成时限"]
REPORT = "2026年政府工作报告任务分解"


def figures(row: LedgerRow) -> list[tuple[str, float, str]]:
    return [(target.name, target.value, target.unit) for target in row.targets]


@pytest.mark.parametrize(
    ("name", "unit", "value", "target"),
    [
        ("固定资产投资", "亿元", "120", ("固定资产投资", 120.0, "亿元")),
        ("固定资产投资", "亿元", 120.5, ("固定资产投资", 120.5, "亿元")),
        ("新增就业", "", "≥5,000人", ("新增就业", 5000.0, "人")),
        ("固定资产投资（亿元）", "", "120以上", ("固定资产投资", 120.0, "亿元")),
        ("研发投入强度", "%", "3.5%", ("研发投入强度", 3.5, "%")),
        ("单位能耗", "", "不超过0.5", None),
        ("生产总值", "", "增长6%左右", None),
        ("生产总值", "", "6", None),
        ("生产总值", "亿元", "3万元", None),
        ("生产总值", "亿元", "0", None),
        ("空气质量", "", "持续改善", None),
    ],
)
def test_a_target_needs_a_number_and_a_unit(name, unit, value, target):
    ledger = table([1, name, unit, value, "县统计局", "每月"], head=FIGURES, title=REPORT)
    row = only(ledger)
    assert figures(row) == ([target] if target else [])
    assert str(value) in row.content
    assert ("没有列为指标" in doubts(row)) is (target is None)


def test_several_indicators_in_one_cell():
    pair = ["新增就业\n新增企业", "人\n家", "5000\n20"]
    row = only(table([1, *pair, "县统计局", "年底前"], head=FIGURES, title=REPORT))
    assert figures(row) == [("新增就业", 5000.0, "人"), ("新增企业", 20.0, "家")]
    odd = ["新增就业\n新增企业", "人", "5000\n20\n30"]
    row = only(table([1, *odd, "县统计局", "年底前"], head=FIGURES, title=REPORT))
    assert (figures(row), "个数不一致" in doubts(row)) == ([], True)


def test_a_goal_of_the_year_beside_an_indicator():
    head = ["序号", "主要指标", "年度目标", "责任单位", "完成时限"]
    row = only(table([1, "新增就业", "5000人", "县人社局", "全年"], head=head, title=REPORT))
    assert figures(row) == [("新增就业", 5000.0, "人")]
    row = only(table([1, "新增就业", "明显增加", "县人社局", "全年"], head=head, title=REPORT))
    assert (figures(row), doubts(row)) == ([], "")


def test_targets_are_of_the_year_and_of_government_work():
    early = only(table([1, "投资", "亿元", 9, "县发改局", "6月底前"], head=FIGURES, title=REPORT))
    assert (figures(early), "不是年底" in doubts(early)) == ([], True)
    other = only(table([1, "投资", "亿元", 9, "县发改局", "每月"], head=FIGURES))
    assert (other.category, figures(other)) == ("B2", [])


def test_the_column_of_measures_names_no_units():
    ledger = table([1, "投资", "亿元", 9, "县发改局", "每月"], head=FIGURES, title=REPORT)
    said = {column.header: column.taken_as for column in ledger.tables[0].columns}
    assert (said["单位"], said["目标值"]) == ("计量单位", "指标目标值")
    assert only(ledger).lead == "县发改局"
