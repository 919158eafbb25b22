"""The jobs: each wires sources, stages and sinks into one pipeline.

Nothing is imported here, so that `python -m iocbeam.pipelines.defender` loads the job once.
"""

__all__ = ["defender"]
