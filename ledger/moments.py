"""Time expressions inside a text (a day, a month, a quarter, a festival, "30日内"), resolved.

Nothing is corrected: a day that does not exist is unreadable and says so.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from ledger.text import narrow, tidy

WorkingDays = Callable[[date, int], date]

NO_YEAR = "缺少年份，请指明台账所属的年份（year）"
EARLIEST, LATEST = 1990, 2100
_MOST = 60


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


class Unreadable(Exception):
    """This wording gives no date; the message is the doubt shown to the reader."""


@dataclass(frozen=True, slots=True)
class Point:
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
_BROKEN_LINE = re.compile(
    r"(?<=[年月])\n(?=\d{1,2}(?![\d.、)])|[底末上中下初前份])|(?<=\d)\n(?=[年月日号底季个])"
)


def _numeral(match: re.Match[str]) -> str:
    word = match.group()
    if "十" not in word:
        return "".join(str(_DIGITS[char]) for char in word)
    tens, _, ones = word.partition("十")
    if len(tens) > 1 or len(ones) > 1 or "十" in ones:
        return word
    return str((_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[ones] if ones else 0))


def plain(text: str) -> str:
    text = re.sub("[①-⑳]", ";", text)
    text = narrow(tidy(text)).replace("元月", "1月").replace("月份", "月")
    text = _BROKEN_LINE.sub("", text)
    text = re.sub(r"\((?:(?:星期|周)[一二三四五六日天]|含当?[日天]?)\)", "", text)
    text = re.sub(r"(?<=\d)[ \t]+(?=\d)", ";", text)
    return re.sub(r"[ \t]+", "", text)


def arabic(text: str) -> str:
    text = _NUMERAL.sub(_numeral, text)
    text = _ITEM_NUMBER.sub("\n", text)
    return _LIST_NUMBER.sub("\n", text)


# --- time expressions ---------------------------------------------------------------------------

# The pieces of a pattern, written <Y>, <M>, … below.
_PIECES = {
    "YEAR4": r"(?<!\d)(?P<y>20\d{2})",
    "YEARWORD": "(?P<yw>今年|本年度?|当年|明年|次年|翌年|后年)",
    "Y": r"(?:<YEAR4>年?度?|(?<!\d)(?P<yy>\d{2})年(?=\d|[底末上下第]|前[23]季)|<YEARWORD>)",
    "M": r"(?P<m>\d{1,2})",
    "D": r"(?P<d>\d{1,2})",
    "TO": "(?:-|至|到)",
    "PART": (
        "(?:月(?=[底末初]))?(?P<part>上旬|中旬|中下旬|下旬|上中旬|初|底|末|中(?![期小央心学医]))?"
    ),
    "BEFORE": "(?P<before>之前|以前|前(?![期后置述往三])|止)?",
    "BY": r"(?=前|之前|以前|$|[;；,，\n])",
}
# Of several that match at one place the first wins; `_Reader` has one method for each name.
_PATTERNS: tuple[tuple[str, str], ...] = (
    (
        "years",
        r"(?P<y1>20\d{2})年?<TO>(?P<y>20\d{2}|\d{2}(?=年))(?!\d)年?(?![\d\-./]*月|\d)"
        "(?:底|末|内|期间)?<BEFORE>",
    ),
    ("ymd", r"<YEAR4>(?P<sep>[-./])<M>(?P=sep)<D>(?!\d|月)[日号]?<BEFORE>"),
    ("compact", r"<YEAR4>(?P<m>\d{2})(?P<d>\d{2})(?!\d)日?<BEFORE>"),
    ("glued_ymd", r"<YEAR4>年?(?P<md>\d{3})(?!\d)日?<BEFORE>"),
    ("days", r"<Y>?<M>月(?P<d1>\d{1,2})[日号]?<TO><D>[日号]<BEFORE>"),
    (
        "md",
        r"<Y>?(?<!\d)<M>月<D>(?:[日号]|(?=前|之前|以前|止|$|[;；,，、\n)\-至到]))"
        r"(?P<hour>\d{1,2}(?:时|点|:\d{2}))?<BEFORE>",
    ),
    ("glued_ym", r"<YEAR4><M>月(?:<D>日)?<PART><BEFORE>"),
    ("months", r"<Y>?(?<![\d.])(?P<m1>\d{1,2})月?<TO><M>月<PART><BEFORE>"),
    ("months", r"<YEAR4>[./](?P<m1>\d{1,2})<TO><M>(?![\d./])月?<PART><BEFORE>"),
    ("ym", r"<YEAR4>[-./]<M>(?![\d./])月?<PART><BEFORE>"),
    ("m", r"<Y>?的?(?<!\d)<M>月<PART><BEFORE>"),
    ("quarters", "<Y>?前(?P<q>[23二三两])个?季度?[末底]?<BEFORE>"),
    (
        "quarter",
        r"<Y>?(?:第?[1-4](?:季度?)?<TO>)?[第Qq]?(?P<q>[1-4])(?:季度?|(?<=[Qq]\d))"
        "(?:末|底|内|以内)?<BEFORE>",
    ),
    ("half", "<Y>?(?P<half>上半年|下半年|年中)[末底内]?<BEFORE>"),
    (
        "plan",
        "[“\"']?(?P<plan>十三五|十四五|十五五|十六五)[”\"']?(?:规划)?"
        "(?:期间|期末|末|时期|收官|期内)?<BEFORE>",
    ),
    (
        "festival",
        "[“\"'‘「]?(?P<fest>十[·.]?一|国庆节?|五一|元旦|春节|中秋节?|端午节?|清明节?|"
        "七一|八一|六一|三八|教师节)[”\"'’」]?(?:节|假期|小长假|长假)?(?:之前|以前|前)",
    ),
    (
        "within",
        r"(?:自?[^;；。\n,，、\d]{0,12}?(?:之日|日|后|起)起?)?"
        r"(?P<n>\d{1,3}|半)个?(?P<unit>工作日|日|天|周|星期|月|年|小时)(?:之内|以内|内)",
    ),
    ("whole", "全年(?=度?(?:任务)?(?:完成|增长|实现|达|新增|建成|投资|力争|目标))"),
    ("year_end", "<Y>?(?:年底|年末|岁末|年终|年内)(?:前|之前|以前|止)?"),
    (
        "this",
        r"(?P<this>[本下]周[一二三四五六日天]|[本下]周内?|这周|[本当]月[底末内]?|"
        r"(?<![\d季])月[底末]|下个?月[底末内]?|本季度?[末底内]?|季度?[末底]|当[日天])"
        "(?:前|之前|以前)?",
    ),
    (
        "year",
        r"(?:<YEAR4>年度?|(?<!\d)(?P<yy>\d{2})年(?=底|末)|<YEARWORD>)"
        "(?P<yend>底|末|内|以内)?<BEFORE>",
    ),
    (
        "md_dot",
        r"(?<![\d./\-])<M>(?P<sep>[./\-])<D>(?:[日号]<BY>|(?=前|之前|以前|底前)|"
        r"(?=$|[;；,，\n]))<BEFORE>",
    ),
    ("glued_md", r"(?<!\d)(?P<md>\d{3,4})[日号]<BEFORE>"),
    ("d", r"(?<!\d)<D>[日号]<BY>"),
)


def _expand(pattern: str) -> str:
    while (expanded := re.sub("<([A-Z0-9]+)>", lambda m: _PIECES[m[1]], pattern)) != pattern:
        pattern = expanded
    return pattern


_SCAN = tuple((name, re.compile(_expand(pattern))) for name, pattern in _PATTERNS)

_ODD_YEAR = re.compile(r"(?<!\d)(?:\d{3}|(?!19|20)\d{4}|\d{5,8})年(?![内以])")
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
    if not EARLIEST <= year <= LATEST:
        raise Unreadable(f"“{phrase}”的年份 {year} 不合常理，请核对")
    try:
        return date(year, month, day)
    except ValueError:
        raise Unreadable(
            f"“{phrase}”这一天不存在（{year}年{month}月{day}日），请核对后改写"
        ) from None


def _month(year: int, month: int, phrase: str) -> tuple[date, date]:
    if not 1 <= month <= 12:
        raise Unreadable(f"“{phrase}”没有第 {month} 月，请核对后改写")
    return _day(year, month, 1, phrase), _month_end(year, month)


class Reader:
    """Resolves the expressions of one cell from left to right; a year named once carries on."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.year = frame.base_year
        self.named_year = False
        self.leaned = False
        self.month: int | None = None

    def points(self, text: str) -> list[Point]:
        """Every time expression, in the order it stands in the text."""
        odd = _ODD_YEAR.search(text)
        if odd:
            raise Unreadable(f"“{odd.group()}”不像年份，请核对后改写")
        return [self._resolve(name, match) for name, match in _matches(text)]

    def _resolve(self, name: str, match: re.Match[str]) -> Point:
        phrase = match.group().strip("-至到")
        handler: Callable[[re.Match[str], str], Point] = getattr(self, f"_{name}")
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
            raise Unreadable(NO_YEAR)
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

    def _ymd(self, match: re.Match[str], phrase: str) -> Point:
        year = self._named(int(match["y"]))
        return _point(match, _day(year, int(match["m"]), int(match["d"]), phrase), year=year)

    _compact = _ymd

    def _glued_ymd(self, match: re.Match[str], phrase: str) -> Point:
        year = self._named(int(match["y"]))
        return self._split(match, year, match["md"], phrase)

    def _glued_md(self, match: re.Match[str], phrase: str) -> Point:
        return self._split(match, self._year_of(match), match["md"], phrase)

    def _split(self, match: re.Match[str], year: int, digits: str, phrase: str) -> Point:
        found = []
        for cut in range(1, len(digits)):
            month, day = int(digits[:cut]), int(digits[cut:])
            padded = digits[cut] != "0" or len(digits[cut:]) == 2
            if padded and 1 <= month <= 12 and 1 <= day <= calendar.monthrange(year, month)[1]:
                found.append((month, day))
        if len(found) != 1:
            raise Unreadable(f"“{phrase}”的月和日连在一起，分不清是哪一天，请改写")
        month, day = found[0]
        doubt = f"“{phrase}”的月和日连在一起，按 {month}月{day}日 读，请核对"
        return _point(match, date(year, month, day), year=year, doubts=(doubt,))

    def _md(self, match: re.Match[str], phrase: str) -> Point:
        year = self._year_of(match)
        doubts = ("只取到日，没有取钟点",) if match["hour"] else ()
        self.month = int(match["m"])
        due = _day(year, self.month, int(match["d"]), phrase)
        return _point(match, due, year=year, doubts=doubts)

    def _days(self, match: re.Match[str], phrase: str) -> Point:
        year = self._year_of(match)
        month = int(match["m"])
        begins = _day(year, month, int(match["d1"]), phrase)
        due = _day(year, month, int(match["d"]), phrase)
        return _point(match, due, begins=begins, year=year, notes=("取起止时间的末日",))

    def _md_dot(self, match: re.Match[str], phrase: str) -> Point:
        if match["sep"] == "-" and not match["m"].startswith("0") and int(match["d"]) <= 12:
            raise Unreadable(f"“{phrase}”分不清是日期还是起止月份，请改写")
        year = self._year_of(match)
        due = _day(year, int(match["m"]), int(match["d"]), phrase)
        return _point(match, due, year=year, notes=(f"读作 {due.month}月{due.day}日",))

    def _d(self, match: re.Match[str], phrase: str) -> Point:
        if self.month is not None:
            year = self._year_of(match)
            return _point(match, _day(year, self.month, int(match["d"]), phrase), year=year)
        raise Unreadable(f"“{phrase}”只有日、没有月份，请写明几月几日")

    # -- months and longer

    def _m(self, match: re.Match[str], phrase: str) -> Point:
        year = self._year_of(match)
        return self._in_month(match, year, int(match["m"]), phrase)

    def _ym(self, match: re.Match[str], phrase: str) -> Point:
        return self._in_month(match, self._named(int(match["y"])), int(match["m"]), phrase)

    def _glued_ym(self, match: re.Match[str], phrase: str) -> Point:
        year, month = self._named(int(match["y"])), int(match["m"])
        doubt = f"“{phrase}”的年和月连在一起，按 {year}年{month}月 读，请核对"
        if match["d"]:
            due = _day(year, month, int(match["d"]), phrase)
            return _point(match, due, year=year, doubts=(doubt,))
        point = self._in_month(match, year, month, phrase)
        return replace(point, doubts=(doubt, *point.doubts))

    def _in_month(self, match: re.Match[str], year: int, month: int, phrase: str) -> Point:
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
            doubts = (
                f"“{phrase}”不是确定的日子，按{'上旬' if part == '初' else '中旬'}末日读，请核对",
            )
        elif part is None and before in ("前", "之前", "以前"):
            eve = first - timedelta(days=1)
            doubts = (
                f"“{phrase}”可指 {eve.isoformat()}（{month}月开始以前）或 {due.isoformat()}；"
                f"按“前”包括本数（民法典第一千二百五十九条）取 {due.isoformat()}，请核对",
            )
        return _point(match, due, year=year, doubts=doubts)

    def _months(self, match: re.Match[str], phrase: str) -> Point:
        year = self._year_of(match)
        begins, _ = _month(year, int(match["m1"]), phrase)
        point = self._in_month(match, year, int(match["m"]), phrase)
        if begins > point.due_on:
            raise Unreadable(f"“{phrase}”的起止时间先后颠倒，是否跨年不明，请写明年份")
        return replace(point, begins_on=begins, notes=("取起止时间的末月",))

    def _years(self, match: re.Match[str], phrase: str) -> Point:
        first, last = int(match["y1"]), match["y"]
        year = int(last) if len(last) == 4 else first // 100 * 100 + int(last)
        self._named(year)
        due = _day(year, 12, 31, phrase)
        if year < first:
            raise Unreadable(f"“{phrase}”的起止年份先后颠倒，请核对")
        begins = _day(first, 1, 1, phrase)
        notes = ("跨年度任务，取最后一年年底",)
        return _point(match, due, begins=begins, year=year, notes=notes)

    def _quarter(self, match: re.Match[str], phrase: str) -> Point:
        year = self._year_of(match)
        due = _month_end(year, int(match["q"]) * 3)
        return _point(match, due, year=year, doubts=_inclusive(match, phrase, due))

    def _quarters(self, match: re.Match[str], _phrase: str) -> Point:
        year = self._year_of(match)
        count = 3 if match["q"] in "3三" else 2
        return _point(match, _month_end(year, count * 3), year=year)

    def _half(self, match: re.Match[str], phrase: str) -> Point:
        year = self._year_of(match)
        word = match["half"]
        due = date(year, 12, 31) if word == "下半年" else date(year, 6, 30)
        doubts = (f"“{phrase}”不是确定的日子，按 6月30日 读，请核对",) if word == "年中" else ()
        return _point(match, due, year=year, doubts=doubts)

    def _year_end(self, match: re.Match[str], _phrase: str) -> Point:
        year = self._year_of(match)
        return _point(match, date(year, 12, 31), year=year)

    def _whole(self, match: re.Match[str], _phrase: str) -> Point:
        year = self._year_of(match)
        return _point(match, date(year, 12, 31), year=year)

    def _year(self, match: re.Match[str], phrase: str) -> Point:
        year = self._year_of(match)
        due = _day(year, 12, 31, phrase)
        doubts = _inclusive(match, phrase, due) if not match["yend"] else ()
        return replace(_point(match, due, year=year, doubts=doubts), whole_year=not match["yend"])

    def _plan(self, match: re.Match[str], _phrase: str) -> Point:
        year = self._named(_PLAN_ENDS[match["plan"]])
        point = _point(match, date(year, 12, 31), year=year, notes=("取规划期最后一年年底",))
        return replace(point, whole_year=True)

    # -- festivals and relative wordings

    def _festival(self, match: re.Match[str], phrase: str) -> Point:
        year = self._year_of(match)
        name = match["fest"]
        if name == "春节":
            if year not in SPRING_FESTIVALS:
                raise Unreadable(f"没有 {year} 年春节的日期，请写成具体日期")
            month, day = SPRING_FESTIVALS[year]
        elif name in _FIXED_FESTIVALS:
            month, day = _FIXED_FESTIVALS[name]
        else:
            raise Unreadable(f"“{phrase}”每年日期不同，请写成具体日期")
        due = date(year, month, day) - timedelta(days=1)
        doubt = f"“{phrase.strip('“')}”指节日以前，按节日前一天 {due.isoformat()} 读，请核对"
        return _point(match, due, year=due.year, doubts=(doubt,))

    def _within(self, match: re.Match[str], phrase: str) -> Point:
        count, unit = match["n"], match["unit"]
        start = self.frame.issued_on
        if unit == "年" and start is None and count != "半":
            return self._span(match, int(count), phrase)
        if start is None:
            raise Unreadable(
                f"“{phrase}”要从下达之日起算，表中没有下达（交办）日期；请加一列“交办日期”，"
                f"或写成具体日期"
            )
        due = _after(start, count, unit, self.frame.working_days, phrase)
        note = f"自 {start.isoformat()} 起算，当日不计"
        return _point(match, due, year=due.year, notes=(note,))

    def _span(self, match: re.Match[str], count: int, phrase: str) -> Point:
        first = self.year
        if first is None:
            raise Unreadable(NO_YEAR)
        self.leaned = self.leaned or not self.named_year
        last = first + count - 1
        due = _day(last, 12, 31, phrase)
        doubt = f"“{phrase}”按 {first} 年为第一年、{last} 年为最后一年读，取 {last} 年年底，请核对"
        begins = _day(first, 1, 1, phrase)
        return _point(match, due, begins=begins, year=last, doubts=(doubt,))

    def _this(self, match: re.Match[str], phrase: str) -> Point:
        start = self.frame.issued_on
        if start is None:
            raise Unreadable(
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
) -> Point:
    return Point(match.start(), match.end(), due, begins, year, False, notes, doubts)


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
            raise Unreadable(f"“{phrase}”要按工作日历推算，请写成具体日期")
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
    """The expressions from left to right; each pattern looks ahead only once past its last find."""
    ahead = {at: pattern.search(text) for at, (_, pattern) in enumerate(_SCAN)}
    for _ in range(_MOST):
        found = [(match.start(), at, match) for at, match in ahead.items() if match]
        if not found:
            return
        _, at, match = min(found, key=lambda one: one[:2])
        yield _SCAN[at][0], match
        position = max(match.end(), match.start() + 1)
        for other, waiting in ahead.items():
            if waiting and waiting.start() < position:
                ahead[other] = _SCAN[other][1].search(text, position)
    raise Unreadable(f"写了 {_MOST} 个以上的时间，请写明一个办理时限")
