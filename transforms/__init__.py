"""The stages: a pure function and the transform around it, side by side in one file each."""

from apache_beam.coders.typecoders import registry

from iocbeam.model.indicator import Indicator
from iocbeam.model.plan import DefenderPlan

from .bulk import BulkCoder
from .classify import Classify, classify
from .expire import Expire, expire
from .fix_url_scheme import FixUrlScheme, fix_url_scheme
from .plan import Plan
from .protect import Protect, load_never_block, protect
from .rank import Rank, Ranked, rank
from .select import Best, Select, Selection, select
from .stage import OutcomeCollector, RejectedRecord, Stage, StageDoFn
from .validate import Validate, validate

# Here and not in the model, which knows no Beam.
registry.register_row(Indicator)
for _bulky in (Best, Selection, DefenderPlan):
    registry.register_coder(_bulky, BulkCoder)

__all__ = [
    "Best",
    "Classify",
    "Expire",
    "FixUrlScheme",
    "OutcomeCollector",
    "Plan",
    "Protect",
    "Rank",
    "Ranked",
    "RejectedRecord",
    "Select",
    "Selection",
    "Stage",
    "StageDoFn",
    "Validate",
    "classify",
    "expire",
    "fix_url_scheme",
    "load_never_block",
    "protect",
    "rank",
    "select",
    "validate",
]
