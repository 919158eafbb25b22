"""What is generated from the providers of Beam YAML: the file that pipelines include, and the reference in
docs/beam-yaml.md. To write both again: `python tests/cli/yaml_reference.py`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from iocbeam.cli.beam_yaml import PROVIDERS, Provider
from iocbeam.cli.beam_yaml.config import ERRORS, OUTCOMES, REPORTS
from iocbeam.cli.beam_yaml.files import PROVIDERS_FILE
from iocbeam.cli.options.option import LIST_KINDS, Kind, Option

DOCUMENT: Final = Path(__file__).parents[2] / "docs" / "beam-yaml.md"

_HEAD: Final = """\
# The transforms of iocbeam for Beam YAML, loaded in Beam's own process: nothing is installed or fetched for them.
# Generated: python tests/cli/yaml_reference.py
- type: python
  config: {}
  transforms:
"""

MANY: Final = 12
"""More options than these are named only."""

_TAGS: Final = {
    ERRORS: "what it rejects, as error rows",
    OUTCOMES: "how records ended in it, as rows",
    REPORTS: "how reading went, a row for each input",
}

BEGIN: Final = "<!-- generated: python tests/cli/yaml_reference.py -->"
END: Final = "<!-- end of what is generated -->"


def providers_text() -> str:
    """The content of `providers.yaml`."""
    lines = [f"    {provider.name}: iocbeam.cli.beam_yaml.{provider.name}" for provider in PROVIDERS]
    return _HEAD + "\n".join(lines) + "\n"


def reference_text() -> str:
    """The part of `docs/beam-yaml.md` about each transform."""
    return "\n".join((BEGIN, "", *_reference(), END))


def _reference() -> Iterator[str]:
    for group in dict.fromkeys(provider.group for provider in PROVIDERS):
        yield f"### {group}"
        yield ""
        for provider in PROVIDERS:
            if provider.group == group:
                yield from _section(provider)


def _section(provider: Provider) -> Iterator[str]:
    yield f"#### `{provider.name}`"
    yield ""
    takes = f"Takes {provider.takes}. " if provider.takes else ""
    yield f"{provider.does} {takes}Gives {provider.gives}."
    yield ""
    # The page of options says what they mean; here they would stand a dozen times.
    many = len(provider.options) > MANY
    if many:
        names = ", ".join(f"`{option.name}`" for option in provider.options)
        yield f"Keys, each as the [option](options.md) of this name: {names}."
        yield ""
    told = provider.own if many else (*provider.own, *provider.options)
    if told or provider.tags:
        yield "| Key | Meaning | Default |"
        yield "|---|---|---|"
        for option in told:
            yield f"| `{option.name}` | {_cell(option.help)} | {_cell(_default(option))} |"
        for tag in provider.tags:
            yield f"| `{tag}: {{output: NAME}}` | Another output, `{provider.name}.NAME`: {_TAGS[tag]}. | none |"
        yield ""


def _default(option: Option) -> str:
    if option.required:
        return "needed"
    if option.default_text:
        return option.default_text
    if option.kind is Kind.FLAG:
        return "true" if option.default else "false"
    if option.kind in LIST_KINDS:
        return ", ".join(option.default or ()) or "none"
    return "none" if option.default in (None, "") else str(option.default)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("--", "").replace("\n", " ")


def main() -> None:
    """Write both files of a checkout anew."""
    PROVIDERS_FILE.write_text(providers_text(), encoding="utf-8")
    before, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(BEGIN)
    DOCUMENT.write_text(before + reference_text() + rest.partition(END)[2], encoding="utf-8")


if __name__ == "__main__":
    main()
