"""Job settings: typed, checked once, then only read.

Only the command line knows options; everything below it gets these. Each class checks itself when it is
made and names the option that is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from .errors import UsageError
from .indicator import SEVERITIES

if TYPE_CHECKING:
    from .source_settings import SourceSettings

DAY: Final = 86_400
"""Seconds."""

CLOUDS: Final = ("global", "gcc", "gcc_high", "dod", "china")

FEDERATED_IDENTITIES: Final = ("google",)
"""Who can vouch for the app in the place of a credential of its own. Each is served by
`iocbeam.clients.federated`."""

ACTIONS: Final = (
    "Allow",
    "Audit",
    "Alert",
    "Warn",
    "Block",
    "Alert and Block",
    "Block and Remediate",
)
"""The field's labels, from the mildest to the hardest."""

RELATED_CONTEXT: Final = ("descriptions", "malware", "adversaries")
TLP_LABELS: Final = ("clear", "green", "amber", "amber+strict", "red")
"""From the freest to the strictest."""

INPUT_FORMATS: Final = ("auto", "jsonl", "json", "csv", "avro", "text", "hosts", "stix", "misp")
URL_WITHOUT_SCHEME: Final = ("skip", "http", "https")
FAIL_ON: Final = ("never", "failed", "any")
"""Never; when something failed (exit status 1 or 3); when anything but 0 is the exit status."""

_COLLECTION: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")


@dataclass(frozen=True, slots=True)
class RunInfo:
    """What is fixed when a run is constructed; no stage asks the clock or makes up an id.

    Attributes:
        run_id: unique for the run.
        started_at: epoch seconds, UTC.
        job: `defender`, `entra` ...
        collection: name of the collection, the owner mark in the tenant.
        dry_run: plan only.
        replay: the input is dead letters: nothing is ever withdrawn.
        fail_on: one of `FAIL_ON`: after which ends the job itself fails, once its summary is written.

    Raises:
        UsageError: the collection has no name that can be one, or a value is none of its choices.
    """

    run_id: str
    started_at: int
    job: str
    collection: str
    dry_run: bool = False
    replay: bool = False
    fail_on: str = "never"

    def __post_init__(self) -> None:
        one_of(self.fail_on, FAIL_ON, "--fail_on")
        if not _COLLECTION.fullmatch(self.collection):
            raise UsageError(
                f"{self.collection!r} is not a collection name.",
                option="--collection",
                advice="Use 1 to 40 of a-z, 0-9, '.', '_' and '-', starting with a letter or digit.",
            )


@dataclass(frozen=True, slots=True)
class IntakeSettings:
    """How the collection is read and what counts as one of its indicators. The same for every tenant.

    Attributes:
        inputs: files or globs, on any filesystem that Beam knows; dead letters in a replay.
        input_format: one of `INPUT_FORMATS`.
        field_map: canonical field to the input's own name, for example `{"value": "ioc"}`.
        statuses: statuses that are exported, compared without case.
        url_without_scheme: `skip`, `http` or `https`.
        source: the service that holds the collection, in the place of `inputs`.
        transforms: steps of the user's own, `MODULE:NAME` each, in their order.

    Raises:
        UsageError: there is no input or more than one kind, no status, or a value is none of its choices.
    """

    inputs: tuple[str, ...] = ()
    input_format: str = "auto"
    field_map: Mapping[str, str] = field(default_factory=dict)
    statuses: tuple[str, ...] = ("Active",)
    url_without_scheme: str = "skip"
    source: SourceSettings | None = None
    transforms: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.inputs and self.source is not None:
            raise UsageError("give --input, or a --source other than files, not both.")
        if not self.inputs and self.source is None:
            raise UsageError("is missing.", option="--input", advice="Name the files that hold the collection.")
        one_of(self.input_format, INPUT_FORMATS, "--input_format")
        one_of(self.url_without_scheme, URL_WITHOUT_SCHEME, "--url_without_scheme")
        if not self.statuses:
            raise UsageError("names no status.", option="--statuses")


@dataclass(frozen=True, slots=True)
class ClassifySettings:
    """How an indicator becomes a row of Defender.

    Attributes:
        file_action, network_action: one of `ACTIONS`.
        default_severity: for indicators that bring none.
        generate_alert: whether Warn and Block raise alerts; Audit always does.
        related_context: which of `RELATED_CONTEXT` go into the description.
        max_tlp: strictest marking whose context may leave; above it the description is the lead line alone.
        details_host: ThreatQ host for the link to an indicator's page; empty for no link.
        max_description: characters.
        accept_allow: whether `Allow` may be used; an allowed value disarms blocks.
        collection: named in the lead line.
        expiration_days: expiry of records that bring none of their own; None is never.

    Raises:
        UsageError: a value is none of its choices or out of range, or the action is not for this family or needs
            `accept_allow`.
    """

    file_action: str = "Audit"
    network_action: str = "Audit"
    default_severity: str = "Medium"
    generate_alert: bool = False
    related_context: tuple[str, ...] = RELATED_CONTEXT
    max_tlp: str = "amber"
    details_host: str = ""
    max_description: int = 1_000
    accept_allow: bool = False
    collection: str = ""
    expiration_days: int | None = 90

    def __post_init__(self) -> None:
        for action in (self.file_action, self.network_action):
            one_of(action, ACTIONS, "--action")
        if "Allow" in (self.file_action, self.network_action) and not self.accept_allow:
            raise UsageError(
                "Allow disarms every block of the same value, also those of other owners.",
                option="--action",
                advice="Add --accept_allow if that is meant.",
            )
        one_of(self.default_severity, SEVERITIES, "--default_severity")
        for name in self.related_context:
            one_of(name, RELATED_CONTEXT, "--related_context")
        one_of(self.max_tlp, TLP_LABELS, "--max_tlp")
        if not 100 <= self.max_description <= 4_000:
            raise UsageError("must be from 100 to 4000.", option="--max_description")
        if self.expiration_days is not None:
            at_least(self.expiration_days, 1, "--expiration_days")
        if self.network_action == "Block and Remediate":
            raise UsageError(
                "Block and Remediate is for files only.",
                option="--action",
                advice="Give network=Block beside it.",
            )


@dataclass(frozen=True, slots=True)
class ConnectionSettings:
    """Where a tenant is and how to log in. Secrets are references; their values never stand here.

    Attributes:
        tenant_id, client_id: GUIDs of the tenant and of the app registration.
        client_secret, client_certificate: references such as `env:NAME` or `file:PATH`.
        federated_identity: one of `FEDERATED_IDENTITIES`, which then vouches for the app. One of the three.
        cloud: one of `CLOUDS`.
        login_url, defender_url, graph_url: hosts that replace the cloud's; `/{tenant_id}`, `/api` and `/v1.0` are
            appended.
        defender_scope, graph_scope: replace the cloud's scopes; never derived from a URL.
        sentinel_url, arm_url: hosts of Sentinel's upload and of Azure Resource Manager that replace the cloud's.
        arm_scope: replaces the cloud's, for both of them.
        ca_bundle: PEM file of the authorities to trust instead of the public ones.
        verify_tls: False only by `--no_tls_verify`.
        proxy: URL for every call; empty takes the environment's.
        ignore_proxies: call directly whatever the environment says.

    Raises:
        UsageError: a value is none of its choices, a URL is not https, or there is more than one credential.
    """

    tenant_id: str = ""
    client_id: str = ""
    client_secret: str = ""
    client_certificate: str = ""
    federated_identity: str = ""
    cloud: str = "global"
    login_url: str = ""
    defender_url: str = ""
    defender_scope: str = ""
    graph_url: str = ""
    graph_scope: str = ""
    sentinel_url: str = ""
    arm_url: str = ""
    arm_scope: str = ""
    ca_bundle: str = ""
    verify_tls: bool = True
    proxy: str = ""
    ignore_proxies: bool = False

    def __post_init__(self) -> None:
        one_of(self.cloud, CLOUDS, "--cloud")
        for option, url in (
            ("--login_url", self.login_url),
            ("--defender_url", self.defender_url),
            ("--graph_url", self.graph_url),
            ("--sentinel_url", self.sentinel_url),
            ("--arm_url", self.arm_url),
        ):
            if url and not url.startswith("https://"):
                raise UsageError(f"{url!r} does not start with https://.", option=option)
        if self.federated_identity:
            one_of(self.federated_identity, FEDERATED_IDENTITIES, "--federated_identity")
        given = [option for option, value in self._credentials if value]
        if len(given) > 1:
            raise UsageError(f"give {' or '.join(given)}, not {'both' if len(given) == 2 else 'all'}.")

    @property
    def has_login(self) -> bool:
        """Whether there is a tenant, and something to log in with."""
        return bool(self.tenant_id and self.client_id and self.has_credential)

    @property
    def has_credential(self) -> bool:
        """Whether there is something that proves who the app is."""
        return any(value for _, value in self._credentials)

    @property
    def _credentials(self) -> tuple[tuple[str, str], ...]:
        return (
            ("--client_secret", self.client_secret),
            ("--client_certificate", self.client_certificate),
            ("--federated_identity", self.federated_identity),
        )

    def require_login(self) -> None:
        """Raise a `UsageError` that names what is missing to log in."""
        if not self.tenant_id:
            raise UsageError(
                "is missing.", option="--tenant_id", advice="It is the directory (tenant) id in Entra."
            )
        if not self.client_id:
            raise UsageError(
                "is missing.",
                option="--client_id",
                advice="It is the application id of the app registration.",
            )
        if not self.has_credential:
            raise UsageError(
                "is missing.",
                option="--client_secret",
                advice="Give a reference such as env:NAME or file:PATH, or use --client_certificate or "
                "--federated_identity.",
            )


@dataclass(frozen=True, slots=True)
class Limits:
    """What a run may change in a tenant, whatever the target.

    Attributes:
        collection: the owner mark.
        objects_per_run: creates and updates per run; None is no limit.
        withdraw: whether anything may be withdrawn at all.
        max_withdraw_percent: of what is ours, counted from `withdraw_floor` up.
        withdraw_floor: withdrawals up to this many need no percentage.
        max_rejected_percent: above it the read counts as bad and nothing is withdrawn.
    """

    collection: str
    objects_per_run: int | None = None
    withdraw: bool = True
    max_withdraw_percent: int = 20
    withdraw_floor: int = 50
    max_rejected_percent: int = 50

    def __post_init__(self) -> None:
        if self.objects_per_run is not None:
            at_least(self.objects_per_run, 1, "--objects_per_run")
        for option, percent in (
            ("--max_withdraw_percent", self.max_withdraw_percent),
            ("--max_rejected_percent", self.max_rejected_percent),
        ):
            if not 0 <= percent <= 100:
                raise UsageError("must be from 0 to 100.", option=option)
        at_least(self.withdraw_floor, 0, "--withdraw_floor")


@dataclass(frozen=True, slots=True)
class PlanPolicy(Limits):
    """What `planning.defender.plan` may do.

    Attributes:
        capacity: rows that the tenant may hold, of all owners.
        adopt: owners whose rows are taken over where the collection wants the same value: a display name, a
            sign-in name or an application id as the tenant's list shows it, or `iocbeam:COLLECTION`.
        recommended_actions, device_groups: sent with every row; no group means all devices.
    """

    capacity: int = 15_000
    adopt: tuple[str, ...] = ()
    recommended_actions: str = ""
    device_groups: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        # Written out: slots make a new class, which `super()` without arguments does not know.
        Limits.__post_init__(self)
        at_least(self.capacity, 1, "--capacity")


@dataclass(frozen=True, slots=True)
class TenantSettings:
    """One tenant of a job.

    Attributes:
        alias: a person's name for it; the tenant id when none was given.
        never_block: files with values that must never be blocked.
        notices: what a person should know of how the options were read, shown with the plan.
    """

    alias: str
    connection: ConnectionSettings
    classify: ClassifySettings
    policy: PlanPolicy
    never_block: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()

    @property
    def tenant_id(self) -> str:
        """The tenant's id, or its alias where a dry run was given no id."""
        return self.connection.tenant_id or self.alias


@dataclass(frozen=True, slots=True)
class DefenderJob:
    """Everything that `pipelines.defender` needs.

    Attributes:
        output: directory for dead letters, outcomes, plan and summary.
    """

    run: RunInfo
    intake: IntakeSettings
    tenants: tuple[TenantSettings, ...]
    output: str

    def __post_init__(self) -> None:
        check_unlike(self.tenants)


class Called(Protocol):
    """A tenant as far as telling it from others goes."""

    @property
    def tenant_id(self) -> str:
        """The service's id."""

    @property
    def alias(self) -> str:
        """A person's name for it."""


def check_unlike(tenants: Sequence[Called]) -> None:
    """Raise a `UsageError` when two tenants have the same id or alias."""
    for option, names in (
        ("tenant_id", [tenant.tenant_id.lower() for tenant in tenants]),
        ("alias", [tenant.alias.lower() for tenant in tenants]),
    ):
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise UsageError(f"two tenants have the same {option}, {twice}.")


def one_of(value: str, allowed: Sequence[str], option: str) -> None:
    """Raise a `UsageError` for a value that is not allowed."""
    if value not in allowed:
        raise UsageError(f"{value!r} is not one of {', '.join(allowed)}.", option=option)


def at_least(value: int, least: int, option: str) -> None:
    """Raise a `UsageError` for a number that is too small."""
    if value < least:
        raise UsageError(f"must be {least} or more, not {value}.", option=option)
