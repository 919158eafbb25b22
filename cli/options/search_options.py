"""The options of `iocbeam search` that no other job has, or that mean something else to it."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from iocbeam.model.search_words import KIND_WORDS

from .option import Kind, Option
from .sighting_options import DAYS_OPTION, EVENT_OPTIONS

_SEARCH: Final = "Search"

HUNTING_DIALECTS: Final = ("graph", "defender", "off")

KIND_OPTION: Final = Option(
    "kind",
    Kind.CHOICE,
    "What the values are, where their form does not tell, as update.zip can be a domain and a file: "
    f"{', '.join(KIND_WORDS)}.",
    _SEARCH,
    "KIND",
    default="",
    choices=tuple(KIND_WORDS),
    default_text="told by the form of each value",
)

HUNTING_OPTION: Final = Option(
    "hunting",
    Kind.CHOICE,
    "Whose API for advanced hunting is asked which machines had a public address or a file: graph "
    "(ThreatHunting.Read.All), or defender (AdvancedQuery.Read.All), which Microsoft is retiring. off goes "
    "without.",
    _SEARCH,
    "|".join(HUNTING_DIALECTS),
    default="graph",
    choices=HUNTING_DIALECTS,
)

LOOKUPS_OPTION: Final = Option(
    "lookups",
    Kind.COUNT,
    "So many single alerts are asked for their evidence, newest first, for each value and tenant, and so many "
    "single machines. What shows the value is known of these.",
    _SEARCH,
    "N",
    default=20,
)

FILE_LOOKUPS_OPTION: Final = Option(
    "file_lookups",
    Kind.COUNT,
    "Names of products are shown by one call for each alert only, at most 100 a minute and 1,500 an hour. So many "
    "of these calls are made for each tenant when a file name is looked for.",
    _SEARCH,
    "N",
    default=50,
)

JSON_OPTION: Final = Option(
    "json", Kind.FLAG, "Print OCSF events, one on a line, and nothing else.", _SEARCH, default=False
)

_DIALECT: Final = next(option for option in EVENT_OPTIONS if option.name == "dialect")

_DAYS_HELP: Final = (
    f"{DAYS_OPTION.help} Alerts that were last updated before that are counted and not shown; names are compared "
    "with those of machines that reported since. Hunting and statistics see 30 days."
)

SEARCH_OPTIONS: Final = (
    KIND_OPTION,
    replace(DAYS_OPTION, group=_SEARCH, help=_DAYS_HELP),
    HUNTING_OPTION,
    LOOKUPS_OPTION,
    FILE_LOOKUPS_OPTION,
    JSON_OPTION,
    replace(_DIALECT, group=_SEARCH),
)
