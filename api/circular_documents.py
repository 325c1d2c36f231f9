"""The document of a circular that has gone out (督查通报): one of each version, by its number."""

import uuid
from typing import Annotated

from fastapi import APIRouter, Depends, Response

from api.audit import Changing
from api.circulars import CircularPath
from api.context import Context, ContextDep
from api.document_schemas import CircularDocumentIn, DocumentOut
from api.documents import content_of, document_out, stored
from api.errors import not_found
from api.requests import KeyDep, body_of, documented
from api.rights import CircularIssuerDep
from documents.frozen import facts_hash, frozen
from documents.gather import Letterhead
from documents.gather_circular import circular as gathered
from domain.acts import check_text
from domain.circular_life import STAGE_CODES
from domain.circular_state import Circular
from domain.circulars import Stage, numbered
from domain.documents import DOCUMENTS, DocumentKind, Mark
from domain.errors import Refused
from domain.items import Actor
from domain.office import check_set
from domain.seal import body_hash
from store import circulars, document_templates, documents, office
from store.documents import Made
from store.session import WriteConnection

router = APIRouter(prefix="/circulars", tags=["文书"], route_class=Changing)
KIND = DocumentKind.CIRCULAR


@router.post(
    "/{circular_id}/documents",
    status_code=201,
    summary="出具督查通报",
    description="督查室负责人办，印发之后（此前 409）。编号即该通报的期号，每份通报每稿一份："
    "已经出具的，答复原有的一份（200），其公开属性不变。公开属性逐次确定，必填。",
    responses={200: {"model": DocumentOut, "description": "已经出具的"}},
    openapi_extra=documented(CircularDocumentIn),
)
async def make_circular_document(
    circular_id: CircularPath,
    response: Response,
    context: ContextDep,
    actor: CircularIssuerDep,
    key: KeyDep,
    body: Annotated[CircularDocumentIn, Depends(body_of(CircularDocumentIn))],
) -> DocumentOut:
    """The document of the circular as it stands, made now or before."""
    check_text(publication_reason=body.publication_reason)
    mark = Mark(publication=body.publication, reason=body.publication_reason)
    digest = body_hash([circular_id, body.model_dump(mode="json")])
    async with context.database.write() as connection:
        found = await circulars.one(connection, circular_id, actor)
        if found is None:
            raise not_found()
        state = found.circular
        document_id = await _known(connection, actor, key, digest, state)
        if document_id is None:
            made = await _made(context, connection, actor, state, mark)
            await documents.add(connection, *made, key, digest)
            document_id = made[0].id
        else:
            response.status_code = 200
        row = await documents.one(connection, actor, document_id)
    if row is None:
        raise not_found()
    return document_out(row, context.settings.zone)


async def _known(
    connection: WriteConnection, actor: Actor, key: str, digest: str, state: Circular
) -> uuid.UUID | None:
    """The document that this request made, or another of the same version. Raises ``Refused``."""
    earlier = await documents.earlier(connection, actor.username, key)
    if earlier is None:
        return await documents.of_circular(connection, state.id, state.version)
    document_id, asked = earlier
    if asked != digest:
        raise Refused("idempotency_conflict")
    return document_id


async def _made(
    context: Context, connection: WriteConnection, actor: Actor, state: Circular, mark: Mark
) -> tuple[Made, dict[str, object]]:
    """Facts and bytes. Raises ``Refused`` for what has not gone out, or has been withdrawn."""
    if state.stage is not Stage.ISSUED:
        raise Refused(STAGE_CODES[state.stage])
    assert state.number is not None
    assert state.issued_at is not None
    zone, now = context.settings.zone, context.now()
    letterhead = await office.present(connection)
    check_set(letterhead, DOCUMENTS[KIND].needs)
    item_ids = tuple(dict.fromkeys(entry.item_id for entry in state.draft.entries))
    records = await documents.records(connection, actor, item_ids, zone)
    if records is None:
        raise not_found()
    head = Letterhead(
        number=state.number,
        made_on=state.issued_at.astimezone(zone).date(),
        now=now,
        office=letterhead,
        mark=mark,
    )
    facts = gathered(state, records, head)
    template = await document_templates.present(connection, KIND)
    content = await content_of(context, KIND, facts, template)
    kept, number = frozen(KIND, facts), numbered(state.number)
    made = Made(
        id=uuid.uuid4(),
        kind=KIND,
        year=number.year,
        sequence=number.sequence,
        number=state.number,
        title=kept["title"],
        item_ids=item_ids,
        facts_sha256=facts_hash(kept),
        file_sha256=await stored(context, content),
        file_size=len(content),
        holds_original=False,
        template_edition=template.edition if template else None,
        publication=mark.publication,
        publication_reason=mark.reason,
        made_by=actor.username,
        made_at=now,
        circular_id=state.id,
        version=state.version,
    )
    return made, kept
