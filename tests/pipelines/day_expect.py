"""What a tenant should hold of a collection and what a run should do.

Worked out from the records and the rows before the run: nothing of the product's selection and planning takes part
in it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from day_feed import CAPACITY, Entity, Feed, Key, Row, epoch


@dataclass
class Expected:
    """What a run should make of the tenant.

    `rows` are to be there with this content, those of `created` and `updated` written in this run. `gone` are
    keys that leave, `staying` those that are not wanted and stay. `replaced` are updates of the action.
    """

    rows: dict[Key, Row] = field(default_factory=dict)
    created: set[Key] = field(default_factory=set)
    updated: set[Key] = field(default_factory=set)
    replaced: set[Key] = field(default_factory=set)
    gone: set[Key] = field(default_factory=set)
    staying: set[Key] = field(default_factory=set)
    outcomes: Counter[str] = field(default_factory=Counter)

    @property
    def writes(self) -> int:
        return len(self.created) + len(self.updated)


def expect(
    feed: Feed,
    before: Mapping[Key, Entity],
    others: Mapping[Key, Collection[str]],
    others_count: int,
    now: int,
    *,
    read: Collection[int] | None = None,
    refused: bool = False,
) -> Expected:
    """What one run should do.

    Args:
        before: rows of ours.
        others: keys that rows of other owners have, and those rows' actions.
        others_count: all rows of other owners.
        read: numbers of the records that the run comes to see, when the input is cut; then nothing absent goes.
        refused: whether the guard keeps what is absent.
    """
    found = Expected()
    by_key: defaultdict[Key, list[int]] = defaultdict(list)
    ends: defaultdict[Key, set[str]] = defaultdict(set)
    allowed = {feed.values[n].key for n, record in feed.records.items() if record["status"] == "Whitelisted"}
    for number, record in feed.records.items():
        if read is not None and number not in read:
            continue
        key = feed.values[number].key
        end = ""
        if record["status"] != "Active":
            end = "inactive"
        elif "expires_at" in record and epoch(record["expires_at"]) < now + 3_600:
            end = "expired"
        elif number in feed.listed:
            end = "protected"
        if end:
            found.outcomes[end] += 1
            ends[key].add(end)
        else:
            by_key[key].append(number)

    best = {key: max(numbers, key=feed.rank) for key, numbers in by_key.items()}
    found.outcomes["duplicate"] = sum(map(len, by_key.values())) - len(best)
    places = CAPACITY - others_count
    for key, number in sorted(best.items(), key=lambda item: feed.rank(item[1]), reverse=True):
        row = feed.row(number)
        there = before.get(key)
        if key in allowed:
            found.outcomes["protected"] += 1
            ends[key].add("protected")
        elif key in others and (there is None or row.action in others[key]):
            found.outcomes["held"] += 1
            ends[key].add("held")
        elif places == 0:
            found.outcomes["left_out"] += 1
        else:
            places -= 1
            found.rows[key] = row
            if there is None:
                found.created.add(key)
            elif not row.is_in_step(there, now):
                found.updated.add(key)
                if row.action != there["action"]:
                    found.replaced.add(key)
    found.outcomes["created"] = len(found.created)
    found.outcomes["updated"] = len(found.updated)
    found.outcomes["unchanged"] = len(found.rows) - found.writes

    for key in before.keys() - found.rows.keys():
        goes = not refused and read is None
        if ends[key] & {"protected", "held"} or (read is None and ends[key] & {"inactive", "expired"}):
            goes = True
        (found.gone if goes else found.staying).add(key)
    found.outcomes += Counter()  # without what is zero
    return found
