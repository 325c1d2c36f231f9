"""Every line of a sheet gets one kind: title, header, section, total, note, blank, or data."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum

from ledger.columns import Head, find_head, header_texts
from ledger.files import Sheet
from ledger.model import Field
from ledger.text import narrow, squeeze, without_numbering


class LineKind(StrEnum):
    """What a line is; the value is what the report calls it."""

    BLANK = "空行"
    TITLE = "表题或表前说明"
    HEADER = "表头"
    REPEAT = "重复的表头"
    NUMBERS = "栏次行"
    SECTION = "小标题"
    TOTAL = "合计行"
    NOTE = "表后说明"
    DATA = "事项"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One row of the sheet (from 0), its kind, and for data where it stands."""

    row: int
    kind: LineKind
    table: int | None = None
    section: str = ""


@dataclass(slots=True, kw_only=True)
class Found:
    """The tables of a sheet, the lines of a sheet, and the titles above each table."""

    heads: list[Head] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)


_TOTAL = re.compile(
    r"^(?:合计|总计|小计|共计|累计|总合计|本页(?:小计|合计))(?:$|[:：(（]|\d+[项件个]?$)"
)
_NOTE = re.compile(
    r"^(?:注|备注|说明|填表说明|填报说明|附注|附|附件|※|\*)\d?[:：、.]|^(?:注|备注)[1１]|"
    r"^(?:填表|制表|审核|填报|"
    r"经办|联系|审批|签发|复核|校对)(?:人|单位|部门|日期|时间|电话)?(?:\(?签[字名章]\)?)?[:：]|"
    r"^(?:单位负责人|主要领导|分管领导|负责人|联系电话|报送日期|单位盖章|盖章|签字|"
    r"页码)[^,，。]{0,8}[:：]|^[-—]?第?\d+页"
)
_CHINESE_NUMBER = re.compile(
    r"^[(（]?(?:第?[一二三四五六七八九十]{1,3}|[IVXⅠ-Ⅻ]{1,4})[)）]?[、.．]?(?:部分|类|章|篇|项)?$"
)
_SECTION = re.compile(
    r"^(?:第[一二三四五六七八九十]{1,3}(?:部分|类|章|篇|节|项)|"
    r"[(（][一二三四五六七八九十]{1,3}[)）]|[一二三四五六七八九十]{1,3}[、.．,，]|"
    r"[ⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩ][、.．]?)"
)
_COLUMN_NUMBER = re.compile(r"^[(（]?\d{1,2}[)）]?(?:[=＝].*)?$|^栏次$|^[甲乙丙丁戊]$|^[A-Za-z]$")


def find_lines(sheet: Sheet, first_table: int) -> Found:
    """Walk the sheet once, top to bottom; tables are numbered from `first_table`."""
    walk = _Walk(sheet, first_table)
    walk.run()
    return walk.found


class _Walk:
    """The state of one walk: the table we are in, the sections above, the titles waiting."""

    def __init__(self, sheet: Sheet, first_table: int) -> None:
        self.sheet = sheet
        self.first_table = first_table
        self.found = Found()
        self.head: Head | None = None
        self.sections: dict[int, str] = {}
        self.waiting: list[str] = []

    def run(self) -> None:
        """Give every row its line."""
        row = 0
        while row < len(self.sheet.rows):
            row = self._step(row)

    def _step(self, row: int) -> int:
        texts = [self.sheet.text(row, column) for column in range(self.sheet.width)]
        if not any(texts):
            self._add(row, LineKind.BLANK)
            return row + 1
        head = find_head(self.sheet, row)
        if head is not None and not self._doubtful(head):
            return self._open(head)
        if self.head is None:
            self.waiting.append(" ".join(dict.fromkeys(text for text in texts if text)))
            self._add(row, LineKind.TITLE)
        else:
            self._inside(row, self.head)
        return row + 1

    def _same(self, head: Head) -> bool:
        return self.head is not None and header_texts(self.sheet, self.head) == header_texts(
            self.sheet, head
        )

    def _doubtful(self, head: Head) -> bool:
        """Right below data a new header must be rich, or a short duty could pass for one."""
        below = bool(self.found.lines) and self.found.lines[-1].kind is LineKind.DATA
        fields = {column.field for column in head.columns} - {Field.UNKNOWN, Field.STAGE}
        return below and not self._same(head) and len(fields) < 4

    def _open(self, head: Head) -> int:
        same = self._same(head)
        if not same:
            self.head = head
            self.found.heads.append(head)
            self.found.titles.append("\n".join(self.waiting))
            self.sections = {}
        self.waiting = []
        for row in range(head.first, head.last + 1):
            self._add(row, LineKind.REPEAT if same else LineKind.HEADER)
        return head.last + 1

    def _add(self, row: int, kind: LineKind) -> None:
        table = self.first_table + len(self.found.heads) - 1 if self.found.heads else None
        section = " / ".join(self.sections[level] for level in sorted(self.sections))
        self.found.lines.append(Line(row=row, kind=kind, table=table, section=section))

    def _inside(self, row: int, head: Head) -> None:
        kind = line_kind(self.sheet, row, head)
        if kind is LineKind.SECTION:
            self._enter(row)
        self._add(row, kind)

    def _enter(self, row: int) -> None:
        texts = _own_cells(self.sheet, row)
        text = " ".join(dict.fromkeys(text for _, text in texts))
        level = 2 if re.match(r"[(（]", text) else 1
        self.sections = {k: v for k, v in self.sections.items() if k < level}
        self.sections[level] = text
        # A title between two tables may belong to the next one.
        self.waiting = [*self.waiting[-2:], text]


def _own_cells(sheet: Sheet, row: int) -> list[tuple[int, str]]:
    """The cells with text of their own on this row, each merged range once."""
    seen: set[tuple[int, int]] = set()
    cells = []
    for column in range(sheet.width):
        text, origin = sheet.text(row, column), sheet.origin(row, column)
        if text and origin not in seen:
            seen.add(origin)
            cells.append((column, text))
    return cells


def line_kind(sheet: Sheet, row: int, head: Head) -> LineKind:
    """The kind of a line inside a table."""
    cells = _own_cells(sheet, row)
    words = [squeeze(text) for _, text in cells]
    led = any(column in head.of(Field.LEAD) for column, _ in cells)
    if not led and any(_TOTAL.match(word) for word in words[:2]):
        return LineKind.TOTAL
    if _is_note(cells, words, head):
        return LineKind.NOTE
    if _is_column_numbers(words, row, head):
        return LineKind.NUMBERS
    if _is_section(sheet, row, head, cells):
        return LineKind.SECTION
    return LineKind.DATA


def _is_note(cells: list[tuple[int, str]], words: list[str], head: Head) -> bool:
    if not _NOTE.match(words[0]):
        return False
    duties = head.of(Field.LEAD, Field.LIMIT)
    return (
        len(cells) == 1
        or not any(column in duties for column, _ in cells[1:])
        or all(_NOTE.match(word) for word in words)
    )


def _is_column_numbers(words: list[str], row: int, head: Head) -> bool:
    if len(words) < 3 or row > head.last + 2:
        return False
    return all(_COLUMN_NUMBER.match(word) for word in words)


def _is_section(sheet: Sheet, row: int, head: Head, cells: list[tuple[int, str]]) -> bool:
    column, text = cells[0]
    texts = head.of(Field.TITLE, Field.CONTENT, Field.TARGET)
    if len(cells) == 2 and column in head.of(Field.NUMBER) and cells[1][0] in texts:
        return bool(_CHINESE_NUMBER.match(squeeze(text))) and len(cells[1][1]) <= 60
    if len(cells) != 1 or re.fullmatch(r"[\d.、()（）]+", narrow(text)):
        return False
    wide = sum(1 for c in range(sheet.width) if sheet.origin(row, c) == sheet.origin(row, column))
    if wide > 1 and wide >= min(3, sheet.width):
        return True
    if sheet.origin(row, column)[0] != row:
        return False
    if column not in texts and (column == 0 or column in head.of(Field.NUMBER)):
        return True
    numbered = bool(_SECTION.match(text)) and len(text) <= 60
    return numbered and (column in texts or column == 0)


_UNIT_END = re.compile(
    "(?:局|委|委员会|办|办公室|政府|镇|乡|街道|街道办|办事处|公司|集团|法院|检察院|管委会|"
    "服务中心|支队|大队|联社|残联|妇联|总工会|"
    "团[省市县区]委|红十字会|科协|文联|工商联|侨联|[组宣统政]\\w{0,2}部|[科股处]室?|院|队|厅|部)$"
)
_SAID_LEAD = re.compile(
    r"(?:牵头|责任|承办|主办|主责|落实|填报)(?:单位|部门|科室|"
    r"处室)(?:名称)?[:：]\s*([^;；。\n:：]+?)(?=\s*(?:[;；。\n)）]|$|\s{2,}|填报|联系|日期|"
    r"时间|单位))"
)


_HELPERS = "(?:配合|协办|协同|参与)(?:单位|部门|科室|处室)[:：]"


def lead_in(text: str) -> str:
    """The unit that a section title, a sheet name or a line above the table puts in charge."""
    said = _SAID_LEAD.search(text)
    if said:
        return text[said.start() :] if re.search(_HELPERS, text) else said[1].strip()
    core = without_numbering(text.split(" / ")[-1])
    core = re.sub(r"[(（][^()（）]*[)）]\s*$", "", core).strip(" :：")
    core = re.sub(r"(?:牵头|负责|主办|承办)(?:的)?(?:事项|任务|工作|项目)?$", "", core)
    bare = squeeze(core)
    if 3 <= len(bare) <= 16 and _UNIT_END.search(bare) and not re.search("[的和及,，、]", bare):
        return core
    return ""
