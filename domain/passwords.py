"""Which passwords will do, and how long guessing has to wait."""

from dataclasses import dataclass
from datetime import timedelta

from domain.errors import Invalid

SHORTEST_PASSWORD = 8
LONGEST_PASSWORD = 1024
LONGEST_WAIT = timedelta(minutes=15)
_COMMON = """
    12345678 123456789 1234567890 0123456789 87654321 987654321 9876543210 11223344 12341234
    123123123 123321123 147258369 123456789a a12345678 a123456789 abc12345 abcd1234 abcdefgh
    1qaz2wsx 1q2w3e4r qwertyui qwertyuiop qwer1234 asdfghjk asdfghjkl zxcvbnm1 password
    password1 passw0rd iloveyou 5201314520 woaini1314 woaini520 admin123 admin888 administrator
"""
COMMON = frozenset(_COMMON.split())
"""Of the passwords people choose most, those that are long enough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How many failures are free within ``window`` from the first of them; each one more doubles
    the wait, from one minute up to a quarter of an hour."""

    free: int
    window: timedelta


ACCOUNT = Patience(free=4, window=timedelta(days=1))
ADDRESS = Patience(free=99, window=timedelta(hours=1))
"""Wide: a whole office may stand behind one address."""


def check_password(username: str, password: str) -> None:
    """Whether somebody may choose this password. Raises ``Invalid('weak_password')`` saying what
    is wrong with it."""
    check_length(password)
    plain = password.strip().casefold()
    if username and plain == username.casefold():
        raise Invalid("weak_password", "密码不能与用户名相同，请另选一个。")
    if len(set(plain)) < 2:
        raise Invalid("weak_password", "密码不能由同一个字符组成，请另选一个。")
    if plain in COMMON:
        raise Invalid("weak_password", "该密码太常见，容易被猜中，请另选一个。")


def check_length(password: str) -> None:
    """Raises ``Invalid('weak_password')`` for a password too short or far too long."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise Invalid(
            "weak_password",
            f"密码须为 {SHORTEST_PASSWORD} 至 {LONGEST_PASSWORD} 个字符，请另选一个。",
        )


def wait_after(failures: int, patience: Patience) -> timedelta:
    """How long nobody may try again after so many failures: 1, 2, 4, 8, then 15 minutes."""
    beyond = failures - patience.free
    if beyond <= 0:
        return timedelta()
    return min(timedelta(minutes=2 ** min(beyond - 1, 10)), LONGEST_WAIT)
