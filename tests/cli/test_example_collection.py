"""The example collection shows what it is there to show."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from iocbeam.model.outcome import Ended
from iocbeam.model.record import Record
from iocbeam.transforms.expire import expire
from iocbeam.transforms.fix_url_scheme import fix_url_scheme
from iocbeam.transforms.validate import validate

EXAMPLE = Path(__file__).parents[2] / "examples" / "collection.jsonl"
NOW = 1_795_310_100


def test_every_intake_outcome_occurs() -> None:
    ends: Counter[str] = Counter()
    values: Counter[tuple[str, str]] = Counter()
    notices: Counter[str] = Counter()
    for line in EXAMPLE.read_bytes().splitlines():
        try:
            fields = json.loads(line)
        except ValueError:
            ends["malformed_record"] += 1
            continue
        record = Record(fields, line, "x:1", "x", "jsonl", "")
        found = validate(record, notice=lambda code: notices.update([code]))
        if not isinstance(found, Ended):
            found = fix_url_scheme(found)
        if not isinstance(found, Ended):
            found = expire(found, NOW)
        if isinstance(found, Ended):
            ends[found.reason] += 1
        else:
            ends["passed"] += 1
            values[found.key] += 1
    assert ends == {
        "passed": 44,
        "malformed_record": 1,
        "expired": 2,
        "status_excluded": 3,
        "whitelisted": 1,
        "scheme_missing": 1,
        "truncated": 1,
        "wildcard": 1,
        "too_broad": 1,
        "not_public": 2,
        "malformed_ip": 1,
        "malformed_cidr": 1,
        "malformed_domain": 1,
        "malformed_hash": 1,
        "malformed_url": 1,
        "type_mismatch": 2,
        "scheme_unsupported": 1,
        "url_credentials": 1,
        "host_rewritten": 1,
        "missing_value": 1,
        "unknown_type": 1,
    }
    assert sorted(values.values())[-3:] == [2, 2, 2]
    assert set(notices) == {"refanged", "severity_unknown", "time_unreadable"}
    assert {kind for kind, _ in values} == {
        "IP Address", "IPv6 Address", "CIDR Block", "FQDN", "URL", "MD5", "SHA-1", "SHA-256",
    }  # fmt: skip
