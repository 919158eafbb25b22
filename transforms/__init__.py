"""The stages: a pure function and the transform around it, side by side in one file each."""

from . import registration as registration
from .classify import Classify, classify
from .expire import Expire, expire
from .fix_url_scheme import FixUrlScheme, fix_url_scheme
from .plan import Plan
from .protect import Protect, load_never_block, protect
from .rank import Rank, Ranked, rank
from .select import Best, Select, Selection, select
from .stage import OutcomeCollector, RejectedRecord, Stage, StageDoFn
from .validate import Validate, validate

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
