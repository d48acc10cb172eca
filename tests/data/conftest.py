"""What the tests of reading share."""

import random
from collections.abc import Callable

import pytest

from core.data.reading import read_table
from core.errors import UnreadableFile


def mutate(content: bytes, chance: random.Random) -> bytes:
    """The content with some bytes changed, removed or added, and sometimes cut off."""
    made = bytearray(content)
    for _ in range(chance.randint(1, 8)):
        place = chance.randrange(len(made) + 1)
        how = chance.randrange(5)
        if how <= 1:
            made[place : place + 1] = chance.randbytes(1)
        elif how == 2:
            del made[place : place + chance.randint(1, 40)]
        elif how == 3:
            made[place:place] = chance.randbytes(chance.randint(1, 9))
        elif chance.random() < 0.1:
            del made[place:]
    return bytes(made)


@pytest.fixture
def read_mutations() -> Callable[..., int]:
    """Reads mutations of a file, the same each time; gives how many were refused, with reason and hint."""

    def read_all(content: bytes, filename: str, count: int = 300) -> int:
        chance = random.Random(count)
        errors: list[UnreadableFile] = []
        for _ in range(count):
            try:
                read_table(mutate(content, chance), filename)
            except UnreadableFile as error:
                errors.append(error)
        assert all(error.message and error.hint for error in errors)
        return len(errors)

    return read_all
