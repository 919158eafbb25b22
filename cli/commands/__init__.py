"""The commands, in the order of help. None of these modules imports Beam before it runs."""

from ..command import Command
from . import beam_yaml, check, deadletters, defender, demo, entra, local_tenant, replay, search, sightings, sync

COMMANDS: tuple[Command, ...] = (
    defender.COMMAND,
    entra.COMMAND,
    sync.COMMAND,
    sightings.COMMAND,
    search.COMMAND,
    check.COMMAND,
    replay.COMMAND,
    beam_yaml.COMMAND,
    deadletters.COMMAND,
    local_tenant.COMMAND,
    demo.COMMAND,
)

__all__ = ["COMMANDS"]
