"""Every refusal has a code, every code a Chinese sentence, and no sentence is left over."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.acts import ACTS
from domain.errors import DETAILS
from domain.items import ENDED, Status
from tests.architecture.project import ROOT, sources

CHINESE = re.compile(r"[\u4e00-\u9fff].*[。）]$")
CODE = re.compile(r"[a-z]+(_[a-z0-9]+)*")


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def refusals() -> set[str]:
    """``DomainError`` and everything derived from it, in whatever package."""
    bases = {
        node.name: {base.id for base in node.bases if isinstance(base, ast.Name)}
        for path in sources()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ClassDef)
    }
    known = {"DomainError"}
    while more := {name for name, of in bases.items() if of & known} - known:
        known |= more
    return known


def raised() -> Iterator[tuple[str, ast.Call]]:
    """Every refusal that is made anywhere, and where."""
    names = refusals()
    assert {"Invalid", "Forbidden", "Refused"} <= names
    for path in sources():
        for node in ast.walk(tree(path)):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
                continue
            if node.func.id in names:
                yield f"{path.relative_to(ROOT)}:{node.lineno}", node


RAISED = list(raised())


def constant(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


@pytest.mark.parametrize(("where", "call"), RAISED, ids=[where for where, _ in RAISED])
def test_whoever_refuses_says_why(where: str, call: ast.Call) -> None:
    code = constant(call.args[0])
    if code is None:
        return  # worked out: see the tests below
    assert CODE.fullmatch(code), where
    assert len(call.args) + len(call.keywords) > 1 or code in DETAILS, f"{where}: no detail"


def test_every_code_is_used() -> None:
    """A literal of it stands somewhere: raised, or looked up by the gate."""
    used = {
        node.value
        for path in sources()
        if path != ROOT / "domain" / "errors.py"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert set(DETAILS) - used == set()


def test_codes_that_are_worked_out_have_a_detail_too() -> None:
    by_status = {status.value for status in ENDED | {Status.SUSPENDED}}
    by_act = {code for spec in ACTS.values() for _, code in spec.otherwise}
    assert by_status | by_act <= set(DETAILS)


@pytest.mark.parametrize("code", DETAILS)
def test_every_detail_is_a_chinese_sentence(code: str) -> None:
    assert CODE.fullmatch(code)
    assert CHINESE.search(DETAILS[code]), DETAILS[code]
