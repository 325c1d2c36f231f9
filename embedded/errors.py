"""What can go wrong with the embedded stack, told so that a person can act on it."""


class StackError(Exception):
    """The stack cannot go on; ``detail`` is one line saying what is wrong and what to do."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
