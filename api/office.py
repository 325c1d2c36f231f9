"""The office's settings, and the templates of its documents."""

import asyncio
from collections.abc import Sequence
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends

from api import contents
from api.audit import Changing
from api.context import Context, ContextDep
from api.document_schemas import (
    OfficeEditionOut,
    OfficeIn,
    OfficeOut,
    PlaceholderOut,
    TemplateEditionOut,
    TemplateIn,
    TemplateList,
    TemplateOut,
)
from api.errors import NotFound, Unavailable
from api.requests import body_of, documented
from api.rights import LetterheadDep, RulesReaderDep
from documents.facts import FACTS, Placeholder, placeholders
from documents.template import check
from domain.acts import check_text
from domain.documents import DOCUMENTS, DocumentKind
from domain.errors import Invalid
from domain.office import Office
from store import document_templates, office
from store.document_templates import TemplateRow

router = APIRouter(tags=["文书"], route_class=Changing)


@router.get(
    "/settings/office",
    summary="文书的机关设置",
    description="机关名称、文号代字、联系人、主送和抄送，及历次改动。还缺的设置见 missing。",
)
async def get_office(context: ContextDep, _: RulesReaderDep) -> OfficeOut:
    """What documents say of the office, and who changed what of it."""
    return await _settings(context)


@router.put(
    "/settings/office",
    summary="设置文书的机关",
    description="督查室负责人办。按所填的全部设置；未填的为空。已出具的文书不变。",
    openapi_extra=documented(OfficeIn),
)
async def put_office(
    context: ContextDep,
    actor: LetterheadDep,
    body: Annotated[OfficeIn, Depends(body_of(OfficeIn))],
) -> OfficeOut:
    """What documents say of the office from now on."""
    given = body.model_dump()
    listed = {name: tuple(value) for name, value in given.items() if isinstance(value, list)}
    async with context.database.write() as connection:
        await office.put(connection, Office(**given | listed), actor.username)
    return await _settings(context)


async def _settings(context: Context) -> OfficeOut:
    async with context.database.read() as connection:
        known = await office.editions(connection)
    present = known[0].office if known else Office()
    zone = context.settings.zone
    return OfficeOut(
        **{
            name: list(value) if isinstance(value := getattr(present, name), tuple) else value
            for name in OfficeIn.model_fields
        },
        edition=known[0].edition if known else 0,
        missing={
            spec.kind.value: lacking
            for spec in DOCUMENTS.values()
            if (lacking := [name for name in spec.needs if not getattr(present, name)])
        },
        history=[
            OfficeEditionOut(
                edition=row.edition,
                set_by=row.set_by,
                set_at=row.set_at.astimezone(zone),
                changed=row.changed,
            )
            for row in known
        ],
    )


@router.get(
    "/document-templates",
    summary="文书模板",
    description="各种文书、模板中可用的占位符（{{ title }}；逐项的用 {% for %}）和历次版次。",
)
async def list_templates(context: ContextDep, _: RulesReaderDep) -> TemplateList:
    """Every kind of document, what its template may show, and the editions of it."""
    return await _templates(context)


@router.post(
    "/document-templates/{kind}",
    status_code=201,
    summary="上传文书模板",
    description="督查室负责人办。先上传 docx（POST /files），再在此启用；占位符与该种文书的内容"
    "不符的不接受（422 `unknown_placeholder`）。file_id 为 null 的，改回系统版式。",
    openapi_extra=documented(TemplateIn),
)
async def add_template(
    kind: DocumentKind,
    context: ContextDep,
    actor: LetterheadDep,
    body: Annotated[TemplateIn, Depends(body_of(TemplateIn))],
) -> TemplateOut:
    """A new edition of a template, checked against the facts."""
    check_text(note=body.note)
    if body.file_id is not None:
        try:
            kept = await context.references.readable_file(actor, body.file_id)
        except NotFound:
            raise Invalid(
                "unknown_file", "没有这个文件，请先上传（POST /files），填写所得的 id。"
            ) from None
        template = await template_bytes(context, kept.sha256)
        await asyncio.to_thread(check, kind, template)
    async with context.database.write() as connection:
        await document_templates.add(connection, kind, body.file_id, body.note, actor.username)
    known = await _templates(context)
    return next(one for one in known.items if one.kind == kind)


async def template_bytes(context: Context, sha256: str) -> bytes:
    """A template's bytes. Raises ``Unavailable`` where they are not there, or not the same."""
    found = await asyncio.to_thread(contents.found, context, sha256)
    if found is None:
        raise Unavailable("file_missing", "模板文件暂时读取不到；请联系管理员从备份恢复。")
    return found


async def _templates(context: Context) -> TemplateList:
    async with context.database.read() as connection:
        known = await document_templates.editions(connection)
    zone = context.settings.zone
    found = []
    for kind, spec in DOCUMENTS.items():
        rows = [row for row in known if row.kind == kind]
        present = rows[0] if rows else None
        found.append(
            TemplateOut(
                kind=kind,
                kind_name=spec.name,
                edition=present.edition if present and present.file_id else None,
                placeholders=_placeholders(placeholders(FACTS[kind])),
                editions=[_edition(row, zone) for row in rows],
            )
        )
    return TemplateList(items=found)


def _placeholders(listed: Sequence[Placeholder]) -> list[PlaceholderOut]:
    return [
        PlaceholderOut(name=one.name, meaning=one.meaning, within=_placeholders(one.within))
        for one in listed
    ]


def _edition(row: TemplateRow, zone: ZoneInfo) -> TemplateEditionOut:
    return TemplateEditionOut(
        edition=row.edition,
        file_id=row.file_id,
        sha256=row.sha256,
        note=row.note,
        made_by=row.made_by,
        made_at=row.made_at.astimezone(zone),
    )
