"""A job on a managed runner: what is refused before it is launched, and what its ends mean to who started it."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import managed_help
import mem_files
import orjson
import pytest
from entra_job_help import EntraSite
from job_help import JobSite, domains, quick_read, quick_write
from managed_help import runner

from iocbeam.model.errors import ConfigurationError, IocbeamError, RetryLater, Stop, UsageError
from iocbeam.model.settings import DefenderJob, IntakeSettings
from iocbeam.model.settings.source import MispSettings, NetworkSettings, TaxiiSettings, ThreatQSettings
from iocbeam.pipelines import defender, entra
from iocbeam.pipelines.managed import check_managed

Start = Callable[..., JobSite]
IMAGE = "--sdk_container_image=europe-west1-docker.pkg.dev/example-project/iocbeam/iocbeam:1"
CLOUD = (IMAGE, "--project=example-project", "--region=europe-west1", "--temp_location=gs://example-bucket/temp")
_numbers = itertools.count()
NO_REFERENCES = [
    *("Tr0ub4dor", "s3cret:Tr0ub4dor", "gcp-secret:Tr0ub4dor", "gcp-secret:projects/p/secrets/Tr0ub4"),
    *("file:Tr0ub4dor", "file:://Tr0ub4", "file:", "azure-keyvault:Tr0ub4", "https://Tr0ub4", " "),
]
LAUNCHER = (*CLOUD, "--template_location=gs://example-bucket/staging/job_object")


@pytest.fixture
def remote(site: Start) -> tuple[JobSite, DefenderJob]:
    """A site, and a job of it of which nothing is on this machine."""
    here = site()
    return here, remote_job(here)


def remote_job(here: JobSite, **changes: Any) -> DefenderJob:
    mem_files.FILES.clear()
    profile = here.tenant.profiles[0]
    secret = mem_files.put("mem://keys/secret", (profile.client_secret or "").encode())
    # A name of its own for each site: a process reads a bundle once.
    bundle = mem_files.put(f"mem://keys/{next(_numbers)}.pem", Path(here.tenant.ca_bundle).read_bytes())
    feed = mem_files.put("mem://feed/a.jsonl", b"\n".join(map(orjson.dumps, domains(3))))
    connection = here.connection(client_secret=f"file:{secret}", ca_bundle=bundle)
    return here.job(feed, tenants=(here.settings(connection),), output="mem://out/run-1", **changes)


def launch(job: DefenderJob, kind: Any, *beam_args: str) -> dict[str, Any]:
    return defender.run(job, beam_args or CLOUD, runner(kind), read=quick_read, write=quick_write)


class TestRefusedBeforeLaunch:
    """What this process has and the workers will not have."""

    @pytest.mark.parametrize(
        ("connection", "words"),
        [
            (
                {"client_secret": "env:IOCBEAM_X"},
                r"^--client_secret: env: names a variable of this process.*gcp-se",
            ),
            ({"client_secret": "file:/run/secret"}, r"^--client_secret: file: names a local file.*file:gs://"),
            (
                {"client_secret": "", "client_certificate": "env:IOCBEAM_X"},
                r"^--client_certificate: env: names a variable",
            ),
            ({"ca_bundle": "/etc/ca.pem"}, r"^--ca_bundle: /etc/ca\.pem is a local file.*gs://bucket/name"),
        ],
        ids=["secret-env", "secret-file", "certificate-env", "bundle"],
    )
    def test_of_a_tenant(self, site: Start, connection: dict[str, str], words: str) -> None:
        here = site()
        job = remote_job(here)
        (tenant,) = job.tenants
        other = replace(tenant, connection=replace(tenant.connection, **connection))
        with pytest.raises(UsageError, match=words):
            check_managed(replace(job, tenants=(other,)), CLOUD)

    @pytest.mark.parametrize("option", ["client_secret", "client_certificate"])
    @pytest.mark.parametrize("reference", NO_REFERENCES, ids=NO_REFERENCES)
    def test_what_may_be_the_secret_itself(
        self, remote: tuple[JobSite, DefenderJob], option: str, reference: str
    ) -> None:
        _, job = remote
        (tenant,) = job.tenants
        known = {"client_secret": "", "client_certificate": "", option: reference}
        raw = replace(tenant, connection=replace(tenant.connection, **known))
        with pytest.raises(UsageError, match=rf"^--{option}.*Give gcp-secret:.*never the secret") as told:
            check_managed(replace(job, tenants=(raw,)), CLOUD)
        assert "Tr0ub4" not in f"{told.value} {told.value.__cause__}"

    @pytest.mark.parametrize("reference", NO_REFERENCES, ids=NO_REFERENCES)
    def test_what_may_be_the_source_s_secret(self, remote: tuple[JobSite, DefenderJob], reference: str) -> None:
        _, job = remote
        taxii = TaxiiSettings("https://t.example/a/", "c", token=reference)
        with pytest.raises(UsageError, match=r"^--taxii_token") as told:
            check_managed(replace(job, intake=IntakeSettings(source=taxii)), CLOUD)
        assert "Tr0ub4" not in str(told.value)

    def test_references_that_workers_can_follow_are_taken(self, remote: tuple[JobSite, DefenderJob]) -> None:
        _, job = remote
        (tenant,) = job.tenants
        for reference in ("", "gcp-secret:projects/p/secrets/s/versions/latest", "file:gs://bucket/secret"):
            known = replace(tenant, connection=replace(tenant.connection, client_secret=reference))
            check_managed(replace(job, tenants=(known,)), CLOUD)

    @pytest.mark.parametrize("proxy", ["http://u:Tr0ub4@proxy:3128", "u:Tr0ub4@proxy", "http://u:/Tr0ub4@proxy"])
    def test_a_password_for_the_proxy(self, remote: tuple[JobSite, DefenderJob], proxy: str) -> None:
        _, job = remote
        (tenant,) = job.tenants
        taxii = TaxiiSettings("https://t.example/a/", "c", network=NetworkSettings(proxy=proxy))
        behind = replace(tenant, connection=replace(tenant.connection, proxy=proxy))
        for other in (replace(job, tenants=(behind,)), replace(job, intake=IntakeSettings(source=taxii))):
            for beam_args in (CLOUD, LAUNCHER):
                with pytest.raises(UsageError, match=r"^--proxy is given with a user's name or password") as told:
                    check_managed(other, beam_args)
                assert "Tr0ub4" not in str(told.value)

    def test_a_proxy_without_a_password_is_taken(self, remote: tuple[JobSite, DefenderJob]) -> None:
        _, job = remote
        (tenant,) = job.tenants
        connection = replace(tenant.connection, proxy="http://proxy.example.com:3128")
        check_managed(replace(job, tenants=(replace(tenant, connection=connection),)), CLOUD)

    def test_one_of_several_tenants_is_named(self, remote: tuple[JobSite, DefenderJob]) -> None:
        _, job = remote
        (tenant,) = job.tenants
        connection = replace(tenant.connection, tenant_id="o", client_secret="env:X")
        other = replace(tenant, alias="Contoso", connection=connection)
        with pytest.raises(UsageError, match=r"tenant Contoso: --client_secret"):
            check_managed(replace(job, tenants=(tenant, other)), CLOUD)

    def test_a_never_block_list(self, remote: tuple[JobSite, DefenderJob]) -> None:
        _, job = remote
        (tenant,) = job.tenants
        with pytest.raises(UsageError, match=r"--never_block: own\.txt is a local file"):
            check_managed(replace(job, tenants=(replace(tenant, never_block=("own.txt",)),)), CLOUD)

    @pytest.mark.parametrize(
        ("intake", "words"),
        [
            (IntakeSettings(("feed.jsonl",)), r"--input: feed\.jsonl is a local file"),
            (IntakeSettings(source=MispSettings("/srv/feed")), r"--misp_url: /srv/feed is a local file"),
            (IntakeSettings(source=MispSettings("https://misp.example", "env:K")), r"--misp_key: env: names"),
            (
                IntakeSettings(source=TaxiiSettings("https://t.example/a/", "c", token="file:t")),
                r"--taxii_token: file: names",
            ),
            (
                IntakeSettings(source=ThreatQSettings("https://tq.example", "c", "i", "env:T")),
                r"--threatq_client_secret: env: names",
            ),
            (
                IntakeSettings(
                    source=TaxiiSettings("https://t.example/a/", "c", network=NetworkSettings("ca.pem"))
                ),
                r"--ca_bundle: ca\.pem is a local file",
            ),
        ],
        ids=["input", "misp-feed", "misp-key", "taxii-token", "threatq-secret", "bundle"],
    )
    def test_of_the_source(self, remote: tuple[JobSite, DefenderJob], intake: IntakeSettings, words: str) -> None:
        _, job = remote
        with pytest.raises(UsageError, match=words):
            check_managed(replace(job, intake=intake), CLOUD)

    def test_a_local_output(self, remote: tuple[JobSite, DefenderJob]) -> None:
        _, job = remote
        with pytest.raises(UsageError, match="--output is a local directory"):
            launch(replace(job, output="out"), managed_help.DoneDataflowRunner)

    def test_no_image_to_find_iocbeam_in(self, remote: tuple[JobSite, DefenderJob]) -> None:
        _, job = remote
        with pytest.raises(UsageError, match="--sdk_container_image is missing"):
            check_managed(job, ("--project=example-project",))
        check_managed(job, ("--requirements_file=requirements.txt",))

    def test_a_launcher_is_an_image_with_files_and_without_secrets(
        self, remote: tuple[JobSite, DefenderJob]
    ) -> None:
        _, job = remote
        (tenant,) = job.tenants
        bundle = replace(tenant, connection=replace(tenant.connection, ca_bundle="/etc/ca.pem"))
        check_managed(replace(job, tenants=(bundle,)), LAUNCHER)
        for reference in ("env:X", "file:/run/secret"):
            known = replace(tenant, connection=replace(tenant.connection, client_secret=reference))
            with pytest.raises(UsageError, match="--client_secret"):
                check_managed(replace(job, tenants=(known,)), LAUNCHER)

    def test_an_entra_job_is_held_to_the_same(self, entra_site: Callable[..., EntraSite]) -> None:
        job = entra_site().job("mem://feed/a.jsonl", output="mem://out/run-1")
        with pytest.raises(UsageError, match="--client_secret: file: names a local file"):
            entra.run(job, CLOUD, runner(managed_help.DoneDataflowRunner))


class TestOutput:
    """No run clears what another one may still be writing."""

    @pytest.mark.parametrize(
        "name", ["summary.json", "deadletters-expire-00000-of-00001.avro", ".outcomes-x--1.part"]
    )
    def test_a_directory_with_files_of_a_run_is_refused_and_left_alone(
        self, remote: tuple[JobSite, DefenderJob], name: str
    ) -> None:
        here, job = remote
        path = mem_files.put(f"{job.output}/{name}", b"of the other run")
        with pytest.raises(ConfigurationError, match="holds files of another run, which may still be going"):
            launch(job, managed_help.DoneDataflowRunner)
        assert mem_files.FILES[path] == b"of the other run"
        assert here.tenant.requests == []

    @pytest.mark.parametrize(
        "kind", [managed_help.ActiveDataflowRunner, managed_help.ConflictDataflowRunner], ids=["beam", "service"]
    )
    def test_a_second_launch_starts_nothing_and_deletes_nothing(
        self, remote: tuple[JobSite, DefenderJob], kind: Any
    ) -> None:
        here, job = remote
        before = dict(mem_files.FILES)
        with pytest.raises(
            RetryLater, match=r"still going: .* iocbeam-defender-drill\. Nothing was started"
        ) as caught:
            launch(job, kind)
        assert isinstance(caught.value, IocbeamError), "exit status 1"
        assert before == mem_files.FILES
        assert here.tenant.requests == []


class TestEnds:
    """What a job on a managed runner comes to."""

    def test_a_job_that_was_waited_for_gives_its_summary(self, remote: tuple[JobSite, DefenderJob]) -> None:
        here, job = remote
        summary = launch(job, managed_help.DoneDataflowRunner)
        assert summary["outcomes"] == {"created": 3}
        assert len(here.tenant.rows()) == 3

    def test_a_launcher_hands_over_and_does_not_wait_for_a_summary(
        self, remote: tuple[JobSite, DefenderJob]
    ) -> None:
        here, job = remote
        given = launch(job, managed_help.LauncherDataflowRunner, *LAUNCHER)
        assert given["handed_over"] is True
        assert (given["exit_code"], given["job_id"], given["output"]) == (0, "", "mem://out/run-1")
        assert given["job_name"] == "iocbeam-defender-drill"
        assert here.tenant.requests == []

    def test_who_does_not_want_to_wait_need_not(self, remote: tuple[JobSite, DefenderJob]) -> None:
        _, job = remote
        given = launch(job, managed_help.DoneDataflowRunner, *CLOUD, "--no_wait_until_finish")
        assert (given["handed_over"], given["job_id"]) == (True, "2026-11-22_01_15_00-123")

    def test_the_launcher_s_name_for_the_job_counts(self, remote: tuple[JobSite, DefenderJob]) -> None:
        _, job = remote
        given = launch(job, managed_help.LauncherDataflowRunner, *LAUNCHER, "--job_name=nightly")
        assert given["job_name"] == "nightly"

    def test_nothing_of_this_process_is_uploaded(self, remote: tuple[JobSite, DefenderJob]) -> None:
        _, job = remote
        launch(job, managed_help.LauncherDataflowRunner, *LAUNCHER)
        options = managed_help.SUBMITTED[-1].get_all_options()
        assert options["save_main_session"] is False
        assert "disable_logging_submission_environment" in options["experiments"]

    def test_secrets_are_left_to_the_account_of_the_workers(self, remote: tuple[JobSite, DefenderJob]) -> None:
        _, job = remote
        mem_files.OPENED.clear()
        launch(job, managed_help.LauncherDataflowRunner, *LAUNCHER)
        assert "mem://keys/secret" not in mem_files.OPENED

    def test_a_cancelled_job_without_a_summary(self, remote: tuple[JobSite, DefenderJob]) -> None:
        _, job = remote
        words = r"the job iocbeam-defender-drill \(2026-11-22_01_15_00-123\) ended as CANCELLED\. .*run run-1"
        with pytest.raises(Stop, match=words):
            launch(job, managed_help.CancelledDataflowRunner)

    def test_a_failed_job_says_its_error(self, remote: tuple[JobSite, DefenderJob]) -> None:
        here, job = remote
        mem_files.put("mem://keys/secret", b"wrong")
        with pytest.raises(Stop, match=r"ended as FAILED: .*7000215"):
            launch(job, managed_help.FailedDataflowRunner)
        assert here.tenant.rows() == []

    def test_who_interrupts_the_waiting_hears_that_the_job_goes_on(
        self, remote: tuple[JobSite, DefenderJob]
    ) -> None:
        _, job = remote
        with pytest.raises(Stop, match=r"iocbeam-defender-drill goes on .* mem://out/run-1"):
            launch(job, managed_help.InterruptedDataflowRunner)

    def test_who_interrupts_before_there_is_a_job_just_ends(self, remote: tuple[JobSite, DefenderJob]) -> None:
        _, job = remote
        with pytest.raises(KeyboardInterrupt):
            launch(job, managed_help.SlowDataflowRunner)

    def test_a_job_that_failed_because_it_was_asked_to_gives_its_summary(self, site: Start) -> None:
        here = site()
        bad = {"type": "FQDN", "value": "x", "status": "Active"}
        job = remote_job(here)
        mem_files.put("mem://feed/a.jsonl", b"\n".join(map(orjson.dumps, [*domains(1), *[bad] * 3])))
        job = replace(job, run=replace(job.run, fail_on="any"))
        summary = launch(job, managed_help.FailedDataflowRunner)
        assert (summary["exit_code"], summary["outcomes"]) == (3, {"created": 1, "rejected": 3})
