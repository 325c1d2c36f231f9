"""How much of everything is measured."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """The amounts of one run."""

    in_flight: int
    pairs: int
    lives: int
    acts_alone: int
    acts_in_a_row: int
    acts_under_load: int
    ladders: int
    storm: int
    open_items: int
    records: int
    reads: int
    starts: int
    year_tasks: tuple[int, int]


FULL = Sizes(
    in_flight=50,
    pairs=7,
    lives=60,
    acts_alone=200,
    acts_in_a_row=200,
    acts_under_load=200,
    ladders=5,
    storm=1000,
    open_items=1000,
    records=100_000,
    reads=60,
    starts=5,
    year_tasks=(50, 200),
)
QUICK = Sizes(
    in_flight=50,
    pairs=3,
    lives=40,
    acts_alone=60,
    acts_in_a_row=200,
    acts_under_load=60,
    ladders=1,
    storm=200,
    open_items=200,
    records=20_000,
    reads=20,
    starts=1,
    year_tasks=(5, 20),
)
TINY = Sizes(
    in_flight=2,
    pairs=1,
    lives=2,
    acts_alone=4,
    acts_in_a_row=4,
    acts_under_load=4,
    ladders=1,
    storm=4,
    open_items=4,
    records=200,
    reads=2,
    starts=1,
    year_tasks=(1, 2),
)
