"""Options that every job has: the collection, the login, the run."""

from __future__ import annotations

from typing import Final

from iocbeam.model.record import CANONICAL_FIELDS
from iocbeam.model.settings import CLOUDS, URL_WITHOUT_SCHEME

from .option import Kind, Option

INPUT_FORMATS: Final = ("auto", "jsonl", "csv", "avro", "text")

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

_COLLECTION = "Collection"
_TENANT = "Tenant and login"
_NETWORK = "Network"
_RUN = "Run"

COLLECTION_OPTION: Final = Option(
    "collection",
    Kind.TEXT,
    "Name of the collection. It marks the rows that are ours in a tenant, so keep it the same from run to run. "
    "1 to 40 of a-z, 0-9, '.', '_' and '-'.",
    _COLLECTION,
    "NAME",
    required=True,
)

INPUT_OPTIONS: Final = (
    Option(
        "input",
        Kind.TEXTS,
        "Files that hold the collection, or patterns in quotes. JSONL, CSV, Avro or one value a line; plain, "
        "gzip, bzip2 or zstd; local or on any filesystem that Beam knows.",
        _COLLECTION,
        "FILE...",
        required=True,
    ),
    Option(
        "input_format",
        Kind.CHOICE,
        "Format of the files; auto looks at the content of each.",
        _COLLECTION,
        "|".join(INPUT_FORMATS),
        default="auto",
        choices=INPUT_FORMATS,
    ),
    Option(
        "field_map",
        Kind.PAIRS,
        "The input's own names for our fields, for example value=ioc type=ioc_type.",
        _COLLECTION,
        "FIELD=NAME...",
        default_text="common names are known",
        choices=CANONICAL_FIELDS,
    ),
)
"""Where records come from; a replay has dead letters in their place."""

INTAKE_OPTIONS: Final = (
    Option(
        "statuses",
        Kind.WORDS,
        "Statuses whose records are exported; the others end as inactive. A record without a status counts.",
        _COLLECTION,
        "STATUS,...",
        default=("Active",),
    ),
    Option(
        "url_without_scheme",
        Kind.CHOICE,
        "A URL without a scheme: skip rejects it, http and https add that scheme.",
        _COLLECTION,
        "|".join(URL_WITHOUT_SCHEME),
        default="skip",
        choices=URL_WITHOUT_SCHEME,
    ),
)

ALIAS_OPTION: Final = Option(
    "alias",
    Kind.TEXT,
    "A name for the tenant, in plan, summary and file names.",
    _TENANT,
    "NAME",
    required=True,
)
"""Stands in the tenants file only."""

TENANTS_OPTION: Final = Option(
    "tenants",
    Kind.TEXT,
    "YAML file with several tenants, in the place of --tenant_id: a list whose entries each have an alias and any "
    "option under 'Tenant and login', 'Network', 'What a record becomes in Defender' and 'Limits and guards'. "
    "What an entry gives goes before the command line and --config, which hold for every entry that does not give "
    "it. Local or on any filesystem that Beam knows.",
    _TENANT,
    "FILE",
    default_text="none",
)

LOGIN_OPTIONS: Final = (
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
    ),
    Option(
        "cloud",
        Kind.CHOICE,
        "Microsoft cloud of the tenant. Names such as 'US Gov GCC High' are understood.",
        _TENANT,
        "|".join(cloud for cloud in CLOUDS if cloud != "china"),
        default="global",
        choices=CLOUDS,
        aliases=CLOUD_NAMES,
    ),
    Option("login_url", Kind.TEXT, "Another login host; /TENANT_ID is appended.", _TENANT, "URL",
           default_text="the cloud's"),
    Option("defender_url", Kind.TEXT, "Another Defender host; /api is appended.", _TENANT, "URL",
           default_text="the cloud's"),
    Option("defender_scope", Kind.TEXT, "Another token scope. It never follows from a URL.", _TENANT, "SCOPE",
           default_text="the cloud's"),
)  # fmt: skip

CONNECTION_OPTIONS: Final = (
    Option("ca_bundle", Kind.TEXT, "PEM file of the authorities to trust instead of the public ones.", _NETWORK,
           "FILE", default_text="the public ones"),
    Option("no_tls_verify", Kind.FLAG, "Do not verify TLS certificates. Whoever is on the way can then read "
           "credentials.", _NETWORK, default=False),
    Option("proxy", Kind.TEXT, "Proxy for every call.", _NETWORK, "URL", default_text="the environment's",
           excludes="ignore_proxies"),
    Option("ignore_proxies", Kind.FLAG, "Call directly, whatever the environment says.", _NETWORK, default=False),
)  # fmt: skip

RUN_OPTIONS: Final = (
    Option(
        "dry_run",
        Kind.FLAG,
        "Print the plan and write plan.json; nothing in the tenant is changed. With a login the tenant is read; "
        "without one (no client_id, client_secret or client_certificate) the plan is made as for an empty tenant.",
        _RUN,
        default=False,
    ),
    Option(
        "output",
        Kind.TEXT,
        "Directory for dead letters, outcomes, plan.json and summary.json; local or on any filesystem that Beam "
        "knows.",
        _RUN,
        "DIR",
        default="iocbeam-out",
    ),
    Option(
        "runner",
        Kind.TEXT,
        "Beam runner; direct is this process. Options that the runner's Beam classes declare are passed on.",
        _RUN,
        "NAME",
        default="direct",
    ),
    Option(
        "config",
        Kind.TEXT,
        "YAML file with options by name, local or on any filesystem that Beam knows. What the command line gives "
        "goes before it.",
        _RUN,
        "FILE",
        default_text="none",
    ),
)

COMMON: Final = (
    Option("verbose", Kind.FLAG, "Show what iocbeam logs.", "Help", default=False),
    Option("debug", Kind.FLAG, "Show every log line, and the traceback of an unexpected error.", "Help",
           default=False),
    Option("help", Kind.FLAG, "Show this.", "Help"),
)  # fmt: skip
"""What every command has."""
