"""What holds for every file, however broken."""

from collections import Counter
from datetime import date

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger import LedgerError, LimitKind, Outcome
from ledger.moments import Frame
from ledger.text import make_title
from ledger.units import read_units
from ledger.wordings import read_limit
from tests.ledger.make import as_csv, read

HEAD = ["序号", "工作任务", "具体措施", "责任单位", "配合单位", "完成时限", "备注"]
WORDS = [
    *[
        "",
        "/",
        "—",
        "无",
        "1",
        "2.",
        "（一）",
        "一、",
        "县住建局",
        "县水务局、县财政局",
        "各区、县级市",
    ],
    *[
        "办公室牵头,各科室配合",
        "6月底前",
        "9月31日",
        "1.4月底前完成；2.8月底前开工",
        "全年",
        "每季度",
        "12月底前并按月调度",
        "3月底前完成立项，12月底前竣工",
    ],
    *[
        "立即",
        "615日",
        "11月前",
        "序号",
        "任务",
        "责任单位",
        "完成时限",
        "备注",
        "合计",
        "注：",
        "同上",
    ],
    *[
        "新建人行天桥2座",
        "一、工业经济",
        "2026年重点工作",
        "张三",
        "46203",
        "6.3",
        "截至9月底",
        "已完成",
    ],
    *[
        "长期坚持",
        "每月25日前",
        "5年内",
        "“十一”前",
        "2026—2028年",
        "长" * 50,
        "县\n教育局",
        "第一季度",
    ],
]
CELLS = st.one_of(
    st.sampled_from(WORDS),
    st.sampled_from(WORDS),
    st.text(st.characters(blacklist_categories=["Cs"]), max_size=12),
)
GRIDS = st.lists(st.lists(CELLS, min_size=1, max_size=7), max_size=10)
quick = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


def check(data: bytes) -> None:
    """Read a file; whatever it is, what must hold holds."""
    try:
        ledger = read(data, year=2026)
    except LedgerError:
        return
    counted = Counter((row.sheet, line) for row in ledger.rows for line in row.lines)
    assert set(counted.values()) <= {1}
    for sheet in {sheet for sheet, _ in counted}:
        lines = sorted(line for name, line in counted if name == sheet)
        assert lines == list(range(1, len(lines) + 1))
    for row in ledger.rows:
        assert len(row.title) <= 60
        if row.outcome is Outcome.READY:
            assert row.content
            assert row.title
            assert row.lead
            assert row.limit
            assert row.limit.kind not in (LimitKind.UNREADABLE, LimitKind.CYCLE)
            assert row.lead not in row.co_units
        else:
            assert row.reason


@quick
@given(GRIDS)
def test_any_grid_under_a_header(grid):
    check(as_csv([HEAD, *grid]).encode())


@quick
@given(GRIDS)
def test_any_grid(grid):
    check(as_csv(grid).encode())


@quick
@given(st.binary(max_size=400))
def test_any_bytes(data):
    for start in (b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"<table><tr><td>"):
        check(start + data)


MOMENTS = (
    "0123456789年月日底前末上中下旬半一二三四五六七十季度每周长期、，；"
    ".-/至到“”个工作内截完成开工 \n"
)


@settings(max_examples=500, deadline=None)
@given(
    st.text(MOMENTS, max_size=20),
    st.sampled_from([None, 2026]),
    st.sampled_from([None, date(2026, 3, 1)]),
)
def test_any_wording(text, year, issued_on):
    limit = read_limit(text, Frame(year=year, issued_on=issued_on))
    undated = (LimitKind.ORDINARY, LimitKind.UNREADABLE, LimitKind.CYCLE)
    assert (limit.due_on is None) is (limit.kind in undated)
    assert limit.cycle or limit.kind is not LimitKind.YEAR_ROUND
    assert limit.taken_as
    assert limit.doubts or limit.kind not in (LimitKind.UNREADABLE, LimitKind.CYCLE)
    if limit.milestones:
        assert limit.due_on in [milestone.due_on for milestone in limit.milestones]


STAGES = st.sampled_from(
    [
        *["3月底前", "6月", "二季度", "年底前", "9月15日", "上半年", "2027年", "每月", "全年"],
        *[
            "完成立项",
            "开工",
            "完成",
            "完工",
            "持续推进",
            "截至",
            "起",
            "（",
            "）",
            "1.",
            "②",
            "，",
            "；",
        ],
    ]
)


@settings(max_examples=500, deadline=None)
@given(st.lists(STAGES, max_size=12).map("".join))
def test_nodes_are_several_named_and_in_order(text):
    limit = read_limit(text, Frame(year=2026))
    if limit.kind is LimitKind.MILESTONES:
        names = [mark.name for mark in limit.milestones]
        days = [mark.due_on for mark in limit.milestones]
        assert len(set(names)) == len(names) > 1
        assert all(name.strip() and len(name) <= 40 for name in names)
        assert days == sorted(days)
        assert len(set(days)) > 1
        assert limit.due_on == days[-1]


UNITS = "县市区各局委办教育住建、，；()（）牵头配合单位：负责等有关 \n★张三"


@settings(max_examples=300, deadline=None)
@given(st.text(UNITS, max_size=30), st.text(UNITS, max_size=30), st.booleans())
def test_any_cell_of_units(lead_cell, co_cell, said):
    units = read_units(lead_cell, co_cell, lead_said=said)
    assert bool(units.lead) is not bool(units.problems)
    assert units.lead not in units.co_units
    written = "".join((lead_cell + co_cell).split())
    for name in (units.lead, *units.co_units):
        assert "".join(name.split()) in written


@quick
@given(st.text(max_size=200))
def test_any_title(text):
    assert len(make_title(text)) <= 60
