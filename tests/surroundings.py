"""The environment in which the tests' system runs, also what of it is started again."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest


@contextmanager
def surroundings() -> Iterator[None]:
    """For a block, what is started is set up as the tests expect it."""
    with pytest.MonkeyPatch.context() as environment:
        # Everybody signs in once for the whole run.
        environment.setenv("DUBAN_ACCESS_TOKEN_MINUTES", "480")
        # Nobody is called on them who does not ask for it.
        environment.setenv("DUBAN_CHANNELS", "webhook,sms")
        environment.setenv("DUBAN_CHANNEL_WEBHOOK_HOSTS", "127.0.0.1")
        environment.setenv("DUBAN_CHANNEL_SMS_URL", "http://127.0.0.1:9/{phone}")
        yield
