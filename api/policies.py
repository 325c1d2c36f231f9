"""Editions of the rules, and moving an item from one to another."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response
from pydantic import TypeAdapter

from api.audit import Changing
from api.context import ContextDep
from api.errors import not_found
from api.guide import ACCEPTED
from api.present import answer
from api.requests import KeyDep, body_of, documented
from api.rights import RulesDep, RulesReaderDep
from api.schemas import (
    ChangeEditionIn,
    CoverageOut,
    CoveredOut,
    ItemOut,
    PolicyIn,
    PolicyList,
    PolicyOut,
)
from domain.acts import require_text
from domain.coverage import BY_NAMES, COVERAGE
from domain.errors import Invalid
from domain.policy import Policy, clause_of
from domain.text import EDITION_NAME
from store import policies
from workflows.reading import read

router = APIRouter(tags=["规则版次"], route_class=Changing)
POLICY = TypeAdapter(Policy)
EditionPath = Annotated[str, Path(min_length=1, max_length=60)]


@router.get(
    "/policies",
    summary="全部规则版次",
    description="每版的参数及其依据的条款，按施行日期排列。",
)
async def list_policies(context: ContextDep, _: RulesReaderDep) -> PolicyList:
    """Every edition with its settings and the clause each rests on."""
    async with context.database.read() as connection:
        return PolicyList(items=[_out(policy) for policy in await policies.editions(connection)])


@router.get("/policies/{edition}", summary="一版规则", description="参数及其依据的条款。")
async def get_policy(edition: EditionPath, context: ContextDep, _: RulesReaderDep) -> PolicyOut:
    """One edition."""
    async with context.database.read() as connection:
        found = await policies.edition(connection, edition)
    if found is None:
        raise not_found()
    return _out(found)


@router.put(
    "/policies/{edition}",
    summary="录入一版规则",
    description="督查室负责人办。自施行日期起下达的事项适用新版；已下达的仍用原版，直到有人改用。"
    "录入的版次不再改变。",
    openapi_extra=documented(PolicyIn),
)
async def put_policy(
    edition: Annotated[
        str, Path(min_length=1, max_length=60, pattern=EDITION_NAME, description="版次")
    ],
    context: ContextDep,
    actor: RulesDep,
    body: Annotated[PolicyIn, Depends(body_of(PolicyIn))],
) -> PolicyOut:
    """A new edition, in force for what is issued from its day on. Settings left out keep the
    values of the source. An edition once loaded is never changed."""
    effective_on = body.effective_on.isoformat()
    given = {"edition": edition, "effective_on": effective_on, **body.settings}
    if {"edition", "effective_on"} & body.settings.keys():
        raise Invalid("invalid_field", "settings 中不能再写 edition 或 effective_on。")
    unknown = body.settings.keys() - Policy.__dataclass_fields__.keys()
    if unknown:
        raise Invalid("unknown_field", f"没有这项规则参数：{'、'.join(sorted(unknown))[:200]}。")
    policy = read(POLICY, given)
    today = context.now().astimezone(context.settings.zone).date()
    async with context.database.write() as connection:
        # It cannot be taken back: what is issued from its day on is issued under it.
        if policy.effective_on < today and await policies.edition(connection, edition) != policy:
            raise Invalid("effective_in_past")
        return _out(await policies.put_edition(connection, policy, actor.username))


@router.get(
    "/coverage",
    summary="办法各条的落实",
    description="办法的每项要求由系统把关、由人把关，还是尚未实现，以及怎样把关。",
)
async def coverage(_: RulesReaderDep) -> CoverageOut:
    """Every requirement, and who sees to it that it is kept."""
    return CoverageOut(
        items=[
            CoveredOut(
                number=one.number,
                clause=one.clause,
                phrase=one.phrase,
                by=one.by,
                by_name=BY_NAMES[one.by],
                how=one.how,
            )
            for one in COVERAGE
        ]
    )


@router.post(
    "/items/{item_id}/edition",
    summary="改用规则版次",
    description="督查室负责人办。在办事项改用另一版规则，各项未到的期限重新计算，保留原期限和原因。",
    tags=["办理"],
    responses=ACCEPTED,
    openapi_extra=documented(ChangeEditionIn),
)
async def change_edition(
    item_id: str,
    response: Response,
    context: ContextDep,
    actor: RulesDep,
    key: KeyDep,
    body: Annotated[ChangeEditionIn, Depends(body_of(ChangeEditionIn))],
) -> ItemOut:
    """Moves an open item to another edition, visibly; its running limits are counted anew."""
    require_text(reason=body.reason)
    done = await context.commands.change_edition(
        actor=actor, item_id=item_id, edition=body.edition, reason=body.reason, key=key
    )
    return answer(done, actor, response, context.settings.zone)


def _out(policy: Policy) -> PolicyOut:
    settings = POLICY.dump_python(policy, mode="json")
    edition, effective_on = settings.pop("edition"), settings.pop("effective_on")
    return PolicyOut(
        edition=edition,
        effective_on=effective_on,
        settings=settings,
        clauses={name: clause_of(name) for name in settings},
    )
