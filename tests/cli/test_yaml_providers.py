"""The providers of Beam YAML: their keys are options of the commands, every public transform has one or is a part
of one, and what is generated from them is up to date."""

from __future__ import annotations

from pathlib import Path

import apache_beam as beam
import pytest
import yaml
from apache_beam.yaml import yaml_provider
from yaml_reference import DOCUMENT, providers_text, reference_text

from iocbeam import sinks, transforms
from iocbeam.cli import main
from iocbeam.cli.beam_yaml import PROVIDERS, Provider, ReadFromTaxii
from iocbeam.cli.beam_yaml.config import TAGS
from iocbeam.cli.beam_yaml.files import PROVIDERS_FILE
from iocbeam.cli.options.option import by_name
from iocbeam.cli.options.tables import DEFENDER, ENTRA, SEARCH, SIGHTINGS, SYNC
from iocbeam.model.errors import UsageError
from iocbeam.transforms import sources

OWN_KEYS = {"called", "keep", "name", "of_sources", "query"}
"""Keys that no command has; docs/beam-yaml.md lists them."""

PARTS = {
    **dict.fromkeys(("ListTenants", "AllOwnedDigests", "OwnedEnds", "Plan"), "WriteToDefender"),
    **dict.fromkeys(("ListAccess", "AllOwnedRanges", "RangeEnds", "PlanEntra"), "WriteToEntra"),
    **dict.fromkeys(
        ("ListWorkspaces", "AllOwnedIndicators", "PlanSentinel", "WriteSentinelPlans"), "WriteToSentinel"
    ),
    **dict.fromkeys(("WriteToNamedLocations", "WriteConditionalAccessPolicy"), "WriteToEntra"),
    **dict.fromkeys(
        ("Observe", "UnionOfKeys", "Seek", "SeekInFiles", "AskFiles", "MatchObjects"), "FindSightings"
    ),
    **dict.fromkeys(("WritePlans", "WriteSummary", "FailOn"), "WriteToDefender"),
    "Rank": "Select",
    "WriteAvro": "WriteDeadLetters",
    "ReadStix": "ReadCollection",
}
"""Public transforms that have no provider, and the one that they are a part of."""

BASES = {"Stage", "ReadFrom", "FetchFrom"}
"""Bases of a user's own."""

_EVERY = [pytest.param(provider, id=provider.name) for provider in PROVIDERS]


def test_every_source_stage_and_sink_has_a_provider_or_is_part_of_one() -> None:
    public = {
        name
        for package in (transforms, sources, sinks)
        for name in package.__all__
        if isinstance(getattr(package, name), type) and issubclass(getattr(package, name), beam.PTransform)
    }
    provided = {provider.name for provider in PROVIDERS}
    assert public - provided - set(PARTS) - BASES == set()
    assert set(PARTS.values()) <= provided
    assert not set(PARTS) & provided
    assert set(PARTS) <= public


@pytest.mark.parametrize("provider", _EVERY)
def test_keys_are_options_of_the_commands(provider: Provider) -> None:
    tables = [by_name(table.all) for table in (DEFENDER, ENTRA, SYNC, SIGHTINGS, SEARCH)]
    for option in provider.options:
        known = [table[option.name] for table in tables if option.name in table]
        assert known, option.name
        assert (option.kind, option.choices) in [(one.kind, one.choices) for one in known], option.name
    assert {option.name for option in provider.own} <= OWN_KEYS
    names = [option.name for option in (*provider.options, *provider.own)]
    assert len(set(names)) == len(names)
    assert not set(names) & set(TAGS)


@pytest.mark.parametrize("provider", _EVERY)
def test_an_unknown_key_is_told_with_the_nearest(provider: Provider) -> None:
    keys = [option.name for option in (*provider.options, *provider.own)] + list(provider.tags)
    if not keys:
        with pytest.raises(UsageError, match="It takes none"):
            provider(anything=1)
        return
    with pytest.raises(UsageError, match=f"'{keys[0]}x' is none of its keys. Did you mean {keys[0]}"):
        provider(**{f"{keys[0]}x": "1"})


@pytest.mark.parametrize("provider", _EVERY)
def test_beam_yaml_can_describe_it(provider: Provider) -> None:
    inline = yaml_provider.InlineProvider({provider.name: provider})
    schema = inline.config_schema(provider.name)
    assert [field.name for field in schema.fields] == [
        *(option.name for option in (*provider.options, *provider.own)),
        *provider.tags,
    ]
    assert provider.does in (inline.description(provider.name) or "").replace("\n", " ")


def test_no_name_is_one_of_beams() -> None:
    beams = {name.partition("-")[0] for name in yaml_provider.standard_providers()}
    assert {provider.name for provider in PROVIDERS} & beams == set()


def test_the_file_of_providers_is_up_to_date_and_loads_in_process() -> None:
    assert PROVIDERS_FILE.read_text("utf-8") == providers_text()
    [listed] = yaml.safe_load(providers_text())
    assert set(listed) == {"type", "config", "transforms"}
    assert listed["config"] == {}
    [loaded] = yaml_provider.load_providers(str(PROVIDERS_FILE))
    assert isinstance(loaded, yaml_provider.InlineProvider)
    assert set(loaded.provided_transforms()) == {provider.name for provider in PROVIDERS}


def test_the_reference_in_the_documentation_is_up_to_date() -> None:
    assert reference_text() in DOCUMENT.read_text("utf-8")


def test_providers_prints_the_file_and_where_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["yaml", "providers"]) == 0
    first, _, rest = capsys.readouterr().out.partition("\n")
    assert first == f"# {PROVIDERS_FILE}"
    assert rest == providers_text()


@pytest.mark.parametrize("name", ["clean", "defender", "events"])
def test_the_documentation_shows_the_examples_as_they_are(name: str) -> None:
    text = (Path(__file__).parents[2] / "examples" / "yaml" / f"{name}.yaml").read_text("utf-8")
    shown = DOCUMENT.read_text("utf-8")
    if name == "clean":
        assert text in shown
    else:
        assert f"examples/yaml/{name}.yaml" in shown


def test_a_time_without_quotes_is_told() -> None:
    """YAML makes an object of it, which Beam could not keep in its graph."""
    moment = yaml.safe_load("2026-10-01T00:00:00Z")
    with pytest.raises(UsageError, match="Put the value in quotes"):
        ReadFromTaxii(taxii_added_after=moment)
