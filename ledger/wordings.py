"""Deadline wordings: what an office wrote, taken for a date, a cycle, a whole year, or nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from ledger.model import Limit, LimitKind, Milestone, MilestoneKind, Urgency
from ledger.moments import (
    EARLIEST,
    LATEST,
    NO_YEAR,
    Frame,
    Point,
    Reader,
    Unreadable,
    arabic,
    plain,
)
from ledger.recurring import Found, each, find_cycles, recurring, whole_year, with_cycle
from ledger.stages import LASTING, find_stages, last_day, listed
from ledger.text import squeeze, tidy

CellValue = str | float | int | bool | date | datetime | time | timedelta | None

# --- words that are no dates --------------------------------------------------------------------

_BLANK = re.compile(
    r"[-/\\_.。、·*+=无空]*|暂无|没有|未明确|不明确|无明确(?:时限|期限|要求)?|未定|无要求|"
    r"n/?a|无时限(?:要求)?",
    re.I,
)
_DONE = re.compile(
    r"(?:已|已经|全部|均已)?(?:全部)?(?:完成|办结|销号|整改到位|完成整改|整改完成|落实到位|"
    r"办理完毕)(?:整改)?[。]?"
)
_AT_ONCE = re.compile(
    "立即|立行立改|立知立改|立查立改|即知即改|即行即改|即查即改|边查边改|边审边改|马上|立刻|"
    "即刻|即时"
)
_VAGUE = re.compile("及时|随时|尽快|抓紧|近期|从速|及早|早日|适时|限期")
_ELSEWHERE = re.compile(
    "(?:按照?|根据|依据|随)(?:上级|省|市|国家|中央|要求|计划|规定|序时|时间节点|进度|方案|"
    "合同|既定|通知|有关|相关|时序)"
)
_SEASONS = re.compile(
    "大汛|主?汛期|入汛|度汛|封冻|上冻|冻土|供暖|采暖|取暖|开学|入冬|入夏|雨季|旱季|两会|春耕|"
    "秋收|秋播|"
    "防火期|任期|换届|届内|高考|中考|暑假|寒假|旅游旺季|农闲|年前|节前|检查前|验收前|会前|评估前"
)


def _joined(text: str, points: list[Point]) -> list[Point]:
    """Two expressions with only a dash between them are one span."""
    merged: list[Point] = []
    for point in points:
        if merged and text[merged[-1].end : point.start].strip() in ("-", "至", "到", "--"):
            first = merged.pop()
            if first.due_on > point.due_on:
                raise Unreadable("起止时间先后颠倒，是否跨年不明，请写明年份")
            doubts = tuple(d for d in (*first.doubts, *point.doubts))
            point = replace(
                point, start=first.start, begins_on=first.begins_on or first.due_on,
                notes=("取起止时间的末尾",), doubts=doubts,
            )  # fmt: skip
        merged.append(point)
    return merged


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
    except Unreadable as error:
        return _unreadable(phrase, str(error))


def _from_date(day: date, clock: time) -> Limit:
    doubts = (*_first_of_month(day), *(("单元格里还有钟点，只取到日",) if clock != time() else ()))
    if not EARLIEST <= day.year <= LATEST:
        return _unreadable(day.isoformat(), f"年份 {day.year} 不合常理，请核对")
    return _dated(day.isoformat(), day, "单元格是日期", doubts)


def _first_of_month(day: date) -> tuple[str, ...]:
    if day.day != 1:
        return ()
    return (f"单元格是日期 {day.isoformat()}；如原表只写到月，应为月底，请核对",)


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
        day = _serial(int(phrase))
        return _dated(phrase, day, "Excel 日期序号", _first_of_month(day))
    if len(phrase) == 6 and phrase.startswith("20"):
        return _try_text(phrase, f"{phrase[:4]}年{phrase[4:]}月", frame)
    if len(phrase) in (7, 8) and phrase.startswith("20"):
        return _try_text(phrase, phrase, frame)
    if len(phrase) == 4 and phrase.startswith("20"):
        return _try_text(phrase, phrase + "年", frame)
    return _unreadable(phrase, f"“{phrase}”只是一个数，看不出是什么日期")


def _try_text(phrase: str, text: str, frame: Frame) -> Limit:
    try:
        return replace(_from_wording(text, frame), phrase=phrase)
    except Unreadable as error:
        return _unreadable(phrase, str(error))


def _from_text(phrase: str, frame: Frame) -> Limit:
    bare = squeeze(phrase)
    if _BLANK.fullmatch(bare):
        return _ordinary(phrase)
    if re.fullmatch(r"\d+(?:\.0)?", bare):
        return replace(_from_digits(bare.removesuffix(".0"), frame), phrase=phrase)
    if re.fullmatch(r"(?:20\d\d|[1-9]|1[0-2])\.[1-3]", bare):
        doubt = f"“{phrase}”可能是 Excel 丢了末尾的 0，分不清是哪一天，请写成“几月几日”"
        return _unreadable(phrase, doubt)
    if _DONE.fullmatch(bare) or re.match("(?:目前|现)?均?已(?!明确|定)", bare):
        return _unreadable(phrase, f"时限栏写的是“{phrase}”，不是时限；如已办结请删去本行")
    return _from_wording(phrase, frame)


def _from_wording(phrase: str, frame: Frame) -> Limit:
    cycles, text = find_cycles(arabic(each(plain(phrase))))
    if frame.issued_on is None and re.search(r"(?<!\d)5个工作日(?:之|以)?内", text):
        note = f"“{phrase}”就是五个工作日，按没有明确时限的规则办理（办法五（一））"
        return replace(_ordinary(phrase), taken_as=note)
    reader = Reader(frame)
    points = _joined(text, reader.points(text))
    strong = [point for point in points if not point.whole_year] or points
    if strong and not (LASTING.search(text) and strong[-1].whole_year):
        limit = _with_points(phrase, text, strong, reader)
        return with_cycle(limit, cycles, frame.base_year) if cycles else limit
    if cycles:
        return _recurring(phrase, cycles, strong, frame)
    return _without_points(phrase, text, strong, frame)


def _recurring(phrase: str, cycles: Found, points: list[Point], frame: Frame) -> Limit:
    year = points[-1].due_on.year if points else frame.base_year
    return _unreadable(phrase, NO_YEAR) if year is None else recurring(phrase, cycles, year)


def _with_points(phrase: str, text: str, points: list[Point], reader: Reader) -> Limit:
    stages = find_stages(text, points)
    milestones = stages.milestones
    working = [i for i, m in enumerate(milestones) if m.kind is not MilestoneKind.CUTOFF]
    last = max(working or range(len(points)), key=lambda i: points[i].due_on)
    doubts = (
        *(doubt for point in points for doubt in point.doubts),
        *_about_kind(milestones, last, stages.why_not),
        *_about_rest(_outside(text, points)),
    )
    notes = list(dict.fromkeys(note for point in points for note in point.notes))
    if reader.leaned:
        source = reader.frame.year_from or "指定或表题"
        notes.append(f"未写年份，按 {reader.frame.base_year} 年（{source}）读")
    if re.search("计划|预计|力争|争取|拟于", text):
        notes.append("“计划”“力争”一类的话不改变时限")
    if not stages.why_not:
        limit = staged(phrase, milestones, "；".join(notes), doubts)
        return replace(limit, urgency=_urgency(text))
    named = len(points) > 1 or milestones[0].name != "完成"
    limit = _dated(phrase, points[last].due_on, "；".join(notes), doubts)
    return replace(limit, milestones=milestones if named else (), urgency=_urgency(text))


def _outside(text: str, points: list[Point]) -> str:
    pieces, position = [], 0
    for point in points:
        pieces.append(text[position : point.start])
        position = point.end
    return ";".join([*pieces, text[position:]])


def _about_kind(milestones: tuple[Milestone, ...], last: int, why_not: str) -> tuple[str, ...]:
    doubts = []
    final = milestones[last]
    if len(milestones) > 1 and why_not:
        doubts.append(
            f"写了 {len(milestones)} 个时间（{listed(milestones)}），"
            f"以最后的 {final.due_on.isoformat()} 为办理时限；{why_not}，没有作时间节点，请核对"
        )
    if final.kind is MilestoneKind.START:
        doubts.append("只写了开工（启动）时间，没有完成时间；按该日为办理时限，请核对")
    if final.kind is MilestoneKind.CUTOFF:
        doubts.append("“截至”说的是统计截止日，不一定是完成时限；按该日读，请核对")
    return tuple(doubts)


def _about_rest(rest: str) -> tuple[str, ...]:
    doubts = []
    if LASTING.search(rest):
        doubts.append("同时写了长期坚持一类的要求，到期以后不再由本事项跟踪")
    season = _SEASONS.search(rest)
    if season:
        doubts.append(f"“{season.group()}”不是日期，没有取用")
    return tuple(doubts)


def _without_points(phrase: str, text: str, points: list[Point], frame: Frame) -> Limit:
    if LASTING.search(text):
        year = points[-1].due_on.year if points else frame.base_year
        if year is None:
            return _unreadable(phrase, NO_YEAR)
        return replace(whole_year(phrase, year), urgency=_urgency(text))
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
    return (
        Urgency.URGENT if re.search("加急|急件", text) or _AT_ONCE.search(text) else Urgency.NORMAL
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


def staged(
    phrase: str, milestones: Sequence[Milestone], note: str = "", doubts: tuple[str, ...] = ()
) -> Limit:
    """Several dates, each with its own matter: the nodes of one item, the last of which ends it."""
    said = f"“{phrase}”读作 {len(milestones)} 个时间节点：{listed(milestones)}"
    return Limit(
        kind=LimitKind.MILESTONES,
        phrase=phrase,
        due_on=last_day(milestones),
        milestones=tuple(milestones),
        taken_as=f"{said}（{note}）" if note else said,
        doubts=doubts,
    )


def _unreadable(phrase: str, doubt: str) -> Limit:
    return Limit(kind=LimitKind.UNREADABLE, phrase=phrase, taken_as="没有读出时限", doubts=(doubt,))
