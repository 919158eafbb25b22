"""The stages: a pure function and the transform around it, side by side in one file each."""

from . import registration as registration
from .classify import Classify, classify
from .expire import Expire, expire
from .fix_url_scheme import FixUrlScheme, fix_url_scheme
from .list_tenants import ListTenants, Read, read_tenant
from .owned_ends import AllOwnedDigests, EndedKeys, OwnedEnds, owned_keys
from .plan import Plan, PlanInputs
from .protect import Protect, load_never_block, protect
from .rank import Rank, Ranked, rank
from .select import Best, Select, Selection, select
from .stage import OutcomeCollector, RejectedRecord, Stage, StageDoFn
from .validate import Validate, validate

__all__ = [
    "AllOwnedDigests",
    "Best",
    "Classify",
    "EndedKeys",
    "Expire",
    "FixUrlScheme",
    "ListTenants",
    "OutcomeCollector",
    "OwnedEnds",
    "Plan",
    "PlanInputs",
    "Protect",
    "Rank",
    "Ranked",
    "Read",
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
    "owned_keys",
    "protect",
    "rank",
    "read_tenant",
    "select",
    "validate",
]
