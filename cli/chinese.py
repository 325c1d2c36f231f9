"""The command line's own words in Chinese; typer has them in English only."""

import re
from typing import TYPE_CHECKING

from typer.core import TyperCommand, TyperGroup

if TYPE_CHECKING:
    from typer._click.core import Context

HELP_WORDS = {
    "Usage: ": "用法：",
    "Options:": "选项：",
    "Arguments:": "参数：",
    "Commands:": "命令：",
    "[OPTIONS]": "[选项]",
    "COMMAND [ARGS]...": "命令 [参数]...",
    "Show this message and exit.": "显示本说明。",
    "[required]": "[必填]",
    "[default: ": "[默认：",
    "[env var: ": "[环境变量：",
    "<text>": "<文字>",
    "<str>": "<文字>",
    "<int>": "<整数>",
    "<int range>": "<整数>",
    "<path>": "<路径>",
    "<file>": "<文件>",
    "<directory>": "<目录>",
}
_VALUE = r"Invalid value for (.+?)(?: \(env var: .*?\))?: "
USAGE_WORDS = (
    (r"Missing \w+ ?(.*?)\. Choose from: (.*)\.?", r"缺少 \1，可选 \2"),
    (r"Missing command\.?", "缺少命令"),
    (r"Missing \w+ ?(.*?)\.?", r"缺少 \1"),
    (r"No such option: (\S+).*", r"没有选项 \1"),
    (r"No such command '(.+?)'.*", r"没有命令 \1"),
    (r"Got unexpected extra argument\S* \((.*)\)", r"多出参数 \1"),
    (r"Option '(\S+)' requires an argument\.?", r"选项 \1 后面缺少值"),
    (_VALUE + r".*?'(.*)' is not one of (.*?)\.?", r"\1 不能是 \2，可选 \3"),
    (_VALUE + r".*valid integer.*", r"\1 应为整数"),
    (_VALUE + r".*greater than or equal to (\d+).*", r"\1 不能小于 \2"),
    (_VALUE + r".*less than or equal to (\d+).*", r"\1 不能大于 \2"),
    (_VALUE + r"\w+ '(.+)' does not exist\.", r"\1：没有 \2"),
    (_VALUE + r"\w+ '(.+)' is a directory\.", r"\1：\2 是目录，不是文件"),
    (_VALUE + r"\w+ '(.+)' is not readable\.", r"\1：没有权限读取 \2"),
    (_VALUE + r"(.*)", r"\1 的值不能使用：\2"),
)


def in_chinese(text: str) -> str:
    """A page of help with typer's own words put into Chinese."""
    for english, chinese in HELP_WORDS.items():
        text = text.replace(english, chinese)
    return text


def usage_line(message: str) -> str:
    """What is wrong with a command line, in one line."""
    message = " ".join(message.split())
    for pattern, replacement in USAGE_WORDS:
        if matched := re.fullmatch(pattern, message):
            return matched.expand(replacement)
    return message


class Command(TyperCommand):
    """A command whose help is in Chinese."""

    def get_help(self, ctx: "Context") -> str:
        """The help page."""
        return in_chinese(super().get_help(ctx))


class Group(TyperGroup):
    """A group of commands whose help is in Chinese."""

    def get_help(self, ctx: "Context") -> str:
        """The help page."""
        return in_chinese(super().get_help(ctx))
