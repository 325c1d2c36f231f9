"""Deadline wordings: what an office wrote, taken for a date, a cycle, a whole year, or nothing."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import pairwise

from ledger.model import Cycle, Limit, LimitKind, Milestone, MilestoneKind, Urgency
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
_YEAR_ROUND = re.compile(
    "全年|长期|持续|常年|常态|贯穿|日常|经常性|长效|动态|不间断|常抓不懈|一以贯之"
)
_ELSEWHERE = re.compile(
    "(?:按照?|根据|依据|随)(?:上级|省|市|国家|中央|要求|计划|规定|序时|时间节点|进度|方案|"
    "合同|既定|通知|有关|相关|时序)"
)
_SEASONS = re.compile(
    "大汛|主?汛期|入汛|度汛|封冻|上冻|冻土|供暖|采暖|取暖|开学|入冬|入夏|雨季|旱季|两会|春耕|"
    "秋收|秋播|"
    "防火期|任期|换届|届内|高考|中考|暑假|寒假|旅游旺季|农闲|年前|节前|检查前|验收前|会前|评估前"
)
_ONE_EACH = re.compile(
    "一(月|季度?|周|半年|年)(?=一(?:报|调度|通报|督查|研判|总结|分析|汇总|更新|次))"
)
_CYCLE = re.compile(
    r"(?:每(?P<n>[23456])?个?|按|逐)"
    r"(?P<u>工作日|半月|月|季度?|半年|周|星期|年度?|日|天|旬)(?!程|期|常)"
    # where in the cycle: 末月20日前, 12月底前, 25日前, 五前
    r"(?:[末首初底]月?|第?\d个?月|[一二三四五六日天])?(?:\d{1,2}月)?(?:上旬|中旬|下旬|年?[底末]|初)?"
    r"(?:\d{1,2}[日号])?(?:[、,和及]\d{1,2}[日号])*(?:之前|以前|前|内)?"
    r"(?:[1一](?:报|调度|通报|督查|次|总结|汇总))?"
    r"|(?P<w>(?<!\d)月月(?![底末初])|季季|月报|季报|半年报|周报)"
)
_CYCLES = {
    "周": Cycle.WEEK, "星期": Cycle.WEEK, "周报": Cycle.WEEK,
    "月": Cycle.MONTH, "月月": Cycle.MONTH, "月报": Cycle.MONTH,
    "季": Cycle.QUARTER, "季度": Cycle.QUARTER, "季季": Cycle.QUARTER, "季报": Cycle.QUARTER,
    "半年": Cycle.HALF_YEAR, "半年报": Cycle.HALF_YEAR,
    "年": Cycle.YEAR, "年度": Cycle.YEAR,
}  # fmt: skip
_CYCLE_NAMES = {
    Cycle.WEEK: "每周", Cycle.MONTH: "每月", Cycle.QUARTER: "每季度",
    Cycle.HALF_YEAR: "每半年", Cycle.YEAR: "每年",
}  # fmt: skip


# --- milestones ---------------------------------------------------------------------------------

_STARTS = re.compile("^起|动工|开工|启动|开始|进场|破土|开建|动土|奠基|着手")
_FINISHES = re.compile(
    "完成|完工|竣工|建成|投入使用|投用|交付|验收|办结|通车|运行|运营|开业|开放|出台|印发|"
    "上线|结束|到位|"
    "落实|销号|达到|实现|报送|报告|上报|封顶|投产|使用|启用|挂牌|发放|通过"
)
_PARTIAL = re.compile(
    r"\d{1,2}(?:\.\d+)?%|过半|一半|主体|阶段|初步|招标|前期|基础|征地|拆迁|审批|方案"
)
_JOINTS = re.compile(
    r"^(?:之前|以前|前|底前|止|内)?[,，、:：;；。\n()（）\-]*(?:争取|力争|确保|计划|预计|"
    r"全面|基本|要|须|应)?"
)


_LEADING = re.compile(
    r"(?:争取|力争|确保|计划|预计|拟|截至|截止|务必|于|在|到|至|从|自)+$|^(?:争取|力争|确保|计划)"
)


def _label(text: str, points: list[Point], index: int) -> tuple[str, str]:
    """The words after an expression (what is due then), and the few words before it."""
    here = points[index]
    until = points[index + 1].start if index + 1 < len(points) else len(text)
    since = points[index - 1].end if index else 0
    before = re.split(r"[;；。\n,，]", text[since : here.start])[-1].strip(" 、:：-()（）")
    before = _LEADING.sub("", before)
    tail = text[here.end : until]
    if before and re.match(r"(?:之前|以前|前)?[,，;；、]", tail):
        return "", before[:40]
    after = _JOINTS.sub("", tail).strip(" ,，、;；。\n:：-()（）")
    after = re.split(r"[;；。\n]", after)[0]
    if _YEAR_ROUND.search(after) and not _FINISHES.search(after):
        after = ""
    return after[:40], before[:40]


def _kind(after: str, before: str, *, alone: bool, cutoff: bool) -> MilestoneKind:
    if cutoff and not _FINISHES.search(after):
        return MilestoneKind.CUTOFF
    start = _STARTS.search(after) or (_STARTS.search(before) if not after else None)
    finish = _FINISHES.search(after)
    if start and not (finish and finish.start() < start.start()):
        return MilestoneKind.START
    if _PARTIAL.search(after) and not alone:
        return MilestoneKind.STAGE
    return MilestoneKind.FINISH


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


def _milestones(text: str, points: list[Point]) -> tuple[Milestone, ...]:
    found = []
    for index, point in enumerate(points):
        after, before = _label(text, points, index)
        cutoff = text[: point.start].endswith("截至")
        kind = _kind(after, before, alone=len(points) == 1, cutoff=cutoff)
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
    text = arabic(_ONE_EACH.sub(r"每\1", plain(phrase)))
    cycle = _CYCLE.search(text)
    text = _CYCLE.sub(";", text)
    if frame.issued_on is None and re.search(r"(?<!\d)5个工作日(?:之|以)?内", text):
        note = f"“{phrase}”就是五个工作日，按没有明确时限的规则办理（办法五（一））"
        return replace(_ordinary(phrase), taken_as=note)
    reader = Reader(frame)
    points = _joined(text, reader.points(text))
    strong = [point for point in points if not point.whole_year] or points
    if strong and not (_YEAR_ROUND.search(text) and strong[-1].whole_year):
        return _with_points(phrase, text, strong, cycle is not None, reader)
    if cycle is not None:
        return _cycled(phrase, cycle)
    return _without_points(phrase, text, strong, frame)


def _with_points(phrase: str, text: str, points: list[Point], cycle: bool, reader: Reader) -> Limit:
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
    return replace(limit, milestones=milestones if named else (), urgency=_urgency(text))


def _outside(text: str, points: list[Point]) -> str:
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
            f"写了 {len(milestones)} 个时间（{listed}），"
            f"以最后的 {final.due_on.isoformat()} 为办理时限"
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


def _without_points(phrase: str, text: str, points: list[Point], frame: Frame) -> Limit:
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
    return (
        Urgency.URGENT if re.search("加急|急件", text) or _AT_ONCE.search(text) else Urgency.NORMAL
    )


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
    return Limit(kind=LimitKind.UNREADABLE, phrase=phrase, taken_as="没有读出时限", doubts=(doubt,))
