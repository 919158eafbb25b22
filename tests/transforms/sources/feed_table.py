"""What the sources make of real feeds.

`python tests/transforms/sources/feed_table.py` prints docs/feeds.md from the files in `data/raw` of the folder of
real data, which stands beside the checkout or where `$IOCBEAM_SHARED` says.
"""

from __future__ import annotations

import os
import re
import sys
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import orjson

from iocbeam.model.errors import ConfigurationError
from iocbeam.model.outcome import Ended
from iocbeam.model.record import CANONICAL_FIELDS, Record
from iocbeam.transforms.sources import FieldMap, Reading, detect_format, read_entries
from iocbeam.transforms.sources.detect import HEAD
from iocbeam.transforms.validate import validate

PROSE = """\
# Feeds

What `--input_format auto` makes of files as feeds publish them. A file is read only where there is no doubt about
what its values are; everything else is refused, and the message names the columns and the option that decides.

| format | what it is |
|---|---|
| `text` | a value on each line; netsets and ipsets; a hash and a file name, as `sha256sum` writes them |
| `hosts` | `0.0.0.0 bad.example`, also several names on a line; `localhost` and its like are no entries |
| `csv` | columns under a header, which may be a comment: the CSV of URLhaus and ThreatFox |
| `json` | lists of objects, `[{…}]`, `{"urls": [{…}]}`, `{"<id>": [{…}]}`: the JSON of URLhaus and ThreatFox |
| `jsonl`, `avro` | our own names of fields, or others that are known |
| `stix`, `misp` | bundles, events |

Comments in lists begin with `#`, `;` or `//`, at the start of a line or after white space. A JSON document is read
piece by piece, however large; a record of more than 1 MiB ends as `too_long`, and a document that breaks off gives
what came before and an incomplete report.

What is refused, and what to do:

- Two columns that could each be the value (`SHA256` beside `Download URL`): taking one would leave half of the
  indicators behind without a word. `--field_map value=COLUMN`, and a second run for the other one. A `Report URL`
  counts as no value; URLhaus and ThreatFox are known by their names.
- Columns without a header, whatever separates them, white space too: put a line with names in front.
- A list in which many lines hold two names run together (`first.comsecond.com`): what is read then is a third one,
  which is somebody else's.
- A file whose name holds false positive, whitelist, allowlist or safelist, or that stands up to two levels below
  a folder of such a name. Feeds publish such lists beside the others and in the same form, so that only the name
  tells them apart, and blocking them would harm most. They are what `--never_block` is for. Naming the format
  reads such a file all the same.

A heading in a list without a comment sign (`Phishing domains`) is a record that ends as `rejected`: what it is,
only a person can see. Whether a URL of URLhaus is still online (`url_status`) decides nothing: a host that is
offline today is used again tomorrow.

## Real files

Read without any option, by the format that was found. `accepted` is what passed validation; reasons are those of
`summary.json`. `entries` are those of the file, `records` what came of them: an attribute of an event that is not
marked for detection (`to_ids`) is an entry and no record. The page is what
`python tests/transforms/sources/feed_table.py` prints, and a test compares the two.

"""

LINE = {"text": "value=the line", "hosts": "value=the name"}
"""What is taken where there are no names."""


class FeedRow(NamedTuple):
    """What reading one file gave.

    Attributes:
        name: `folder/file`.
        format: as `auto` told it, empty if it could not.
        taken: `field=column`, or the fields where the format says which column is which.
        complete: whether it was read to its end.
        error: why not.
        entries, records, accepted: counts.
        rejected: reason to count.
    """

    name: str
    format: str
    taken: str
    complete: bool
    error: str
    entries: int
    records: int
    accepted: int
    rejected: tuple[tuple[str, int], ...]


def feed_rows(raw: Path) -> list[FeedRow]:
    """A row per file in these folders, by name."""
    paths = sorted(path for path in raw.rglob("*") if path.is_file())
    return [feed_row(path, f"{path.parent.name}/{path.name}") for path in paths]


def feed_row(path: Path, name: str) -> FeedRow:
    """Read one file as a job does."""
    reading, fields = Reading(), FieldMap()
    data = path.read_bytes()
    try:
        found = detect_format(data[:HEAD], name, whole=len(data) <= HEAD)
    except ConfigurationError:
        found = ""
    rejected: Counter[str] = Counter()
    names: set[str] = set()
    records = 0
    mapping = ""
    with open(path, "rb") as file:
        for entry in read_entries(file, name, "auto", fields, reading):
            records += 1
            if not isinstance(entry, Record):
                rejected[entry.reason] += 1
                continue
            names.update(entry.fields)
            mapping = entry.mapping
            end = validate(entry)
            if isinstance(end, Ended):
                rejected[end.reason] += 1
    return FeedRow(
        name,
        found,
        _taken(found, mapping, names),
        reading.complete,
        reading.error.removeprefix(f"{name}:"),
        records - reading.expanded,
        records,
        records - sum(rejected.values()),
        tuple(sorted(rejected.items())),
    )


def _taken(found: str, mapping: str, names: set[str]) -> str:
    if not names:
        return ""
    if found == "csv":
        chosen = FieldMap().choose(orjson.loads(mapping)["columns"]).names
        return ", ".join(f"{field}={chosen[field]}" for field in CANONICAL_FIELDS if field in chosen)
    return LINE.get(found) or ", ".join(field for field in CANONICAL_FIELDS if field in names)


def render(rows: list[FeedRow]) -> str:
    """docs/feeds.md."""
    read = [row for row in rows if row.complete]
    refused = [row for row in rows if not row.complete]
    lines = [
        f"{len(read)} of {len(rows)} files are read: {_number(sum(row.records for row in read))} records, "
        f"{_number(sum(row.accepted for row in read))} accepted.",
        "",
        "| file | format | taken | entries | records | accepted | rejected |",
        "|---|---|---|---:|---:|---:|---|",
    ]
    for row in read:
        rejected = ", ".join(f"{reason} {_number(count)}" for reason, count in row.rejected)
        counts = " | ".join(map(_number, (row.entries, row.records, row.accepted)))
        lines.append(f"| `{row.name}` | {row.format} | {_cell(row.taken)} | {counts} | {rejected} |")
    lines += ["", f"{len(refused)} are refused:", "", "| file | line and reason |", "|---|---|"]
    lines += [f"| `{row.name}` | {_cell(_without_excerpts(row.error))} |" for row in refused]
    return PROSE + "\n".join(lines) + "\n"


def _number(count: int) -> str:
    return f"{count:,}"


def _without_excerpts(error: str) -> str:
    """An error without values of the feed, which have no place in a page for people."""
    error = re.sub(r"; the first row is .*", ".", error)
    return re.sub(r", as in '.*'; so do", "; so do", error)


def _cell(text: str) -> str:
    """Text that does not end its cell of a table."""
    return text.replace("|", "\\|")


def main() -> None:
    """Print the page."""
    default = Path(__file__).resolve().parents[3].parent / "shared"
    shared = Path(os.environ.get("IOCBEAM_SHARED", default))
    sys.stdout.write(render(feed_rows(shared / "data" / "raw")))


if __name__ == "__main__":
    main()
