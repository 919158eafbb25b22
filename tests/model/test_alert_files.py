"""What answers about single alerts tell, and what they leave open."""

from __future__ import annotations

from typing import Any

import pytest

from iocbeam.model.alert_files import AlertFiles
from iocbeam.model.indicator import FILE_NAME, MD5, SHA1, SHA256, Indicator
from iocbeam.model.key_filter import KeyFilter
from iocbeam.model.sighting_state import TenantSeen, end_of_unseen

A, B = "a1" * 20, "b2" * 20
ALL = frozenset((MD5, FILE_NAME, SHA1, SHA256))


def known(**answers: list[dict[str, Any]]) -> AlertFiles:
    files = AlertFiles(needed=ALL)
    for alert_id, answer in answers.items():
        files.add(alert_id, answer)
    return files


def test_an_alert_has_the_files_of_its_answer_whatever_its_evidence_shows() -> None:
    files = known(a=[{"sha1": A, "md5": "1"}, {"sha1": B, "md5": "2"}, {"md5": "3"}])
    assert {file["md5"] for file in files.of("a", [A])} == {"1", "2", "3"}


def test_an_alert_that_was_not_asked_has_the_files_of_its_hashes() -> None:
    files = known(a=[{"sha1": A.upper(), "sha256": "c" * 64, "md5": "1"}, {"sha1": B, "md5": "2"}])
    assert [file["md5"] for file in files.of("b", [A, "c" * 64])] == ["1"]
    assert files.of("b", []) == []
    assert files.of(None, ["d" * 40]) == []


def test_what_one_answer_leaves_out_another_one_may_say() -> None:
    files = known(a=[{"sha1": A, "md5": "1"}], b=[{"sha1": A, "md5": None, "fileProductName": "Suite"}])
    [file] = files.of("c", [A])
    assert (file["md5"], file["fileProductName"]) == ("1", "Suite")
    assert files.open_types([A], answered=False) == {SHA256}


@pytest.mark.parametrize(
    ("hashes", "answered", "open_types"),
    [
        pytest.param([A], False, frozenset(), id="known-by-another-alert"),
        pytest.param([A, B], False, ALL, id="one-of-two-is-not-known"),
        pytest.param([A, B], True, ALL, id="answered-without-one-of-its-hashes"),
        pytest.param([], False, ALL, id="no-hash-and-no-answer"),
        pytest.param([], True, frozenset(), id="no-hash-and-an-answer"),
    ],
)
def test_what_is_open_of_an_alert(hashes: list[str], answered: bool, open_types: frozenset[str]) -> None:
    files = known(x=[{"sha1": A, "sha256": "c" * 64, "md5": "1"}])
    assert files.open_types(hashes, answered) == open_types


@pytest.mark.parametrize(
    ("kind", "seen", "files", "reason"),
    [
        pytest.param(SHA1, {}, None, "not_found", id="all-was-read"),
        pytest.param(SHA1, {"complete": False}, None, "read_incomplete", id="not-all-was-read"),
        pytest.param(SHA1, {"blind": 2}, None, "read_incomplete", id="alerts-without-evidence"),
        pytest.param(MD5, {"has_alerts": False}, None, "not_shown", id="no-alerts"),
        pytest.param(MD5, {"lacking": ALL}, {"open": {MD5: 1}}, "files_not_read", id="open"),
        pytest.param(MD5, {"lacking": ALL}, {"open": {SHA256: 1}}, "not_found", id="open-for-another-type"),
        pytest.param(
            SHA256, {"lacking": ALL}, {"open": {SHA256: 1}}, "files_not_read", id="hash-that-evidence-lacks"
        ),
        pytest.param(SHA256, {"lacking": {MD5}}, {"error": "403"}, "not_found", id="hash-that-evidence-shows"),
        pytest.param(MD5, {"lacking": {MD5}}, {"error": "403"}, "files_not_read", id="files-refused"),
        pytest.param(MD5, {}, {}, "not_found", id="no-alert-has-files"),
    ],
)
def test_not_sighted_is_said_only_where_everything_was_looked_at(
    kind: str, seen: dict[str, Any], files: dict[str, Any] | None, reason: str
) -> None:
    asked = None
    if files is not None:
        asked = AlertFiles(needed=ALL, error=files.get("error", ""))
        asked.open.update(files.get("open", {}))
    assert end_of_unseen(Indicator(kind, "x"), TenantSeen(KeyFilter(), **seen), asked).reason == reason
