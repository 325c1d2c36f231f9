"""Every act of the system as a form: from the tables the API itself is made of."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from api.guide import FIELDS, description
from api.schemas import ChangeEditionIn, ItemIn, SplitIn
from api.source_schemas import ClauseChangeIn, ClausesIn, SourceBase, SourceIn
from cli.desk.forms import Field, fields_of
from domain.acts import ACTS

OF_ITEMS: dict[str, tuple[str, str, type[Any], str]] = {
    "split": (
        "parts",
        "分解",
        SplitIn,
        "把事项分解为若干分项，各有承办单位、期限和记录。谁办：督查室负责人；拟办事项的，"
        "工作人员也可以办。",
    ),
    "change_edition": (
        "edition",
        "改用另一版规则",
        ChangeEditionIn,
        "在办事项改用另一版规则，未到期的期限重新计算。谁办：督查室负责人。",
    ),
}
"""What is done to an item by routes that are not acts of its life: route, title, body, help."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """Something that can be filled in and sent. ``route`` lies below the item."""

    name: str
    route: str
    title: str
    help: str
    fields: tuple[Field, ...]

    @property
    def command(self) -> str:
        """The name on the command line."""
        return self.name.replace("_", "-")

    @property
    def aims(self) -> bool:
        """Whether it is about an earlier act, which is named by its number."""
        return "{seq}" in self.route


@cache
def act_forms() -> Mapping[str, Form]:
    """All that can be done to an item, by the name on the command line."""
    acts = [
        _form(spec.name, spec.route, spec.title, spec.body, _plain(description(spec)))
        for spec in ACTS.values()
    ]
    others = [_form(name, *of) for name, of in OF_ITEMS.items()]
    return {form.command: form for form in (*acts, *others)}


def act_names() -> dict[str, str]:
    """The same, with titles only: nothing is read for it that is not needed."""
    titles = {name: spec.title for name, spec in ACTS.items()}
    titles |= {name: title for name, (_, title, *_) in OF_ITEMS.items()}
    return {name.replace("_", "-"): title for name, title in titles.items()}


def meant(name: str) -> str:
    """The act's name on the command line, however it was called: also by its Chinese title."""
    by_title = {title: command for command, title in act_names().items()}
    return by_title.get(name, name.replace("_", "-"))


CREATE = "登记事项并下达，或只登记（--draft，拟办）。"
MADE: dict[str, tuple[type[Any], str]] = {
    "create": (ItemIn, CREATE),
    "source create": (SourceIn, "登记一个来源，连同各条款。"),
    "source update": (SourceBase, "更正来源：须填写全部内容，条款除外。"),
    "source add-clauses": (ClausesIn, "增加条款。"),
    "source clause": (ClauseChangeIn, "更正条款；--no-needed 决定不立项，须写明 --reason。"),
}
"""The other forms: their bodies."""


@cache
def form(name: str) -> Form:
    """One of ``MADE``."""
    body, text = MADE[name]
    return _form(name, "", text, body, text)


def _form(name: str, route: str, title: str, body: type[Any], text: str) -> Form:
    fields = tuple(fields_of(TypeAdapter(body).json_schema(), FIELDS))
    if route:
        # The item itself is named with --year.
        fields = tuple(
            replace(field, called="task_year") if field.path == ("year",) else field
            for field in fields
        )
    return Form(name=name, route=route, title=title, help=text, fields=fields)


def _plain(markdown: str) -> str:
    """The API's own words without its marks, and without what is said to operators."""
    return markdown.split("\n\n")[0].replace("*", "").replace("`", "")


def new_key() -> str:
    """A key that nobody has used."""
    return str(uuid.uuid4())
