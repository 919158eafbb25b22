"""The stages: a pure function and the transform around it, side by side in one file each.

Wherever they stand, `tenant_id` is the service's id of a tenant and `alias` a person's name for it; `cancel` is
an event that cuts the waits of a client short; `raise_errors` says whether a rejected record raises, since
nothing takes it; `connect` makes a client, and is replaced in tests.
"""

from . import registration as registration
from . import remote_files as remote_files
from .as_indicators import AsIndicators, as_indicator
from .ask_files import AskFiles, ask_files
from .classify import Classify, classify
from .classify_range import ClassifyRange, classify_range
from .classify_sentinel import ClassifySentinel, classify_sentinel
from .ended_ranges import AllOwnedRanges, RangeEnds
from .expire import Expire, expire
from .fix_url_scheme import FixUrlScheme, fix_url_scheme
from .list_access import ListAccess, ReadAccess, read_conditional_access
from .list_tenants import ListTenants, Read, read_tenant
from .list_workspaces import (
    AllOwnedIndicators,
    ListWorkspaces,
    ReadWorkspace,
    owned_indicator_keys,
    read_workspace,
)
from .match import Matched, MatchObjects, matches_of
from .observe import AlertIds, ObjectChunk, Observe, Observed, SeenKeys, UnionOfKeys
from .own_step import Change, Keep, Step
from .owned_ends import AllOwnedDigests, EndedKeys, OwnedEnds, owned_keys
from .plan import Plan, PlanInputs
from .plan_entra import PlanEntra, PlanEntraInputs
from .plan_sentinel import PlanSentinel, PlanSentinelInputs
from .protect import Protect, load_never_block, protect
from .protect_range import NeverBlockRanges, ProtectRange, never_block_ranges, protect_range
from .rank import Rank, Ranked, rank
from .recheck import recheck
from .seek import Seek, SeekInFiles, Sieved
from .select import Best, Select, Selection, select
from .stage import OutcomeCollector, RejectedRecord, Stage, StageDoFn
from .through import Dropped, Through
from .to_ocsf import ToOcsf, to_ocsf
from .validate import Validate, validate

__all__ = [
    "AlertIds",
    "AllOwnedDigests",
    "AllOwnedIndicators",
    "AllOwnedRanges",
    "AsIndicators",
    "AskFiles",
    "Best",
    "Change",
    "Classify",
    "ClassifyRange",
    "ClassifySentinel",
    "Dropped",
    "EndedKeys",
    "Expire",
    "FixUrlScheme",
    "Keep",
    "ListAccess",
    "ListTenants",
    "ListWorkspaces",
    "MatchObjects",
    "Matched",
    "NeverBlockRanges",
    "ObjectChunk",
    "Observe",
    "Observed",
    "OutcomeCollector",
    "OwnedEnds",
    "Plan",
    "PlanEntra",
    "PlanEntraInputs",
    "PlanInputs",
    "PlanSentinel",
    "PlanSentinelInputs",
    "Protect",
    "ProtectRange",
    "RangeEnds",
    "Rank",
    "Ranked",
    "Read",
    "ReadAccess",
    "ReadWorkspace",
    "RejectedRecord",
    "Seek",
    "SeekInFiles",
    "SeenKeys",
    "Select",
    "Selection",
    "Sieved",
    "Stage",
    "StageDoFn",
    "Step",
    "Through",
    "ToOcsf",
    "UnionOfKeys",
    "Validate",
    "as_indicator",
    "ask_files",
    "classify",
    "classify_range",
    "classify_sentinel",
    "expire",
    "fix_url_scheme",
    "load_never_block",
    "matches_of",
    "never_block_ranges",
    "owned_indicator_keys",
    "owned_keys",
    "protect",
    "protect_range",
    "rank",
    "read_conditional_access",
    "read_tenant",
    "read_workspace",
    "recheck",
    "select",
    "to_ocsf",
    "validate",
]
