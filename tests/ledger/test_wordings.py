"""Deadline wordings: what each is taken for, and what is never guessed."""

from datetime import date, datetime, time, timedelta

import holidays
import pytest

from ledger.model import Cycle, Limit, LimitKind, MilestoneKind, Urgency
from ledger.moments import SPRING_FESTIVALS, Frame, WorkingDays
from ledger.wordings import CellValue, read_limit

FRAME = Frame(year=2026, year_from="表题")


def read(
    value: CellValue,
    *,
    year: int | None = 2026,
    issued_on: date | None = None,
    working_days: WorkingDays | None = None,
) -> Limit:
    return read_limit(value, Frame(year=year, issued_on=issued_on, working_days=working_days))


DATES = {
    # months
    "6月底前": "2026-06-30",
    "6月底": "2026-06-30",
    "6月末": "2026-06-30",
    "6月": "2026-06-30",
    "6月份": "2026-06-30",
    "6月月底前": "2026-06-30",
    "十二月底前": "2026-12-31",
    "12月\n底前": "2026-12-31",
    "2月底前": "2026-02-28",
    "2028年2月底前": "2028-02-29",
    "6月上旬": "2026-06-10",
    "6月中旬前": "2026-06-20",
    "10月下旬": "2026-10-31",
    "7月初": "2026-07-10",
    "9月投入使用": "2026-09-30",
    "5月底前动工": "2026-05-31",
    "计划12月底前完成": "2026-12-31",
    "力争2026年实现": "2026-12-31",
    "截至9月底": "2026-09-30",
    "截止9月底": "2026-09-30",
    "11月前": "2026-11-30",
    "6月份前": "2026-06-30",
    # days
    "2026年6月30日": "2026-06-30",
    "2026 年 6 月 30 日 前": "2026-06-30",
    "２０２６年６月３０日": "2026-06-30",
    "二〇二六年六月三十日": "2026-06-30",
    "2026.6.30": "2026-06-30",
    "2026/6/30": "2026-06-30",
    "2026-06-30": "2026-06-30",
    "20260630": "2026-06-30",
    "6.30前": "2026-06-30",
    "6.30": "2026-06-30",
    "06-30": "2026-06-30",
    "6/30": "2026-06-30",
    "8月30号": "2026-08-30",
    "5月1日前": "2026-05-01",
    "6月20日（星期五）前": "2026-06-20",
    "2026年6月30日17时前": "2026-06-30",
    "2026年8月31日24:00前": "2026-08-31",
    "26年6月底前": "2026-06-30",
    "615日": "2026-06-15",
    "截至1031日": "2026-10-31",
    "2020227": "2020-02-27",
    "2020年227日": "2020-02-27",
    "202310月底前": "2023-10-31",
    "46203": "2026-06-30",
    "202606": "2026-06-30",
    # quarters, halves, years
    "一季度": "2026-03-31",
    "第二季度末": "2026-06-30",
    "三季度前": "2026-09-30",
    "第四季度": "2026-12-31",
    "前三季度": "2026-09-30",
    "Q3": "2026-09-30",
    "上半年": "2026-06-30",
    "下半年": "2026-12-31",
    "年底前": "2026-12-31",
    "年内": "2026-12-31",
    "今年年底": "2026-12-31",
    "2026年年底前": "2026-12-31",
    "2026年": "2026-12-31",
    "2026": "2026-12-31",
    "到2027年": "2027-12-31",
    "明年3月底前": "2027-03-31",
    "2026年前": "2026-12-31",
    "“十四五”末": "2025-12-31",
    "十五五期间": "2030-12-31",
    # festivals: the day before
    "“十一”前": "2026-09-30",
    "争取“十一”之前": "2026-09-30",
    "国庆节前": "2026-09-30",
    "“七一”前": "2026-06-30",
    "春节前": "2026-02-16",
    "2027年春节前": "2027-02-05",
    # spans: the end
    "2026—2028年": "2028-12-31",
    "2026-2028": "2028-12-31",
    "2026年至2028年": "2028-12-31",
    "2025年12月—2026年6月": "2026-06-30",
    "2025年12月—次年6月": "2026-06-30",
    "2026.6-12": "2026-12-31",
    "2026.6-2027.5": "2027-05-31",
    "2012.10.1—2012.12.31": "2012-12-31",
    "1-12月": "2026-12-31",
    "2026年6月至9月": "2026-09-30",
    "4月20日-25日": "2026-04-25",
    "4月20-25日": "2026-04-25",
    "2026年6月30日至7月15日": "2026-07-15",
    "5年内": "2030-12-31",
    "三年内": "2028-12-31",
    # several dates without the matter of each: the last governs
    "2012年10月底前;2012年底前": "2012-12-31",
    "6月15日、25日前": "2026-06-25",
    "12月底前完工，6月底前开工": "2026-12-31",
    "3月1日起施工，10月底前完工": "2026-10-31",
    "6月底前完成，12月底前完成": "2026-12-31",
    "4月启动，持续到12月": "2026-12-31",
    "县住建局6月底前，县财政局9月底前": "2026-09-30",
    "城区6月底前，乡镇12月底前完成": "2026-12-31",
    "牵头单位6月底前，配合单位12月底前": "2026-12-31",
    "上半年、下半年各开展一次": "2026-12-31",
    "2月、5月、8月、11月底前分别报送": "2026-11-30",
    "今年新建5所，9月底前完成": "2026-09-30",
    # a date beside something else
    "立即整改，6月底前完成": "2026-06-30",
    "2026年6月底前，并长期坚持": "2026-06-30",
    "按月调度，6月底前完成": "2026-06-30",
    "按月调度，2028年底前完成": "2028-12-31",
    "每两个月一报，12月底前完成": "2026-12-31",
    "大汛前完成80%，11月底前全部完成": "2026-11-30",
}


@pytest.mark.parametrize(("phrase", "due"), DATES.items())
def test_a_date(phrase, due):
    limit = read(phrase)
    assert (limit.kind, str(limit.due_on)) == (LimitKind.DATE, due)
    assert limit.taken_as.startswith("“")


ORDINARY = [
    "",
    "/",
    "—",
    "——",
    "-",
    "无",
    "暂无",
    "无明确时限",
    " ",
    "\n",
    "立即",
    "立行立改",
    "马上",
]


@pytest.mark.parametrize("phrase", [*ORDINARY, "5个工作日内", "尽快", "抓紧办理", None])
def test_no_limit_is_the_five_day_rule(phrase):
    limit = read(phrase)
    assert (limit.kind, limit.due_on) == (LimitKind.ORDINARY, None)
    assert "五个工作日" in limit.taken_as


CYCLES = {
    "每季度": Cycle.QUARTER,
    "按季": Cycle.QUARTER,
    "每季度末月20日前": Cycle.QUARTER,
    "每月25日前": Cycle.MONTH,
    "每月25日前报送": Cycle.MONTH,
    "按月调度": Cycle.MONTH,
    "一月一调度": Cycle.MONTH,
    "逐月": Cycle.MONTH,
    "每周": Cycle.WEEK,
    "每周五前": Cycle.WEEK,
    "每年": Cycle.YEAR,
    "每年十二月底前": Cycle.YEAR,
    "每年年底前": Cycle.YEAR,
    "长期坚持（每年12月底前）": Cycle.YEAR,
    "全年持续推进，每季度报送": Cycle.QUARTER,
    "每年12月底前，每季度报送": Cycle.QUARTER,
    # beside the end of the year
    "12月底前并按月调度": Cycle.MONTH,
    "按季度调度，12月底前完成": Cycle.QUARTER,
    "2026年12月31日前，每月25日前报送": Cycle.MONTH,
    "2026年，每周": Cycle.WEEK,
    # no cycle said: one report at the end of the year
    "全年": Cycle.YEAR,
    "长期坚持": Cycle.YEAR,
    "持续推进": Cycle.YEAR,
    "常态化开展": Cycle.YEAR,
    "2026年全年": Cycle.YEAR,
    "立行立改，长期坚持": Cycle.YEAR,
}


@pytest.mark.parametrize(("phrase", "cycle"), CYCLES.items())
def test_a_task_of_the_whole_year(phrase, cycle):
    limit = read(phrase)
    assert (limit.kind, limit.cycle) == (LimitKind.YEAR_ROUND, cycle)
    assert limit.due_on == date(2026, 12, 31)
    assert "2026-12-31" in limit.taken_as


NO_CYCLES = {
    "每半年": (Cycle.HALF_YEAR, "调度周期"),
    "每两个月": (None, "调度周期"),
    "每日": (None, "调度周期"),
    "每旬": (None, "调度周期"),
    "每年6月底前": (Cycle.YEAR, "不等于年底前"),
    "逐年提升": (Cycle.YEAR, "不等于年底前"),
    "按年度计划推进": (Cycle.YEAR, "没有写多久一次"),
    "按月度计划": (Cycle.MONTH, "没有写多久一次"),
    "每周调度，每月通报": (Cycle.WEEK, "几种周期（每周、每月）"),
}


@pytest.mark.parametrize(("phrase", "told"), NO_CYCLES.items())
def test_a_period_that_no_task_can_have_is_sent_back(phrase, told):
    limit = read(phrase)
    assert (limit.kind, limit.cycle, limit.due_on) == (LimitKind.CYCLE, told[0], None)
    assert told[1] in limit.doubts[0]


NODES = {
    "3月底前完成立项，6月底前开工，12月底前竣工": "完成立项 03-31、开工 06-30、竣工 12-31",
    "1.4月底前完成招标；2.8月底前开工": "完成招标 04-30、开工 08-31",
    "1.4月底前完成招标2.8月底前开工": "完成招标 04-30、开工 08-31",
    "1、4月底前完成；2、8月底前验收": "完成 04-30、验收 08-31",
    "①4月底前完成 ②6月底前验收": "完成 04-30、验收 06-30",
    "（1）3月底前完成选址（2）9月底前投入使用": "完成选址 03-31、投入使用 09-30",
    "①完成立项：3月底前；②完成招标：6月底前": "完成立项 03-31、完成招标 06-30",
    "完成立项，3月底前；完成招标，6月底前": "完成立项 03-31、完成招标 06-30",
    "完成立项（3月底前）、开工（6月底前）、竣工（12月底前）": (
        "完成立项 03-31、开工 06-30、竣工 12-31"
    ),
    "完成厂房（一期）3月底前，竣工12月底前": "完成厂房（一期） 03-31、竣工 12-31",
    "3月底前（完成立项），6月底前（开工）": "完成立项 03-31、开工 06-30",
    "1月-3月：制定方案；4月-11月：组织实施；12月：总结": (
        "制定方案 03-31、组织实施 11-30、总结 12-31"
    ),
    "第一阶段（3月底前）：动员部署。第二阶段（4—10月）：组织实施。": (
        "第一阶段：动员部署 03-31、第二阶段：组织实施 10-31"
    ),
    "启动时间：3月；完成时间：12月": "启动 03-31、完成 12-31",
    "6月30日前报送半年总结，12月20日前报送全年总结": "报送半年总结 06-30、报送全年总结 12-20",
    "3月底前，完成立项；6月底前，开工建设": "完成立项 03-31、开工建设 06-30",
    "3月31日前完成方案，并于6月30日前报送初稿": "完成方案 03-31、报送初稿 06-30",
    "方案制定（3月-5月）、实施（6-10月）": "方案制定 05-31、实施 10-31",
    "1-3月完成前期，4-10月施工，11-12月验收": "完成前期 03-31、施工 10-31、验收 12-31",
    "6月底前开工、12月底前完工": "开工 06-30、完工 12-31",
    "2026年一季度开工，四季度完工": "开工 03-31、完工 12-31",
    "上半年完成主体，下半年竣工": "完成主体 06-30、竣工 12-31",
    "首批6月底前，剩余12月底前": "首批 06-30、剩余 12-31",
    "一季度增长7%；全年增长7.5%以上": "增长7% 03-31、增长7.5%以上 12-31",
    "截至9月底完成60%，12月底完成": "完成60% 09-30、完成 12-31",
    "6月底完成50%，到年底全部完成": "完成50% 06-30、全部完成 12-31",
}


@pytest.mark.parametrize(("phrase", "nodes"), NODES.items())
def test_dates_each_with_its_own_matter_are_nodes(phrase, nodes):
    limit = read(phrase)
    assert limit.kind is LimitKind.MILESTONES
    assert "、".join(f"{m.name} {m.due_on:%m-%d}" for m in limit.milestones) == nodes
    assert limit.due_on == max(m.due_on for m in limit.milestones)


def test_the_nodes_move_with_the_year_unless_they_name_their_own():
    phrase = "3月底前完成立项，12月底前竣工"
    assert [m.due_on for m in read(phrase, year=2027).milestones] == [
        date(2027, 3, 31),
        date(2027, 12, 31),
    ]
    named = read("2026年3月开工，次年6月竣工", year=2030).milestones
    assert [m.due_on for m in named] == [date(2026, 3, 31), date(2027, 6, 30)]


def test_a_long_stage_has_a_short_name_and_its_whole_text_as_output():
    long = "完成" + "老旧小区雨污分流改造和道路修缮，" * 4 + "通过验收"
    first = read(f"6月底前{long}；12月底前完成结算").milestones[0]
    assert len(first.name) <= 40
    assert first.output == long


UNREADABLE = {
    "9月31日": "不存在",
    "2月30日": "不存在",
    "2月29日": "不存在",
    "2008年9月31日": "不存在",
    "2026.2.30": "不存在",
    "13月底前": "没有第 13 月",
    "6月底前开工，9月31日前完工": "不存在",
    "汛期前": "不是日期",
    "大汛前完成80%": "不是日期",
    "开学前": "不是日期",
    "年前": "不是日期",
    "111日": "分不清",
    "6.3": "末尾的 0",
    "2026.1": "末尾的 0",
    "3-5": "分不清",
    "25日前": "没有月份",
    "月底前": "交办日期",
    "本周内": "交办日期",
    "30日内": "交办日期",
    "一个月内": "交办日期",
    "3个工作日内": "交办日期",
    "按上级要求": "没有写出日期",
    "按序时进度推进": "没有写出日期",
    "2206年6月": "不像年份",
    "2025年12月-6月": "先后颠倒",
    "2028—2026年": "先后颠倒",
    "端午节前": "每年日期不同",
    "已完成": "已办结",
    "已于2月底完成": "已办结",
    "详见附件": "读不出",
    "完成投资2000万元": "读不出",
    "6": "只是一个数",
    "上午": "读不出",
}


@pytest.mark.parametrize(("phrase", "why"), UNREADABLE.items())
def test_what_is_no_date_is_never_made_one(phrase, why):
    limit = read(phrase)
    assert (limit.kind, limit.due_on) == (LimitKind.UNREADABLE, None)
    assert why in limit.doubts[0]


NEEDS_A_YEAR = [
    "6月底前",
    "6月30日",
    "年底前",
    "一季度",
    "上半年",
    "全年",
    "“十一”前",
    "5年内",
    "6.30前",
    "每月25日前",
    "12月底前并按月调度",
]


@pytest.mark.parametrize("phrase", NEEDS_A_YEAR)
def test_without_a_year_nothing_is_assumed(phrase):
    limit = read(phrase, year=None)
    assert limit.kind is LimitKind.UNREADABLE
    assert limit.doubts == ("缺少年份，请指明台账所属的年份（year）",)


@pytest.mark.parametrize(
    ("value", "due"),
    [
        (date(2026, 6, 30), date(2026, 6, 30)),
        (datetime(2026, 6, 30, 17, 0), date(2026, 6, 30)),
        (46203.0, date(2026, 6, 30)),
        (46203, date(2026, 6, 30)),
        (46203.5, date(2026, 6, 30)),
        (20260630.0, date(2026, 6, 30)),
        (2026.0, date(2026, 12, 31)),
    ],
)
def test_cells_with_a_type_of_their_own(value, due):
    assert read(value, year=None).due_on == due


@pytest.mark.parametrize("value", [6.3, 2026.1, 7.0, 1.5e9, time(8), timedelta(days=1), -3.0])
def test_numbers_that_are_no_dates(value):
    assert read(value).kind is LimitKind.UNREADABLE


def test_a_truth_value_is_no_limit():
    assert read(True).kind is LimitKind.ORDINARY


RELATIVE = {
    "30日内": "2026-04-04",
    "会后一周内": "2026-03-12",
    "印发之日起一个月内": "2026-04-05",
    "半年内": "2026-09-05",
    "24小时内": "2026-03-06",
    "5年内": "2031-03-05",
    "月底前": "2026-03-31",
    "下月底前": "2026-04-30",
    "本周五前": "2026-03-06",
    "本周内": "2026-03-08",
    "下周三": "2026-03-11",
    "季度末": "2026-03-31",
    "当日": "2026-03-05",
}


@pytest.mark.parametrize(("phrase", "due"), RELATIVE.items())
def test_counted_from_the_day_of_issue(phrase, due):
    limit = read(phrase, issued_on=date(2026, 3, 5))
    assert str(limit.due_on) == due


def test_working_days_need_a_calendar():
    issued = date(2026, 3, 5)
    assert read("3个工作日内", issued_on=issued).kind is LimitKind.UNREADABLE
    limit = read("3个工作日内", issued_on=issued, working_days=lambda day, n: day.replace(day=10))
    assert limit.due_on == date(2026, 3, 10)


def test_the_year_of_issue_helps_only_where_no_other_is_known():
    assert read("6月底前", year=None, issued_on=date(2027, 3, 5)).due_on == date(2027, 6, 30)
    assert read("6月底前", year=2026, issued_on=date(2027, 3, 5)).due_on == date(2026, 6, 30)


def kinds(phrase: str) -> list[tuple[str, str, MilestoneKind]]:
    return [(m.name, str(m.due_on), m.kind) for m in read(phrase).milestones]


def test_milestones_keep_their_names_and_sorts():
    assert kinds("1.4月底前完成招标；2.8月底前开工") == [
        ("完成招标", "2026-04-30", MilestoneKind.STAGE),
        ("开工", "2026-08-31", MilestoneKind.START),
    ]
    assert kinds("6月底前开工、12月底前完工") == [
        ("开工", "2026-06-30", MilestoneKind.START),
        ("完工", "2026-12-31", MilestoneKind.FINISH),
    ]
    assert kinds("首批6月底前，剩余12月底前") == [
        ("首批", "2026-06-30", MilestoneKind.FINISH),
        ("剩余", "2026-12-31", MilestoneKind.FINISH),
    ]
    assert kinds("5月底前动工") == [("动工", "2026-05-31", MilestoneKind.START)]
    assert kinds("截至9月底")[0][2] is MilestoneKind.CUTOFF
    assert kinds("6月底前") == []


@pytest.mark.parametrize(
    ("phrase", "word"),
    [
        ("5月底前动工", "没有完成时间"),
        ("截至9月底", "统计截止日"),
        ("11月前", "2026-10-31"),
        ("11月前", "第一千二百五十九条"),
        ("“十一”前", "前一天"),
        ("5年内", "第一年"),
        ("615日", "连在一起"),
        ("2012年10月底前;2012年底前", "2 个时间"),
        ("2012年10月底前;2012年底前", "没有逐个写明"),
        ("6月15日完成，25日前完成", "同一件事"),
        ("3月1日起施工，10月底前完工", "起止时间"),
        ("12月底前完工，6月底前开工", "先后次序"),
        ("2026年6月底前，并长期坚持", "长期坚持"),
        ("按季度调度，6月底前完成", "没有列入"),
        ("每月25日前", "“每月25日前”里的日子"),
        ("每周五", "“每周五”里的日子"),
        ("大汛前完成80%，11月底前全部完成", "大汛"),
        ("年中", "6月30日"),
        ("46357", "应为月底"),
        ("尽快", "没有写出日期"),
        ("6月30日17时前", "钟点"),
    ],
)
def test_a_reading_that_can_be_questioned_says_so(phrase, word):
    assert any(word in doubt for doubt in read(phrase).doubts)


@pytest.mark.parametrize(
    "phrase", ["6月底前", "2026年6月30日", "年底前", "一季度", "全年", "每月一次", "/", ""]
)
def test_a_plain_reading_raises_no_doubt(phrase):
    assert read(phrase).doubts == ()


def test_the_report_says_where_the_year_came_from():
    assert "2026 年（表题）" in read_limit("6月底前", FRAME).taken_as
    assert "表题" not in read_limit("2026年6月底前", FRAME).taken_as


@pytest.mark.parametrize(
    ("phrase", "urgency"),
    [
        ("立即", Urgency.URGENT),
        ("立行立改", Urgency.URGENT),
        ("特急，6月30日前", Urgency.EXTRA_URGENT),
        ("6月30日前", Urgency.NORMAL),
    ],
)
def test_urgency(phrase, urgency):
    assert read(phrase).urgency is urgency


def test_the_phrase_is_kept_as_written():
    assert read(" 6月底前\r\n").phrase == "6月底前"
    assert read("２０２６０６").phrase == "２０２６０６"


def test_spring_festivals_agree_with_the_public_calendar():
    for year, (month, day) in SPRING_FESTIVALS.items():
        names = holidays.country_holidays("CN", years=year, language="en_US")
        first = [d for d, name in names.items() if "Spring Festival" in name and "Eve" not in name]
        assert date(year, month, day) in first
