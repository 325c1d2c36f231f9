"""What the figures answer: sums by group, and the lines that prove them."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from api.export import Format
from api.items import FilterQuery
from api.schemas import Day, HeadOut, Strict
from domain.burden import Asked
from domain.figures import FaultKind, Figure

GroupBy = Literal["category", "unit", "leader", "kind", "status", "period"]
Grouped = Annotated[
    GroupBy,
    Field(
        description="category 类别，unit 牵头单位，leader 区政府分管领导（下达时登记的第一位），"
        "kind 时限类型，status 状态，period 下达的月份"
    ),
]


class StatsQuery(FilterQuery):
    """How to group, and which items."""

    group_by: Grouped = "unit"


class LinesQuery(FilterQuery):
    """Which figure to open: of all items that fit, or of one group of them."""

    figure: Figure
    group_by: Grouped | None = None
    group: Annotated[str | None, Field(description="分组的值，与 group_by 同时给出")] = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: Annotated[str | None, Field(description="上一页的 next_cursor")] = None


class PointsQuery(FilterQuery):
    """Whose lines: of all items that fit, or of one group of them."""

    group_by: Grouped | None = None
    group: Annotated[str | None, Field(description="分组的值，与 group_by 同时给出")] = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: Annotated[str | None, Field(description="上一页的 next_cursor")] = None


class PointsLine(BaseModel):
    """A line of the ledger of deductions."""

    year: int
    unit: str
    unit_name: str
    circular_number: str
    item_number: str
    item_title: str
    ground: str
    kind: str = Field(description="扣分、暂缓计入、恢复计入、复核变更、复核撤销、通报撤销冲销")
    points: str
    reason: str
    at: datetime


class PointsLines(BaseModel):
    """A page of what is deducted; the points of all pages add up to the figure."""

    items: list[PointsLine]
    next_cursor: str | None


class StatsRow(BaseModel):
    """Figures of one group; ``lines`` opens each of them."""

    key: str
    name: str
    issued: int = Field(description="下达 = 在办 + 办结 + 终止")
    open: int
    due: int = Field(description="现期限已过的，不论办结与否；不含终止、暂缓")
    closed: int
    terminated: int
    closed_on_time: int = Field(description="办结且从未逾期")
    settled: int = Field(description="按期与否已成定局：办结的，和未办结而曾逾期的；不含终止")
    on_time_rate: float | None = Field(description="closed_on_time ÷ settled，四位小数")
    lapsed: int = Field(description="曾经逾期")
    overdue_now: int
    closed_seconds: int = Field(description="办结的各项自下达至办结的秒数之和")
    mean_days: float | None = Field(description="平均办结天数（日历日），两位小数")
    extensions: int = Field(description="申请延期的次数")
    returns: int = Field(description="退回补办的次数")
    reminders: int = Field(description="人工催办的次数，不含暗访核查")
    circulars: int = Field(description="列入通报的次数")
    waiting: int = Field(description="结果已报，待阅签或待审核")
    waiting_for_parts: int = Field(description="结果已报审，因分项未办结而不能办结")
    slots: int = Field(description="周期报告，不计入以上各项")
    slots_lapsed: int = Field(description="其中曾经逾期")
    misassigned: int = Field(description="误办（退件获同意）的次数")
    points: str = Field(description="因这些事项记入的扣分（冲销后），限本人可见的")
    points_lines: str = Field(description="扣分明细的地址，各行之和即为所计")
    lines: dict[Figure, str] = Field(description="各数的明细：GET 该地址，所列即所计")


class StatsOut(BaseModel):
    """Figures by group and in all."""

    group_by: str
    items: list[StatsRow]
    total: StatsRow = Field(description="合计")


class FigureLine(BaseModel):
    """An item that is counted, how much it adds, and the entries of its timeline that say so."""

    item: HeadOut
    amount: int
    entries: list[int] = Field(description="办理过程（timeline）中作为依据的各条的序号")


class FigureLines(BaseModel):
    """A page of what a figure counts; its amounts add up to the figure."""

    figure: Figure
    name: str
    items: list[FigureLine]
    next_cursor: str | None


class CheckOut(BaseModel):
    """One of the three checks of 三必."""

    figure: Figure
    duty: str = Field(description="交必办、办必果、果必报")
    name: str
    count: int
    lines: str = Field(description="明细的地址")


class IntegrityOut(BaseModel):
    """三必 of what was handed out in a period: clean only when all three lists are empty."""

    clean: bool
    checks: list[CheckOut]


class FaultsRow(BaseModel):
    """延办、误办、漏办 of one unit."""

    unit: str
    unit_name: str
    late: int = Field(description="延办：到期未办结的件数，事后办结、延期的也算")
    rework: int = Field(description="误办：退回补办的次数")
    misassigned: int = Field(
        description="误办：交办有误（退件获同意、协调改由其他单位承办）；责任在督查室，列于原单位"
    )
    missed: int = Field(description="漏办：签收期限已到而未签收的次数")
    lines: str = Field(description="明细的地址")


class FaultsOut(BaseModel):
    """Units with faults, by code."""

    items: list[FaultsRow]
    uncovered_clauses: int | None = Field(
        description="漏办：没有立项、也没有决定不立项的来源条款数（不分单位）；"
        "不能看到全部事项的为 null"
    )
    uncovered_lines: str = Field(description="这些条款所在的来源")
    next_cursor: str | None = None


class FaultLine(BaseModel):
    """One fault and the entry of the timeline that says so."""

    item: HeadOut
    unit: str
    kind: FaultKind
    name: str
    at: datetime
    entry: int = Field(description="办理过程（timeline）中作为依据的一条的序号")


class FaultLines(BaseModel):
    """A page of faults."""

    items: list[FaultLine]
    next_cursor: str | None


class FaultsOf(FilterQuery):
    """Whose faults, of which sort."""

    at_fault: Annotated[str | None, Field(description="当时承办的单位（代码）")] = None
    fault: FaultKind | None = None


class FaultLinesFile(FaultsOf):
    """All of them as a file."""

    format: Format = Format.XLSX


class FaultLinesQuery(FaultsOf):
    """A page of them."""

    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: Annotated[str | None, Field(description="上一页的 next_cursor")] = None


class BurdenQuery(Strict):
    """From which day to which, and whom."""

    since: Day | None = Field(None, description="起日，含当日；不填为止日前四周的周一")
    until: Day | None = Field(None, description="止日，含当日；不填为今天")
    unit: str | None = Field(None, description="单位代码")


class BurdenFile(BurdenQuery):
    """As a file."""

    format: Format = Format.XLSX


class BurdenOf(BurdenQuery):
    """Of one unit."""

    unit: str = Field(description="单位代码")


class BurdenLinesFile(BurdenOf):
    """All of it as a file."""

    format: Format = Format.XLSX


class BurdenLinesQuery(BurdenOf):
    """A page of it."""

    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: Annotated[str | None, Field(description="上一页的 next_cursor")] = None


class BurdenRow(BaseModel):
    """What was asked of a unit in a week."""

    unit: str
    unit_name: str
    week: date = Field(description="该周的周一")
    reports: int = Field(description="须书面报送的：办理结果、周期报告、方案、节点反馈、未办结说明")
    reminders: int = Field(description="人工催办和系统提醒")
    asked: dict[Asked, int]
    lines: str = Field(description="明细的地址")


class BurdenOut(BaseModel):
    """By unit and week."""

    since: date
    until: date
    items: list[BurdenRow]
    next_cursor: str | None = None


class AskOut(BaseModel):
    """One thing asked of a unit."""

    on: date = Field(description="应报之日，或发出之日")
    what: Asked
    what_name: str
    name: str = Field(description="期限或消息的名称")
    item_id: str
    item_number: str
    item_title: str


class AskList(BaseModel):
    """A page of what was asked of a unit, by day."""

    items: list[AskOut]
    next_cursor: str | None


class ShareOut(BaseModel):
    """How long; the seconds are exact and add up, the days are rounded."""

    seconds: int
    working_seconds: int = Field(description="其中在工作日的")
    days: float = Field(description="日历日")
    working_days: float = Field(description="工作日")


class TimeRow(BaseModel):
    """How long items lay with each of their holders."""

    key: str
    name: str
    count: int = Field(description="事项数")
    unit: ShareOut = Field(description="承办单位")
    deputy: ShareOut = Field(description="区政府分管领导（阅签）")
    office: ShareOut = Field(description="督查室（拟办、审核）")
    approver: ShareOut = Field(description="待批准下达")
    suspended: ShareOut = Field(description="暂缓")
    total: ShareOut = Field(description="以上各项之和，即各事项在办的全部时间")
    lines: str = Field(description="明细的地址")


class TimeOut(BaseModel):
    """By unit (as it had the items then) or by leader, and in all."""

    group_by: str
    items: list[TimeRow]
    total: TimeRow


class TimeQuery(FilterQuery):
    """How to group, and which items."""

    group_by: Annotated[
        Literal["unit", "leader"],
        Field(description="unit 当时承办的单位；leader 区政府分管领导（下达时登记的第一位）"),
    ] = "unit"


class TimeFile(TimeQuery):
    """As a file."""

    format: Format = Format.XLSX


class TimeOf(TimeQuery):
    """Of one group."""

    group: Annotated[str | None, Field(description="分组的值；不填为全部")] = None


class TimeLinesFile(TimeOf):
    """All of it as a file."""

    format: Format = Format.XLSX


class TimeLinesQuery(TimeOf):
    """A page of it."""

    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: Annotated[str | None, Field(description="上一页的 next_cursor")] = None


class SpanOut(BaseModel):
    """One holder's time with an item."""

    holder: str
    holder_name: str
    unit: str
    start: datetime
    end: datetime
    share: ShareOut


class TimeLine(BaseModel):
    """An item and its spans, one after the other."""

    item: HeadOut
    spans: list[SpanOut]
    total: ShareOut


class TimeLines(BaseModel):
    """A page of items with their spans."""

    items: list[TimeLine]
    next_cursor: str | None
