"""Pipelines of Beam YAML: how every record of a run ends, and that a lost one withdraws nothing."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest
from apache_beam.internal.cloudpickle import cloudpickle
from yaml_help import CLEAN, DEFENDER, domains, feed, pipeline, rows, run, summary, variables

from iocbeam.cli.beam_yaml.conditions import Condition
from iocbeam.local_tenant import LocalTenant, TenantProfile, estate
from iocbeam.model.indicator import Indicator


@pytest.fixture
def tenant() -> Iterator[LocalTenant]:
    with LocalTenant(TenantProfile(rate_limits=None)) as started:
        yield started


def test_what_a_filter_of_beams_drops_is_missed_and_nothing_is_withdrawn(
    tmp_path: Path, tenant: LocalTenant
) -> None:
    values = variables(tenant, tmp_path)
    kept = pipeline(tmp_path / "kept.yaml", CLEAN, DEFENDER.format(before="Expire", more=""))
    values["feed"] = str(feed(tmp_path / "feed.jsonl", [*domains(6), {"type": "FQDN", "value": "nonsense"}]))
    assert run(kept, values) == 0
    first = summary(tmp_path / "out")
    assert first["balanced"]
    assert first["outcomes"] == {"created": 6, "rejected": 1}

    values["feed"] = str(feed(tmp_path / "feed.jsonl", domains(5)))
    filtered = """
    - type: Filter
      input: Expire
      config: {language: python, keep: "'n1' not in value"}
"""
    lost = pipeline(tmp_path / "lost.yaml", CLEAN, filtered, DEFENDER.format(before="Filter", more=""))
    assert run(lost, values) == 3
    second = summary(tmp_path / "out")
    assert (second["balanced"], second["withdrawn"], second["records_read"]) == (False, 0, 5)
    assert "of 5 records 1 are not accounted for" in " ".join(second["refusals"])

    keep = """
    - type: Keep
      input: Expire
      config: {name: not_n1, keep: "'n1' not in value"}
"""
    told = pipeline(tmp_path / "told.yaml", CLEAN, keep, DEFENDER.format(before="Keep", more=""))
    assert run(told, values) == 0
    third = summary(tmp_path / "out")
    assert third["balanced"]
    assert third["outcomes"] == {"unchanged": 4, "filtered": 1}
    assert third["reasons"]["filtered"] == {"custom:not_n1": 1}
    assert third["withdrawn"] == 2


def test_an_input_that_breaks_off_is_told_and_nothing_is_withdrawn(
    tmp_path: Path, tenant: LocalTenant, capsys: pytest.CaptureFixture[str]
) -> None:
    values = variables(tenant, tmp_path)
    path = pipeline(
        tmp_path / "pipeline.yaml",
        CLEAN.replace("- type: WriteDeadLetters", "- type: WriteToJson").replace(
            '{output: "{{ letters }}"}', '{path: "{{ letters }}/bad"}'
        ),
        DEFENDER.format(before="Expire", more=""),
    )
    values["feed"] = str(feed(tmp_path / "feed.jsonl", domains(6)))
    assert run(path, values) == 0
    broken = tmp_path / "broken.jsonl.gz"
    whole = gzip.compress((tmp_path / "feed.jsonl").read_bytes() * 50)
    broken.write_bytes(whole[: len(whole) // 2])
    values["feed"] = str(broken)
    assert run(path, values) == 3
    told = summary(tmp_path / "out")
    assert (told["inputs_incomplete"], told["withdrawn"], told["balanced"]) == (1, 0, True)
    [bad] = rows(tmp_path / "letters", "bad")
    assert (bad["reason"], bad["retriable"], bad["record"]) == ("read_incomplete", True, "")
    assert str(broken) in bad["message"]

    capsys.readouterr()
    bare = pipeline(
        tmp_path / "bare.yaml",
        '\n    - {type: ReadCollection, config: {input: "{{ feed }}"}}\n',
        "    - {type: Validate, input: ReadCollection}\n",
    )
    assert run(bare, {"feed": broken}) == 1
    assert "Give the source an error output" in capsys.readouterr().err


def test_rows_of_beam_and_rows_changed_by_it_are_taken(tmp_path: Path, tenant: LocalTenant) -> None:
    values = variables(tenant, tmp_path)
    path = pipeline(
        tmp_path / "pipeline.yaml",
        """
    - type: Create
      config:
        elements:
          - {ioc: Bad.Example.Com., kind: FQDN, weight: 3}
          - {ioc: worse.example.com, kind: FQDN, weight: 9}
          - {ioc: "not a name", kind: FQDN, weight: 1}
    - type: AsRecords
      input: Create
      config: {field_map: {value: ioc, type: kind, score: weight}, called: Beam, outcomes: {output: ends}}
    - type: Validate
      input: AsRecords.good
      config: {error_handling: {output: bad}}
    - type: MapToFields
      input: Validate
      config:
        language: python
        append: true
        drop: [severity]
        fields: {severity: "'High' if score > 5 else 'Hihg'"}
""",
        DEFENDER.format(before="MapToFields", more="error_handling: {output: failed}"),
        """
    - type: WriteToJson
      name: Bad
      input: [Validate.bad, WriteToDefender.failed]
      config: {path: "{{ letters }}/bad"}
    - type: WriteOutcomes
      input: AsRecords.ends
      config: {output: "{{ letters }}"}
    - type: WriteToJson
      name: Done
      input: WriteToDefender
      config: {path: "{{ letters }}/done"}
""",
    )
    # What a transform of the user's own spoilt is not known to be unwanted.
    assert run(path, values) == 3
    told = summary(tmp_path / "out")
    assert told["balanced"]
    assert told["outcomes"] == {"created": 1, "rejected": 2}
    bad = sorted(rows(tmp_path / "letters", "bad"), key=lambda row: row["reason"])
    assert [row["reason"] for row in bad] == ["malformed_domain", "transform_failed"]
    [done] = rows(tmp_path / "letters", "done")
    assert (done["target"], done["balanced"], done["exit_code"]) == ("defender", True, 3)
    assert len(list((tmp_path / "out").glob("deadletters-*.avro"))) == 2


def test_other_targets_in_one_dry_run(tmp_path: Path) -> None:
    path = pipeline(
        tmp_path / "pipeline.yaml",
        CLEAN,
        """
    - type: WriteToEntra
      input: Expire
      config: {collection: drill, location_name: Drill, output: "{{ letters }}/entra"}
    - type: WriteToSentinel
      input: Expire
      config: {collection: drill, output: "{{ letters }}/sentinel"}
""",
    )
    records = [*domains(3), {"type": "IP Address", "value": "203.0.114.7"}]
    values = {"feed": feed(tmp_path / "feed.jsonl", records), "letters": tmp_path / "letters"}
    assert run(path, values, "--dry_run") == 0
    entra = summary(tmp_path / "letters" / "entra" / "dry_run")
    assert entra["dry_run"]
    assert entra["outcomes"] == {"created": 1, "unsupported": 3}
    sentinel = summary(tmp_path / "letters" / "sentinel" / "dry_run")
    assert sentinel["outcomes"] == {"created": 4}
    assert (tmp_path / "letters" / "entra" / "dry_run" / "plan.json").is_file()


def test_sightings_and_a_replay_of_dead_letters(tmp_path: Path) -> None:
    with LocalTenant(TenantProfile(rate_limits=None)) as tenant:
        made = estate(20, 40)
        tenant.seed_estate(made)
        values = variables(tenant, tmp_path)
        digest = next(one["sha256"] for alert in made.alerts for one in alert["evidence"] if one.get("sha256"))
        records = [*domains(2), {"type": "SHA-256", "value": digest}, {"type": "MD5", "value": "nonsense"}]
        values["feed"] = str(feed(tmp_path / "feed.jsonl", records))
        path = pipeline(
            tmp_path / "pipeline.yaml",
            CLEAN,
            DEFENDER.format(before="Expire", more="days: 30").replace("WriteToDefender", "FindSightings"),
        )
        assert run(path, values) == 0
        told = summary(tmp_path / "out")
        assert told["balanced"]
        assert told["outcomes"]["sighted"] == 1
        again = pipeline(
            tmp_path / "again.yaml",
            """
    - type: ReadDeadLetters
      config: {input: "{{ letters }}", error_handling: {output: bad}}
    - type: Validate
      input: ReadDeadLetters
      config: {error_handling: {output: bad}}
    - type: WriteToJson
      input: [ReadDeadLetters.bad, Validate.bad]
      config: {path: "{{ out }}/again"}
""",
        )
        assert run(again, values) == 0
    [bad] = rows(tmp_path / "out", "again")
    assert (bad["reason"], bad["location"]) == ("malformed_hash", f"{values['feed']}:4")


def test_two_sources_are_one_collection_and_the_file_may_name_the_runner(tmp_path: Path) -> None:
    path = pipeline(
        tmp_path / "pipeline.yaml",
        """
    - type: ReadCollection
      name: First
      config: {input: "{{ first }}"}
    - type: ReadCollection
      name: Second
      config: {input: "{{ second }}"}
    - type: Validate
      input: [First, Second]
    - type: Transform
      input: Validate
      config: {transforms: yaml_steps:STEPS}
    - type: WriteToDefender
      input: Transform
      config: {collection: drill, output: "{{ out }}", dry_run: true}
""",
    )
    path.write_text(f"{path.read_text('utf-8')}\noptions:\n  runner: direct\n", encoding="utf-8")
    values = {
        "first": feed(tmp_path / "first.jsonl", domains(4)),
        "second": feed(tmp_path / "second.csv", domains(6)),
        "out": tmp_path / "out",
    }
    assert run(path, values) == 0
    told = summary(tmp_path / "out" / "dry_run")
    assert told["balanced"]
    assert told["records_read"] == 10
    assert told["outcomes"] == {"created": 5, "duplicate": 4, "filtered": 1}
    assert told["reasons"]["filtered"] == {"custom:not_five": 1}


def test_a_condition_goes_to_workers() -> None:
    condition = Condition("type == 'FQDN' and any(tag.startswith('phish') for tag in tags)")
    sent = cloudpickle.loads(cloudpickle.dumps(condition))
    assert sent(Indicator("FQDN", "a.example.com", tags=("phishing",)))
    assert not sent(Indicator("FQDN", "a.example.com"))
