"""What the targets of a job have in common."""

from __future__ import annotations

from typing import NamedTuple

from apache_beam.pvalue import PCollection

from iocbeam.model.plan import WriteReport


class Written(NamedTuple):
    """What a target gives.

    Attributes:
        documents: each tenant's plan as `plan.json` holds it.
        reports: what was written, one for each tenant.
    """

    documents: PCollection[bytes]
    reports: PCollection[WriteReport]
