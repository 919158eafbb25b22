"""Outcomes and reasons: the closed vocabulary of how a record ends."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, NamedTuple
from zlib import crc32

from .errors import UsageError

# Plain strings, not an enum: they are the values of every output format, and the hot path compares them.
CREATED: Final = "created"
UPDATED: Final = "updated"
UNCHANGED: Final = "unchanged"
EXPIRED: Final = "expired"
INACTIVE: Final = "inactive"
DUPLICATE: Final = "duplicate"
PROTECTED: Final = "protected"
UNSUPPORTED: Final = "unsupported"
HELD: Final = "held"
LEFT_OUT: Final = "left_out"
DEFERRED: Final = "deferred"
FILTERED: Final = "filtered"
SIGHTED: Final = "sighted"
NOT_SIGHTED: Final = "not_sighted"
NOT_CHECKABLE: Final = "not_checkable"
REJECTED: Final = "rejected"
FAILED: Final = "failed"

OUTCOMES: Final[dict[str, str]] = {
    CREATED: "in step with the tenant (in a dry run: planned)",
    UPDATED: "in step with the tenant (in a dry run: planned)",
    UNCHANGED: "in step with the tenant; nothing had to be sent",
    SIGHTED: "a machine or an alert shows it",
    NOT_SIGHTED: "nothing that was read shows it",
    NOT_CHECKABLE: "what would show it could not be read",
    EXPIRED: "its expiry has passed or is less than an hour away",
    INACTIVE: "the source says so: its status is not one of --statuses, or it was revoked",
    DUPLICATE: "another record with the same type and value was kept",
    PROTECTED: "on a never-block list, or Whitelisted in the same run",
    UNSUPPORTED: "a type that this target does not take",
    HELD: "a row of another owner already has this value; nothing is sent",
    LEFT_OUT: "over capacity",
    DEFERRED: "over --objects_per_run; comes with the next run",
    FILTERED: "dropped by a transform of the user's own",
    REJECTED: "malformed; kept as a dead letter",
    FAILED: "could not be delivered; kept as a dead letter",
}
"""Every outcome with its meaning, in the order in which reports show them."""

DEAD_LETTER_OUTCOMES: Final = frozenset((REJECTED, FAILED))


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a record ended as it did.

    Attributes:
        code: snake_case, as in every output.
        outcome: the outcome that it belongs to.
        meaning: one line for a person.
        retriable: whether running the same record again can help without changing it.
        advice: what to do.
    """

    code: str
    outcome: str
    meaning: str
    retriable: bool
    advice: str


_TABLE: Final = (
    # rejected: by a source
    ("malformed_record", REJECTED, "the line or row is not a record of the input's format", False,
     "look at the record's bytes; fix the export, or name the format with --input_format"),
    ("invalid_utf8", REJECTED, "the text is not UTF-8", False, "export the file as UTF-8"),
    ("ragged_row", REJECTED, "the row has more fields than the header", False,
     "quote fields that hold the separator"),
    ("too_long", REJECTED, "longer than 1 MiB; the first 64 KiB are kept", False,
     "a line break is probably missing in the input"),
    ("malformed_pattern", REJECTED, "not a pattern in STIX's language", False,
     "correct the pattern in the source"),
    ("pattern_unsupported", REJECTED, "a pattern that says more than a value, or a list of values, can say", False,
     "nothing to do, or give its values as indicators of their own if each is bad on its own"),
    # rejected: by Validate and FixUrlScheme
    ("missing_value", REJECTED, "the record has no value", False,
     "name the column that holds it with --field_map value=COLUMN"),
    ("unknown_type", REJECTED, "the type is not one that we know, or no type fits the value", False,
     "name one of the types in docs/reading.md, or leave it out: the form of the value then decides"),
    ("type_mismatch", REJECTED, "a right value under the wrong type", False,
     "correct the type in the source; the message says what the value looks like"),
    ("malformed_hash", REJECTED, "not hexadecimal digits of the type's length", False, "correct the value"),
    ("malformed_ip", REJECTED, "not an address in dotted-quad or IPv6 form", False, "correct the value"),
    ("malformed_cidr", REJECTED, "not an address range in CIDR form", False, "correct the value"),
    ("malformed_domain", REJECTED, "not a domain name", False, "correct the value"),
    ("malformed_url", REJECTED, "not a URL", False, "correct the value"),
    ("malformed_file_name", REJECTED, "not the name of a file", False, "correct the value"),
    ("not_public", REJECTED, "an address outside the public Internet: private, reserved, multicast ...", False,
     "nothing to do; such an address can only hit your own network"),
    ("too_broad", REJECTED, "a public suffix: it would block everything registered under it", False,
     "list the names under it that are meant"),
    ("truncated", REJECTED, "cut short: it ends in an ellipsis", False, "get the whole value from the source"),
    ("prefix_too_short", REJECTED, "a range wider than /8, the widest that Entra takes", False,
     "list the parts of it that are meant"),
    ("wildcard", REJECTED, "holds a wildcard; the services take none", False,
     "a domain already covers its subdomains, a URL everything under its path"),
    ("host_rewritten", REJECTED, "a browser would visit another host than the one written", False,
     "write the host as the browser would: the message names it"),
    ("url_credentials", REJECTED, "a user name or password stands before the host", False,
     "remove what stands before the @ if the host after it is meant"),
    ("scheme_unsupported", REJECTED, "a URL whose scheme is not http or https", False,
     "use the host as FQDN or IP Address"),
    ("scheme_missing", REJECTED, "a URL without a scheme, and --url_without_scheme is skip", False,
     "set --url_without_scheme to http or https"),
    # rejected: by a transform of the user's own
    ("transform_failed", REJECTED, "a transform of your own raised an error, or gave what is no indicator", True,
     "correct the transform, then iocbeam replay PATH; until then nothing is withdrawn"),
    # inactive
    ("status_excluded", INACTIVE, "its status is not one of --statuses", False, "name the status in --statuses"),
    ("whitelisted", INACTIVE, "Whitelisted in the source; it protects its value in this run", False,
     "nothing to do"),
    ("revoked", INACTIVE, "revoked in the source", False, "nothing to do"),
    # expired
    ("expired", EXPIRED, "its expiry has passed", False, "extend it in the source if it is still wanted"),
    ("expires_soon", EXPIRED, "it expires within an hour", False,
     "extend it in the source if it is still wanted"),
    # selection and plan
    ("outranked", DUPLICATE, "a better record of the same type and value was kept", False, "nothing to do"),
    ("over_capacity", LEFT_OUT, "more indicators than the tenant may hold", False,
     "raise severity or score of what matters most, or split the collection"),
    ("objects_per_run", DEFERRED, "over --objects_per_run", True, "run again"),
    ("never_block", PROTECTED, "on a list given with --never_block", False,
     "take it off the list if it is to be blocked"),
    ("built_in", PROTECTED, "on the built-in never-block list", False,
     "nothing to do; blocking it would cut the tenant off from its own protection"),
    ("whitelisted_in_run", PROTECTED, "a Whitelisted record of the same run has this value", False,
     "settle in the source which of the two records is right"),
    ("my_address", PROTECTED, "inside of --my_address", False,
     "nothing to do; blocking it would lock out whoever runs this"),
    ("trusted_location", PROTECTED, "inside of a trusted location of the tenant", False,
     "settle which is right, the collection or the trusted location"),
    # The rest of the range is in step with the tenant: its record ends as created or as unchanged.
    ("partly_protected", CREATED, "a part of the range is protected and is left out", False, "nothing to do"),
    ("type_not_taken", UNSUPPORTED, "the target takes no indicators of this type", False,
     "send it to a target that does: address ranges go to Entra, hashes to Defender"),
    ("held_same", HELD, "a row of another owner does the same", False, "nothing to do; --adopt takes it over"),
    ("held_weaker", HELD, "a row of another owner has a weaker action", False,
     "change that row, or --adopt its owner"),
    ("held_allows", HELD, "a row of another owner allows this value", False,
     "ask its owner; an allowed value disarms the block"),
    # looked for in a tenant
    ("not_found", NOT_SIGHTED, "no machine and no alert of the time that was looked at shows it", False,
     "nothing to do; --days looks further back"),
    ("read_incomplete", NOT_CHECKABLE, "machines or alerts could not be read to the end", True,
     "put right what the run says of the reading, then run again"),
    ("files_not_read", NOT_CHECKABLE, "only an alert's files show it, and not all of them were asked for", True,
     "raise --file_lookups, or shorten --days"),
    ("not_shown", NOT_CHECKABLE, "nothing of what was asked for shows this type", False,
     "name alerts in --read: their files show MD5 and product names"),
    # failed
    ("refused", FAILED, "the service refused this indicator; the message holds its words", False,
     "correct the indicator; if the service seems wrong, try it in the portal"),
    ("refused_together", FAILED, "in a request that the service refused as a whole; not tried alone", True,
     "iocbeam replay PATH, after what was refused alone is corrected"),
    ("not_delivered", FAILED, "the service could not be reached or kept failing", True, "iocbeam replay PATH"),
    ("no_result", FAILED, "the service answered without a result for this indicator", True,
     "iocbeam replay PATH"),
    ("stopped", FAILED, "the run stopped before this indicator's turn; the message says why", True,
     "put right what stopped the run, then iocbeam replay PATH"),
)  # fmt: skip

REASONS: Final[dict[str, Reason]] = {row[0]: Reason(*row) for row in _TABLE}
"""The closed table of reason codes. The outcomes created, updated and unchanged need none."""


class Ended(NamedTuple):
    """A pure stage's answer that the record goes no further.

    Attributes:
        outcome: one of `OUTCOMES`.
        reason: a key of `REASONS`, or `custom:NAME` with outcome `filtered`.
        message: for a person: what was found and where.
        key: type and canonical value, where the record got that far.
    """

    outcome: str
    reason: str
    message: str = ""
    key: tuple[str, str] | None = None


def ended(reason: str, message: str = "", key: tuple[str, str] | None = None) -> Ended:
    """The end of a record for this reason, with the outcome that the table gives it."""
    return Ended(REASONS[reason].outcome, reason, message, key)


CUSTOM: Final = "custom:"
"""How the reason of a record begins that a transform of the user's own dropped."""

_is_name = re.compile(r"[a-z][a-z0-9_]{0,39}").fullmatch


def check_name(name: str) -> str:
    """The name, if it can be one of a user's own: of a transform, or of a reason for which it drops records.

    Raises:
        UsageError: it is not 1 to 40 of a-z, 0-9 and `_`, beginning with a letter.
    """
    if not isinstance(name, str) or not _is_name(name):
        raise UsageError(
            f"{name!r} is no name of a transform or of its reason.",
            advice="Use 1 to 40 of a-z, 0-9 and '_', starting with a letter.",
        )
    return name


def filtered(name: str, message: str = "") -> Ended:
    """The end of a record that a transform of the user's own drops: outcome `filtered`, reason `custom:NAME`.

    Args:
        name: why, in a word or two: 1 to 40 of a-z, 0-9 and `_`, beginning with a letter.
        message: for a person: what was found.

    Raises:
        UsageError: the name cannot be one.
    """
    return Ended(FILTERED, CUSTOM + check_name(name), message)


def meaning_of(reason: str) -> str:
    """What a reason code means, in one line; of the user's own ones only where they come from."""
    if reason.startswith(CUSTOM):
        return "dropped by a transform of your own"
    known = REASONS.get(reason)
    return known.meaning if known else ""


NOTICE: Final = "notice"
"""Stands in the place of an outcome in a `Tally` of things worth knowing that end no record."""

PASSAGE: Final = "passage"
"""Stands there in a `Tally` of what goes into a transform of the user's own (`INTO`) or comes out (`OUT_OF`)."""
INTO: Final = "into"
OUT_OF: Final = "out_of"
INTO_MARKS: Final = "into_marks"
OUT_OF_MARKS: Final = "out_of_marks"
"""With these in the place of `INTO` and `OUT_OF`, the sum of the records' `passage_mark`."""


def passage_mark(location: str) -> int:
    """A number that stands for where a record was read. The sum over records is the same in any order, and nearly
    always another one where some are missing and others are there twice."""
    return crc32(location.encode("utf-8", "replace"))


NO_END: Final = frozenset((NOTICE, PASSAGE))
"""What a `Tally` holds in the place of an outcome where it counts no ends."""

NOTICES: Final[dict[str, str]] = {
    "refanged": "defanged values such as hxxp://bad[.]example, made whole",
    "severity_unknown": "severities of no known name; the default was taken",
    "time_unreadable": "dates in no known format; the record counts as undated",
}
"""Things that happened to records on their way, counted beside the outcomes."""


class Tally(NamedTuple):
    """How many records ended one way in one stage, counted within a bundle.

    Attributes:
        outcome: one of `OUTCOMES`, or `NOTICE` with a key of `NOTICES` as reason, or `PASSAGE` with its own.
        records: how many; a sum of marks where the reason says so.
    """

    tenant_id: str
    stage: str
    outcome: str
    reason: str
    type: str
    records: int


class OutcomeRow(NamedTuple):
    """One record's end, as `outcomes-*.avro` holds it.

    Attributes:
        tenant_id: empty where the end is the same for every tenant (up to `Expire`).
        outcome, reason: as in `Ended`; an empty reason for created, updated and unchanged.
        stage: the stage that ended it.
        type: the indicator's type as far as it is known, else empty.
        value: canonical where the record got that far, else as read, at most 512 characters.
        source, source_id, location: where the record came from.
    """

    tenant_id: str
    outcome: str
    reason: str
    stage: str
    type: str
    value: str
    source: str
    source_id: str
    location: str
