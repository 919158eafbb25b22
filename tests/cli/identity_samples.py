"""The tables and samples of docs/google-identity.md, made from what `iocbeam check` says to the local tenant and
to the stand-in of the metadata server. To print them into the document again: `python
tests/cli/identity_samples.py`."""

from __future__ import annotations

import contextlib
import functools
import io
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from check_samples import section

from iocbeam.cli import main
from iocbeam.clients import CLOUD_ENDPOINTS
from iocbeam.clients.probe.check import Check
from iocbeam.clients.probe.probe import probe, services
from iocbeam.local_tenant import Answer, Fault, FederatedCredential, LocalMetadata, LocalTenant, TenantProfile
from iocbeam.model.settings import ConnectionSettings
from iocbeam.model.settings.sentinel import SentinelWorkspace

DOCUMENT = Path(__file__).parents[2] / "docs" / "google-identity.md"
_OTHER = "200000000000000000002"


class Mistake(NamedTuple):
    """A mistake of a setup: what the identity token claims or the metadata server answers, and where it shows."""

    what: str
    code: str
    claims: Mapping[str, object] = {}
    answer: Answer | None = None
    host: str = ""
    credential: Mapping[str, Any] | None = {}
    lifetime: int = 3600


MISTAKES = (
    Mistake("On a laptop", "cannot_log_in", host="127.0.0.1:9"),
    Mistake("A machine without a service account", "cannot_log_in", answer=Answer(404)),
    Mistake("GKE without the link between the two accounts", "cannot_log_in", answer=Answer(403)),
    Mistake("The metadata server is in trouble", "500", answer=Answer(500)),
    Mistake("The app has no federated credential", "AADSTS700211", credential=None),
    Mistake("The credential has another issuer", "AADSTS700211", credential={"issuer": "accounts.google.com"}),
    Mistake("It has the account's address as subject", "AADSTS700213", credential={"subject": "a@example.com"}),
    Mistake("The job runs as another service account", "AADSTS700213", claims={"sub": _OTHER}),
    Mistake("The credential is made for another cloud", "AADSTS700212", credential={"audience": "api://other"}),
    Mistake("A clock that is wrong", "AADSTS700024", lifetime=-600),
    Mistake("A metadata server of somebody else", "AADSTS700027", credential={"keys": {"keys": []}}),
    Mistake("Entra cannot reach the issuer", "AADSTS501661", credential={"keys": None}),
)


def check_of(mistake: Mistake) -> Check:
    """What a test of the connection says about the mistake."""
    with _metadata() as metadata:
        good = metadata.credential()
        trusted: tuple[FederatedCredential, ...] = ()
        if mistake.credential is not None:
            values = {"issuer": good.issuer, "subject": good.subject, "audience": good.audience, "keys": good.keys}
            trusted = (FederatedCredential(**{**values, **mistake.credential}),)
        metadata.claims.update(mistake.claims)
        metadata.lifetime = mistake.lifetime
        if mistake.answer is not None:
            metadata.faults.add(Fault("*/identity", mistake.answer))
        if mistake.host:
            os.environ["GCE_METADATA_HOST"] = mistake.host
        with _tenant(*trusted) as tenant:
            connection = ConnectionSettings(**_given(tenant))
            reached = services(connection, SentinelWorkspace())
            checks = list(probe(connection, reached, {"defender": ()}))
    return next(check for check in checks if check.code == mistake.code)


def mistakes_table() -> str:
    lines = ["| mistake | code | `iocbeam check` | what to do |", "|---|---|---|---|"]
    for mistake in MISTAKES:
        check = check_of(mistake)
        message, advice = _anywhere(check.message), _anywhere(check.advice).removeprefix("--federated_identity: ")
        lines.append(f"| {mistake.what} | `{check.code}` | {message} | {advice or '-'} |")
    return "\n".join(lines)


def audiences_table() -> str:
    sure = {"": "documented", "USGov": "documented for managed identities; seen as the portal's default"}
    lines = ["| `--cloud` | audience | how sure |", "|---|---|---|"]
    for name, points in CLOUD_ENDPOINTS.items():
        cloud = points.exchange_audience.removeprefix("api://AzureADTokenExchange")
        how = sure.get(cloud, "documented for managed identities only")
        lines.append(f"| `{name}` | `{points.exchange_audience}` | {how} |")
    return "\n".join(lines)


def good_sample() -> str:
    printed = io.StringIO()
    with _metadata() as metadata, _tenant(metadata.credential()) as tenant:
        given = [f"--{name}={value}" for name, value in _given(tenant).items()]
        with contextlib.redirect_stdout(printed):
            main(["check", *given, "--jobs=defender"])
    return f"```\n$ iocbeam check --config defender.yaml\n{printed.getvalue().rstrip()}\n```"


SECTIONS = {"audiences": audiences_table, "good": good_sample, "mistakes": mistakes_table}


def _given(tenant: LocalTenant) -> dict[str, str]:
    own = tenant.profiles[0]
    return {
        "tenant_id": own.tenant_id,
        "client_id": own.client_id,
        "federated_identity": "google",
        "login_url": tenant.login_url,
        "defender_url": tenant.defender_url,
        "graph_url": tenant.graph_url,
        "ca_bundle": tenant.ca_bundle,
    }


def _tenant(*trusted: FederatedCredential) -> LocalTenant:
    roles = ("Ti.ReadWrite.All",)
    return LocalTenant(
        TenantProfile(client_secret=None, federated_credentials=trusted, rate_limits=None, roles=roles)
    )


@functools.cache
def _server() -> LocalMetadata:
    """One for all samples: making its key takes longer than a sample."""
    server = LocalMetadata()
    server.start()
    return server


@contextlib.contextmanager
def _metadata() -> Iterator[LocalMetadata]:
    """The metadata server of this machine, in an environment without proxies."""
    server, before = _server(), dict(os.environ)
    server.claims.clear()
    server.faults.clear()
    server.lifetime = 3600
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        os.environ.pop(name, None)
    os.environ.update({"GCE_METADATA_HOST": server.host, "COLUMNS": "80"})
    try:
        yield server
    finally:
        os.environ.clear()
        os.environ.update(before)


def _anywhere(text: str) -> str:
    """Without what differs from run to run."""
    for pattern, instead in (
        (r"127\.0\.0\.1:\d+", "HOST"),
        (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ", "TIME"),
        (r" Given up after \d+ attempts\.", ""),
    ):
        text = re.sub(pattern, instead, text)
    return text.replace("|", "\\|")


def rewrite() -> None:
    """Put every section into the document as it is now."""
    text = DOCUMENT.read_text()
    for name, make in SECTIONS.items():
        begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
        before, _, rest = text.partition(begin)
        text = f"{before}{begin}{make()}\n{end}{rest.partition(end)[2]}"
    DOCUMENT.write_text(text)


__all__ = ["DOCUMENT", "MISTAKES", "SECTIONS", "section"]

if __name__ == "__main__":
    rewrite()
