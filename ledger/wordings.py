"""Deadline wordings: what an office wrote, taken for a date, a cycle, a whole year, or nothing.

Nothing is corrected: a date that does not exist, or a season, is unreadable and says so.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import pairwise

from ledger.model import Cycle, Limit, LimitKind, Milestone, MilestoneKind, Urgency
from ledger.text import narrow, squeeze, tidy

CellValue = str | float | int | bool | date | datetime | time | timedelta | None
WorkingDays = Callable[[date, int], date]

NO_YEAR = "缺少年份，请用 --year 指明"
_EARLIEST, _LATEST = 1990, 2100


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What a wording leans on: the year of the ledger, the date of issue, a working calendar."""

    year: int | None = None
    year_from: str = ""
    issued_on: date | None = None
    working_days: WorkingDays | None = None

    @property
    def base_year(self) -> int | None:
        """The year for a wording without one."""
        if self.year is not None:
            return self.year
        return self.issued_on.year if self.issued_on is not None else None


class _Unreadable(Exception):
    """This wording gives no date; the message is the doubt shown to the reader."""


@dataclass(frozen=True, slots=True)
class _Point:
    """One time expression found in the text, resolved."""

    start: int
    end: int
    due_on: date
    begins_on: date | None = None
    year: int | None = None
    whole_year: bool = False
    notes: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()


# --- the text, made plain -----------------------------------------------------------------------

_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "○": 0, "两": 2}
_NUMERAL = re.compile(
    "[〇○零一二三四五六七八九十两]+(?=个?(?:月|日|号|年|季|天|周|工作日|星期|小时))"
)
_ITEM_NUMBER = re.compile(r"(?<![\d.\-/])\d{1,2}[.](?=\d{1,2}月)")
_LIST_NUMBER = re.compile(r"(?:^|(?<=[;；。\n,，、]))[(]?\d{1,2}(?:[、)]|[.](?!\d))")
_BROKEN_LINE = re.compile(r"(?<=[年月])\n(?=\d{1,2}(?![\d.、)])|[底末上中下初前份])|(?<=\d)\n(?=[年月日号底季个])")


def _numeral(match: re.Match[str]) -> str:
    word = match.group()
    if "十" not in word:
        return "".join(str(_DIGITS[char]) for char in word)
    tens, _, ones = word.partition("十")
    if len(tens) > 1 or len(ones) > 1:
        return word
    return str((_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[ones] if ones else 0))


def _plain(text: str) -> str:
    text = narrow(tidy(text)).replace("元月", "1月").replace("月份", "月")
    text = _BROKEN_LINE.sub("", text)
    text = re.sub(r"(?<=\d)[ \t]+(?=\d)", ";", text)
    return re.sub(r"[ \t]+", "", text)


def _arabic(text: str) -> str:
    text = _NUMERAL.sub(_numeral, text)
    text = _ITEM_NUMBER.sub("\n", text)
    return _LIST_NUMBER.sub("\n", text)


# --- words that are no dates --------------------------------------------------------------------

_BLANK = re.compile(r"[-/\\_.。、·*+=无空]*|暂无|没有|未明确|不明确|无明确(?:时限|期限|要求)?|未定|无要求|n/?a|无时限(?:要求)?", re.I)
_DONE = re.compile(r"(?:已|已经|全部|均已)?(?:全部)?(?:完成|办结|销号|整改到位|完成整改|整改完成|落实到位|办理完毕)(?:整改)?[。]?")
_AT_ONCE = re.compile("立即|立行立改|立知立改|立查立改|即知即改|即行即改|即查即改|边查边改|边审边改|马上|立刻|即刻|即时")
_VAGUE = re.compile("尽快|抓紧|近期|从速|及早|早日|适时|限期")
_YEAR_ROUND = re.compile("全年|长期|持续|常年|常态|贯穿|日常|经常性|长效|动态|不间断|常抓不懈|一以贯之")
_ELSEWHERE = re.compile("按(?:照)?(?:上级|省|市|国家|中央|要求|计划|规定|序时|时间节点|进度|方案|合同|既定|通知|有关|相关|时序)")
_SEASONS = re.compile(
    "大汛|主?汛期|入汛|度汛|封冻|上冻|冻土|供暖|采暖|取暖|开学|入冬|入夏|雨季|旱季|两会|春耕|秋收|秋播|"
    "防火期|任期|换届|届内|高考|中考|暑假|寒假|旅游旺季|农闲|年前|节前|检查前|验收前|会前|评估前"
)
_ONE_EACH = re.compile("一(月|季度?|周|半年|年)(?=一(?:报|调度|通报|督查|研判|总结|分析|汇总|更新|次))")
_CYCLE = re.compile(
    r"(?:每(?P<n>[23456])?个?|按|逐)(?P<u>工作日|半月|月|季度?|半年|周|星期|年度?|日|天|旬)(?!程|期|常|底前)"
    r"(?P<at>(?:[末首初底]月?|第?\d个?月|[一二三四五六日天])?(?:\d{1,2}月)?(?:上旬|中旬|下旬|底|末|初)?"
    r"(?:\d{1,2}[日号])?(?:[、,和及]\d{1,2}[日号])*(?:之前|以前|前|内)?)"
    r"(?:[1一](?:报|调度|通报|督查|次|总结|汇总))?"
    r"|(?P<w>月月|季季|年年|月报|季报|半年报|周报)"
)
_CYCLES = {
    "周": Cycle.WEEK, "星期": Cycle.WEEK, "周报": Cycle.WEEK,
    "月": Cycle.MONTH, "月月": Cycle.MONTH, "月报": Cycle.MONTH,
    "季": Cycle.QUARTER, "季度": Cycle.QUARTER, "季季": Cycle.QUARTER, "季报": Cycle.QUARTER,
    "半年": Cycle.HALF_YEAR, "半年报": Cycle.HALF_YEAR,
    "年": Cycle.YEAR, "年度": Cycle.YEAR, "年年": Cycle.YEAR,
}  # fmt: skip
_CYCLE_NAMES = {
    Cycle.WEEK: "每周", Cycle.MONTH: "每月", Cycle.QUARTER: "每季度",
    Cycle.HALF_YEAR: "每半年", Cycle.YEAR: "每年",
}  # fmt: skip


# --- time expressions ---------------------------------------------------------------------------

_YW = "(?P<yw>今年|本年度?|当年|明年|次年|翌年|后年)"
_Y = rf"(?:(?<!\d)(?P<y>20\d{{2}})年?(?:度)?|(?<!\d)(?P<yy>\d{{2}})年(?=\d|底|末|上|下|第|前[23]季)|{_YW})"
_PART = r"(?P<part>上旬|中旬|中下旬|下旬|上中旬|初|底|末|中(?!期|小|央|心|学|医))?"
_BEFORE = r"(?P<before>之前|以前|前(?!期|后|置|述|往|三)|止)?"
_TO = r"(?:-|至|到)"

_PATTERNS: tuple[tuple[str, str], ...] = (
    ("years", rf"(?P<y1>20\d{{2}})年?{_TO}(?P<y>20\d{{2}}|\d{{2}}(?=年))(?!\d)年?(?![\d\-./]*月|\d)(?:底|末|内|期间)?{_BEFORE}"),
    ("ymd", rf"(?<!\d)(?P<y>(?:19|20)\d{{2}})[-./](?P<m>\d{{1,2}})[-./](?P<d>\d{{1,2}})(?!\d|月)[日号]?{_BEFORE}"),
    ("compact", rf"(?<!\d)(?P<y>20\d{{2}})(?P<m>\d{{2}})(?P<d>\d{{2}})(?!\d)日?{_BEFORE}"),
    ("glued_ymd", rf"(?<!\d)(?P<y>20\d{{2}})年?(?P<md>\d{{3}})(?!\d)日?{_BEFORE}"),
    ("days", rf"(?:{_Y})?(?P<m>\d{{1,2}})月(?P<d1>\d{{1,2}})[日号]?{_TO}(?P<d>\d{{1,2}})[日号]{_BEFORE}"),
    ("md", rf"(?:{_Y})?(?<!\d)(?P<m>\d{{1,2}})月(?P<d>\d{{1,2}})(?:[日号]|(?=前|之前|以前|止|$|[;；,，、\n)\-至到]))(?P<hour>\d{{1,2}}(?:时|点|:\d{{2}}))?{_BEFORE}"),
    ("glued_ym", rf"(?<!\d)(?P<y>20\d{{2}})(?P<m>\d{{1,2}})月(?:(?P<d>\d{{1,2}})日)?{_PART}{_BEFORE}"),
    ("months", rf"(?:{_Y})?(?<![\d.])(?P<m1>\d{{1,2}})月?{_TO}(?P<m>\d{{1,2}})月{_PART}{_BEFORE}"),
    ("months", rf"(?<!\d)(?P<y>20\d{{2}})[./](?P<m1>\d{{1,2}}){_TO}(?P<m>\d{{1,2}})(?![\d./])月?{_PART}{_BEFORE}"),
    ("ym", rf"(?<!\d)(?P<y>(?:19|20)\d{{2}})[-./](?P<m>\d{{1,2}})(?![\d./])月?{_PART}{_BEFORE}"),
    ("m", rf"(?:{_Y})?(?:的)?(?<!\d)(?P<m>\d{{1,2}})月{_PART}{_BEFORE}"),
    ("quarters", rf"(?:{_Y})?前(?P<q>[23二三两])(?:个)?季度?(?:末|底)?{_BEFORE}"),
    ("quarter", rf"(?:{_Y})?(?:第?[1-4](?:季度?)?{_TO})?(?:第|[Qq])?(?P<q>[1-4])(?:季度?|(?<=[Qq]\d))(?:末|底|内|以内)?{_BEFORE}"),
    ("half", rf"(?:{_Y})?(?P<half>上半年|下半年|年中)(?:末|底|内)?{_BEFORE}"),
    ("plan", r"[“\"']?(?P<plan>十三五|十四五|十五五|十六五)[”\"']?(?:规划)?(?:期间|期末|末|时期|收官|期内)?" + _BEFORE),
    ("festival", r"[“\"'‘「]?(?P<fest>十[·.]?一|国庆节?|五一|元旦|春节|中秋节?|端午节?|清明节?|七一|八一|六一|三八|教师节)[”\"'’」]?(?:节|假期|小长假|长假)?(?P<fbefore>之前|以前|前)"),
    ("within", r"(?P<anchor>(?:自?[^;；。\n,，、\d]{0,12}?(?:之日|日|后|起)起?))?(?P<n>\d{1,3}|半)个?(?P<unit>工作日|日|天|周|星期|月|年|小时)(?:之内|以内|内)"),
    ("year_end", rf"(?:{_Y})?(?P<end>年底|年末|岁末|年终|年内)(?:前|之前|以前|止)?"),
    ("this", r"(?P<this>本周[一二三四五六日天]|本周内?|这周|下周[一二三四五六日天]|下周内?|(?:本|当)月(?:底|末|内)?|(?<![\d季])月(?:底|末)|下个?月(?:底|末|内)?|本季度?(?:末|底|内)?|季度?(?:末|底)|当[日天])(?:前|之前|以前)?"),
    ("year", rf"(?:(?<!\d)(?P<y>20\d{{2}})年(?:度)?|(?<!\d)(?P<yy>\d{{2}})年(?=底|末)|{_YW})(?P<yend>底|末|内|以内)?{_BEFORE}"),
    ("md_dot", rf"(?<![\d./\-])(?P<m>\d{{1,2}})(?P<sep>[./\-])(?P<d>\d{{1,2}})(?:[日号](?=前|之前|以前|$|[;；,，\n])|(?=前|之前|以前|底前)|(?=$|[;；,，\n])){_BEFORE}"),
    ("glued_md", rf"(?<!\d)(?P<md>\d{{3,4}})[日号]{_BEFORE}"),
    ("d", r"(?<!\d)(?P<d>\d{1,2})[日号](?=前|之前|以前|$|[;；,，\n])"),
)  # fmt: skip
_SCAN = tuple((name, re.compile(pattern)) for name, pattern in _PATTERNS)

_PLAN_ENDS = {"十三五": 2020, "十四五": 2025, "十五五": 2030, "十六五": 2035}
_FIXED_FESTIVALS = {
    "十一": (10, 1), "十·一": (10, 1), "十.一": (10, 1), "国庆": (10, 1),
    "国庆节": (10, 1), "五一": (5, 1), "元旦": (1, 1), "七一": (7, 1), "八一": (8, 1),
    "六一": (6, 1), "三八": (3, 8), "教师节": (9, 10),
}  # fmt: skip
# First day of the lunar year; the public calendar, checked against a library in the tests.
SPRING_FESTIVALS = {
    2010: (2, 14), 2011: (2, 3), 2012: (1, 23), 2013: (2, 10), 2014: (1, 31), 2015: (2, 19),
    2016: (2, 8), 2017: (1, 28), 2018: (2, 16), 2019: (2, 5), 2020: (1, 25), 2021: (2, 12),
    2022: (2, 1), 2023: (1, 22), 2024: (2, 10), 2025: (1, 29), 2026: (2, 17), 2027: (2, 6),
    2028: (1, 26), 2029: (2, 13), 2030: (2, 3), 2031: (1, 23), 2032: (2, 11), 2033: (1, 31),
    2034: (2, 19), 2035: (2, 8),
}  # fmt: skip


def _month_end(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])


def _day(year: int, month: int, day: int, phrase: str) -> date:
    if not _EARLIEST <= year <= _LATEST:
        raise _Unreadable(f"“{phrase}”的年份 {year} 不合常理，请核对")
    try:
        return date(year, month, day)
    except ValueError:
        raise _Unreadable(f"“{phrase}”这一天不存在（{year}年{month}月{day}日），请核对后改写") from None


def _month(year: int, month: int, phrase: str) -> tuple[date, date]:
    if not 1 <= month <= 12:
        raise _Unreadable(f"“{phrase}”没有第 {month} 月，请核对后改写")
    return _day(year, month, 1, phrase), _month_end(year, month)


class _Reader:
    """Resolves the expressions of one cell from left to right; a year named once carries on."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.year = frame.base_year
        self.named_year = False
        self.leaned = False
        self.month: int | None = None

    def points(self, text: str) -> list[_Point]:
        """Every time expression, in the order it stands in the text."""
        return [self._resolve(name, match) for name, match in _matches(text)]

    def _resolve(self, name: str, match: re.Match[str]) -> _Point:
        phrase = match.group().strip("-至到")
        handler: Callable[[re.Match[str], str], _Point] = getattr(self, f"_{name}")
        return handler(match, phrase)

    # -- years

    def _year_of(self, match: re.Match[str]) -> int:
        groups = match.groupdict()
        if groups.get("y"):
            return self._named(int(groups["y"]))
        if groups.get("yy"):
            return self._named(2000 + int(groups["yy"]))
        base = self.year
        if base is None:
            raise _Unreadable(NO_YEAR)
        self.leaned = self.leaned or not self.named_year
        word = groups.get("yw") or ""
        shift = {"明年": 1, "次年": 1, "翌年": 1, "后年": 2}.get(word, 0)
        if shift:
            self.year = base + shift
        return base + shift

    def _named(self, year: int) -> int:
        self.year = year
        self.named_year = True
        return year

    # -- days

    def _ymd(self, match: re.Match[str], phrase: str) -> _Point:
        year = self._named(int(match["y"]))
        return _point(match, _day(year, int(match["m"]), int(match["d"]), phrase), year=year)

    _compact = _ymd

    def _glued_ymd(self, match: re.Match[str], phrase: str) -> _Point:
        year = self._named(int(match["y"]))
        return self._split(match, year, match["md"], phrase)

    def _glued_md(self, match: re.Match[str], phrase: str) -> _Point:
        return self._split(match, self._year_of(match), match["md"], phrase)

    def _split(self, match: re.Match[str], year: int, digits: str, phrase: str) -> _Point:
        found = []
        for cut in range(1, len(digits)):
            month, day = int(digits[:cut]), int(digits[cut:])
            if digits[cut] != "0" or len(digits[cut:]) == 2:
                if 1 <= month <= 12 and 1 <= day <= calendar.monthrange(year, month)[1]:
                    found.append((month, day))
        if len(found) != 1:
            raise _Unreadable(f"“{phrase}”的月和日连在一起，分不清是哪一天，请改写")
        month, day = found[0]
        doubt = f"“{phrase}”的月和日连在一起，按 {month}月{day}日 读，请核对"
        return _point(match, date(year, month, day), year=year, doubts=(doubt,))

    def _md(self, match: re.Match[str], phrase: str) -> _Point:
        year = self._year_of(match)
        doubts = ("只取到日，没有取钟点",) if match["hour"] else ()
        self.month = int(match["m"])
        due = _day(year, self.month, int(match["d"]), phrase)
        return _point(match, due, year=year, doubts=doubts)

    def _days(self, match: re.Match[str], phrase: str) -> _Point:
        year = self._year_of(match)
        month = int(match["m"])
        begins = _day(year, month, int(match["d1"]), phrase)
        due = _day(year, month, int(match["d"]), phrase)
        return _point(match, due, begins=begins, year=year, notes=("取起止时间的末日",))

    def _md_dot(self, match: re.Match[str], phrase: str) -> _Point:
        if match["sep"] == "-" and not match["m"].startswith("0") and int(match["d"]) <= 12:
            raise _Unreadable(f"“{phrase}”分不清是日期还是起止月份，请改写")
        year = self._year_of(match)
        due = _day(year, int(match["m"]), int(match["d"]), phrase)
        return _point(match, due, year=year, notes=(f"读作 {due.month}月{due.day}日",))

    def _d(self, match: re.Match[str], phrase: str) -> _Point:
        if self.month is not None:
            year = self._year_of(match)
            return _point(match, _day(year, self.month, int(match["d"]), phrase), year=year)
        raise _Unreadable(f"“{phrase}”只有日、没有月份，请写明几月几日")

    # -- months and longer

    def _m(self, match: re.Match[str], phrase: str) -> _Point:
        year = self._year_of(match)
        return self._in_month(match, year, int(match["m"]), phrase)

    def _ym(self, match: re.Match[str], phrase: str) -> _Point:
        return self._in_month(match, self._named(int(match["y"])), int(match["m"]), phrase)

    def _glued_ym(self, match: re.Match[str], phrase: str) -> _Point:
        year, month = self._named(int(match["y"])), int(match["m"])
        doubt = f"“{phrase}”的年和月连在一起，按 {year}年{month}月 读，请核对"
        if match["d"]:
            due = _day(year, month, int(match["d"]), phrase)
            return _point(match, due, year=year, doubts=(doubt,))
        point = self._in_month(match, year, month, phrase)
        return replace(point, doubts=(doubt, *point.doubts))

    def _in_month(self, match: re.Match[str], year: int, month: int, phrase: str) -> _Point:
        first, last = _month(year, month, phrase)
        part, before = match["part"], match["before"]
        if part in ("上旬", "初"):
            due = first.replace(day=10)
        elif part in ("中旬", "上中旬", "中"):
            due = first.replace(day=20)
        else:
            due = last
        doubts: tuple[str, ...] = ()
        if part in ("初", "中"):
            doubts = (f"“{phrase}”不是确定的日子，按{'上旬' if part == '初' else '中旬'}末日读，请核对",)
        elif part is None and before in ("前", "之前", "以前"):
            eve = first - timedelta(days=1)
            doubts = (
                f"“{phrase}”可指 {eve.isoformat()}（{month}月开始以前）或 {due.isoformat()}；"
                f"按“前”包括本数（民法典第一千二百五十九条）取 {due.isoformat()}，请核对",
            )
        return _point(match, due, year=year, doubts=doubts)

    def _months(self, match: re.Match[str], phrase: str) -> _Point:
        year = self._year_of(match)
        begins, _ = _month(year, int(match["m1"]), phrase)
        point = self._in_month(match, year, int(match["m"]), phrase)
        if begins > point.due_on:
            raise _Unreadable(f"“{phrase}”的起止时间先后颠倒，是否跨年不明，请写明年份")
        return replace(point, begins_on=begins, notes=("取起止时间的末月",))

    def _years(self, match: re.Match[str], phrase: str) -> _Point:
        first, last = int(match["y1"]), match["y"]
        year = int(last) if len(last) == 4 else first // 100 * 100 + int(last)
        self._named(year)
        due = _day(year, 12, 31, phrase)
        if year < first:
            raise _Unreadable(f"“{phrase}”的起止年份先后颠倒，请核对")
        begins = _day(first, 1, 1, phrase)
        notes = ("跨年度任务，取最后一年年底",)
        return _point(match, due, begins=begins, year=year, notes=notes)

    def _quarter(self, match: re.Match[str], phrase: str) -> _Point:
        year = self._year_of(match)
        due = _month_end(year, int(match["q"]) * 3)
        return _point(match, due, year=year, doubts=_inclusive(match, phrase, due))

    def _quarters(self, match: re.Match[str], _phrase: str) -> _Point:
        year = self._year_of(match)
        count = 3 if match["q"] in "3三" else 2
        return _point(match, _month_end(year, count * 3), year=year)

    def _half(self, match: re.Match[str], phrase: str) -> _Point:
        year = self._year_of(match)
        word = match["half"]
        due = date(year, 12, 31) if word == "下半年" else date(year, 6, 30)
        doubts = (f"“{phrase}”不是确定的日子，按 6月30日 读，请核对",) if word == "年中" else ()
        return _point(match, due, year=year, doubts=doubts)

    def _year_end(self, match: re.Match[str], _phrase: str) -> _Point:
        year = self._year_of(match)
        return _point(match, date(year, 12, 31), year=year)

    def _year(self, match: re.Match[str], phrase: str) -> _Point:
        year = self._year_of(match)
        due = _day(year, 12, 31, phrase)
        doubts = _inclusive(match, phrase, due) if not match["yend"] else ()
        return replace(_point(match, due, year=year, doubts=doubts), whole_year=not match["yend"])

    def _plan(self, match: re.Match[str], _phrase: str) -> _Point:
        year = self._named(_PLAN_ENDS[match["plan"]])
        point = _point(match, date(year, 12, 31), year=year, notes=("取规划期最后一年年底",))
        return replace(point, whole_year=True)

    # -- festivals and relative wordings

    def _festival(self, match: re.Match[str], phrase: str) -> _Point:
        year = self._year_of(match)
        name = match["fest"]
        if name == "春节":
            if year not in SPRING_FESTIVALS:
                raise _Unreadable(f"没有 {year} 年春节的日期，请写成具体日期")
            month, day = SPRING_FESTIVALS[year]
        elif name in _FIXED_FESTIVALS:
            month, day = _FIXED_FESTIVALS[name]
        else:
            raise _Unreadable(f"“{phrase}”每年日期不同，请写成具体日期")
        due = date(year, month, day) - timedelta(days=1)
        doubt = f"“{phrase}”指节日以前，按节日前一天 {due.isoformat()} 读，请核对"
        return _point(match, due, year=due.year, doubts=(doubt,))

    def _within(self, match: re.Match[str], phrase: str) -> _Point:
        count, unit = match["n"], match["unit"]
        start = self.frame.issued_on
        if unit == "年" and start is None and count != "半":
            return self._span(match, int(count), phrase)
        if start is None:
            raise _Unreadable(
                f"“{phrase}”要从下达之日起算，表中没有下达（交办）日期；请加一列“交办日期”，或写成具体日期"
            )
        due = _after(start, count, unit, self.frame.working_days, phrase)
        note = f"自 {start.isoformat()} 起算，当日不计"
        return _point(match, due, year=due.year, notes=(note,))

    def _span(self, match: re.Match[str], count: int, phrase: str) -> _Point:
        first = self.year
        if first is None:
            raise _Unreadable(NO_YEAR)
        self.leaned = self.leaned or not self.named_year
        last = first + count - 1
        due = _day(last, 12, 31, phrase)
        doubt = f"“{phrase}”按 {first} 年为第一年、{last} 年为最后一年读，取 {last} 年年底，请核对"
        begins = _day(first, 1, 1, phrase)
        return _point(match, due, begins=begins, year=last, doubts=(doubt,))

    def _this(self, match: re.Match[str], phrase: str) -> _Point:
        start = self.frame.issued_on
        if start is None:
            raise _Unreadable(
                f"“{phrase}”要看下达日期，表中没有；请加一列“交办日期”，或写成具体日期"
            )
        due = _this_due(start, match["this"])
        return _point(match, due, year=due.year, notes=(f"以 {start.isoformat()} 为准推算",))


def _point(
    match: re.Match[str],
    due: date,
    *,
    begins: date | None = None,
    year: int | None = None,
    notes: tuple[str, ...] = (),
    doubts: tuple[str, ...] = (),
) -> _Point:
    return _Point(match.start(), match.end(), due, begins, year, False, notes, doubts)


def _inclusive(match: re.Match[str], phrase: str, due: date) -> tuple[str, ...]:
    if match["before"] not in ("前", "之前", "以前") or match.group().endswith(("底前", "末前")):
        return ()
    return (f"“{phrase}”的“前”按包括本期读，取 {due.isoformat()}，请核对",)


def _after(
    start: date, count: str, unit: str, working_days: WorkingDays | None, phrase: str
) -> date:
    number = 0 if count == "半" else int(count)
    if unit == "工作日":
        if working_days is None:
            raise _Unreadable(f"“{phrase}”要按工作日历推算，请写成具体日期")
        return working_days(start, number)
    if unit == "小时":
        return start + timedelta(days=-(-number // 24))
    if unit in ("日", "天"):
        return start + timedelta(days=number)
    if unit in ("周", "星期"):
        return start + timedelta(weeks=number)
    if unit == "月":
        return start + timedelta(days=15) if count == "半" else _add_months(start, number)
    return _add_months(start, 6 if count == "半" else 12 * number)


def _add_months(start: date, months: int) -> date:
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(start.day, last))


def _this_due(start: date, word: str) -> date:
    monday = start - timedelta(days=start.weekday())
    if "周" in word:
        week = monday + timedelta(weeks=1 if word.startswith("下") else 0)
        weekday = "一二三四五六日".find(word[-1].replace("天", "日"))
        return week + timedelta(days=weekday if weekday >= 0 else 6)
    if word.startswith("当") and word[-1] in "日天":
        return start
    if "季" in word:
        return _month_end(start.year, (start.month + 2) // 3 * 3)
    if word.startswith("下"):
        start = _add_months(start.replace(day=1), 1)
    return _month_end(start.year, start.month)


def _matches(text: str) -> Iterator[tuple[str, re.Match[str]]]:
    position = 0
    while position < len(text):
        best: tuple[str, re.Match[str]] | None = None
        for name, pattern in _SCAN:
            match = pattern.search(text, position)
            if match and (best is None or match.start() < best[1].start()):
                best = (name, match)
        if best is None:
            return
        yield best
        position = max(best[1].end(), position + 1)


# --- milestones ---------------------------------------------------------------------------------

_STARTS = re.compile("动工|开工|启动|开始|进场|破土|开建|动土|奠基|着手")
_FINISHES = re.compile(
    "完成|完工|竣工|建成|投入使用|投用|交付|验收|办结|通车|运行|运营|开业|开放|出台|印发|上线|结束|到位|"
    "落实|销号|达到|实现|报送|报告|上报|封顶|投产|使用|启用|挂牌|发放|通过"
)
_PARTIAL = re.compile(r"\d{1,2}(?:\.\d+)?%|过半|一半|主体|阶段|初步|招标|前期|基础|征地|拆迁|审批|方案")
_JOINTS = re.compile(r"^(?:之前|以前|前|底前|止|内)?[,，、:：;；。\n()（）\-]*(?:争取|力争|确保|计划|预计|全面|基本|要|须|应)?")


def _label(text: str, points: list[_Point], index: int) -> tuple[str, str]:
    """The words after an expression (what is due then), and the few words before it."""
    here = points[index]
    until = points[index + 1].start if index + 1 < len(points) else len(text)
    since = points[index - 1].end if index else 0
    after = _JOINTS.sub("", text[here.end : until]).strip(" ,，、;；。\n:：-()（）")
    after = re.split(r"[;；。\n]", after)[0]
    before = re.split(r"[;；。\n,，]", text[since : here.start])[-1].strip(" 、:：-()（）")
    return after[:40], before[:40]


def _kind(after: str, before: str, alone: bool) -> MilestoneKind:
    if before.endswith("截至") and not _FINISHES.search(after):
        return MilestoneKind.CUTOFF
    start = _STARTS.search(after) or (_STARTS.search(before) if not after else None)
    finish = _FINISHES.search(after)
    if start and not (finish and finish.start() < start.start()):
        return MilestoneKind.START
    if _PARTIAL.search(after) and not alone:
        return MilestoneKind.STAGE
    return MilestoneKind.FINISH


def _joined(text: str, points: list[_Point]) -> list[_Point]:
    """Two expressions with only a dash between them are one span."""
    merged: list[_Point] = []
    for point in points:
        if merged and text[merged[-1].end : point.start].strip() in ("-", "至", "到", "--"):
            first = merged.pop()
            if first.due_on > point.due_on:
                raise _Unreadable("起止时间先后颠倒，是否跨年不明，请写明年份")
            doubts = tuple(d for d in (*first.doubts, *point.doubts))
            point = replace(
                point, start=first.start, begins_on=first.begins_on or first.due_on,
                notes=("取起止时间的末尾",), doubts=doubts,
            )  # fmt: skip
        merged.append(point)
    return merged


def _milestones(text: str, points: list[_Point]) -> tuple[Milestone, ...]:
    found = []
    for index, point in enumerate(points):
        after, before = _label(text, points, index)
        kind = _kind(after, before, alone=len(points) == 1)
        name = after or before or {"start": "开工", "cutoff": "统计截止"}.get(kind, "完成")
        found.append(Milestone(name=name, due_on=point.due_on, kind=kind))
    return tuple(found)


# --- the whole cell -----------------------------------------------------------------------------


def read_limit(value: CellValue, frame: Frame) -> Limit:
    """Read one deadline cell, whatever type the workbook gave it."""
    if isinstance(value, bool) or value is None:
        return _ordinary("")
    if isinstance(value, datetime):
        return _from_date(value.date(), value.time())
    if isinstance(value, date):
        return _from_date(value, time())
    if isinstance(value, time | timedelta):
        return _unreadable(str(value), "只有钟点、没有日期")
    if isinstance(value, int | float):
        return _from_number(float(value), frame)
    phrase = tidy(value)
    try:
        return _from_text(phrase, frame)
    except _Unreadable as error:
        return _unreadable(phrase, str(error))


def _from_date(day: date, clock: time) -> Limit:
    doubts = ("单元格里还有钟点，只取到日",) if clock != time() else ()
    if not _EARLIEST <= day.year <= _LATEST:
        return _unreadable(day.isoformat(), f"年份 {day.year} 不合常理，请核对")
    return _dated(day.isoformat(), day, "单元格是日期", doubts)


def _from_number(number: float, frame: Frame) -> Limit:
    phrase = str(int(number)) if number.is_integer() else str(number)
    if number.is_integer():
        return _from_digits(phrase, frame)
    whole = int(number)
    if 1 <= whole <= 12 or 2000 <= whole <= 2100:
        doubt = f"单元格是小数 {phrase}，Excel 会丢掉末尾的 0，分不清是哪一天，请写成“几月几日”"
        return _unreadable(phrase, doubt)
    if _is_serial(whole):
        return _dated(phrase, _serial(whole), "Excel 日期序号", ("只取到日，没有取钟点",))
    return _unreadable(phrase, f"“{phrase}”看不出是什么日期")


def _is_serial(number: int) -> bool:
    return 36526 <= number <= 73050


def _serial(number: int) -> date:
    return date(1899, 12, 30) + timedelta(days=number)


def _from_digits(phrase: str, frame: Frame) -> Limit:
    if len(phrase) == 5 and _is_serial(int(phrase)):
        return _dated(phrase, _serial(int(phrase)), "Excel 日期序号")
    if len(phrase) == 6 and phrase.startswith("20"):
        return _try_text(phrase, f"{phrase[:4]}年{phrase[4:]}月", frame)
    if len(phrase) in (7, 8) and phrase.startswith("20"):
        return _try_text(phrase, phrase, frame)
    if len(phrase) == 4 and phrase.startswith("20"):
        return _try_text(phrase, phrase + "年", frame)
    return _unreadable(phrase, f"“{phrase}”只是一个数，看不出是什么日期")


def _try_text(phrase: str, text: str, frame: Frame) -> Limit:
    try:
        return replace(_from_text(text, frame), phrase=phrase)
    except _Unreadable as error:
        return _unreadable(phrase, str(error))


def _from_text(phrase: str, frame: Frame) -> Limit:
    bare = squeeze(phrase)
    if _BLANK.fullmatch(bare):
        return _ordinary(phrase)
    if re.fullmatch(r"\d+(?:\.0)?", bare):
        return _from_digits(bare.removesuffix(".0"), frame)
    if re.fullmatch(r"(?:20\d\d|[1-9]|1[0-2])\.[1-3]", bare):
        doubt = f"“{phrase}”可能是 Excel 丢了末尾的 0，分不清是哪一天，请写成“几月几日”"
        return _unreadable(phrase, doubt)
    if _DONE.fullmatch(bare):
        return _unreadable(phrase, f"时限栏写的是“{phrase}”，不是时限；如已办结请删去本行")
    return _from_wording(phrase, frame)


def _from_wording(phrase: str, frame: Frame) -> Limit:
    text = _arabic(_ONE_EACH.sub(r"每\1", _plain(phrase)))
    cycle = _CYCLE.search(text)
    text = _CYCLE.sub(";", text)
    if frame.issued_on is None and re.search(r"(?<!\d)5个工作日(?:之|以)?内", text):
        note = f"“{phrase}”就是五个工作日，按没有明确时限的规则办理（办法五（一））"
        return replace(_ordinary(phrase), taken_as=note)
    reader = _Reader(frame)
    points = _joined(text, reader.points(text))
    strong = [point for point in points if not point.whole_year] or points
    if strong and not (_YEAR_ROUND.search(text) and strong[-1].whole_year):
        return _with_points(phrase, text, strong, cycle is not None, reader)
    if cycle is not None:
        return _cycled(phrase, cycle)
    return _without_points(phrase, text, strong, frame)


def _with_points(
    phrase: str, text: str, points: list[_Point], cycle: bool, reader: _Reader
) -> Limit:
    milestones = _milestones(text, points)
    working = [i for i, m in enumerate(milestones) if m.kind is not MilestoneKind.CUTOFF]
    last = max(working or range(len(points)), key=lambda i: points[i].due_on)
    rest = _outside(text, points)
    doubts = (
        *(doubt for point in points for doubt in point.doubts),
        *_about_kind(milestones, last),
        *_about_rest(rest, cycle),
    )
    notes = list(dict.fromkeys(note for point in points for note in point.notes))
    if reader.leaned:
        source = reader.frame.year_from or "指定或表题"
        notes.append(f"未写年份，按 {reader.frame.base_year} 年（{source}）读")
    if re.search("计划|预计|力争|争取|拟于", text):
        notes.append("“计划”“力争”一类的话不改变时限")
    named = len(points) > 1 or milestones[0].name != "完成"
    limit = _dated(phrase, points[last].due_on, "；".join(notes), doubts)
    return replace(
        limit, milestones=milestones if named else (), urgency=_urgency(text)
    )


def _outside(text: str, points: list[_Point]) -> str:
    pieces, position = [], 0
    for point in points:
        pieces.append(text[position : point.start])
        position = point.end
    return ";".join([*pieces, text[position:]])


def _about_kind(milestones: tuple[Milestone, ...], last: int) -> tuple[str, ...]:
    doubts = []
    final = milestones[last]
    if len(milestones) > 1:
        listed = "、".join(f"{m.name} {m.due_on.isoformat()}" for m in milestones)
        doubts.append(
            f"写了 {len(milestones)} 个时间（{listed}），以最后的 {final.due_on.isoformat()} 为办理时限"
        )
    if any(a.due_on > b.due_on for a, b in pairwise(milestones)):
        doubts.append("几个时间的先后次序与书写次序不一致，请核对")
    if final.kind is MilestoneKind.START:
        doubts.append("只写了开工（启动）时间，没有完成时间；按该日为办理时限，请核对")
    if final.kind is MilestoneKind.CUTOFF:
        doubts.append("“截至”说的是统计截止日，不一定是完成时限；按该日读，请核对")
    return tuple(doubts)


def _about_rest(rest: str, cycle: bool) -> tuple[str, ...]:
    doubts = []
    if cycle:
        doubts.append("同时写了按周期办理的要求，本版只取日期，周期要求没有列入")
    if _YEAR_ROUND.search(rest):
        doubts.append("同时写了长期坚持一类的要求，到期以后不再由本事项跟踪")
    season = _SEASONS.search(rest)
    if season:
        doubts.append(f"“{season.group()}”不是日期，没有取用")
    return tuple(doubts)


def _without_points(phrase: str, text: str, points: list[_Point], frame: Frame) -> Limit:
    if _YEAR_ROUND.search(text):
        year = points[-1].due_on.year if points else frame.base_year
        if year is None:
            return _unreadable(phrase, NO_YEAR)
        return Limit(
            kind=LimitKind.YEAR_ROUND,
            phrase=phrase,
            due_on=date(year, 12, 31),
            urgency=_urgency(text),
            taken_as=f"“{phrase}”是全年或长期任务，本版按 {year}-12-31 到期的事项办理",
        )
    if _AT_ONCE.search(text):
        return replace(
            _ordinary(phrase),
            urgency=_urgency(text),
            taken_as=f"“{phrase}”没有写日期，按五个工作日办理（办法五（一）），紧急程度取加急",
        )
    return _without_meaning(phrase, text)


def _without_meaning(phrase: str, text: str) -> Limit:
    season = _SEASONS.search(text)
    if season:
        return _unreadable(phrase, f"“{season.group()}”不是日期，请写成具体日期")
    if _ELSEWHERE.search(text):
        return _unreadable(phrase, f"“{phrase}”没有写出日期，请按所说的要求写成具体日期")
    if _VAGUE.search(text):
        return replace(
            _ordinary(phrase),
            taken_as=f"“{phrase}”不是明确时限，按五个工作日办理（办法五（一））",
            doubts=(f"“{phrase}”没有写出日期，请核对是否要写明",),
        )
    return _unreadable(phrase, f"从“{phrase[:40]}”里读不出日期，请写成具体日期")


def _urgency(text: str) -> Urgency:
    if re.search("特急|特提", text):
        return Urgency.EXTRA_URGENT
    return Urgency.URGENT if re.search("加急|急件", text) or _AT_ONCE.search(text) else Urgency.NORMAL


def _cycled(phrase: str, match: re.Match[str]) -> Limit:
    word = match["w"] or match["u"]
    cycle = None if match["n"] else _CYCLES.get(word)
    name = _CYCLE_NAMES[cycle] if cycle else match.group()
    return Limit(
        kind=LimitKind.CYCLE,
        phrase=phrase,
        cycle=cycle,
        taken_as=f"“{phrase}”是周期任务（{name}）",
        doubts=("周期任务将在以后版本支持，请改写成一个具体日期，或拆成若干行",),
    )


def _ordinary(phrase: str) -> Limit:
    said = f"时限栏写“{phrase}”" if phrase else "没有写时限"
    return Limit(
        kind=LimitKind.ORDINARY,
        phrase=phrase,
        taken_as=f"{said}，按没有明确时限办理：下达后五个工作日（办法五（一））",
    )


def _dated(phrase: str, day: date, note: str, doubts: tuple[str, ...] = ()) -> Limit:
    said = f"“{phrase}”读作 {day.isoformat()}"
    return Limit(
        kind=LimitKind.DATE,
        phrase=phrase,
        due_on=day,
        taken_as=f"{said}（{note}）" if note else said,
        doubts=doubts,
    )


def _unreadable(phrase: str, doubt: str) -> Limit:
    return Limit(
        kind=LimitKind.UNREADABLE, phrase=phrase, taken_as="没有读出时限", doubts=(doubt,)
    )
