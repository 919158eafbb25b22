"""The jobs: each wires sources, stages and sinks into one pipeline."""

from . import defender

__all__ = ["defender"]
