"""The tables and samples of docs/azure-setup.md, made from the table of permissions and from what `iocbeam check`
says to the local tenant. To print them into the document again: `python tests/cli/check_samples.py`."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from iocbeam.cli import main
from iocbeam.clients import CLOUD_ENDPOINTS
from iocbeam.clients.probe.check import OK, Check
from iocbeam.clients.probe.probe import probe, services
from iocbeam.local_tenant import Answer, Fault, LocalTenant, SentinelProfile, TenantProfile
from iocbeam.model.permissions import APIS, CALLS, JOB_ROLES, ApiCall, listed
from iocbeam.model.settings import ConnectionSettings
from iocbeam.model.settings.sentinel import SentinelWorkspace

DOCUMENT = Path(__file__).parents[2] / "docs" / "azure-setup.md"
SECRET = "CHECK_SAMPLES_SECRET"

CLOUDS = {
    "global": ("worldwide", "https://portal.azure.com"),
    "gcc": ("US Government Community Cloud", "https://portal.azure.com"),
    "gcc_high": ("US Government Community Cloud High", "https://portal.azure.us"),
    "dod": ("US Department of Defense", "https://portal.azure.us"),
    "china": ("21Vianet", "https://portal.azure.cn"),
}


class Mistake(NamedTuple):
    """A mistake of a setup: how the tenant is, what is given, and where the answer to it shows."""

    what: str
    job: str
    code: str
    profile: Mapping[str, Any] = {}
    given: Mapping[str, str] = {}
    faults: tuple[Fault, ...] = ()


def _refused(number: int) -> Fault:
    body = {"error": "invalid_client", "error_description": f"AADSTS{number}: …", "error_codes": [number]}
    return Fault("*/oauth2/v2.0/token", Answer(401, body))


def _forbidden(code: str, message: str) -> Fault:
    return Fault("/api/indicators", Answer(403, {"error": {"code": code, "message": message, "target": "…"}}))


_NOWHERE = "99999999-9999-4999-8999-999999999999"

MISTAKES = (
    Mistake("A wrong secret, or its id", "defender", "AADSTS7000215", given={"client_secret": "env:WRONG"}),
    Mistake("An expired secret", "defender", "AADSTS7000222", faults=(_refused(7000222),)),
    Mistake("No such variable", "defender", "cannot_log_in", given={"client_secret": "env:NOT_SET"}),
    Mistake("The id of another app", "defender", "AADSTS700016", given={"client_id": _NOWHERE}),
    Mistake("The id of another tenant", "defender", "AADSTS90002", given={"tenant_id": _NOWHERE}),
    Mistake("A tenant of another national cloud", "defender", "AADSTS90038", faults=(_refused(90038),)),
    Mistake("A login blocked by conditional access", "entra", "AADSTS53003", faults=(_refused(53003),)),
    Mistake("No admin consent, or delegated permissions", "entra", "no_consent", {"roles": ()}),
    Mistake(
        "One permission is missing",
        "entra",
        "role_missing",
        {"roles": ("Policy.Read.All", "Policy.ReadWrite.ConditionalAccess")},
    ),
    Mistake("`Ti.ReadWrite` without `.All`", "defender", "lesser_role", {"roles": ("Ti.ReadWrite",)}),
    Mistake(
        "A permission that only some indicators need",
        "sightings",
        "optional_role_missing",
        {"roles": ("Machine.Read.All", "Alert.Read.All", "SecurityAlert.Read.All")},
    ),
    Mistake(
        "More than is needed",
        "defender",
        "needless_role",
        {"roles": ("Ti.ReadWrite.All", "Machine.Isolate")},
    ),
    Mistake(
        "A consent of a minute ago",
        "defender",
        "Forbidden",
        faults=(_forbidden("Forbidden", "The application does not have the role."),),
    ),
    Mistake(
        "`--cloud global` for a tenant in GCC",
        "defender",
        "Unauthorized",
        {"audiences": (CLOUD_ENDPOINTS["gcc"].defender_url,)},
    ),
    Mistake(
        "No licence, or the feature is off",
        "defender",
        "DisabledFeature",
        faults=(_forbidden("DisabledFeature", "The feature is disabled."),),
    ),
    Mistake(
        "No role on the Sentinel workspace",
        "sentinel",
        "AuthorizationFailed",
        {"sentinel": SentinelProfile(role="none")},
    ),
    Mistake("A proxy that puts its own certificate", "defender", "cannot_log_in", given={"ca_bundle": ""}),
    Mistake("No way to the service", "defender", "no_answer", given={"defender_url": "https://127.0.0.1:1"}),
    Mistake("No machine has reported lately", "sightings", "404"),
    Mistake(
        "Somebody else has used up the rate limit",
        "defender",
        "429",
        faults=(Fault("/api/indicators", Answer(429, retry_after=30)),),
    ),
)


def check_of(mistake: Mistake) -> Check:
    """What a test of the connection says about the mistake."""
    with _environment(), LocalTenant(TenantProfile(rate_limits=None, **mistake.profile)) as tenant:
        tenant.faults.add(*mistake.faults)
        own = tenant.profiles[0]
        given = {
            "tenant_id": own.tenant_id,
            "client_id": own.client_id,
            "client_secret": f"env:{SECRET}",
            "login_url": tenant.login_url,
            "defender_url": tenant.defender_url,
            "graph_url": tenant.graph_url,
            "arm_url": tenant.arm_url,
            "ca_bundle": tenant.ca_bundle,
            **mistake.given,
        }
        connection = ConnectionSettings(**given)
        place = SentinelWorkspace(
            own.sentinel.workspace_id,
            own.sentinel.subscription,
            own.sentinel.resource_group,
            own.sentinel.workspace,
        )
        checks = list(probe(connection, services(connection, place), {mistake.job: ()}))
    return next(check for check in checks if check.code == mistake.code)


def mistakes_table() -> str:
    lines = ["| mistake | | `iocbeam check` | what to do |", "|---|---|---|---|"]
    for mistake in MISTAKES:
        check = check_of(mistake)
        about = check.subject if check.check == "role" else check.check
        found = _anywhere(f"{about}: {check.message}")
        lines.append(f"| {mistake.what} | {check.state} | {found} | {_anywhere(check.advice) or '-'} |")
        assert check.advice or check.state == OK, "whoever makes the mistake learns what to do"
    return "\n".join(lines)


def jobs_table() -> str:
    lines = ["| job | stage | permission | of | without it |", "|---|---|---|---|---|"]
    for job, needs in JOB_ROLES.items():
        for place, need in enumerate(needs):
            lesser = f"with `{need.lesser}` it sees its own rows only" if need.lesser else "stops"
            name = f"`{job}`" if place == 0 else ""
            of, without = APIS[need.api], need.without or lesser
            lines.append(f"| {name} | {need.stage} | {_role(need.role)} | {of} | {without} |")
    return "\n".join(lines)


def calls_table() -> str:
    lines = ["| call | least permission | used by |", "|---|---|---|"]
    for call in CALLS:
        needs = listed([_role(role) for role in call.needs])
        also = f" (or {listed([_role(role) for role in call.or_else])})" if call.or_else else ""
        note = " *" if call.basis != "documented" else ""
        lines.append(f"| `{_short(call)}` | {needs}{also}{note} | {', '.join(call.used_by) or 'no job'} |")
    return "\n".join(lines)


def clouds_table() -> str:
    lines = ["| `--cloud` | is | portal | login | Defender | Graph | Azure |", "|---|---|---|---|---|---|---|"]
    for name, points in CLOUD_ENDPOINTS.items():
        words, portal = CLOUDS[name]
        hosts = (portal, points.login_url, points.defender_url, points.graph_url, points.arm_url)
        shown = " | ".join(host.removeprefix("https://") or "none" for host in hosts)
        lines.append(f"| `{name}` | {words} | {shown} |")
    return "\n".join(lines)


def sample(*argv: str, roles: tuple[str, ...]) -> str:
    """What the command prints, for an app with these roles."""
    printed = io.StringIO()
    with _environment(), LocalTenant(TenantProfile(rate_limits=None, roles=roles)) as tenant:
        own = tenant.profiles[0]
        given = {
            "tenant_id": own.tenant_id,
            "client_id": own.client_id,
            "client_secret": f"env:{SECRET}",
            "login_url": tenant.login_url,
            "defender_url": tenant.defender_url,
            "graph_url": tenant.graph_url,
            "ca_bundle": tenant.ca_bundle,
        }
        with contextlib.redirect_stdout(printed):
            main(["check", *(f"--{name}={value}" for name, value in given.items()), *argv])
    return printed.getvalue().rstrip()


_SYNC = tuple(need.role for need in JOB_ROLES["sync"])


def good_sample() -> str:
    return _block("$ iocbeam check --config sync.yaml --jobs sync\n" + sample("--jobs=sync", roles=_SYNC))


def bad_sample() -> str:
    roles = tuple(role for role in _SYNC if role != "Application.Read.All")
    return _block("$ iocbeam check --config sync.yaml --jobs sync\n" + sample("--jobs=sync", roles=roles))


def json_sample() -> str:
    """The whole document with the checks that failed, and the first that did not."""
    roles = tuple(role for role in _SYNC if role != "Application.Read.All")
    document = json.loads(sample("--jobs=sync", "--json", roles=roles))
    document["checked_at"] = "2026-11-22T06:00:00Z"
    (tenant,) = document["tenants"]
    first, *rest = tenant["checks"]
    tenant["checks"] = [first, *(check for check in rest if check["state"] == "failed")]
    return _block(json.dumps(document, indent=2), "json")


SECTIONS = {
    "clouds": clouds_table,
    "jobs": jobs_table,
    "calls": calls_table,
    "good": good_sample,
    "bad": bad_sample,
    "json": json_sample,
    "mistakes": mistakes_table,
}


def section(text: str, name: str) -> str:
    """What stands in the document under that name."""
    found = re.search(rf"<!-- {name} -->\n(.*?)\n?<!-- /{name} -->", text, re.DOTALL)
    assert found is not None, f"{DOCUMENT.name} has no section {name}"
    return found[1]


def _role(role: str) -> str:
    return f"`{role}`" if "." in role else role


def _short(call: ApiCall) -> str:
    return re.sub(r"/subscriptions/.*/threatIntelligence", "/…/threatIntelligence", str(call))


def _anywhere(text: str) -> str:
    """Without what differs from run to run, from one OpenSSL to the next, or is of the local tenant only."""
    for pattern, instead in (
        (r"https://127\.0\.0\.1:\d+", "https://HOST"),
        (r"not trusted \([^)]*\)", "not trusted"),
        (r" Given up after \d+ attempts\.", ""),
        (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "GUID"),
    ):
        text = re.sub(pattern, instead, text)
    return text.replace("|", "\\|")


def _block(text: str, language: str = "") -> str:
    return f"```{language}\n{text}\n```"


@contextlib.contextmanager
def _environment() -> Iterator[None]:
    before = dict(os.environ)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        os.environ.pop(name, None)
    os.environ.update({SECRET: "local-secret", "WRONG": "hunter2", "COLUMNS": "80"})
    os.environ.pop("NOT_SET", None)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def rewrite() -> None:
    """Put every section into the document as it is now."""
    text = DOCUMENT.read_text()
    for name, make in SECTIONS.items():
        begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
        before, _, rest = text.partition(begin)
        text = f"{before}{begin}{make()}\n{end}{rest.partition(end)[2]}"
    DOCUMENT.write_text(text)


if __name__ == "__main__":
    started = time.monotonic()
    rewrite()
    print(f"{DOCUMENT} in {time.monotonic() - started:.1f} s")  # noqa: T201 - a script
