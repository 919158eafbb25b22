"""Options of a tenant that say where it is and how to log in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from iocbeam.model.settings import CLOUDS, FEDERATED_IDENTITIES

from .option import Kind, Option

CLOUD_NAMES: Final = {
    "worldwide": "global",
    "commercial": "global",
    "public": "global",
    "Government Community Cloud": "gcc",
    "US Government Community Cloud": "gcc",
    "US Gov GCC": "gcc",
    "US GCC": "gcc",
    "Government Community Cloud High": "gcc_high",
    "US Government Community Cloud High": "gcc_high",
    "US Gov GCC High": "gcc_high",
    "US GCC High": "gcc_high",
    "Department of Defense": "dod",
    "US Department of Defense": "dod",
    "US Gov DoD": "dod",
    "US DoD": "dod",
    "China 21Vianet": "china",
    "21Vianet": "china",
}
"""How portals and other products call the clouds."""

_TENANT = "Tenant and login"
_NETWORK = "Network"

ALIAS_OPTION: Final = Option(
    "alias",
    Kind.TEXT,
    "A name for the tenant, in plan, summary and file names.",
    _TENANT,
    "NAME",
    required=True,
)
"""Stands in the tenants file only."""


_CREDENTIALS: Final[tuple[Option, ...]] = (
    Option("tenant_id", Kind.TEXT, "Directory (tenant) id in Entra.", _TENANT, "GUID",
           default_text="none; needed unless --dry_run"),
    Option("client_id", Kind.TEXT, "Application (client) id of the app registration.", _TENANT, "GUID",
           default_text="none; needed unless --dry_run"),
    Option(
        "client_secret",
        Kind.SECRET,
        "Where the client secret is: env:NAME, file:PATH or gcp-secret:projects/P/secrets/S/versions/V. Never the "
        "secret itself.",
        _TENANT,
        "REF",
        default_text="none",
        excludes="client_certificate",
    ),
    Option(
        "client_certificate",
        Kind.SECRET,
        "Where the PEM text of certificate and private key is, in place of a secret; the same forms.",
        _TENANT,
        "REF",
        default_text="none",
        excludes="federated_identity",
    ),
    Option(
        "federated_identity",
        Kind.CHOICE,
        "Who vouches for the app in place of a secret: google is the service account that this runs as on Google "
        "Cloud. The app registration has a federated credential for it.",
        _TENANT,
        "|".join(FEDERATED_IDENTITIES),
        default_text="none",
        choices=FEDERATED_IDENTITIES,
        excludes="client_secret",
    ),
)  # fmt: skip
"""Each of the three credentials excludes the next one, in a circle, and so every other."""

ALWAYS_NEEDED: Final = ("tenant_id", "client_id")
"""What no login goes without."""

_LOGIN_URL: Final = Option(
    "login_url",
    Kind.TEXT,
    "Another login host; /TENANT_ID is appended.",
    _TENANT,
    "URL",
    default_text="the cloud's",
)

DEFENDER_ACCESS: Final = (
    Option("defender_url", Kind.TEXT, "Another Defender host; /api is appended.", _TENANT, "URL",
           default_text="the cloud's"),
    Option("defender_scope", Kind.TEXT, "Another token scope for Defender. It never follows from a URL.", _TENANT,
           "SCOPE", default_text="the cloud's"),
)  # fmt: skip

GRAPH_ACCESS: Final = (
    Option("graph_url", Kind.TEXT, "Another Graph host; /v1.0 is appended.", _TENANT, "URL",
           default_text="the cloud's"),
    Option("graph_scope", Kind.TEXT, "Another token scope for Graph. It never follows from a URL.", _TENANT,
           "SCOPE", default_text="the cloud's"),
)  # fmt: skip

NETWORK_OPTIONS: Final = (
    Option("ca_bundle", Kind.TEXT, "PEM file of the authorities to trust instead of the public ones, for every "
           "call. Where the source has a private one, put both into the file.", _NETWORK, "FILE",
           default_text="the public ones"),
    Option("no_tls_verify", Kind.FLAG, "Do not verify TLS certificates. Whoever is on the way can then read "
           "credentials.", _NETWORK, default=False),
    Option("proxy", Kind.TEXT, "Proxy for every call, to the source too.", _NETWORK, "URL",
           default_text="the environment's", excludes="ignore_proxies"),
    Option("ignore_proxies", Kind.FLAG, "Call directly, whatever the environment says.", _NETWORK, default=False),
)  # fmt: skip


def login_options(clouds: Sequence[str], *services: Option, dry_run: bool = True) -> tuple[Option, ...]:
    """The options under 'Tenant and login'.

    Args:
        clouds: those that the job can reach, for the help; another one is refused later, with the reason.
        services: where the services are that the job talks to.
        dry_run: whether the job has a dry run, which needs no login.
    """
    cloud = Option(
        "cloud",
        Kind.CHOICE,
        "Microsoft cloud of the tenant. Names such as 'US Gov GCC High' are understood.",
        _TENANT,
        "|".join(clouds),
        default="global",
        choices=CLOUDS,
        aliases=CLOUD_NAMES,
    )
    credentials = _CREDENTIALS
    if not dry_run:
        credentials = tuple(
            replace(option, default_text="none; needed") if option.name in ALWAYS_NEEDED else option
            for option in credentials
        )
    return (*credentials, cloud, _LOGIN_URL, *services)


def tenants_option(options: Sequence[Option]) -> Option:
    """The option that names a file of tenants.

    Args:
        options: what each tenant may have for itself.
    """
    *groups, last = dict.fromkeys(f"'{option.group}'" for option in options)
    return Option(
        "tenants",
        Kind.TEXT,
        "YAML file with several tenants, in the place of --tenant_id: a list whose entries each have an alias and "
        f"any option under {', '.join(groups)} and {last}. What an entry gives goes before the command line and "
        "--config, which hold for every entry that does not give it. Local or on any filesystem that Beam knows.",
        _TENANT,
        "FILE",
        default_text="none",
    )
