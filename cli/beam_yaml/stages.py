"""The stages as providers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from apache_beam.pvalue import PCollection

from iocbeam import transforms
from iocbeam.model.errors import UsageError
from iocbeam.model.record import Record
from iocbeam.pipelines.own_steps import own_steps

from ..options.job_options import INTAKE_OPTIONS, TRANSFORMS_OPTION
from ..options.option import Kind, Option, by_name
from .call import Call, Made
from .conditions import Condition
from .provider import Provider
from .rows import INDICATORS, field_names

GROUP: Final = "Stages"

_INTAKE: Final = by_name(INTAKE_OPTIONS)
INDICATOR_TEXT: Final = "indicators"


def value_of(call: Call, option: Option) -> Any:
    return call.values.get(option.name, option.default)


def _validate(call: Call, pcoll: PCollection[Any]) -> Made:
    names = field_names(pcoll)
    if names is not None and set(names) != set(Record._fields):
        raise UsageError(
            f"takes the records of a source, and rows with the fields {', '.join(names) or '(none)'} come in.",
            advice="Put AsRecords between.",
        )
    stage = transforms.Validate(call.run(), value_of(call, _INTAKE["statuses"]))
    passed = call.tuples(pcoll, Record, "a source") | call.connected(stage)
    return Made(passed, protected_keys=stage.protected_keys, rows=INDICATORS, given=call.flow.behind(pcoll))


def of_indicators(make: Callable[[Call], Any], rows: Any = INDICATORS) -> Callable[[Call, Any], Made]:
    """Builds a stage that takes indicators."""

    def build(call: Call, pcoll: PCollection[Any]) -> Made:
        indicators = call.indicators(pcoll)
        return Made(indicators | call.connected(make(call)), rows=rows, given=indicators)

    return build


def _keep(call: Call, pcoll: PCollection[Any]) -> Made:
    condition = Condition(call.values["keep"])
    step = transforms.Keep(value_of(call, NAME), condition)
    return Made(
        call.step(f"Transform {step.name}", step.stage(call.run()), call.indicators(pcoll)), rows=INDICATORS
    )


def _own(call: Call, pcoll: PCollection[Any]) -> Made:
    names = call.values.get("transforms") or ()
    if not names:
        raise UsageError("needs transforms.", advice="Write MODULE:NAME of what makes the steps.")
    passed = call.indicators(pcoll)
    for step in own_steps(names, call.run()):
        passed = call.step(f"Transform {step.name}", step.stage(call.run()), passed)
    return Made(passed, rows=INDICATORS)


NAME: Final = Option(
    "name",
    Kind.TEXT,
    "Why, in a word or two of a-z, 0-9 and _: what it drops ends as filtered, reason custom:NAME.",
    metavar="NAME",
    default="keep",
)
KEEP: Final = Option(
    "keep",
    Kind.TEXT,
    "Condition on the fields of an indicator, in Python.",
    metavar="EXPRESSION",
    required=True,
)

Validate: Final = Provider(
    "Validate",
    GROUP,
    "Makes every record an indicator in canonical form, or tells why it is none.",
    _validate,
    takes="records",
    gives=INDICATOR_TEXT,
    options=(_INTAKE["statuses"],),
)
FixUrlScheme: Final = Provider(
    "FixUrlScheme",
    GROUP,
    "What becomes of a URL that was given without a scheme.",
    of_indicators(lambda call: transforms.FixUrlScheme(call.run(), value_of(call, _INTAKE["url_without_scheme"]))),
    takes=INDICATOR_TEXT,
    gives=INDICATOR_TEXT,
    options=(_INTAKE["url_without_scheme"],),
)
Expire: Final = Provider(
    "Expire",
    GROUP,
    "Drops what has expired at the start of the run, or will within the hour.",
    of_indicators(lambda call: transforms.Expire(call.run())),
    takes=INDICATOR_TEXT,
    gives=INDICATOR_TEXT,
)
Keep: Final = Provider(
    "Keep",
    GROUP,
    "Keeps what meets a condition. Unlike Beam's Filter it accounts for what it drops, so that a target behind it "
    "can tell it from what was lost.",
    _keep,
    takes=INDICATOR_TEXT,
    gives=INDICATOR_TEXT,
    own=(KEEP, NAME),
    counted=False,
)
Transform: Final = Provider(
    "Transform",
    GROUP,
    "Steps of your own, as the jobs take them.",
    _own,
    takes=INDICATOR_TEXT,
    gives=INDICATOR_TEXT,
    options=(TRANSFORMS_OPTION,),
    counted=False,
)
AsIndicators: Final = Provider(
    "AsIndicators",
    GROUP,
    "Makes rows with the fields of an indicator indicators again, in canonical form or rejected. Every transform "
    "here that takes indicators does so by itself.",
    lambda call, pcoll: Made(call.indicators(pcoll), rows=INDICATORS),
    takes="rows with the fields of an indicator",
    gives=INDICATOR_TEXT,
    counted=False,
)
