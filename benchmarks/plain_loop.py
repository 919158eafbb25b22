"""The same work as a dry run of the Defender job, as one loop over the lines: what Beam is measured against.

The same functions, the same list of the tenant, the same selection and plan, the same dead letter and outcome
files.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path
from threading import Event
from typing import Any

import orjson
from fastavro.write import Writer

from iocbeam.model.dead_letter import DEAD_LETTER_SCHEMA, OUTCOME_SCHEMA, DeadLetter
from iocbeam.model.ends import MAX_SHOWN, indicator_letter, indicator_row
from iocbeam.model.intake import Intake
from iocbeam.model.never_block import NeverBlock
from iocbeam.model.outcome import DEAD_LETTER_OUTCOMES, Ended, OutcomeRow, ended
from iocbeam.model.record import Record
from iocbeam.model.settings import RunInfo, TenantSettings
from iocbeam.model.values import type_of_name
from iocbeam.planning import Desired, plan
from iocbeam.sinks import defender_document
from iocbeam.sinks.files.dead_letters import dead_letter_record, outcome_record
from iocbeam.transforms import (
    Best,
    EndedKeys,
    classify,
    expire,
    fix_url_scheme,
    owned_keys,
    protect,
    read_tenant,
    validate,
)
from iocbeam.transforms.owned_ends import digests_of, ended_keys, owned_digests
from iocbeam.transforms.sources import FieldMap

from .memory import peak_mb
from .settings import STARTED, tenant_settings


class Files:
    """One Avro writer for each name, as the pipeline's sinks make them."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._writers: dict[str, tuple[Any, Writer]] = {}

    def write(self, name: str, schema: dict[str, Any], record: dict[str, Any]) -> None:
        if name not in self._writers:
            stream = (self._directory / f"{name}.avro").open("wb")
            writer = Writer(stream, schema, codec="deflate", sync_interval=256 << 10, compression_level=1)
            self._writers[name] = (stream, writer)
        self._writers[name][1].write(record)

    def close(self) -> None:
        for stream, writer in self._writers.values():
            writer.flush()
            stream.close()


def run(source: Path, directory: Path, settings_of: TenantSettings) -> Counter[tuple[str, str]]:
    """Does it all and gives the counts by outcome and reason."""
    info = RunInfo("bench", STARTED, "defender", "bench", dry_run=True)
    settings, policy = settings_of.classify, settings_of.policy
    capacity = policy.capacity
    tenant = read_tenant(settings_of, Event())
    owned, digests = owned_keys(tenant), owned_digests(tenant)
    found: defaultdict[str, set[bytes]] = defaultdict(set)
    never_block = NeverBlock()
    statuses = frozenset(("active",))
    fields = FieldMap()
    files = Files(directory)
    best = Best(capacity)
    counts: Counter[tuple[str, str]] = Counter()
    name = str(source)

    def keep(row: OutcomeRow) -> None:
        if digests:
            found[row.outcome].update(digest for digest in digests_of(row) if digest in digests)

    def end_record(record: Record, end: Ended) -> None:
        counts[end.outcome, end.reason] += 1
        given = record.fields.get("type")
        kind, value = end.key or (
            (type_of_name(given) or "") if given else "",
            str(record.fields.get("value", "")),
        )
        row = OutcomeRow(
            "",
            end.outcome,
            end.reason,
            "Validate",
            kind,
            value[:MAX_SHOWN],
            record.fields.get("source") or record.source,
            str(record.fields.get("id", "")),
            record.location,
        )
        keep(row)
        files.write("outcomes-validate", OUTCOME_SCHEMA, outcome_record(row))
        if end.outcome in DEAD_LETTER_OUTCOMES:
            letter = DeadLetter(
                info.run_id, info.started_at, info.job, "Validate", end.reason, end.message, False, 0, None,
                "", record.source, record.location, record.format, record.mapping, False, record.raw, None,
            )  # fmt: skip
            files.write("deadletters-validate", DEAD_LETTER_SCHEMA, dead_letter_record(letter))

    def end_indicator(indicator: Any, end: Ended, stage: str) -> None:
        counts[end.outcome, end.reason] += 1
        row = indicator_row(indicator, end, stage, "")
        keep(row)
        files.write(f"outcomes-{stage.lower()}", OUTCOME_SCHEMA, outcome_record(row))
        if end.outcome in DEAD_LETTER_OUTCOMES:
            letter = indicator_letter(indicator, end, stage, info)
            files.write(f"deadletters-{stage.lower()}", DEAD_LETTER_SCHEMA, dead_letter_record(letter))

    with source.open("rb") as stream:
        for number, line in enumerate(stream, 1):
            raw = line.rstrip(b"\r\n")
            if source.suffix == ".netset":
                if raw.startswith(b"#"):
                    continue
                record = Record({"value": raw.decode()}, raw, f"{name}:{number}", name, "text", "")
            else:
                record = Record(fields.rename(orjson.loads(raw)), raw, f"{name}:{number}", name, "jsonl", "")
            indicator = validate(record, statuses)
            if isinstance(indicator, Ended):
                end_record(record, indicator)
                continue
            fixed = fix_url_scheme(indicator)
            if isinstance(fixed, Ended):
                end_indicator(indicator, fixed, "FixUrlScheme")
                continue
            alive = expire(fixed, info.started_at)
            if isinstance(alive, Ended):
                end_indicator(fixed, alive, "Expire")
                continue
            row = classify(alive, settings, info.started_at)
            if isinstance(row, Ended):
                end_indicator(alive, row, "Classify")
                continue
            kept = protect(row, never_block)
            if isinstance(kept, Ended):
                end_indicator(alive, kept, "Protect")
                continue
            best.add(kept, owned)

    selection = best.selection(capacity)
    counts["duplicate", "outranked"] += sum(selection.duplicate_counts.values())
    counts["left_out", "over_capacity"] += sum(selection.left_out_counts.values())
    for reason, rows in (("outranked", selection.duplicates), ("over_capacity", selection.left_out)):
        for row in rows:
            files.write(
                "outcomes-select",
                OUTCOME_SCHEMA,
                outcome_record(indicator_row(row.indicator, ended(reason), "Select", "")),
            )
    passed = len(selection.rows) + len(selection.outranked)
    desired = Desired(
        selection.rows,
        selection.outranked,
        ended=ended_keys(EndedKeys(outcome, frozenset(keys)) for outcome, keys in found.items()),
        intake=Intake(records=passed + sum(counts.values())),
    )
    made = plan(desired, tenant, info)
    document = orjson.dumps(defender_document(made, policy), option=orjson.OPT_INDENT_2)
    (directory / "plan.json").write_bytes(document)
    for one in made.ends:
        counts[one.outcome, one.reason] += 1
        end = Ended(one.outcome, one.reason)
        row = indicator_row(one.row.indicator, end, "Plan", "")
        files.write("outcomes-plan", OUTCOME_SCHEMA, outcome_record(row))
    for change in made.changes:
        counts[change.kind, ""] += 1
        row = indicator_row(change.row.indicator, Ended(change.kind, ""), "WriteToDefender", "")
        files.write("outcomes-write", OUTCOME_SCHEMA, outcome_record(row))
    files.close()
    return counts


def main() -> None:
    """`python -m benchmarks.plain_loop COLLECTION DIRECTORY [CONNECTION]`: prints seconds, memory and counts."""
    source, directory = map(Path, sys.argv[1:3])
    settings = tenant_settings(*sys.argv[3:])
    started = time.perf_counter()
    counts = run(source, directory, settings)
    seconds = time.perf_counter() - started
    outcomes: Counter[str] = Counter()
    for (outcome, _), number in counts.items():
        outcomes[outcome] += number
    print(json.dumps({"seconds": seconds, "peak_mb": peak_mb(), "outcomes": outcomes}))


if __name__ == "__main__":
    main()
