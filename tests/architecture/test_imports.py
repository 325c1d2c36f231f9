"""The contracts on who may import whom are kept, and would notice if they were not."""

import ast
import sys
from pathlib import Path

import pytest

from tests.architecture.project import CONFIG, ROOT, copied, run, sources


def test_the_contracts_are_kept() -> None:
    checked = run("lint-imports", "--no-cache")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    kept = len(CONFIG["tool"]["importlinter"]["contracts"])
    assert f"Contracts: {kept} kept, 0 broken" in checked.stdout


@pytest.mark.parametrize(
    ("file", "planted", "broken"),
    [
        ("activities/items.py", "import store.items", "Imports point one way BROKEN"),
        ("activities/items.py", "import store.items", "know no database and no web BROKEN"),
        ("domain/ladder.py", "import pydantic", "The domain is pure BROKEN"),
        ("domain/ladder.py", "import workflows.ids", "Imports point one way BROKEN"),
        ("workflows/item.py", "import sqlalchemy", "know no database and no web BROKEN"),
        ("worker/main.py", "import api.app", "Imports point one way BROKEN"),
    ],
)
def test_a_planted_import_breaks_them(tmp_path: Path, file: str, planted: str, broken: str) -> None:
    copy = copied(tmp_path)
    path = copy / file
    path.write_text(path.read_text(encoding="utf-8") + f"\n{planted}\n", encoding="utf-8")
    checked = run("lint-imports", "--no-cache", where=copy)
    assert checked.returncode != 0
    assert broken in checked.stdout, checked.stdout + checked.stderr


def imported(path: Path) -> set[str]:
    """The top-level packages a file imports, wherever in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names.add((node.module or "").split(".")[0])
    return names


# What the standard library has of clocks, chance and the world outside is not for the rules.
IMPURE = {"asyncio", "io", "logging", "os", "pathlib", "random", "secrets", "socket", "sqlite3"}
IMPURE |= {"subprocess", "sys", "tempfile", "threading", "time", "urllib"}


@pytest.mark.parametrize("path", sources("domain"), ids=lambda p: p.relative_to(ROOT).as_posix())
def test_the_domain_imports_the_pure_part_of_the_standard_library_alone(path: Path) -> None:
    strangers = imported(path) - (set(sys.stdlib_module_names) - IMPURE) - {"domain"}
    assert strangers == set()
