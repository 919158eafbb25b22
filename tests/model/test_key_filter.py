"""The filter of keys: never without what was added, seldom with what was not."""

from __future__ import annotations

import pickle

from hypothesis import given
from hypothesis import strategies as st

from iocbeam.model.key_filter import KeyFilter

keys = st.sets(st.tuples(st.sampled_from(("ip", "domain")), st.text(max_size=12)), max_size=20)


def filled(keys: set[tuple[str, str]]) -> KeyFilter:
    made = KeyFilter()
    for key in keys:
        made.add(*key)
    return made


@given(keys, keys)
def test_what_was_added_is_there_after_unions_and_pickling(
    some: set[tuple[str, str]], more: set[tuple[str, str]]
) -> None:
    whole = pickle.loads(pickle.dumps(KeyFilter.union([filled(some), filled(more)])))  # noqa: S301 - our own
    assert all(whole.may_hold(*key) for key in some | more)
    assert whole == filled(some | more)


def test_of_what_was_not_added_few_pass() -> None:
    made = filled({("ip", str(number)) for number in range(100_000)})
    passed = sum(made.may_hold("domain", str(number)) for number in range(100_000))
    assert passed <= 10


def test_an_empty_filter_holds_nothing() -> None:
    assert not KeyFilter().may_hold("ip", "8.8.8.8")
    assert KeyFilter.union([]) == KeyFilter()
