"""The directory's words: sorts of units (domain.md R47, C2), posts of a unit, and who was
responsible for an item when it was issued."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from domain.errors import Invalid


class Sort(StrEnum):
    """What kind of unit it is."""

    TOWN = "town"
    SUBDISTRICT = "subdistrict"
    ZONE = "zone"
    DEPARTMENT = "department"
    OTHER = "other"


SORT_NAMES = {
    Sort.TOWN: "镇",
    Sort.SUBDISTRICT: "街道",
    Sort.ZONE: "开发区",
    Sort.DEPARTMENT: "部门",
    Sort.OTHER: "其他",
}


class ObjectType(StrEnum):
    """督查对象 (条例 5; C2)."""

    DEPARTMENT = "department"
    LOWER_GOVERNMENT = "lower_government"
    AUTHORISED = "authorised"
    ENTRUSTED = "entrusted"


OBJECT_TYPE_NAMES = {
    ObjectType.DEPARTMENT: "本级部门",
    ObjectType.LOWER_GOVERNMENT: "下级政府及其部门",
    ObjectType.AUTHORISED: "授权组织",
    ObjectType.ENTRUSTED: "受委托组织",
}


class Post(StrEnum):
    """Who answers for a unit's items: its own trio (办法 六(一), R47), and above it the deputy
    leader of the district in charge, who is somebody else than the unit's own (O20)."""

    PRINCIPAL = "principal"
    SUPERVISOR = "supervisor"
    HANDLER = "handler"
    DEPUTY = "deputy"


POST_NAMES = {
    Post.PRINCIPAL: "第一责任人",
    Post.SUPERVISOR: "单位分管负责人",
    Post.HANDLER: "具体责任人",
    Post.DEPUTY: "区政府分管领导",
}
TRIO = (Post.PRINCIPAL, Post.SUPERVISOR, Post.HANDLER)
EDITORS = frozenset({Post.PRINCIPAL, Post.SUPERVISOR})
"""Those of a trio who may change it (domain.md §6)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Responsible:
    """Somebody who answered for an item's lead unit when it was issued: a name of its time."""

    post: Post
    name: str
    unit: str


def missing_posts(held: Iterable[str]) -> tuple[Post, ...]:
    """Those of the four posts that are not among ``held``, in their order."""
    known = set(held)
    return tuple(post for post in Post if post.value not in known)


def is_doubled(posts: int, persons: int) -> bool:
    """Whether fewer ``persons`` hold these ``posts`` of a trio than the 办法 asks for (R47)."""
    return persons < posts


TRIO_DOUBLED = (
    "第一责任人、单位分管负责人、具体责任人应为三个人，现有一人兼任，请核对。（办法 六(一)）"
)
NO_DEPUTY = "尚未登记区政府分管领导，逾期和阅签将无人可送，请补登。"


def post_names(posts: Iterable[Post]) -> str:
    """The posts' full names, as a sentence lists them."""
    return "、".join(POST_NAMES[post] for post in posts)


LONGEST_PHONE = 40
_PHONE = re.compile(r"\+?[0-9][0-9 \-()（）转,，、/;；]{4,}")


def check_phone(phone: str) -> str:
    """``phone`` without spaces around it; none at all is allowed. Raises ``Invalid``."""
    plain = phone.strip()
    if plain and (len(plain) > LONGEST_PHONE or not _PHONE.fullmatch(plain)):
        raise Invalid(
            "bad_phone",
            f"电话“{plain[:LONGEST_PHONE]}”不像电话号码，请填写手机号或带区号的座机号。",
        )
    return plain
