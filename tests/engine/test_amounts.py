"""Bytes as people say them."""

import pytest

from engine.amounts import amount


@pytest.mark.parametrize("size, said", [
    (0, "0.0 MB"), (1, "0.1 MB"), (700_000, "0.7 MB"), (9_940_000, "9.9 MB"), (9_960_000, "10 MB"), (375_000_000, "375 MB"),
    (999_400_000, "999 MB"), (999_600_000, "1.0 GB"), (33_900_000_000, "33.9 GB"),
])
def test_an_amount_has_the_digits_that_tell_something(size, said):
    assert amount(size) == said
