"""Re-score: our own reading of a score as a severity."""

from __future__ import annotations

from dataclasses import replace

from iocbeam.model import Indicator


def rescored(indicator: Indicator) -> Indicator:
    """The indicator with the severity that its score means to us."""
    score = indicator.score or 0
    severity = "High" if score >= 80 else "Medium" if score >= 40 else "Low"
    return indicator if severity == indicator.severity else replace(indicator, severity=severity)
