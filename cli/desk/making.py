"""Commands made from the forms of the API, when they are asked for."""

import inspect
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

import typer

from cli.chinese import Command
from cli.desk import work
from cli.desk.acts import Form, act_forms, act_names, form, meant
from cli.desk.commands import Json, Key, Named, Number, Output, OutputOption, Year
from cli.desk.forms import parameter

if TYPE_CHECKING:
    from typer._click.core import Command as AnyCommand

Given = Mapping[str, Any]
Seq = Annotated[int, typer.Option("--seq", min=1, help="待核实操作的序号（见办理过程）。")]
No = Annotated[str, typer.Argument(metavar="条款", help="条款的序号。")]
_REQUIRED = inspect.Parameter.empty


def act_command(name: str) -> "AnyCommand | None":
    """The command of an act."""
    found = act_forms().get(meant(name))
    if found is None:
        return None
    arguments: dict[str, tuple[Any, Any]] = {"item": (Named, _REQUIRED)}
    if found.aims:
        arguments["seq"] = (Seq, _REQUIRED)
    options: dict[str, tuple[Any, Any]] = {"year": (Year, None), "key": (Key, None)}
    return _command(found, lambda given: work.do(found, given), arguments, options)


def act_titles() -> dict[str, str]:
    """Every act and its Chinese title."""
    return act_names()


def item_command(name: str) -> "AnyCommand | None":
    """The command that registers an item."""
    if name != "create":
        return None
    made = form("create")
    return _command(made, lambda given: work.create_item(made, given), {}, {"key": (Key, None)})


SOURCES: dict[str, tuple[str, str, dict[str, tuple[Any, Any]]]] = {
    "create": ("POST", "/sources", {}),
    "update": ("PUT", "/sources/{number}", {"number": (Number, _REQUIRED)}),
    "add-clauses": ("POST", "/sources/{number}/clauses", {"number": (Number, _REQUIRED)}),
    "clause": (
        "PATCH",
        "/sources/{number}/clauses/{no}",
        {"number": (Number, _REQUIRED), "no": (No, _REQUIRED)},
    ),
}
"""The changes of the register of sources: method, path, arguments."""


def source_command(name: str) -> "AnyCommand | None":
    """A command that changes the register of sources."""
    if name not in SOURCES:
        return None
    method, path, arguments = SOURCES[name]
    made = form(f"source {name}")

    def change(given: Given) -> None:
        at = {named: quote(str(given[named]), safe="") for named in arguments}
        work.change_source(made, given, method, path.format(**at))

    return _command(made, change, arguments, {})


def _command(
    made: Form,
    run: Callable[[Given], None],
    arguments: dict[str, tuple[Any, Any]],
    options: dict[str, tuple[Any, Any]],
) -> "AnyCommand":
    """A command with these arguments, an option for every field, and these options."""
    fields = {field.name: (parameter(field), None) for field in made.fields}
    shared = {"json_from": (Json, None), "output": (OutputOption, Output.TABLE)}
    parameters = arguments | fields | options | shared

    def command(**given: object) -> None:
        run(given)

    command.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [
            inspect.Parameter(
                name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation
            )
            for name, (annotation, default) in parameters.items()
        ]
    )
    command.__annotations__ = {name: annotation for name, (annotation, _) in parameters.items()}
    single = typer.Typer(add_completion=False, rich_markup_mode=None)
    single.command(made.command, cls=Command, help=made.help, short_help=made.title)(command)
    return typer.main.get_command(single)
