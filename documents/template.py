"""The office's own templates: a .docx with the facts' names in it, ``{{ title }}``. What such a
file may ask for is read off the facts; it can run nothing."""

import io
import zipfile
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from typing import Any, get_args, get_origin, get_type_hints

from docx.opc.exceptions import PackageNotFoundError
from docxtpl import DocxTemplate
from jinja2 import StrictUndefined, Template, TemplateError, nodes
from jinja2.exceptions import SecurityError, UndefinedError
from jinja2.meta import find_undeclared_variables
from jinja2.sandbox import ImmutableSandboxedEnvironment
from lxml.etree import LxmlError

from documents.facts import FACTS, Paper, placeholders
from documents.page import repacked
from documents.text import clean, day, joined, moment
from domain.documents import DocumentKind
from domain.errors import DomainError, Invalid

MOST_BYTES = 2 * 1024 * 1024
MOST_UNPACKED = 20 * 1024 * 1024
MOST_PARTS = 500
DEEPEST_LOOP = 2
MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
LOOP = frozenset({"index", "first", "last", "length"})
FILTERS = ("default", "join", "length", "first", "last")
ALLOWED = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const),
    *(nodes.Getattr, nodes.Getitem, nodes.For, nodes.If, nodes.CondExpr, nodes.Filter),
    *(nodes.And, nodes.Or, nodes.Not, nodes.Compare, nodes.Operand),
)
"""What a template may be made of: it shows, repeats and leaves out. No calls, no assignments, no
arithmetic, no other files."""


class _Names(list[Any]):
    """A list that is shown as names beside each other."""

    def __str__(self) -> str:
        return joined(map(str, self))


class _Sandbox(ImmutableSandboxedEnvironment):
    """Checks every piece of a template before it is compiled: the text, headers, footers,
    footnotes and properties alike."""

    def __init__(self, kind: DocumentKind) -> None:
        super().__init__(autoescape=True, undefined=StrictUndefined)
        self.globals.clear()
        self.filters = {name: self.filters[name] for name in FILTERS}
        self.tests = {}
        listed = placeholders(FACTS[kind])
        self._names = frozenset(one.name for one in listed)
        self._within = frozenset[str]().union(*(one.names_within for one in listed))

    def from_string(self, source: Any, *args: Any, **kwargs: Any) -> Template:  # noqa: ANN401
        """Raises ``Invalid``."""
        tree = self.parse(source)
        self._check(tree, 0)
        unknown = find_undeclared_variables(tree) - self._names - {"loop"}
        if unknown:
            raise _unknown(sorted(unknown)[0])
        return super().from_string(source, *args, **kwargs)

    def _check(self, node: nodes.Node, loops: int) -> None:
        if not isinstance(node, ALLOWED):
            raise _not_allowed(type(node).__name__)
        match node:
            case nodes.Getattr():
                of_loop = isinstance(node.node, nodes.Name) and node.node.name == "loop"
                if node.attr not in (LOOP if of_loop else self._within):
                    raise _unknown(node.attr)
            case nodes.Getitem():
                if not (isinstance(node.arg, nodes.Const) and type(node.arg.value) is int):
                    raise _not_allowed("[…]")
            case nodes.Filter() if node.name not in FILTERS:
                raise _not_allowed(f"|{node.name}")
            case nodes.For():
                loops += 1
                if loops > DEEPEST_LOOP or node.recursive:
                    raise _not_allowed("for")
            case _:
                pass
        for child in node.iter_child_nodes():
            self._check(child, loops)


def check(kind: DocumentKind, template: bytes) -> None:
    """Raises ``Invalid`` for what is no template of such a document: ``bad_template``,
    ``template_too_large``, ``template_not_allowed``, ``unknown_placeholder``."""
    _check_package(template)
    _rendered(kind, template, sample(FACTS[kind]))


def filled_in(kind: DocumentKind, template: bytes, facts: Paper) -> bytes:
    """The document that says ``facts``, as the office wants it to look. Raises ``Invalid``."""
    _check_package(template)
    return _rendered(kind, template, facts)


def _rendered(kind: DocumentKind, template: bytes, facts: Paper) -> bytes:
    whole = io.BytesIO()
    try:
        document = DocxTemplate(io.BytesIO(template))
        document.render(_shown(facts), jinja_env=_Sandbox(kind), autoescape=True)
        document.save(whole)
    except DomainError:
        raise
    except UndefinedError as error:
        raise _unknown((error.message or "").rpartition("attribute")[2].strip(" '")) from None
    except SecurityError:
        raise _not_allowed("") from None
    except TemplateError as error:
        raise _bad(f"占位符的写法有误（{(error.message or '')[:100]}）") from None
    except (LxmlError, PackageNotFoundError, zipfile.BadZipFile, ValueError, KeyError):
        raise _bad("不是完整的 docx 文件") from None
    return repacked(whole.getvalue())


def _check_package(template: bytes) -> None:
    """A .docx that is no bomb, has no macros and fetches nothing from elsewhere."""
    if len(template) > MOST_BYTES:
        raise Invalid("template_too_large", f"模板不能超过 {MOST_BYTES // 1024 // 1024} MB。")
    try:
        with zipfile.ZipFile(io.BytesIO(template)) as package:
            parts = package.infolist()
            if len(parts) > MOST_PARTS or sum(p.file_size for p in parts) > MOST_UNPACKED:
                raise Invalid("template_too_large", "模板解压后过大，请删减其中的图片。")
            texts = {
                part.filename: package.read(part)
                for part in parts
                if part.filename.endswith((".xml", ".rels"))
            }
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError):
        raise _bad("不是 docx 文件") from None
    if MAIN.encode() not in texts.get("[Content_Types].xml", b""):
        raise _bad("不是 docx 文件，或含有宏")
    if any(b"<!DOCTYPE" in text for text in texts.values()):
        raise _not_allowed("DOCTYPE")
    links = (text for name, text in texts.items() if name.endswith(".rels"))
    if any(b'"External"' in text or b"'External'" in text for text in links):
        raise _not_allowed("外部链接")


def sample(of: type[Any]) -> Any:  # noqa: ANN401 - an instance of it
    """Facts of that sort in which nothing is left out."""
    hints = get_type_hints(of)
    return of(**{fact.name: _example(hints[fact.name]) for fact in fields(of)})


def _example(hint: Any) -> Any:  # noqa: ANN401 - a type, and a value of it
    if is_dataclass(hint):
        return sample(hint)  # type: ignore[arg-type]
    if get_origin(hint) is tuple:
        return (_example(get_args(hint)[0]),)
    wanted = next(one for one in (*get_args(hint), hint) if one is not type(None))
    examples: dict[Any, Any] = {
        str: "样例",
        int: 1,
        date: date(2026, 1, 1),
        datetime: datetime(2026, 1, 1, 9),  # noqa: DTZ001 - shown, not reckoned with
    }
    return examples[wanted]


def _shown(value: Any) -> Any:  # noqa: ANN401 - facts, as a template shows them
    match value:
        case None:
            return ""
        case str():
            return clean(value)
        case datetime():
            return moment(value)
        case date():
            return day(value)
        case tuple():
            return _Names(_shown(one) for one in value)
        case _ if is_dataclass(value):
            return {fact.name: _shown(getattr(value, fact.name)) for fact in fields(value)}
        case _:
            return value


def _unknown(name: str) -> Invalid:
    return Invalid(
        "unknown_placeholder",
        f"模板中的占位符“{name[:60]}”不在该种文书的内容之中，可用的见 GET /document-templates。",
    )


def _not_allowed(what: str) -> Invalid:
    return Invalid(
        "template_not_allowed",
        f"模板中不能有“{what[:60]}”：只能显示内容、逐项重复（for）和按条件显示（if）。",
    )


def _bad(why: str) -> Invalid:
    return Invalid("bad_template", f"模板不能使用：{why}。")
