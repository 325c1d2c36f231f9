"""An error is made where it is raised: one that is kept and raised again keeps what every frame
held that it was raised through, passwords among it."""

import ast

from domain import errors
from domain.errors import DomainError
from tests.architecture.project import sources

KINDS = {"Unauthorized", "NotFound", "TooLarge", "Unavailable", "TooMany", "Malformed"} | {
    name
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, DomainError)
}


def kept(tree: ast.Module) -> list[int]:
    """The lines on which a module makes an error once for all."""
    return [
        node.lineno
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        and isinstance(node.value, ast.Call)
        and isinstance(node.value.func, ast.Name)
        and node.value.func.id in KINDS
    ]


def test_no_error_is_made_once_for_all() -> None:
    found = {
        str(path): lines
        for path in sources()
        if (lines := kept(ast.parse(path.read_text(encoding="utf-8"))))
    }
    assert found == {}


def test_one_that_is_would_be_found() -> None:
    assert kept(ast.parse('GONE = NotFound("not_found", "未找到")')) == [1]
