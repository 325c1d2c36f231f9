"""Requests and answers of the directory's routes, and what these share: posts, persons, leaders,
stand-ins, lodged rules of work, and the directory as one table."""

import uuid
from datetime import date
from typing import Annotated, Literal

from fastapi import Path
from pydantic import BaseModel, Field

from api.schemas import Day, Strict, WarningOut
from domain.directory import POST_NAMES, Post
from domain.text import CODE
from store.rows import PersonRow

TrioPost = Literal["principal", "supervisor", "handler"]
POSTS = "principal 第一责任人，supervisor 单位分管负责人，handler 具体责任人"
Limit = Annotated[int, Field(ge=1, le=200, description="每页条数")]
CursorField = Annotated[str | None, Field(description="上一页的 next_cursor")]
CodePath = Annotated[str, Path(min_length=1, max_length=40, pattern=CODE, description="单位代码")]


class PersonIn(Strict):
    """Somebody of the directory; an account is not needed."""

    name: str = Field(description="姓名", examples=["李强"])
    phone: str = Field("", description="电话")
    note: str = Field("", description="备注")
    username: str | None = Field(None, description="本系统的用户名；没有账号的不填")


class PersonOut(BaseModel):
    """Somebody of the directory."""

    id: int
    name: str
    phone: str
    note: str
    username: str | None
    posts: list["HeldOut"] = Field([], description="现任的职务")


class HeldOut(BaseModel):
    """A post somebody holds."""

    unit: str
    post: Post
    post_name: str


def person_out(row: PersonRow) -> PersonOut:
    """Somebody of the directory, as answered."""
    return PersonOut(
        id=row.id,
        name=row.name,
        phone=row.phone,
        note=row.note,
        username=row.username,
        posts=[
            HeldOut(unit=unit, post=Post(post), post_name=POST_NAMES[Post(post)])
            for unit, post in row.posts
        ],
    )


class PersonList(BaseModel):
    """A page of persons."""

    items: list[PersonOut]
    next_cursor: str | None


class AppointIn(Strict):
    """Who holds a post: somebody registered, or somebody by name."""

    person_id: Annotated[int, Field(ge=1, le=2**62)] | None = Field(
        None, description="已登记人员的编号；与 name 填一个"
    )
    name: str | None = Field(None, description="姓名；本单位没有此人的，同时登记")
    phone: str = Field("", description="电话；不填的不改")
    username: str | None = Field(None, description="用户名；只有督查室负责人和系统管理员可填")
    since: Day | None = Field(None, description="任职起日；接替他人而不填的即为今日")


class PostOut(BaseModel):
    """A service in a unit's trio."""

    post: Post
    post_name: str
    person: PersonOut
    since: date | None
    until: date | None = Field(description="任职的最后一日；null 为在任")
    current: bool


class PostList(BaseModel):
    """A unit's trio."""

    items: list[PostOut]
    next_cursor: str | None = None
    warnings: list[WarningOut] = []


class ChargeIn(Strict):
    """Since when a leader is in charge."""

    since: Day | None = Field(None, description="分管起日；不填即为今日")


class SubjectsIn(Strict):
    """All subjects a leader is in charge of."""

    subjects: list[str] = Field(description="分管事项，文字说明；不在其中的即行终止")


class FieldOut(BaseModel):
    """A unit in a leader's charge."""

    unit: str
    unit_name: str
    since: date | None
    until: date | None
    current: bool


class SubjectOut(BaseModel):
    """A subject in a leader's charge."""

    subject: str
    since: date | None
    until: date | None
    current: bool


class LeaderOut(BaseModel):
    """区政府领导 and what is in their charge."""

    username: str
    name: str
    reachable: bool = Field(description="有可用的领导账号，通知可以送达")
    fields: list[FieldOut] = Field(description="分管的单位")
    subjects: list[SubjectOut] = Field(description="分管的事项")


class LeaderList(BaseModel):
    """All leaders."""

    items: list[LeaderOut]
    next_cursor: str | None = None


class SuccessionIn(Strict):
    """Who follows a leader, from which day on, and why."""

    successor: str = Field(description="继任领导的用户名")
    on: Day = Field(description="继任之日：自该日起由继任者分管，原任领导任职至前一日")
    reason: str = Field(description="原因，例如“区政府领导分工调整”")


class SuccessionOut(BaseModel):
    """A succession; the items that wait are handed over by a workflow of its own."""

    id: str
    predecessor: str
    predecessor_name: str
    successor: str
    successor_name: str
    on: date
    reason: str
    units: list[str] = Field(description="移交的分管单位")
    made_by: str


class SuccessionList(BaseModel):
    """A leader's successions, the newest first."""

    items: list[SuccessionOut]
    next_cursor: str | None = None


class StandInIn(Strict):
    """AB角: who stands in for whom, and when."""

    stand_in: str = Field(description="代理人的用户名")
    absent: str = Field(description="被代理人的用户名")
    since: Day = Field(description="代理起日，含当日")
    until: Day = Field(description="代理止日，含当日；一次不超过一年")
    reason: str = Field(description="原因，例如“因公出差”")


class StandInOut(BaseModel):
    """One stand-in."""

    id: int
    stand_in: str
    stand_in_name: str
    absent: str
    absent_name: str
    since: date
    until: date
    reason: str
    made_by: str
    current: bool = Field(description="今日是否有效")


class StandInList(BaseModel):
    """A page of stand-ins, the newest first."""

    items: list[StandInOut]
    next_cursor: str | None


class RegulationIn(Strict):
    """办理工作制度 (R48) to lodge."""

    title: str = Field(description="制度名称", examples=["督查事项办理工作制度"])
    adopted_on: Day = Field(description="制定日期")
    file_id: uuid.UUID = Field(description="先用 POST /files 上传，填写所得的 id")


class RegulationOut(BaseModel):
    """A lodged 办理工作制度."""

    id: int
    unit: str
    title: str
    adopted_on: date
    file_id: uuid.UUID
    lodged_by: str
    withdrawn_on: date | None


class RegulationList(BaseModel):
    """A unit's lodged rules of work."""

    items: list[RegulationOut]
    next_cursor: str | None = None


class ProblemOut(BaseModel):
    """What is wrong, or worth a look, with a row."""

    code: str
    detail: str


class RowOut(BaseModel):
    """What becomes of a row of an imported directory."""

    row: int = Field(description="表中的行号，从 1 起")
    code: str = Field(description="单位代码；区政府领导的行为空")
    name: str
    outcome: Literal["new", "changed", "unchanged", "wrong"] = Field(
        description="new 新登记，changed 有改动，unchanged 无改动，wrong 须改正"
    )
    changes: list[str] = Field(description="将作的改动")
    problems: list[ProblemOut] = Field(description="须改正的；有一处，整个文件都不导入")
    remarks: list[ProblemOut] = Field(description="需要留意的，不影响导入")


class ReportOut(BaseModel):
    """The report on an imported directory, row by row."""

    rows: list[RowOut]
    notes: list[str]
    new: int
    changed: int
    unchanged: int
    wrong: int
    committed: bool = Field(description="是否已导入；试读为 false")
