"""What is said of a pipeline of Beam YAML that cannot be: file, line, transform, key, and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest
from yaml_help import EXAMPLES, pipeline

from iocbeam.cli import main

FEED = EXAMPLES / "collection.jsonl"
READ = f"""
    - type: ReadCollection
      config: {{input: {FEED}}}
"""
VALID = f"""{READ}
    - type: Validate
      input: ReadCollection
"""

CASES = {
    "unknown_key": (
        f"\n    - {{type: ReadCollection, config: {{inputs: {FEED}}}}}\n",
        "line 4, ReadCollection: 'inputs' is none of its keys. Did you mean input?",
    ),
    "wrong_label": (
        f"\n    - {{type: ReadCollection, config: {{input: {FEED}, input_format: xml}}}}\n",
        "ReadCollection: input_format: 'xml' is not one of auto, jsonl,",
    ),
    "no_number": (
        f"{VALID}\n    - {{type: WriteToDefender, input: Validate, config: {{collection: x, capacity: many}}}}\n",
        "WriteToDefender: capacity: 'many' is not a whole number. Write capacity: 15000.",
    ),
    "a_secret": (
        f"{VALID}\n    - {{type: WriteToDefender, input: Validate, config: {{client_secret: hunter2}}}}\n",
        "WriteToDefender: client_secret is not a reference to a secret.",
    ),
    "missing": (
        f"{VALID}\n    - {{type: WriteToDefender, input: Validate, config: {{dry_run: true}}}}\n",
        "WriteToDefender: collection is missing.",
    ),
    "unknown_transform": (
        f"{READ}\n    - {{type: Validat, input: ReadCollection}}\n",
        "there is no transform Validat. Did you mean Validate?",
    ),
    "unconsumed_errors": (
        f"\n    - {{type: ReadCollection, config: {{input: {FEED}, error_handling: {{output: bad}}}}}}\n",
        "ReadCollection.bad must be used as an input to some other transform",
    ),
    "wrong_rows": (
        f"{READ}\n    - {{type: Expire, input: ReadCollection}}\n",
        "Expire: takes indicators, and the rows that come in have no field 'type'.",
    ),
    "foreign_rows": (
        "\n    - {type: Create, config: {elements: [{a: 1}]}}\n    - {type: Validate, input: Create}\n",
        "Validate: takes the records of a source, and rows with the fields a come in. Put AsRecords between.",
    ),
    "a_field_that_would_be_lost": (
        f"""{VALID}
    - type: MapToFields
      input: Validate
      config: {{language: python, append: true, fields: {{weight: "1"}}}}
    - {{type: Expire, input: MapToFields}}
""",
        "Expire: takes indicators, which have no field 'weight': it would be lost.",
    ),
    "no_expression": (
        f"{VALID}\n    - {{type: Keep, input: Validate, config: {{keep: 'type =='}}}}\n",
        "Keep: keep is no expression of Python",
    ),
    "no_field": (
        f"{VALID}\n    - {{type: Keep, input: Validate, config: {{keep: \"valeu == 'x'\"}}}}\n",
        "Keep: keep names valeu, which is no field of an indicator. Is value meant?",
    ),
    "one_directory_for_two": (
        f"""{VALID}
    - type: WriteToEntra
      name: First
      input: Validate
      config: &same {{collection: x, location_name: X, dry_run: true, output: OUT}}
    - {{type: WriteToEntra, name: Second, input: Validate, config: *same}}
""",
        "is where another transform of this pipeline writes its summary. Give each a directory of its own.",
    ),
    "no_validate": (
        """
    - {type: Create, config: {elements: [{type: FQDN, value: a.example.com, status: Whitelisted}]}}
    - {type: WriteToDefender, input: Create, config: {collection: x, dry_run: true, output: OUT}}
""",
        "WriteToDefender: takes indicators that came through Validate, and some of what comes in did not: nobody "
        "has looked at their statuses. Put AsRecords and Validate between the source of the rows and this target.",
    ),
    "validate_on_one_of_two_ways": (
        f"""{VALID}
    - {{type: Create, config: {{elements: [{{type: FQDN, value: a.example.com, status: Expired}}]}}}}
    - {{type: WriteToDefender, input: [Validate, Create], config: {{collection: x, dry_run: true, output: OUT}}}}
""",
        "WriteToDefender: takes indicators that came through Validate, and some of what comes in did not",
    ),
    "windows": (
        f"""{VALID}
    - type: WindowInto
      input: Validate
      config: {{windowing: {{type: fixed, size: 60s}}}}
    - {{type: WriteToDefender, input: WindowInto, config: {{collection: x, dry_run: true, output: OUT}}}}
""",
        "WriteToDefender: takes a collection as a whole, and what comes in is divided into windows.",
    ),
    "no_variable": (
        '\n    - {type: ReadCollection, config: {input: "{{ feed }}"}}\n',
        "nothing says what feed is. Give it with --set feed=VALUE.",
    ),
    "no_yaml": ("\n    - {type: ReadCollection, config: {input: x}\n", "line 4: not YAML: "),
    "no_shape": ("\n    - {type: ReadCollection, inputs: x}\n", "Additional properties are not allowed"),
}


@pytest.mark.parametrize("name", CASES)
def test_a_mistake_is_told_in_words(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text, expected = CASES[name]
    path = pipeline(tmp_path / "pipeline.yaml", text.replace("OUT", str(tmp_path / "out")))
    assert main(["yaml", "run", str(path)]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"iocbeam: {path}")
    assert expected in said
    assert "hunter2" not in said
    assert "Traceback" not in said


def test_a_record_that_nobody_takes_ends_the_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["yaml", "run", str(pipeline(tmp_path / "pipeline.yaml", VALID))]) == 1
    said = capsys.readouterr().err
    assert f"rejected the record at {FEED}:" in said
    assert "Give the transform error_handling: {output: NAME}" in said


def test_an_error_of_the_users_own_expression_ends_the_run_without_a_traceback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = pipeline(
        tmp_path / "pipeline.yaml",
        "\n    - {type: Create, config: {elements: [{a: 1}]}}\n"
        "    - {type: Filter, input: Create, config: {language: python, keep: 'a / 0'}}\n",
    )
    assert main(["yaml", "run", str(path)]) == 1
    said = capsys.readouterr().err
    assert "the pipeline failed: ZeroDivisionError" in said
    assert "Traceback" not in said
    with pytest.raises(ZeroDivisionError):
        main(["yaml", "run", str(path), "--debug"])


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        ((), "say run or providers"),
        (("run",), "name the file of one pipeline"),
        (("walk", "x.yaml"), "'walk' is not one of run, providers"),
        (("run", "x.yaml", "--set", "feed"), "'feed' is not NAME=TEXT"),
        (("run", "x.yaml", "--set", "client-secret=hunter2"), "'client-secret=' is not NAME=TEXT"),
        (("providers", "x"), "takes nothing"),
    ],
    ids=["nothing", "no_file", "no_action", "no_pair", "no_name", "too_much"],
)
def test_arguments(args: tuple[str, ...], expected: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["yaml", *args]) == 2
    said = capsys.readouterr().err
    assert expected in said
    assert "hunter2" not in said


def test_a_missing_file_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["yaml", "run", "nowhere.yaml"]) == 1
    said = capsys.readouterr().err
    assert said == "iocbeam: nowhere.yaml cannot be read: No such file or directory. Check the path.\n"


def test_without_the_extra_the_line_that_installs_it_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from iocbeam.cli.commands import beam_yaml

    monkeypatch.setattr(beam_yaml, "NEEDED", ("no_such_module_of_beam_yaml",))
    assert main(["yaml", "run", "x.yaml"]) == 1
    assert "-m pip install -c constraints.txt '.[yaml]'" in capsys.readouterr().err
