"""The page and the parts of every document, as GB/T 9704-2012 has them; read from the file itself,
without an office program."""

import io
import re
import zipfile
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from docx import Document
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from documents.circular import circular
from documents.facts import Circular, Count, Mentioned, Problem, Unfinished
from documents.gather import Asked, gathered
from documents.layouts import laid_out
from documents.page import FANG, HEI, SONG, XBS
from domain.documents import DocumentKind, Mark, Publication
from tests.documents.records import NASTY, OFFICE, RECORDS, facts, head, made, paper, record

ISSUE = Circular(
    number="周村督查〔2026〕第3期",
    title="关于重点工作推进情况的督查通报",
    issuer=OFFICE.government_office,
    made_on=date(2026, 11, 2),
    publication="公开",
    publication_reason="",
    supervision_office=OFFICE.supervision_office,
    masthead="周村督查",
    issue="〔2026〕第3期",
    as_of=date(2026, 11, 3),
    opening="根据区政府工作安排，对重点工作逐项调度汇总，现将有关情况通报如下：",
    counts=(
        Count(name="已完成", number=3, share="75.00%"),
        Count(name="未完成", number=1, share="25.00%"),
    ),
    unfinished=(
        Unfinished(
            title="老旧小区改造", unit="区住建局", target="10个", present="8个", reason="雨天多"
        ),
    ),
    informed=(),
    praised=(Mentioned(units="区交通局", text="“农村公路”：提前完成。"),),
    problems=(Problem(units="区住建局", text="进度滞后。"),),
    requirements="11月底前全部完成，并书面报告。",
    recipients=OFFICE.recipients,
    copies=OFFICE.copies,
    printed_by=OFFICE.government_office,
)
WHOLE = {
    **{str(kind): made(kind, original=True) for kind in DocumentKind},
    "a circular": circular(ISSUE),
}


def opened(content: bytes) -> Any:
    return Document(io.BytesIO(content))


def texts(document: Any) -> list[str]:
    """Every paragraph, those of tables included."""
    return [
        "".join(t.text or "" for t in p.iter(qn("w:t")))
        for p in document.element.body.iter(qn("w:p"))
    ]


def paragraph(document: Any, beginning: str) -> Any:
    return next(p for p in document.paragraphs if p.text.startswith(beginning))


def east(run: Any) -> str:
    return str(run._element.rPr.rFonts.get(qn("w:eastAsia")))


@pytest.mark.parametrize("kind", WHOLE)
def test_the_page(kind: str) -> None:
    document = opened(WHOLE[kind])
    (section,) = document.sections
    size = (section.page_width, section.page_height)
    assert [round(side.mm) for side in size] == [210, 297]
    margins = (section.top_margin, section.bottom_margin, section.left_margin, section.right_margin)
    assert [round(margin.mm) for margin in margins] == [37, 35, 28, 26]
    grid = section._sectPr.find(qn("w:docGrid"))
    lines = (297 - 37 - 35) / 25.4 * 72 * 20 / int(grid.get(qn("w:linePitch")))
    assert round(lines, 1) == 22
    spacing = document.styles["Normal"].element.rPr.find(qn("w:spacing"))
    character = 16 + int(spacing.get(qn("w:val"))) / 20
    assert 28 <= Mm(156).pt / character < 28.2


@pytest.mark.parametrize("kind", WHOLE)
def test_page_numbers_outside(kind: str) -> None:
    """— 1 —: odd pages at the right, even ones at the left, 四号 宋体, a character in."""
    document = opened(WHOLE[kind])
    assert document.settings.odd_and_even_pages_header_footer
    section = document.sections[0]
    sides = ((section.footer, "right"), (section.even_page_footer, "left"))
    for footer, side in sides:
        (line,) = footer.paragraphs
        assert "".join(field.text for field in line._p.iter(qn("w:instrText"))).strip() == "PAGE"
        assert line.text == "— 1 —"
        assert line._p.pPr.ind.get(qn(f"w:{side}Chars")) == "100"
        assert {(run.font.size, east(run)) for run in line.runs} == {(Pt(14), SONG)}
    assert section.footer.paragraphs[0].alignment == 2
    assert section.even_page_footer.paragraphs[0].alignment == 0


@pytest.mark.parametrize("kind", WHOLE)
def test_nothing_is_left_to_be_filled_in(kind: str) -> None:
    words = "\n".join(texts(opened(WHOLE[kind])))
    assert not re.search(r"\{\{|\}\}|\{%|None|未设置|样例|datetime", words)
    with zipfile.ZipFile(io.BytesIO(WHOLE[kind])) as package:
        assert {entry.date_time for entry in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        fonts = package.read("word/fontTable.xml").decode()
    assert f'<w:font w:name="{FANG}"><w:altName w:val="仿宋,FangSong' in fonts


@pytest.mark.parametrize("kind", DocumentKind)
def test_the_same_facts_make_the_same_bytes(kind: DocumentKind) -> None:
    assert made(kind, original=True) == WHOLE[kind]


@pytest.mark.parametrize("kind", WHOLE)
def test_tables_are_as_wide_as_the_text(kind: str) -> None:
    """Both columns and cells say it: LibreOffice goes by the cells."""
    for table in opened(WHOLE[kind]).tables:
        assert not table.autofit
        assert round(sum(column.width.mm for column in table.columns)) == 156
        for row in table.rows:
            widths = {cell._tc: cell.width for cell in row.cells}
            assert round(sum(width.mm for width in widths.values())) == 156


def test_a_letter_from_the_top_down() -> None:
    document = opened(WHOLE["notice"])
    lines = [line.text for line in document.paragraphs if line.text]
    assert lines[:4] == [
        "周村区人民政府办公室文件",
        "周政督办〔2026〕3号",
        "关于老旧小区改造的督查通知",
        "各镇政府、街道办事处，周村经济开发区管委会，区政府各部门，有关单位：",
    ]
    mark, number, title, addressee = (paragraph(document, line) for line in lines[:4])
    assert (east(mark.runs[0]), str(mark.runs[0].font.color.rgb)) == (XBS, "C00000")
    assert round(mark.paragraph_format.space_before.mm) == 35
    assert mark.runs[0].font.size * len(mark.text) <= Mm(156)
    assert (number.alignment, number.runs[0].font.size) == (1, Pt(16))
    rule = number._p.pPr.find(qn("w:pBdr")).find(qn("w:bottom"))
    assert (rule.get(qn("w:color")), rule.get(qn("w:sz"))) == ("C00000", "18")
    assert (east(title.runs[0]), title.runs[0].font.size, title.alignment) == (XBS, Pt(22), 1)
    assert addressee._p.pPr.ind is None
    body = paragraph(document, "请按期办结")
    indent = body._p.pPr.ind
    assert indent.get(qn("w:firstLineChars")) == "200"
    assert indent.get(qn("w:firstLine")) == "640"
    assert (east(body.runs[0]), body.runs[0].font.size) == (FANG, Pt(16))
    assert east(paragraph(document, "一、").runs[0]) == HEI


def test_the_date_ends_four_characters_from_the_right() -> None:
    document = opened(WHOLE["notice"])
    dated = paragraph(document, "2026年11月2日")
    assert dated._p.pPr.ind.get(qn("w:rightChars")) == "400"
    signed = [line for line in document.paragraphs if line.text == "周村区人民政府办公室"][-1]
    assert 0 < int(signed._p.pPr.ind.get(qn("w:rightChars"))) < 400
    assert signed.paragraph_format.keep_with_next


def test_the_colophon_is_last_between_two_thick_rules() -> None:
    document = opened(WHOLE["notice"])
    table = document.tables[-1]
    copies, printed = table.rows
    assert copies.cells[0].text.startswith("抄送：区委各部门，区人大办")
    assert copies.cells[0].text.endswith("各人民团体。")
    assert [cell.text for cell in printed.cells] == ["周村区人民政府办公室", "2026年11月2日印发"]

    def weight(cell: Any, side: str) -> int:
        edge = cell._tc.tcPr.find(qn("w:tcBorders")).find(qn(f"w:{side}"))
        return int(edge.get(qn("w:sz")))

    assert weight(copies.cells[0], "top") == weight(printed.cells[0], "bottom") == 8
    assert weight(copies.cells[0], "bottom") == 6
    assert table._tbl.tblPr.find(qn("w:tblpPr")).get(qn("w:vertAnchor")) == "page"


def test_only_what_is_published_says_so() -> None:
    assert "（此件公开发布）" not in texts(opened(WHOLE["notice"]))
    public = head(mark=Mark(publication=Publication.PUBLIC, reason=""))
    told = laid_out(gathered(DocumentKind.NOTICE, (record(),), Asked(), public))
    note = paragraph(opened(told), "（此件公开发布）")
    assert note._p.pPr.ind.get(qn("w:firstLineChars")) == "200"


def test_a_long_text_flows_over_pages() -> None:
    """3,000 characters in a table as in a letter: rows may break, lines are the standard's."""
    long = "按期完成全部任务。" * 334
    for kind in (DocumentKind.NOTICE, DocumentKind.ORDER):
        told = laid_out(gathered(kind, (record(facts=facts(content=long)),), Asked(), head()))
        document = opened(told)
        assert long in texts(document)
        for row in document.element.body.iter(qn("w:tr")):
            said = "".join(t.text or "" for t in row.iter(qn("w:t")))
            assert (row.find(f".//{qn('w:cantSplit')}") is None) is (
                long in said or kind == "notice"
            )
    body = paragraph(
        opened(
            laid_out(
                gathered(DocumentKind.NOTICE, (record(facts=facts(content=long)),), Asked(), head())
            )
        ),
        "按期完成",
    )
    assert not body.paragraph_format.keep_together
    assert body.paragraph_format.line_spacing.pt == pytest.approx(28.95)


@pytest.mark.parametrize("kind", DocumentKind)
def test_any_text_is_safe(kind: DocumentKind) -> None:
    nasty = facts(title=NASTY, content=NASTY, lead_unit_name=NASTY)
    one = replace(RECORDS[kind], facts=nasty)
    told = laid_out(paper(kind, one))
    assert "甲<乙>&丙“丁”〔戊〕己庚辛壬" in "\n".join(texts(opened(told)))


def test_a_circular() -> None:
    document = opened(WHOLE["a circular"])
    words = texts(document)
    assert words[:4] == [
        "周村督查",
        "〔2026〕第3期",
        "\u3000周村区政府督查室2026年11月2日",
        "关于重点工作推进情况的督查通报",
    ]
    figures, unfinished, _ = document.tables
    assert [cell.text for cell in figures.rows[-1].cells] == ["合计", "4", "100.00%"]
    assert unfinished.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
    assert [cell.text for cell in unfinished.rows[1].cells][1:3] == ["老旧小区改造", "区住建局"]
    assert "截至2026年11月3日，本期通报所列4件事项的办理情况如下：" in words
    headings = [word for word in words if word[1:2] == "、"]
    assert headings == [
        *("一、总体情况", "二、未完成事项", "三、表扬", "四、存在问题", "五、有关要求")
    ]
    assert words[words.index("三、表扬") + 1] == "1．区交通局：“农村公路”：提前完成。"
    assert words[words.index("四、存在问题") + 1] == "1．区住建局：进度滞后。"
    assert "（此件公开发布）" in words


def test_the_leaders_box_leaves_room_for_a_pen() -> None:
    box = opened(WHOLE["briefing"]).tables[-1]
    assert box.rows[0].cells[0].text == "领导批示"
    assert round(box.rows[0].height.mm) == 55


def test_a_signature_has_a_page_of_its_own() -> None:
    document = opened(WHOLE["result"])
    breaks = [b for b in document.element.body.iter(qn("w:br")) if b.get(qn("w:type")) == "page"]
    assert len(breaks) == 1
    cells = {row.cells[0].text: row.cells[1].text for row in document.tables[-1].rows}
    assert cells["区政府分管领导阅签意见"] == "同意报送。"
    assert cells["阅签领导"] == "赵刚"
