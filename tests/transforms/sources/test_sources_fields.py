"""Names of fields."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iocbeam.model.errors import UsageError
from iocbeam.model.record import CANONICAL_FIELDS
from iocbeam.transforms.sources import FieldMap
from iocbeam.transforms.sources.fields import UNUSED_KEPT


@pytest.mark.parametrize(
    ("field", "names"),
    [
        ("value", "indicator value ioc ioc_value IOC-Value IndicatorValue url SHA256 ip"),
        ("type", "type ioc_type indicator_type Indicator-Type"),
        ("expires_at", "expiration expires_at valid_until validUntil"),
        ("severity", "severity SEVERITY"),
        ("score", "confidence score confidence_level"),
        ("description", "description comment"),
        ("malware", "malware malware_printable"),
        ("adversaries", "adversary adversaries actor threat_actor"),
        ("created_at", "created_at created first_seen dateadded firstSeen"),
        ("title", "title name"),
        ("id", "id ioc_id"),
        ("tags", "tags"),
        ("tlp", "tlp"),
        ("source", "source"),
        ("revoked", "revoked"),
        ("status", "status"),
    ],
)
def test_aliases(field: str, names: str) -> None:
    for name in [*names.split(), names.split()[0].upper().replace("_", " ")]:
        assert FieldMap().rename({name: 1}) == {field: 1}, name


@given(st.dictionaries(st.sampled_from(CANONICAL_FIELDS), st.integers()))
def test_our_own_names_cost_nothing(mapping: dict[str, int]) -> None:
    fields = FieldMap()
    for _ in range(2):
        assert fields.rename(mapping) is mapping
    assert tuple(mapping) in fields.known
    assert fields.unused == ()


@given(st.lists(st.dictionaries(st.text(max_size=10), st.integers(), max_size=6), max_size=10))
def test_what_is_remembered_changes_nothing(mappings: list[dict[str, int]]) -> None:
    fields = FieldMap({"value": "x"})
    for mapping in mappings * 2:
        renamed = fields.rename(mapping)
        assert renamed == FieldMap({"value": "x"}).rename(mapping)
        assert set(renamed) <= set(CANONICAL_FIELDS)
        assert set(renamed.values()) <= set(mapping.values())


def test_which_of_two_names_wins() -> None:
    assert FieldMap().rename({"ioc": 1, "value": 2}) == {"value": 2}
    assert FieldMap().rename({"ioc": 1, "indicator": 2}) == {"value": 1}
    assert FieldMap().rename({"Value": 1, "value": 2}) == {"value": 2}
    assert FieldMap({"value": "ioc"}).rename({"value": 1, "ioc": 2}) == {"value": 2}
    assert FieldMap({"value": "IOC"}).rename({"ioc": 1, "IOC": 2}) == {"value": 2}
    assert FieldMap({"score": "severity"}).rename({"severity": 1}) == {"score": 1}
    # One column may be meant for two fields, and a column that is not there leaves the aliases in force.
    assert FieldMap({"value": "ip", "title": "ip"}).rename({"ip": 1}) == {"value": 1, "title": 1}
    assert FieldMap({"value": "Data"}).rename({"ioc": 1}) == {"value": 1}


def test_nothing_is_guessed_where_the_users_map_names_a_value() -> None:
    assert FieldMap().rename({"ip": 1}) == {"value": 1}
    assert FieldMap({"value": "Nope"}).rename({"ip": 1}) == {}


def test_a_guess_is_taken_only_alone() -> None:
    assert FieldMap().rename({"sha256": 1, "name": 2}) == {"value": 1, "title": 2}
    assert FieldMap().rename({"sha256": 1, "url": 2}) == {}
    assert FieldMap().rename({"value": 1, "url": 2}) == {"value": 1}


def test_unused_names_are_reported_and_bounded() -> None:
    fields = FieldMap()
    assert fields.rename({"value": 1, "x": 2, "": 3, "y" * 500: 4}) == {"value": 1}
    assert fields.unused == ("x", "y" * 80)
    for n in range(5_000):
        fields.rename({"value": 1, f"n{n}": n})
        fields.rename({"value": 1})
    assert len(fields.unused) == UNUSED_KEPT
    assert len(fields.known) + len(fields._renamings) <= 1_000


def test_a_field_that_we_do_not_have() -> None:
    with pytest.raises(UsageError, match="--field_map: 'valeu' is not a field of ours"):
        FieldMap({"valeu": "x"})
