"""What an import of a ledger asks and answers."""

from typing import Annotated

from pydantic import BaseModel, Field

from api.import_plan import Fate
from api.schemas import Day, Strict, TargetIn


class ImportOptions(Strict):
    """How a ledger is to be read."""

    year: Annotated[
        int | None, Field(ge=2000, le=2100, description="台账中没有写年份的时限所属的年份")
    ] = None
    create_units: Annotated[bool, Field(description="一并登记名录中没有的单位")] = False
    allow_past: Annotated[bool, Field(description="允许时限已过的事项（下达即逾期）")] = False
    draft: Annotated[bool, Field(description="只登记（拟办），不下达")] = False


class ImportQuery(ImportOptions):
    """Which rows to report."""

    fate: Annotated[Fate | None, Field(description="只看这样的行")] = None
    offset: Annotated[int, Field(ge=0, le=1_000_000, description="从第几行起，0 为第一行")] = 0
    limit: Annotated[int, Field(ge=1, le=500)] = 200


class ImportIn(ImportOptions):
    """How a ledger is to be read, and how many rows to issue now."""

    offset: Annotated[int, Field(ge=0, le=1_000_000, description="从第几行起，0 为第一行")] = 0
    limit: Annotated[int, Field(ge=1, le=50, description="这一次最多办几行")] = 20


class ColumnOut(BaseModel):
    """A column of a sheet, and what it was taken for."""

    heading: str
    taken_as: str


class SheetOut(BaseModel):
    """A table that was found."""

    name: str
    columns: list[ColumnOut]


class NewUnitOut(BaseModel):
    """A unit that the import registers."""

    name: str
    code: str


class RemarkOut(BaseModel):
    """What somebody should look at."""

    field: str
    text: str


class NodeOut(BaseModel):
    """A node of an item."""

    name: str
    due_on: Day


class RowOut(BaseModel):
    """A row, and what becomes of it."""

    sheet: str
    lines: list[int] = Field(description="表格中的行号")
    fate: Fate
    fate_name: str
    reason: str
    title: str
    lead_unit_name: str
    co_unit_names: list[str]
    kind: str | None
    kind_name: str | None
    cycle_name: str | None
    limit: str = Field(description="时限的写法认成了什么")
    due_on: Day | None = Field(description="如果现在下达，期限的最后一日")
    nodes: list[NodeOut]
    targets: list[TargetIn]
    doubts: list[RemarkOut]
    item_id: str | None = Field(description="已有的事项")


class ImportOut(BaseModel):
    """A ledger, judged."""

    file_id: str
    filename: str
    year: int | None
    year_basis: str
    notes: list[str]
    sheets: list[SheetOut]
    counts: dict[str, int] = Field(description="ready、on_record、rejected、skipped 各多少行")
    unknown_units: list[str]
    new_units: list[NewUnitOut]
    rows: list[RowOut]
    next_offset: int | None


class IssuedOut(BaseModel):
    """A row that has become an item."""

    line: int
    item_id: str
    title: str


class RefusedOut(BaseModel):
    """A row that was refused when it was to be issued."""

    line: int
    title: str
    reason: str


class ProgressOut(BaseModel):
    """What has been done of an import, and what is left to do."""

    issued: list[IssuedOut]
    refused: list[RefusedOut]
    on_record: int = Field(description="此前已有的行")
    rejected: int
    left: int = Field(description="还没有办的行")
    next_offset: int | None = Field(description="接着办的，从第几行起")
