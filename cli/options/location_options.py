"""Options of Entra's named locations."""

from __future__ import annotations

from typing import Final

from iocbeam.model.settings.entra import LOCATION_MODES

from .limit_options import LIMITS
from .option import Kind, Option

LOCATIONS: Final = "Named locations in Entra"

LOCATION_OPTIONS: Final = (
    Option(
        "location_name",
        Kind.TEXT,
        "Name of the IP named location that holds the collection's ranges. It is found again by this name, and "
        "made when it is not there; what one location cannot hold goes into NAME (2), NAME (3) and so on.",
        LOCATIONS,
        "NAME",
        required=True,
    ),
    Option(
        "location_mode",
        Kind.CHOICE,
        "replace takes out what the collection no longer holds, as far as the guards let it; merge only adds.",
        LOCATIONS,
        "|".join(LOCATION_MODES),
        default="replace",
        choices=LOCATION_MODES,
        aliases={"clear": "replace", "keep": "merge"},
    ),
    Option(
        "location_trusted",
        Kind.FLAG,
        "Mark the locations trusted; --location_trusted=false takes the mark off. Policies that spare trusted "
        "locations let sign-ins from them through, so it is not for addresses to block.",
        LOCATIONS,
        default_text="not trusted on creation, then left as found",
    ),
    Option(
        "exclude_location",
        Kind.FLAG,
        "Let the policy block every place but these locations, for a collection of the places to sign in from. It "
        "can lock everyone out: see --accept_lockout_risk.",
        LOCATIONS,
        default=False,
    ),
    Option(
        "max_locations",
        Kind.COUNT,
        "Most locations to use, of 2,000 ranges each. A tenant holds 195, those of others among them.",
        LOCATIONS,
        "N",
        default=40,
    ),
    Option(
        "adopt_location",
        Kind.IDS,
        "Ids of locations to take over although nothing shows that they are ours, for example when the name was "
        "given by someone else before.",
        LOCATIONS,
        "ID,...",
        default=(),
        default_text="none",
    ),
)

MY_ADDRESS_OPTION: Final = Option(
    "my_address",
    Kind.RANGES,
    "Addresses or ranges that are never blocked whatever the collection says, such as those that you sign in "
    "from.",
    LIMITS,
    "RANGE,...",
    default=(),
    default_text="none",
)
