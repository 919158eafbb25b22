"""Which coders Beam uses for our own types. Here and not in the model, which knows no Beam."""

from __future__ import annotations

from apache_beam.coders.typecoders import registry

from iocbeam.model.actual import TenantRows
from iocbeam.model.alert_files import AlertFiles
from iocbeam.model.entra_plan import EndedRanges, EntraPlan
from iocbeam.model.indicator import Indicator
from iocbeam.model.key_filter import KeyFilter
from iocbeam.model.plan import DefenderPlan
from iocbeam.model.sentinel_plan import SentinelPlan, WorkspaceRows
from iocbeam.model.sighting_state import TenantSeen
from iocbeam.planning.entra.access import TenantAccess
from iocbeam.planning.entra.ranges import RangeSet

from .bulk import BulkCoder
from .observe import FileAlerts, SeenKeys
from .owned_ends import EndedKeys
from .select import Best, Selection

registry.register_row(Indicator)
for bulky in (
    Best,
    Selection,
    DefenderPlan,
    TenantRows,
    EndedKeys,
    EntraPlan,
    SentinelPlan,
    WorkspaceRows,
    TenantAccess,
    EndedRanges,
    RangeSet,
    KeyFilter,
    SeenKeys,
    FileAlerts,
    TenantSeen,
    AlertFiles,
):
    registry.register_coder(bulky, BulkCoder)
