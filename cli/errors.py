"""How a command fails: with one line a person can act on."""


class CliError(Exception):
    """The command cannot go on; its text is the one line shown on stderr (exit code 1)."""
