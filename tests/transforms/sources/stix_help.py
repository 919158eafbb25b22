"""Helpers of the STIX tests: objects, and what OASIS' own parser makes of a pattern."""

from __future__ import annotations

import re
from typing import Any, Final

from stix2patterns.exceptions import ParseException
from stix2patterns.v21.grammars.STIXPatternListener import STIXPatternListener
from stix2patterns.v21.pattern import Pattern

OURS: Final = {
    "ipv4-addr:value": "IP Address",
    "ipv6-addr:value": "IPv6 Address",
    "domain-name:value": "FQDN",
    "url:value": "URL",
    "file:hashes.md5": "MD5",
    "file:hashes.sha1": "SHA-1",
    "file:hashes.sha256": "SHA-256",
}


class _Listener(STIXPatternListener):  # type: ignore[misc]
    """Collects comparisons; anything but equality and OR makes the pattern one that is not taken."""

    def __init__(self) -> None:
        self.taken = True
        self.found: list[tuple[str, str]] = []

    def enterEveryRule(self, ctx: Any) -> None:  # noqa: N802
        kind = type(ctx).__name__.removesuffix("Context")
        joint = {
            "ComparisonExpressionAnd": "AND",
            "ObservationExpressionAnd": "AND",
            "ObservationExpressions": "FOLLOWEDBY",
        }.get(kind)
        if joint and getattr(ctx, joint)():
            self.taken = False
        if kind in (
            "ObservationExpressionStartStop",
            "ObservationExpressionWithin",
            "ObservationExpressionRepeated",
        ) or (kind.startswith("PropTest") and kind not in ("PropTestEqual", "PropTestSet", "PropTestParen")):
            self.taken = False
        if kind == "PropTestEqual":
            self._test(ctx, not ctx.EQ(), [ctx.primitiveLiteral().getText()])
        elif kind == "PropTestSet":
            literals = [one.getText() for one in ctx.setLiteral().primitiveLiteral()]
            self._test(ctx, not literals, literals)

    def _test(self, ctx: Any, other: bool, literals: list[str]) -> None:
        path = re.sub(r"(?<=\.)'([^']*)'|(?<=:)'([^']*)'", r"\1\2", ctx.objectPath().getText())
        if path.startswith("file:hashes."):
            path = path[:12] + path[12:].lower().replace("-", "").replace("_", "")
        kind = OURS.get(path)
        if other or ctx.NOT() or kind is None or any(text[0] != "'" for text in literals):
            self.taken = False
            return
        for text in literals:
            value = re.sub(r"\\(.)", r"\1", text[1:-1], flags=re.DOTALL)
            family = {"IP Address": False, "IPv6 Address": True}.get(kind)
            ranged = family is not None and "/" in value and (":" in value) == family
            self.found.append(("CIDR Block" if ranged else kind, value))


def oracle(pattern: str) -> list[tuple[str, str]] | str:
    """Values, or the reason for a refusal, by OASIS' own parser."""
    listener = _Listener()
    try:
        Pattern(pattern).walk(listener)
    except ParseException:
        return "malformed_pattern"
    return list(dict.fromkeys(listener.found)) if listener.taken else "pattern_unsupported"


def stix_id(kind: str, number: int) -> str:
    """The id of the object of this type and number."""
    return f"{kind}--{number:08x}-0000-4000-8000-{number:012x}"


def indicator(number: int = 1, value: str = "bad.example", **changes: Any) -> dict[str, Any]:
    """An indicator for a domain. A change to None leaves the field out."""
    made = {
        "type": "indicator",
        "spec_version": "2.1",
        "id": stix_id("indicator", number),
        "created": "2026-01-01T00:00:00.000Z",
        "modified": "2026-01-01T00:00:00.000Z",
        "pattern": f"[domain-name:value = '{value}']",
        "pattern_type": "stix",
        "valid_from": "2026-01-02T00:00:00Z",
        **changes,
    }
    return {name: field for name, field in made.items() if field is not None}


def named(kind: str, number: int = 1, name: str = "Emotet", **changes: Any) -> dict[str, Any]:
    """A malware, a threat actor, an identity ..."""
    return {
        "type": kind,
        "id": stix_id(kind, number),
        "created": "2026-01-01T00:00:00.000Z",
        "modified": "2026-01-01T00:00:00.000Z",
        "name": name,
        **changes,
    }


def relation(number: int, source: str, target: str, **changes: Any) -> dict[str, Any]:
    """`source` indicates `target`."""
    return {
        "type": "relationship",
        "id": stix_id("relationship", number),
        "created": "2026-01-01T00:00:00.000Z",
        "modified": "2026-01-01T00:00:00.000Z",
        "relationship_type": "indicates",
        "source_ref": source,
        "target_ref": target,
        **changes,
    }
