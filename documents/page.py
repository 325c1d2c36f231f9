"""The page of GB/T 9704-2012: A4, 版心 156 × 225 mm, 22 lines of 28 characters; the parts that
documents are put together from. Every layout is made of these and nothing else."""

import io
import math
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from itertools import pairwise
from typing import Any

from docx import Document
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING, WD_TAB_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Length, Mm, Pt, RGBColor
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph

from documents.text import clean, day, lines

PAGE = (Mm(210), Mm(297))
TOP, BOTTOM, LEFT, RIGHT = Mm(37), Mm(35), Mm(28), Mm(26)
TEXT_WIDTH = Mm(156)
LINES, CHARACTERS = 22, 28
BODY, TITLE, SMALL = Pt(16), Pt(22), Pt(14)  # 三号, 二号, 四号
TABLE = Pt(12)  # 小四
LINE = Pt(math.floor((PAGE[1] - TOP - BOTTOM) / Pt(1) / LINES * 20) / 20)  # so that 22 fit
CLOSER = math.floor((TEXT_WIDTH.pt / CHARACTERS - BODY.pt) * 20)  # twips, so that 28 fill a line
RED = RGBColor(0xC0, 0x00, 0x00)

SONG, FANG, HEI, KAI, XBS = "宋体", "仿宋_GB2312", "黑体", "楷体_GB2312", "方正小标宋简体"
LATIN = "Times New Roman"
FALLBACKS = {
    FANG: "仿宋,FangSong,STFangsong",
    KAI: "楷体,KaiTi,STKaiti",
    XBS: "方正小标宋_GBK,FZXiaoBiaoSong-B05S,华文中宋,STZhongsong",
    HEI: "SimHei,Heiti SC",
    SONG: "SimSun,Songti SC",
}
"""The fonts of the standard, and what a machine without them may take instead."""

CENTER, RIGHTWARD, BOTH = (
    WD_ALIGN_PARAGRAPH.CENTER,
    WD_ALIGN_PARAGRAPH.RIGHT,
    WD_ALIGN_PARAGRAPH.JUSTIFY,
)
CUT = "－ " * 13
THICK, THIN = 8, 6  # eighths of a point: 0.35 mm and 0.25 mm, the standard's two rules
COLOPHON_LINE, COLOPHON_CHARACTERS = Pt(24), 26
LONG = 150  # characters
EARLIEST = (1980, 1, 1, 0, 0, 0)
Row = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a table: its heading, its width in millimetres, whether its text is centred."""

    heading: str
    width: int
    centred: bool = False


class Sheet:
    """A document being put together, from the top down."""

    def __init__(self, title: str, made_on: date) -> None:
        self._document = Document()
        self._body = self._document.element.body
        self._set_page()
        self._set_fonts()
        self._number_pages()
        about = self._document.core_properties
        about.title, about.author, about.comments = clean(title)[:255], "", ""
        made = datetime.combine(made_on, time(0), UTC).replace(tzinfo=None)
        about.created = about.modified = made

    # The parts, in the order in which they stand.

    def masthead(self, name: str, number: str, *, formal: bool = True) -> None:
        """发文机关标志 in red, 文号 centred, the red line. ``formal``: as far down the page as the
        standard puts it; a form has it at the top."""
        most = TITLE.pt * 2 if formal else TITLE.pt * 1.5
        size = min(most, TEXT_WIDTH.pt * 0.97 / max(len(name), 1))
        mark = self._paragraph(XBS, Pt(size), align=CENTER, exact=None)
        mark.paragraph_format.space_before = Mm(35) if formal else Pt(0)
        self._write(mark, name, XBS, Pt(size), red=True)
        line = self._paragraph(FANG, BODY, align=CENTER)
        line.paragraph_format.space_before = LINE * 2 if formal else Pt(6)
        self._write(line, number, FANG, BODY)
        self._rule(line)

    def periodical(self, name: str, issue: str, publisher: str, on: date) -> None:
        """报头 of a periodical: its name, the issue, who brings it out and when, the red line."""
        mark = self._paragraph(XBS, Pt(44), align=CENTER, exact=None)
        self._write(mark, name, XBS, Pt(44), red=True)
        line = self._paragraph(FANG, BODY, align=CENTER)
        self._write(line, issue, FANG, BODY)
        both = self._paragraph(FANG, BODY)
        both.paragraph_format.tab_stops.add_tab_stop(
            Length(TEXT_WIDTH - BODY), WD_TAB_ALIGNMENT.RIGHT
        )
        self._write(both, f"\u3000{publisher}\t{day(on)}", FANG, BODY)
        self._rule(both)

    def title(self, text: str) -> None:
        """标题: 二号小标宋, centred, two lines below the red line."""
        head = self._paragraph(XBS, TITLE, align=CENTER, exact=Pt(34))
        head.paragraph_format.space_before = LINE
        head.paragraph_format.space_after = LINE // 2
        head.paragraph_format.keep_with_next = True
        _off_grid(head)
        self._write(head, text, XBS, TITLE)

    def addressee(self, names: Sequence[str]) -> None:
        """主送机关: flush left, a full-width colon after it."""
        self._write(self._paragraph(FANG, BODY), f"{'，'.join(names)}：", FANG, BODY)

    def body(self, text: str) -> None:
        """正文: each line a paragraph that begins two characters in."""
        for line in lines(text):
            self._write(self._indented(), line, FANG, BODY)

    def section(self, text: str) -> None:
        """一级标题 (黑体): 一、…"""
        self._heading(text, HEI)

    def subsection(self, text: str) -> None:
        """二级标题 (楷体): （一）…"""
        self._heading(text, KAI)

    def signature(self, name: str, on: date, *, below: int = 2) -> None:
        """发文机关署名 centred above 成文日期, which ends four characters from the right; so many
        lines below what was said."""
        dated = day(on)
        over = max(4 - (_width(name) - _width(dated)) / 2, 0)
        for text, inset, before in ((name, over, LINE * below), (dated, 4.0, 0)):
            line = self._paragraph(FANG, BODY, align=RIGHTWARD)
            _indent(line, right=inset)
            line.paragraph_format.space_before = before
            line.paragraph_format.keep_with_next = text == name
            self._write(line, text, FANG, BODY)

    def note(self, text: str) -> None:
        """附注, in brackets, two characters in."""
        self._write(self._indented(), f"（{text}）", FANG, BODY)

    def line(self, text: str, *, font: str = FANG, size: Length = BODY, align: Any = None) -> None:  # noqa: ANN401
        """A single line that stands by itself."""
        self._write(self._paragraph(font, size, align=align), text, font, size)

    def cut(self, text: str) -> None:
        """Where a slip is cut off."""
        line = self._paragraph(SONG, TABLE, align=CENTER, exact=Pt(22))
        line.paragraph_format.keep_with_next = True
        self._write(line, f"{CUT}　{text}　{CUT}", SONG, TABLE)

    def new_page(self) -> None:
        """What follows begins a page."""
        self._document.add_page_break()

    def form(
        self, rows: Sequence[Row], *, tall: Sequence[str] = (), together: bool = False
    ) -> None:
        """Labels and what stands beside them; one pair fills a row, two share it. Rows whose label
        is in ``tall`` leave room for a pen; only long ones break over pages. ``together``: on one
        page, if one holds them all."""
        table = self._table([Mm(30), Mm(48), Mm(30), Mm(48)])
        for row in rows:
            cells = table.add_row().cells
            high = any(label in tall for label, _ in row)
            table.rows[-1].height = Mm(18) if high else Mm(8.5)
            if sum(len(value) for _, value in row) < LONG:
                table.rows[-1]._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
            if len(row) == 1:
                cells = (cells[0], cells[1].merge(cells[3]))
            for place, (label, value) in enumerate(row):
                self._cell(cells[2 * place], label, HEI, centred=True)
                self._cell(cells[2 * place + 1], value, FANG)
        if together:
            for line in table._tbl.iter(qn("w:p")):
                Paragraph(line, table).paragraph_format.keep_with_next = True

    def box(self, label: str) -> None:
        """Room for what somebody writes by hand."""
        self.form([[(label, "")]])
        self._document.tables[-1].rows[0].height = Mm(55)

    def table(self, columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> None:
        """A table whose heading stands again on every page."""
        table = self._table([Mm(column.width) for column in columns])
        cells = table.add_row().cells
        for cell, column in zip(cells, columns, strict=True):
            self._cell(cell, column.heading, HEI, centred=True)
        table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
        for row in rows:
            cells = table.add_row().cells
            for cell, column, text in zip(cells, columns, row, strict=True):
                self._cell(cell, text, FANG, centred=column.centred)

    def colophon(self, copies: Sequence[str], printed_by: str, printed_on: date) -> None:
        """版记: 抄送, 印发机关 and 印发日期 at the foot of the last page, its first and last rule
        thick."""
        apart = self._paragraph(FANG, Pt(12), exact=Pt(12))
        apart.paragraph_format.keep_with_next = True
        table = self._table([Mm(86), Mm(70)], bordered=False)
        copied = f"抄送：{'，'.join(copies)}。" if copies else ""
        if copied:
            cells = table.add_row().cells
            line = self._colophon_line(cells[0].merge(cells[1]), copied, top=THICK, bottom=THIN)
            _indent(line, left=4.0, right=1.0, hanging=3.0, size=SMALL)
        cells = table.add_row().cells
        top = THIN if copied else THICK
        self._colophon_line(cells[0], printed_by, top=top, bottom=THICK)
        printed = self._colophon_line(cells[1], f"{day(printed_on)}印发", top=top, bottom=THICK)
        printed.alignment = RIGHTWARD
        _at_foot(table, 1 + math.ceil(_width(copied) / COLOPHON_CHARACTERS))

    def bytes(self) -> bytes:
        """The document. The same parts make the same bytes."""
        self._end()
        whole = io.BytesIO()
        self._document.save(whole)
        return repacked(whole.getvalue())

    # How the parts are made.

    def _end(self) -> None:
        """After a table a text needs a paragraph to end with: as low as can be."""
        if self._body[-2].tag == qn("w:tbl"):
            self._paragraph(FANG, Pt(1), exact=Pt(1))

    def _set_page(self) -> None:
        section = self._document.sections[0]
        section.page_width, section.page_height = PAGE
        section.top_margin, section.bottom_margin = TOP, BOTTOM
        section.left_margin, section.right_margin = LEFT, RIGHT
        section.header_distance, section.footer_distance = Mm(15), Mm(23)
        grid = section._sectPr.find(qn("w:docGrid"))
        if grid is None:
            grid = OxmlElement("w:docGrid")
            section._sectPr.append(grid)
        # Lines only: LibreOffice gives a character that is wider than its cell two of them. That 28
        # characters fill a line is said by the spacing of the characters instead.
        grid.set(qn("w:type"), "lines")
        grid.set(qn("w:linePitch"), str(round(LINE.pt * 20)))

    def _set_fonts(self) -> None:
        normal = self._document.styles["Normal"]
        normal.font.size = BODY
        spacing = OxmlElement("w:spacing")
        spacing.set(qn("w:val"), str(CLOSER))
        normal.element.get_or_add_rPr().insert_element_before(spacing, "w:sz", "w:szCs", "w:lang")
        for language in self._document.styles.element.iter(qn("w:lang")):
            language.set(qn("w:eastAsia"), "zh-CN")
        _font(normal.element.get_or_add_rPr(), FANG)
        normal.paragraph_format.space_after = Pt(0)
        for part in self._document.part.package.iter_parts():
            if part.partname == "/word/fontTable.xml":
                part._blob = _font_table()

    def _number_pages(self) -> None:
        """— 1 —, on odd pages at the right, on even ones at the left, a character from the edge."""
        self._document.settings.odd_and_even_pages_header_footer = True
        section = self._document.sections[0]
        for footer, right in ((section.footer, True), (section.even_page_footer, False)):
            footer.is_linked_to_previous = False
            line = footer.paragraphs[0]
            line.alignment = RIGHTWARD if right else WD_ALIGN_PARAGRAPH.LEFT
            _indent(line, **({"right": 1.0} if right else {"left": 1.0}), size=SMALL)
            for text in ("— ", None, " —"):
                run = line.add_run(text or "")
                run.font.size = SMALL
                _font(run._element.get_or_add_rPr(), SONG, SONG)
                if text is None:
                    _field(run._element, "PAGE")

    def _paragraph(
        self,
        font: str,
        size: Length,
        *,
        align: Any = None,  # noqa: ANN401
        exact: Length | int | None = LINE,
    ) -> Paragraph:
        paragraph: Paragraph = self._document.add_paragraph()
        if align is not None:
            paragraph.alignment = align
        form = paragraph.paragraph_format
        form.space_before = form.space_after = Pt(0)
        if exact is not None:
            form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, Length(exact)
        mark = _mark_properties(paragraph)
        mark.sz_val = size
        _font(mark, font)
        return paragraph

    def _indented(self) -> Paragraph:
        paragraph = self._paragraph(FANG, BODY, align=BOTH)
        _indent(paragraph, first=2.0)
        return paragraph

    def _heading(self, text: str, font: str) -> None:
        paragraph = self._indented()
        paragraph.paragraph_format.keep_with_next = True
        self._write(paragraph, text, font, BODY)

    def _write(
        self, paragraph: Paragraph, text: str, font: str, size: Length, *, red: bool = False
    ) -> None:
        run = paragraph.add_run(clean(text))
        run.font.size = size
        _font(run._element.get_or_add_rPr(), font)
        if red:
            run.font.color.rgb = RED

    def _rule(self, paragraph: Paragraph) -> None:
        """The red line under a paragraph, as wide as the text, 4 mm below it."""
        paragraph.paragraph_format.space_after = Pt(10)
        borders = OxmlElement("w:pBdr")
        borders.append(_edge("bottom", 18, str(RED), 11))
        paragraph._p.get_or_add_pPr().insert_element_before(
            borders,
            *("w:shd", "w:tabs", "w:suppressAutoHyphens", "w:snapToGrid"),
            *("w:spacing", "w:ind", "w:jc", "w:rPr"),
        )

    def _table(self, widths: Sequence[Length], *, bordered: bool = True) -> Table:
        table: Table = self._document.add_table(rows=0, cols=len(widths))
        if bordered:
            table.style = "Table Grid"
            _keep_off_rules(table)
        table.alignment = WD_TABLE_ALIGNMENT.CENTER
        table.autofit = False
        for column, width in zip(table.columns, widths, strict=True):
            column.width = width
        return table

    def _cell(self, cell: _Cell, text: str, font: str, *, centred: bool = False) -> None:
        cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
        for n, line in enumerate(lines(text) or [""]):
            paragraph = cell.paragraphs[0] if n == 0 else cell.add_paragraph()
            self._cell_line(paragraph, line, font, TABLE, Pt(18))
            if centred:
                paragraph.alignment = CENTER

    def _cell_line(
        self, paragraph: Paragraph, text: str, font: str, size: Length, exact: Length
    ) -> None:
        form = paragraph.paragraph_format
        form.space_before = form.space_after = Pt(0)
        form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, exact
        _off_grid(paragraph)
        self._write(paragraph, text, font, size)

    def _colophon_line(self, cell: _Cell, text: str, *, top: int, bottom: int) -> Paragraph:
        borders = OxmlElement("w:tcBorders")
        for side, weight in (("top", top), ("bottom", bottom)):
            borders.append(_edge(side, weight, "000000", 0))
        cell._tc.get_or_add_tcPr().insert_element_before(borders, "w:tcMar", "w:vAlign")
        paragraph: Paragraph = cell.paragraphs[0]
        self._cell_line(paragraph, text, FANG, SMALL, COLOPHON_LINE)
        paragraph.paragraph_format.keep_with_next = True
        _indent(paragraph, left=1.0, right=1.0, size=SMALL)
        return paragraph


def repacked(document: bytes) -> bytes:
    """``document`` without the time at which it was packed."""
    whole = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(document)) as before, zipfile.ZipFile(whole, "w") as after:
        for name in before.namelist():
            entry = zipfile.ZipInfo(name, EARLIEST)
            after.writestr(entry, before.read(name), zipfile.ZIP_DEFLATED)
    return whole.getvalue()


def _width(text: str) -> float:
    """In characters; a Latin one is half of one, and a quarter lies between the two sorts."""
    latin = [ord(c) < 128 for c in text]
    borders = sum(a != b for a, b in pairwise(latin))
    return len(text) - sum(latin) / 2 + borders / 4


def _off_grid(paragraph: Paragraph) -> None:
    """Its lines are as high as it says, not as the page's."""
    off = OxmlElement("w:snapToGrid")
    off.set(qn("w:val"), "0")
    paragraph._p.get_or_add_pPr().insert_element_before(off, "w:spacing", "w:ind", "w:jc", "w:rPr")


def _font(properties: Any, east: str, latin: str = LATIN) -> None:  # noqa: ANN401 - w:rPr
    fonts = properties.get_or_add_rFonts()
    for name in ("asciiTheme", "eastAsiaTheme", "hAnsiTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{name}"), None)
    for name, font in (("ascii", latin), ("hAnsi", latin), ("cs", latin), ("eastAsia", east)):
        fonts.set(qn(f"w:{name}"), font)


def _mark_properties(paragraph: Paragraph) -> Any:  # noqa: ANN401 - w:rPr
    """The properties of a paragraph's end mark, which an empty paragraph is as high as."""
    properties = paragraph._p.get_or_add_pPr()
    found = properties.find(qn("w:rPr"))
    if found is None:
        found = OxmlElement("w:rPr")
        properties.append(found)
    return found


def _indent(
    paragraph: Paragraph,
    *,
    first: float = 0,
    left: float = 0,
    right: float = 0,
    hanging: float = 0,
    size: Length = BODY,
) -> None:
    """In characters, said twice: Word goes by the characters, LibreOffice by the lengths."""
    indent = paragraph._p.get_or_add_pPr().get_or_add_ind()
    given = (("firstLine", first), ("left", left), ("right", right), ("hanging", hanging))
    for name, count in given:
        if count:
            indent.set(qn(f"w:{name}Chars"), str(round(count * 100)))
            indent.set(qn(f"w:{name}"), str(round(count * size.pt * 20)))


def _field(run: Any, instruction: str) -> None:  # noqa: ANN401 - w:r
    for kind in ("begin", "separate", "end"):
        mark = OxmlElement("w:fldChar")
        mark.set(qn("w:fldCharType"), kind)
        run.append(mark)
        if kind == "begin":
            text = OxmlElement("w:instrText")
            text.set(qn("xml:space"), "preserve")
            text.text = f" {instruction} "
            run.append(text)
        elif kind == "separate":
            shown = OxmlElement("w:t")
            shown.text = "1"
            run.append(shown)


def _keep_off_rules(table: Table) -> None:
    """Two points between the text of a cell and the rules above and below."""
    margins = OxmlElement("w:tblCellMar")
    for side in ("top", "bottom"):
        edge = OxmlElement(f"w:{side}")
        edge.set(qn("w:w"), "40")
        edge.set(qn("w:type"), "dxa")
        margins.append(edge)
    table._tbl.tblPr.insert_element_before(margins, "w:tblLook")


def _at_foot(table: Table, text_lines: int) -> None:
    """Put a table of so many lines at the foot of the text area of the page that it comes to stand
    on. LibreOffice lets no table float that is as wide as the text: there it follows the text."""
    from_top = PAGE[1].pt - BOTTOM.pt - text_lines * COLOPHON_LINE.pt
    place = OxmlElement("w:tblpPr")
    for name, value in (
        ("leftFromText", "0"),
        ("rightFromText", "0"),
        ("vertAnchor", "page"),
        ("horzAnchor", "margin"),
        ("tblpX", "1"),
        ("tblpY", str(round(from_top * 20))),
    ):
        place.set(qn(f"w:{name}"), value)
    table._tbl.tblPr.insert_element_before(
        place, "w:tblOverlap", "w:tblW", "w:jc", "w:tblLayout", "w:tblLook"
    )


def _edge(side: str, weight: int, color: str, space: int) -> Any:  # noqa: ANN401
    """A rule: its weight in eighths of a point, ``space`` points from the text."""
    edge = OxmlElement(f"w:{side}")
    for name, value in (("val", "single"), ("sz", weight), ("space", space), ("color", color)):
        edge.set(qn(f"w:{name}"), str(value))
    return edge


def _font_table() -> bytes:
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    fonts = [
        f'<w:font w:name="{name}"><w:altName w:val="{other}"/>'
        f'<w:charset w:val="86"/><w:family w:val="auto"/></w:font>'
        for name, other in FALLBACKS.items()
    ]
    latin = f'<w:font w:name="{LATIN}"><w:charset w:val="00"/><w:family w:val="roman"/></w:font>'
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
        f'<w:fonts xmlns:w="{space}">{"".join(fonts)}{latin}</w:fonts>'
    ).encode()
