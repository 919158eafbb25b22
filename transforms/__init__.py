"""The stages: a pure function and the transform around it, side by side in one file each."""

from . import registration as registration
from .classify import Classify, classify
from .classify_range import ClassifyRange, classify_range
from .ended_ranges import AllOwnedRanges, RangeEnds
from .expire import Expire, expire
from .fix_url_scheme import FixUrlScheme, fix_url_scheme
from .list_access import ListAccess, ReadAccess, read_conditional_access
from .list_tenants import ListTenants, Read, read_tenant
from .owned_ends import AllOwnedDigests, EndedKeys, OwnedEnds, owned_keys
from .plan import Plan, PlanInputs
from .plan_entra import PlanEntra, PlanEntraInputs
from .protect import Protect, load_never_block, protect
from .protect_range import NeverBlockRanges, ProtectRange, never_block_ranges, protect_range
from .rank import Rank, Ranked, rank
from .select import Best, Select, Selection, select
from .stage import OutcomeCollector, RejectedRecord, Stage, StageDoFn
from .validate import Validate, validate

__all__ = [
    "AllOwnedDigests",
    "AllOwnedRanges",
    "Best",
    "Classify",
    "ClassifyRange",
    "EndedKeys",
    "Expire",
    "FixUrlScheme",
    "ListAccess",
    "ListTenants",
    "NeverBlockRanges",
    "OutcomeCollector",
    "OwnedEnds",
    "Plan",
    "PlanEntra",
    "PlanEntraInputs",
    "PlanInputs",
    "Protect",
    "ProtectRange",
    "RangeEnds",
    "Rank",
    "Ranked",
    "Read",
    "ReadAccess",
    "RejectedRecord",
    "Select",
    "Selection",
    "Stage",
    "StageDoFn",
    "Validate",
    "classify",
    "classify_range",
    "expire",
    "fix_url_scheme",
    "load_never_block",
    "never_block_ranges",
    "owned_keys",
    "protect",
    "protect_range",
    "rank",
    "read_conditional_access",
    "read_tenant",
    "select",
    "validate",
]
