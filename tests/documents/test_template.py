"""The office's own templates: filled in with the facts, and able to do nothing else."""

import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from docx import Document

from documents.facts import FACTS
from documents.gather import Asked, gathered
from documents.template import MOST_BYTES, check, filled_in, sample
from domain.documents import DocumentKind
from domain.errors import Invalid
from tests.documents.records import NASTY, RECORDS, facts, head, record


def template(*lines: str, change: Callable[[Any], None] | None = None) -> bytes:
    document = Document()
    for line in lines:
        document.add_paragraph(line)
    if change is not None:
        change(document)
    whole = io.BytesIO()
    document.save(whole)
    return whole.getvalue()


def packed(package: bytes, **parts: bytes) -> bytes:
    """The package with some of its parts replaced or added (``/`` written as ``__``)."""
    whole = io.BytesIO()
    named = {name.replace("__", "/"): content for name, content in parts.items()}
    with zipfile.ZipFile(io.BytesIO(package)) as before, zipfile.ZipFile(whole, "w") as after:
        for name in before.namelist():
            if name not in named:
                after.writestr(name, before.read(name))
        for name, content in named.items():
            after.writestr(name, content)
    return whole.getvalue()


def words(content: bytes) -> list[str]:
    document = Document(io.BytesIO(content))
    header = document.sections[0].header.paragraphs
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return [*(line.text for line in (*document.paragraphs, *header)), *cells]


def refused(content: bytes, kind: DocumentKind = DocumentKind.ORDER) -> tuple[str, str]:
    with pytest.raises(Invalid) as caught:
        check(kind, content)
    return caught.value.code, caught.value.detail


def test_it_says_the_facts() -> None:
    def change(document: Any) -> None:
        table = document.add_table(rows=3, cols=2)
        table.cell(0, 0).text = "{%tr for one in items %}"
        table.cell(1, 0).text = "{{ loop.index }}、{{ one.matter.title }}"
        table.cell(1, 1).text = "{{ one.progress }}"
        table.cell(2, 0).text = "{%tr endfor %}"
        document.sections[0].header.paragraphs[0].text = "{{ supervision_office }}"

    own = template(
        "{{ number }}（{{ made_on }}）报送：{{ recipients }}",
        "{% if problems %}问题：{{ problems }}{% endif %}",
        change=change,
    )
    kind = DocumentKind.BRIEFING
    check(kind, own)
    told = filled_in(kind, own, gathered(kind, (RECORDS[kind],), Asked(), head("〔2026〕第1期")))
    found = words(told)
    assert "〔2026〕第1期（2026年11月2日）报送：区委书记、区长、区委、区政府分管领导" in found
    assert "问题：暂无需要报告的问题。" in found
    assert "1、老旧小区改造" in found
    assert "已完成全部改造任务。\n居民满意。" in found
    assert "周村区政府督查室" in found
    assert told == filled_in(
        kind, own, gathered(kind, (RECORDS[kind],), Asked(), head("〔2026〕第1期"))
    )


def test_what_a_fact_says_is_text() -> None:
    """Neither markup nor a placeholder, and nothing that breaks the file."""
    one = record(facts=facts(title=NASTY + "{{ number }}{% for %}"))
    kind = DocumentKind.ORDER
    found = words(filled_in(kind, template("{{ title }}"), gathered(kind, (one,), Asked(), head())))
    assert "关于甲<乙>&丙“丁”〔戊〕己庚辛壬{{ number }}{% for %}的督办单" in found


@pytest.mark.parametrize("kind", DocumentKind)
def test_every_fact_of_every_kind_can_be_shown(kind: DocumentKind) -> None:
    own = template(*(f"{{{{ {name} }}}}" for name in FACTS[kind].__dataclass_fields__))
    check(kind, own)
    assert "样例" in words(filled_in(kind, own, sample(FACTS[kind])))


@pytest.mark.parametrize(
    "line",
    [
        "{{ colour }}",
        "{{ matter.colour }}",
        "{% for one in items %}{{ one.title }}{% endfor %}",
        "{% if false %}{{ colour }}{% endif %}",
        "{{ original.__class__ }}",
        "{{ loop.index }}",
        "{{ matter.title.reason }}",
    ],
)
def test_what_the_facts_do_not_have_is_named(line: str) -> None:
    code, detail = refused(template(line))
    assert code == "unknown_placeholder", detail
    assert "“" in detail


@pytest.mark.parametrize(
    "line",
    [
        "{{ title.upper() }}",
        "{{ number * 1000000000 }}",
        "{{ number + number }}",
        "{{ number ~ number }}",
        "{% set a = title %}{{ a }}",
        "{{ title|format(1) }}",
        "{{ ''['__class__'] }}",
        "{% include 'x' %}",
        "{% import 'x' as x %}",
        "{% macro m() %}{% endmacro %}",
        "{{ range(9) }}",
        "{{ [title] }}",
    ],
)
def test_it_runs_nothing(line: str) -> None:
    assert refused(template(line))[0] == "template_not_allowed"


def test_loops_are_not_piled_up() -> None:
    deep = "{% for a in items %}" * 3 + "{% endfor %}" * 3
    assert refused(template(deep), DocumentKind.SUMMARY)[0] == "template_not_allowed"


@pytest.mark.parametrize("line", ["{{ title", "{% for a in %}", "{% if title %}"])
def test_a_slip_of_the_pen_is_said(line: str) -> None:
    code, detail = refused(template(line))
    assert (code, "占位符的写法有误" in detail) == ("bad_template", True)


def test_a_placeholder_is_looked_for_everywhere() -> None:
    def header(document: Any) -> None:
        document.sections[0].footer.paragraphs[0].text = "{{ colour }}"

    def property(document: Any) -> None:
        document.core_properties.subject = "{{ colour }}"

    for change in (header, property):
        assert refused(template("正文", change=change))[0] == "unknown_placeholder"


def test_only_a_plain_document_is_one() -> None:
    plain = template("{{ title }}")
    types = zipfile.ZipFile(io.BytesIO(plain)).read("[Content_Types].xml")
    relations = zipfile.ZipFile(io.BytesIO(plain)).read("word/_rels/document.xml.rels")
    macros = types.replace(b"openxmlformats-officedocument.wordprocessingml.document.main", b"x")
    outside = relations.replace(
        b"</Relationships>",
        b'<Relationship Id="rId99" Type="t" Target="http://x" TargetMode="External"/>'
        b"</Relationships>",
    )
    entities = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'
    for content, code in (
        (b"", "bad_template"),
        (b"PK\x03\x04 no package", "bad_template"),
        (packed(plain, **{"[Content_Types].xml": macros}), "bad_template"),
        (packed(plain, word__document_xml=b"", **{"word/document.xml": b"<a>"}), "bad_template"),
        (packed(plain, **{"word/_rels/document.xml.rels": outside}), "template_not_allowed"),
        (packed(plain, **{"word/x.xml": entities}), "template_not_allowed"),
        (plain + b"\0" * MOST_BYTES, "template_too_large"),
        (packed(plain, **{"word/big.bin": b"\0" * (21 * 1024 * 1024)}), "template_too_large"),
    ):
        assert refused(content)[0] == code
