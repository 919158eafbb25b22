"""The stages behind the indicators as providers: what a target would hold, and events."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

import apache_beam as beam
from apache_beam.pvalue import PCollection

from iocbeam import transforms
from iocbeam.model.entra_plan import RangeRow
from iocbeam.model.errors import UsageError
from iocbeam.model.plan import DefenderRow
from iocbeam.model.sentinel_plan import SentinelRow
from iocbeam.model.settings import RunInfo
from iocbeam.model.sighting import HUNTING_ROW, SENTINEL_ROW, Fetched
from iocbeam.transforms import load_never_block

from ..jobs.defender_tenant import defender_tenant
from ..jobs.sentinel_tenant import sentinel_tenant
from ..options.defender_options import CAPACITY_OPTION, CLASSIFY_OPTIONS
from ..options.job_options import COLLECTION_OPTION
from ..options.limit_options import NEVER_BLOCK_OPTION
from ..options.option import by_name, with_defaults
from ..options.sighting_options import EVENT_OPTIONS
from ..options.tables import DEFENDER, ENTRA, SYNC
from .call import Call, Made
from .provider import Provider
from .rows import EventRow, field_names
from .stages import GROUP, INDICATOR_TEXT, of_indicators, value_of

EVENT_GROUP: Final = "Events"

_CLASSIFY: Final = by_name(CLASSIFY_OPTIONS)
_DIALECT: Final = by_name(EVENT_OPTIONS)["dialect"]
_ANY_ROWS: Final = "rows of a Classify"

DEFENDER_ROWS: Final = "rows as Defender would hold them, each with its `indicator`"
RANGE_ROWS: Final = "ranges as Entra would hold them, each with its `indicator`"
SENTINEL_ROWS: Final = "indicators as Sentinel would hold them, each with its `indicator`"


def _of_rows(make: Callable[[Call], Any], *kinds: Any) -> Callable[[Call, Any], Made]:
    """Builds a stage that takes what one of the Classify stages gives, and gives the same."""

    def build(call: Call, pcoll: PCollection[Any]) -> Made:
        kind = _kind_of(pcoll, kinds)
        rows = call.tuples(pcoll, kind, "a Classify")
        return Made(rows | call.connected(make(call)), rows=kind, given=call.flow.behind(pcoll))

    return build


def _kind_of(pcoll: PCollection[Any], kinds: Iterable[Any]) -> Any:
    names = set(field_names(pcoll) or ())
    for kind in kinds:
        if names == set(kind._fields):
            return kind
    made_by = {DefenderRow: "Classify", RangeRow: "ClassifyRange", SentinelRow: "ClassifySentinel"}
    raise UsageError(
        f"takes what {' or '.join(made_by[kind] for kind in kinds)} gives, whole.",
        advice="A Filter may stand between, a MapToFields may not.",
    )


def _as_planned(call: Call) -> RunInfo:
    """The run as the settings of a target are made for it; nothing is written, so no login is needed."""
    return call.flow.run("yaml", call.values.get("collection") or "yaml", dry_run=True)


def _classify(call: Call) -> Any:
    run = _as_planned(call)
    return transforms.Classify(run, defender_tenant(with_defaults(call.values, DEFENDER.all), run).classify)


def _classify_sentinel(call: Call) -> Any:
    run = _as_planned(call)
    return transforms.ClassifySentinel(run, sentinel_tenant(with_defaults(call.values, SYNC.all), run).classify)


def _never_block(call: Call) -> tuple[str, ...]:
    paths: tuple[str, ...] = value_of(call, NEVER_BLOCK_OPTION)
    load_never_block(paths)  # for its checks
    return paths


def _select(call: Call, pcoll: PCollection[Any]) -> Made:
    capacity = value_of(call, CAPACITY_OPTION)
    if capacity < 1:
        raise UsageError("must be 1 or more.", option="--capacity")
    kind = _kind_of(pcoll, (DefenderRow, RangeRow, SentinelRow))
    rows = call.tuples(pcoll, kind, "a Classify")
    selected = rows | call.connected(transforms.Select(capacity)) | "Selected rows" >> beam.FlatMap(_rows_of)
    return Made(selected, rows=kind, given=call.flow.behind(pcoll))


def _rows_of(selection: Any) -> Iterable[Any]:
    rows: list[Any] = selection.rows
    return rows


def _to_ocsf(call: Call, pcoll: PCollection[Any]) -> Made:
    events = (
        call.tuples(pcoll, Fetched, "a source of tenants' data")
        | "With events" >> beam.Map(_checked)
        | transforms.ToOcsf(call.run(), value_of(call, _DIALECT))
        | "Event rows" >> beam.Map(EventRow)
    )
    return Made(events, rows=EventRow)


def _checked(fetched: Fetched) -> Fetched:
    if fetched.kind in (SENTINEL_ROW, HUNTING_ROW):
        raise UsageError(f"a {fetched.kind} has no event.", advice="Write such objects as they are.")
    return fetched


Classify: Final = Provider(
    "Classify",
    GROUP,
    "What an indicator becomes in Defender: type, action, severity, title and description.",
    of_indicators(_classify, DefenderRow),
    takes=INDICATOR_TEXT,
    gives=DEFENDER_ROWS,
    options=(
        COLLECTION_OPTION,
        *(option for option in CLASSIFY_OPTIONS if option.name not in ("recommended_actions", "device_groups")),
    ),
)
ClassifyRange: Final = Provider(
    "ClassifyRange",
    GROUP,
    "What an indicator becomes in Entra: a range of a named location.",
    of_indicators(
        lambda call: transforms.ClassifyRange(call.run(), value_of(call, by_name(ENTRA.all)["default_severity"])),
        RangeRow,
    ),
    takes=INDICATOR_TEXT,
    gives=RANGE_ROWS,
    options=(by_name(ENTRA.all)["default_severity"],),
)
ClassifySentinel: Final = Provider(
    "ClassifySentinel",
    GROUP,
    "What an indicator becomes in Sentinel: a STIX indicator.",
    of_indicators(_classify_sentinel, SentinelRow),
    takes=INDICATOR_TEXT,
    gives=SENTINEL_ROWS,
    options=(
        COLLECTION_OPTION,
        *(
            _CLASSIFY[name]
            for name in (
                "expiration_days",
                "never_expire",
                "default_severity",
                "related_context",
                "max_tlp",
                "threatq_host",
                "max_description",
            )
        ),
    ),
)
Protect: Final = Provider(
    "Protect",
    GROUP,
    "Drops what is on a never-block list; the built-in one is always on.",
    _of_rows(lambda call: transforms.Protect(call.run(), _never_block(call)), DefenderRow, SentinelRow),
    takes="rows of Classify or ClassifySentinel",
    gives="the same",
    options=(NEVER_BLOCK_OPTION,),
)
ProtectRange: Final = Provider(
    "ProtectRange",
    GROUP,
    "Drops ranges that are on a never-block list as a whole.",
    _of_rows(lambda call: transforms.ProtectRange(call.run(), _never_block(call)), RangeRow),
    takes="rows of ClassifyRange",
    gives="the same",
    options=(NEVER_BLOCK_OPTION,),
)
Select: Final = Provider(
    "Select",
    GROUP,
    "The best record of each value, and of those the best that fit.",
    _select,
    takes=_ANY_ROWS,
    gives="the same",
    options=(CAPACITY_OPTION,),
    tags=("outcomes",),
)
ToOcsf: Final = Provider(
    "ToOcsf",
    EVENT_GROUP,
    "Objects of tenants as events of the Open Cybersecurity Schema Framework.",
    _to_ocsf,
    takes="objects of machines, alerts or indicators",
    gives="events: rows with one field, `event`",
    options=(_DIALECT,),
    tags=(),
    counted=False,
)
