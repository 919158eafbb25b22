from __future__ import annotations

import json
import os
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fake_pipeline import LOGIN, FakePipeline
from made_letters import dead_letter

from iocbeam.cli import main
from iocbeam.model.settings.entra import EntraJob
from iocbeam.model.settings.sync import SyncJob

PLAN = {
    "run_id": "r",
    "collection": "feed",
    "tenants": [
        {
            "tenant_id": "t",
            "alias": "Contoso",
            "counts": {"created": 0, "updated": 0, "withdrawn": 1},
            "changes": [],
            "ends": [],
            "withdraw": [
                {"id": "1", "indicatorType": "Url", "indicatorValue": "http://x.example/", "reason": "absent"}
            ],
            "refusals": [],
            "conflicts": [],
            "notices": [],
        }
    ],
}


def test_defender_hands_over_job_runner_and_beams_options(pipeline: FakePipeline) -> None:
    argv = ["defender", "--collection=feed", "--input", "a", *LOGIN, "--runner=FlinkRunner", "--flink_master=h:1"]
    assert main(argv) == 0
    assert pipeline.job.run.collection == "feed"
    assert pipeline.runner == "FlinkRunner"
    assert pipeline.beam_args == ["--flink_master=h:1"]


def test_defender_takes_a_configuration(pipeline: FakePipeline) -> None:
    Path("c.yaml").write_text("collection: feed\ninput: [a]\ndry_run: true\noutput: o\nrunner: FlinkRunner\n")
    # A dry run leaves what the last real run wrote alone.
    Path("o/dry_run").mkdir(parents=True)
    Path("o/dry_run/plan.json").write_text(json.dumps({"tenants": []}))
    assert main(["defender", "--config=c.yaml", "--capacity=3"]) == 0
    assert pipeline.job.output == "o/dry_run"
    assert pipeline.job.tenants[0].policy.capacity == 3
    assert pipeline.runner == "FlinkRunner"


def test_defender_takes_several_tenants_from_a_file(pipeline: FakePipeline) -> None:
    Path("c.yaml").write_text("collection: feed\ninput: [a]\ntenants: t.yaml\ndry_run: true\noutput: o\n")
    Path("t.yaml").write_text("- alias: A\n- alias: B\n  capacity: 7\n")
    Path("o/dry_run").mkdir(parents=True)
    Path("o/dry_run/plan.json").write_text(json.dumps({"tenants": []}))
    assert main(["defender", "--config=c.yaml", "--capacity=3"]) == 0
    assert [(tenant.alias, tenant.policy.capacity) for tenant in pipeline.job.tenants] == [("A", 3), ("B", 7)]


def test_a_tenants_file_that_cannot_be_used_is_1_and_a_wrong_entry_2(
    pipeline: FakePipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    run = ["defender", "--collection=feed", "--input=a", "--dry_run", "--tenants=t.yaml"]
    assert main(run) == 1
    assert "iocbeam: --tenants: t.yaml cannot be read" in capsys.readouterr().err
    Path("t.yaml").write_text("- alias: A\n  capacity: 0\n")
    assert main(run) == 2
    assert "iocbeam: tenant A: --capacity must be 1 or more, not 0. (t.yaml, line 1)" in capsys.readouterr().err
    assert pipeline.jobs == []


def test_a_dry_run_prints_its_plan(pipeline: FakePipeline, capsys: pytest.CaptureFixture[str]) -> None:
    Path("o").mkdir()
    Path("o/plan.json").write_text(json.dumps(PLAN))
    pipeline.summary["dry_run"] = True
    assert main(["defender", "--collection=feed", "--input=a", "--dry_run", "--output=o"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Plan for Contoso"
    assert "  - Url         http://x.example/  absent" in lines


@pytest.mark.parametrize(("command", "kind"), [("entra", EntraJob), ("sync", SyncJob)])
def test_entra_and_sync_hand_over_their_jobs(command: str, kind: type, pipeline: FakePipeline) -> None:
    argv = [command, "--collection=feed", "--input=a", "--location_name=Feed", *LOGIN, "--runner=FlinkRunner"]
    assert main([*argv, "--flink_master=h:1"]) == 0
    assert pipeline.names == [command]
    assert isinstance(pipeline.job, kind)
    assert (pipeline.runner, pipeline.beam_args) == ("FlinkRunner", ["--flink_master=h:1"])


@pytest.mark.parametrize("command", ["entra", "sync"])
def test_a_dry_run_of_entra_and_sync_prints_the_plan(
    command: str, pipeline: FakePipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("iocbeam-out/dry_run").mkdir(parents=True)
    entra = {"target": "entra", "tenant_id": "t", "alias": "Contoso", "stopped": "two locations of that name"}
    Path("iocbeam-out/dry_run/plan.json").write_text(json.dumps({"tenants": [entra]}))
    pipeline.summary = {"exit_code": 1, "dry_run": True, "tenants": []}
    assert main([command, "--collection=feed", "--input=a", "--location_name=Feed", "--dry_run"]) == 1
    assert "two locations of that name" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["entra", "sync"])
def test_unverified_tls_is_loud_everywhere(
    command: str, pipeline: FakePipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    main([command, "--collection=feed", "--input=a", "--location_name=Feed", *LOGIN, "--no_tls_verify"])
    assert capsys.readouterr().err.count("WARNING: --no_tls_verify") == 1


def test_a_plan_that_is_not_there_is_an_error(pipeline: FakePipeline, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["defender", "--collection=feed", "--input=a", "--dry_run", "--output=o"]) == 1
    assert "o/plan.json" in capsys.readouterr().err


def test_unverified_tls_is_loud(pipeline: FakePipeline, capsys: pytest.CaptureFixture[str]) -> None:
    main(["defender", "--collection=feed", "--input=a", *LOGIN, "--no_tls_verify"])
    assert "WARNING: --no_tls_verify" in capsys.readouterr().err


def test_replay_reads_dead_letters_with_the_options_of_the_run(
    pipeline: FakePipeline, write_letters: Callable[..., Path]
) -> None:
    for name in ("o/deadletters-read.avro", "x/deadletters-1.avro"):
        write_letters(dead_letter(), name=name)
    Path("c.yaml").write_text("collection: feed\ninput: [a]\nfield_map: {value: v}\noutput: o\n")
    assert main(["replay", "o", "x/deadletters-1.avro", "--config=c.yaml", *LOGIN]) == 0
    job = pipeline.job
    assert job.run.replay
    assert job.intake.inputs == ("o", "x/deadletters-1.avro")
    assert job.output == "o/replay"
    assert not job.tenants[0].policy.withdraw


def test_replay_takes_several_tenants(pipeline: FakePipeline, write_letters: Callable[..., Path]) -> None:
    write_letters(dead_letter(), name="o/deadletters-read.avro")
    Path("t.yaml").write_text("- {alias: A, tenant_id: a}\n- {alias: B, tenant_id: b}\n")
    login = ["--client_id=c", "--client_secret=env:S"]
    assert main(["replay", "o", "--collection=feed", "--tenants=t.yaml", *login]) == 0
    assert [tenant.policy.withdraw for tenant in pipeline.job.tenants] == [False, False]


def test_replay_takes_no_input_and_writes_nowhere_near_what_it_reads(
    pipeline: FakePipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("o").mkdir()
    common = ["--collection=feed", "--job=defender", *LOGIN]
    assert main(["replay", "o", "--input=a", *common]) == 2
    assert "--input is not an option" in capsys.readouterr().err
    for path in ("o", "o/", "o/deadletters-*.avro", "./o/../o/x.avro"):
        assert main(["replay", path, "--output=o", *common]) == 2
        assert "--output" in capsys.readouterr().err
    assert pipeline.jobs == []


def test_demo_runs_against_a_tenant_of_its_own(pipeline: FakePipeline, capsys: pytest.CaptureFixture[str]) -> None:
    seen: dict[str, Any] = {}

    def run(job: SyncJob, beam_args: list[str], runner: str) -> dict[str, Any]:
        connection = job.entra.tenants[0].connection
        path = connection.client_secret.removeprefix("file:")
        seen.update(job=job, runner=runner, secret=Path(path).read_text(), mode=os.stat(path).st_mode & 0o777)
        host, _, port = connection.login_url.removeprefix("https://").partition(":")
        context = ssl.create_default_context(cafile=connection.ca_bundle)
        with socket.create_connection((host, int(port)), 5) as raw, context.wrap_socket(raw, server_hostname=host):
            seen["answers"] = True
        return {"exit_code": 3, "tenants": []}

    sys.modules["iocbeam.pipelines.sync"].run = run  # type: ignore[attr-defined]
    Path("c.jsonl").write_text("{}\n")
    assert main(["demo", "--input", "c.jsonl", "--output", "o"]) == 3
    shown = capsys.readouterr()
    job = seen["job"]
    assert (job.run.collection, job.defender.intake.inputs, job.output, seen["runner"]) == (
        "example",
        ("c.jsonl",),
        "o",
        "direct",
    )
    assert seen["answers"]
    assert seen["mode"] == 0o600
    assert not Path(job.defender.tenants[0].connection.ca_bundle).exists()
    assert seen["secret"] not in shown.out + shown.err
    told = ("rows 0, named locations 0, policies 0", "Ti.ReadWrite.All", "Policy.ReadWrite.ConditionalAccess")
    for word in (*told, "--dry_run", "--client_secret env:"):
        assert word in shown.out


def test_demo_without_its_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo"]) == 1
    assert "--input: examples/collection.jsonl" in capsys.readouterr().err


def test_local_tenant_serves_until_ctrl_c(tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "iocbeam.cli", "local-tenant", "--state", str(tmp_path / "s.db")]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        options: list[str] = []
        while not options or "--graph_url=" not in options[-1]:
            options.append(process.stdout.readline())
            assert options[-1], "ended before it had said where Graph is"
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
    assert "listens on https://127.0.0.1:" in first
    assert [line for line in options if "--client_secret=file:" in line]
    assert "iocbeam entra" in options[-1]


def test_local_tenant_names_the_option_that_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main(["local-tenant", "--port", str(port)]) == 1
    assert "--port" in capsys.readouterr().err
    (tmp_path / "s.db").write_text("no database, and long enough to be taken for none" * 40)
    assert main(["local-tenant", "--state", "s.db"]) == 1
    assert "--state" in capsys.readouterr().err


def test_dead_letters_counts_and_rows(
    write_letters: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    write_letters(*(dead_letter(location=f"feed.jsonl:{n}") for n in range(30)))
    write_letters(
        dead_letter(stage="WriteToDefender", reason="not_delivered", retriable=True, attempts=4, http_status=503,
                    message="\x1b[2Jgone\nfishing", record=b"", indicator='{"value":"\\u202e"}'),
        dead_letter(reason="custom:mine", record=b"\xff\x00" * 200),
        name="out/deadletters-write-00000-of-00001.avro",
    )  # fmt: skip
    assert main(["deadletters", "out"]) == 0
    text = capsys.readouterr().out
    lines = text.splitlines()
    assert lines[0].startswith("32 dead letters in 2 files")
    assert "nothing to do; such an address" in " ".join(text.split())
    assert "Rows 1 to 20 of 32" in text
    assert "feed.jsonl:19" in text
    assert "feed.jsonl:20" not in text
    assert "1 of them may succeed unchanged: iocbeam replay out" in text
    assert main(["deadletters", "out", "--offset=30"]) == 0
    text = capsys.readouterr().out
    assert "\\x1b[2Jgone\\nfishing" in text
    assert "HTTP 503 after 4 calls" in text
    assert "\\xff\\x00" in text
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert max(len(line) for line in text.splitlines() if "replay" not in line) <= 80


def test_dead_letters_by_reason_and_stage(
    write_letters: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_letters(*[dead_letter()] * 3, dead_letter(reason="wildcard"), dead_letter(stage="Read"))
    assert main(["deadletters", str(path), "--reason=Wildcard", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["dead_letters"], found["matching"], len(found["rows"])) == (5, 1, 1)
    assert found["counts"][0]["advice"].startswith("a domain already covers")
    assert main(["deadletters", str(path), "--stage=validate", "--limit=2", "--offset=1", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [(count["reason"], count["records"]) for count in found["counts"]] == [
        ("not_public", 3),
        ("wildcard", 1),
    ]
    assert (found["matching"], len(found["rows"]), found["limit"], found["offset"]) == (4, 2, 2, 1)
    row = found["rows"][0]
    assert row["record"] == '{"value":"10.0.0.1"}'
    assert row["occurred_at"] == "2027-01-15T08:00:00Z"
    assert main(["deadletters", str(path), "--reason=nonsense"]) == 0
    assert capsys.readouterr().out.startswith("0 of 5 dead letters")


def test_dead_letters_of_bytes_that_are_no_text(
    write_letters: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_letters(dead_letter(record=b"\xff\x00"))
    main(["deadletters", str(path), "--json"])
    (row,) = json.loads(capsys.readouterr().out)["rows"]
    assert (row["record"], row["record_base64"]) == ("\\xff\x00", "/wA=")


def test_dead_letters_that_are_none(capsys: pytest.CaptureFixture[str]) -> None:
    Path("out").mkdir()
    assert main(["deadletters", "out"]) == 0
    assert capsys.readouterr().out == "No dead letters in out.\n"
    assert main(["deadletters", "nowhere-*.avro"]) == 1
    assert "nowhere-*.avro" in capsys.readouterr().err


def test_dead_letters_on_a_filesystem_that_beam_knows(
    write_letters: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    import mem_files

    mem_files.put("mem://dead/out/deadletters-expire-0.avro", write_letters(dead_letter()).read_bytes())
    mem_files.put("mem://dead/clean/summary.json", b"{}")
    assert main(["deadletters", "mem://dead/out"]) == 0
    assert "1 dead letters in 1 file" in capsys.readouterr().out
    assert main(["deadletters", "mem://dead/clean"]) == 0
    assert capsys.readouterr().out == "No dead letters in mem://dead/clean.\n"
    assert main(["deadletters", "mem://dead/nowhere"]) == 1
    assert "no such file" in capsys.readouterr().err


def test_dead_letters_that_are_damaged(
    write_letters: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_letters(*[dead_letter(location=f"f:{n}", record=os.urandom(900)) for n in range(100)])
    whole = path.read_bytes()
    path.write_bytes(whole[:-2000])
    Path("out/deadletters-a.avro").write_bytes(b"not avro at all")
    Path("out/deadletters-b.avro").write_bytes(b"")
    assert main(["deadletters", "out"]) == 1
    shown = capsys.readouterr()
    assert [name in shown.err for name in (path.name, "deadletters-a.avro", "deadletters-b.avro")] == [True] * 3
    # The blocks before the damage are counted.
    assert 0 < int(shown.out.split()[0]) < 100


def test_dead_letters_of_another_schema(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import fastavro

    schema = {"type": "record", "name": "Other", "fields": [{"name": "x", "type": "int"}]}
    with Path("other.avro").open("wb") as file:
        fastavro.writer(file, schema, [{"x": 1}])
    assert main(["deadletters", "other.avro"]) == 1
    assert "not of dead letters" in capsys.readouterr().err
