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


TWICE = """
    - type: Filter
      name: First
      input: Expire
      config: {language: python, keep: "value[1] in '0123'"}
    - type: Filter
      name: Second
      input: Expire
      config: {language: python, keep: "value[1] in '23'"}
"""
"""Of n0 to n5: 0 to 3 on one way, 2 and 3 on the other; as many rows as there were, and 4 and 5 are missing."""

BARE = """
    - type: MapToFields
      name: Bare
      input: [First, Second]
      config: {language: python, fields: {type: type, value: value}}
"""


def test_what_a_step_of_the_users_own_ends_counts_in_the_guard(tmp_path: Path, tenant: LocalTenant) -> None:
    values = variables(tenant, tmp_path)
    values["feed"] = str(feed(tmp_path / "feed.jsonl", domains(60)))
    assert run(pipeline(tmp_path / "whole.yaml", CLEAN, DEFENDER.format(before="Expire", more="")), values) == 0
    step = """
    - type: Transform
      input: Expire
      config: {transforms: "yaml_steps:ALL_OVER"}
"""
    over = pipeline(tmp_path / "over.yaml", CLEAN, step, DEFENDER.format(before="Transform", more=""))
    assert run(over, values) == 4
    told = summary(tmp_path / "out")
    assert (told["balanced"], told["withdrawn"], told["outcomes"]) == (True, 0, {"expired": 60})


@pytest.mark.parametrize(
    ("between", "before", "why"),
    [
        pytest.param(TWICE, "[First, Second]", "by their locations not the same records", id="two_filters"),
        pytest.param(TWICE + BARE, "Bare", "Two ways from one step are joined", id="without_locations"),
        pytest.param(
            "\n    - {type: Explode, input: Expire, config: {fields: [tags]}}\n"
            "    - type: MapToFields\n      name: Again\n      input: Explode\n      config:\n"
            "        {language: python, append: true, drop: [tags], fields: {tags: '[tags]'}}\n",
            "Again",
            "by their locations not the same records",
            id="explode",
        ),
    ],
)
def test_as_many_doubled_as_lost_withdraws_nothing(
    tmp_path: Path, tenant: LocalTenant, between: str, before: str, why: str
) -> None:
    values = variables(tenant, tmp_path)
    records = [
        {**one, "tags": ["a", "b"] if one["id"] in (0, 1) else [] if one["id"] in (4, 5) else ["c"]}
        for one in domains(6)
    ]
    values["feed"] = str(feed(tmp_path / "feed.jsonl", records))
    whole = pipeline(tmp_path / "whole.yaml", CLEAN, DEFENDER.format(before="Expire", more=""))
    assert run(whole, values) == 0
    twice = pipeline(tmp_path / "twice.yaml", CLEAN, between, DEFENDER.format(before=before, more=""))
    code = run(twice, values)
    told = summary(tmp_path / "out")
    assert told["withdrawn"] == 0
    assert why in " ".join([*told["refusals"], *told["plan_notices"]])
    assert (code, told["balanced"]) == ((0, True) if "Two ways" in why else (3, False))
    assert len(tenant.rows()) == 6


def test_parts_that_are_joined_again_are_the_same_records(tmp_path: Path, tenant: LocalTenant) -> None:
    values = variables(tenant, tmp_path)
    values["feed"] = str(feed(tmp_path / "feed.jsonl", domains(6)))
    whole = pipeline(tmp_path / "whole.yaml", CLEAN, DEFENDER.format(before="Expire", more=""))
    assert run(whole, values) == 0
    values["feed"] = str(feed(tmp_path / "feed.jsonl", domains(5)))
    parts = TWICE.replace("'0123'", "'01'").replace("'23'", "'234'")
    joined = pipeline(tmp_path / "joined.yaml", CLEAN, parts, DEFENDER.format(before="[First, Second]", more=""))
    assert run(joined, values) == 0
    told = summary(tmp_path / "out")
    assert (told["balanced"], told["withdrawn"], told["outcomes"]) == (True, 1, {"unchanged": 5})


FROM_TENANTS = """
    - type: ReadDefenderIndicators
      config:
        tenants: "{{{{ tenants }}}}"
        client_id: "{{{{ client_id }}}}"
        login_url: "{{{{ login_url }}}}"
        defender_url: "{{{{ defender_url }}}}"
        ca_bundle: "{{{{ ca_bundle }}}}"
        ignore_proxies: true
        {extra}: {{output: more}}
    - type: WriteToJson
      input: ReadDefenderIndicators.more
      config: {{path: "{{{{ letters }}}}/more"}}
    - type: MapToFields
      input: ReadDefenderIndicators.good
      config: {{language: python, fields: {{type: "'FQDN'", value: "data['indicatorValue']"}}}}
    - {{type: AsRecords, input: MapToFields}}
    - {{type: Validate, input: AsRecords}}
"""


@pytest.mark.parametrize("extra", ["error_handling", "reports"])
def test_a_tenant_that_cannot_be_read_as_a_source_withdraws_nothing(tmp_path: Path, extra: str) -> None:
    ids = [f"33333333-3333-4333-8333-{number:012}" for number in range(3)]
    with LocalTenant(*(TenantProfile(tenant_id=one, rate_limits=None) for one in ids)) as tenant:
        for number, one in enumerate(ids[1:]):
            held = [{"indicatorType": "DomainName", "indicatorValue": f"t{number}{at}.example"} for at in range(4)]
            tenant.seed(held, tenant_id=one)
        values = variables(tenant, tmp_path)
        wrong = tmp_path / "wrong"
        wrong.write_text("no-such-secret")
        path = pipeline(
            tmp_path / "p.yaml", FROM_TENANTS.format(extra=extra), DEFENDER.format(before="Validate", more="")
        )
        tenants = tmp_path / "tenants.yaml"
        values["tenants"] = str(tenants)
        codes = []
        for last in (values["client_secret"], f"file:{wrong}"):
            tenants.write_text(
                f"- {{alias: A, tenant_id: {ids[1]}, client_secret: '{values['client_secret']}'}}\n"
                f"- {{alias: B, tenant_id: {ids[2]}, client_secret: '{last}'}}\n"
            )
            codes.append(run(path, values))
            told = summary(tmp_path / "out")
            assert told["balanced"]
        assert codes == [0, 3]
        assert (told["records_read"], told["inputs_incomplete"], told["withdrawn"]) == (4, 1, 0)
        assert len(tenant.rows(ids[0])) == 8


def test_a_target_that_cannot_log_in_does_not_stop_another(tmp_path: Path, tenant: LocalTenant) -> None:
    values = variables(tenant, tmp_path)
    wrong = tmp_path / "wrong"
    wrong.write_text("no-such-secret")
    values |= {"wrong": f"file:{wrong}", "feed": str(feed(tmp_path / "feed.jsonl", domains(3)))}
    taken = "error_handling: {output: failed}"
    target = DEFENDER.format(before="Expire", more=taken)
    good, bad = (
        target.replace("type: WriteToDefender", f"type: WriteToDefender\n      name: {name}")
        for name in ("Good", "Lost")
    )
    bad = bad.replace("{{ client_secret }}", "{{ wrong }}").replace("{{ out }}", "{{ letters }}/lost")
    failed = """
    - type: WriteToJson
      name: Failed
      input: [NAMES]
      config: {path: "{{ letters }}/failed"}
"""
    both = failed.replace("NAMES", "Lost.failed, Good.failed")
    assert run(pipeline(tmp_path / "both.yaml", CLEAN, bad, good, both), values) == 3
    assert summary(tmp_path / "out")["outcomes"] == {"created": 3}
    lost = summary(tmp_path / "letters" / "lost")
    assert (lost["exit_code"], lost["outcomes"]) == (1, {"failed": 3})
    assert [row["reason"] for row in rows(tmp_path / "letters", "failed")] == ["stopped"] * 3
    alone = pipeline(tmp_path / "alone.yaml", CLEAN, bad, failed.replace("NAMES", "Lost.failed"))
    assert run(alone, values) == 1


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
