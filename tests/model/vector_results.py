"""Runs the independent vectors against our canonical values, and says where we mean to differ and why.

`python tests/model/vector_results.py` prints docs/vectors.md from the tables below.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import can_ada
import ioc_fanger  # type: ignore[import-untyped]

from iocbeam.model.outcome import Ended
from iocbeam.model.values import canonical_domain, canonical_url, refang, url_host
from iocbeam.model.values.domains import canonical_host, is_public_suffix

AGREED = "agreed"

Result = tuple[str, str]
"""A kind (`AGREED`, or the name of a deviation) and the case that it was found in."""


class Vectors(NamedTuple):
    """One file of vectors.

    Attributes:
        title: what it tests.
        run: gives one `Result` a case.
        agreed: cases in which we do as the file says.
        deviations: kind to (cases, why).
    """

    title: str
    run: Callable[[Path], Iterator[Result]]
    agreed: int
    deviations: dict[str, tuple[int, str]]


def _cases(path: Path) -> Iterator[dict[str, Any]]:
    for case in json.loads(path.read_text(encoding="utf-8")):
        if isinstance(case, dict):
            yield case


def run_urls(path: Path) -> Iterator[Result]:
    """Every input that names http or https: refused where the file wants it, else the file's host and port."""
    for case in _cases(path):
        text = case["input"]
        if not text.lower().startswith(("http:", "https:")):
            continue
        found = canonical_url(text)
        if isinstance(found, Ended):
            yield AGREED if case.get("failure") else _why_no_url(text, found), text
        elif case.get("failure"):
            yield "ACCEPTED", text
        else:
            visited = can_ada.parse(found)
            ours = (found.partition(":")[0], url_host(found), visited.port)
            theirs = (case["protocol"][:-1], case["hostname"].strip("[]").rstrip("."), case["port"])
            yield AGREED if ours == theirs else "ANOTHER HOST", text


def _why_no_url(text: str, end: Ended) -> str:
    if end.reason == "not_public":
        return "not_public name" if "local networks" in end.message else "not_public address"
    if end.reason != "malformed_url":
        return end.reason
    for word in ("control character", "space", "backslash"):
        if word in end.message:
            return word
    if not re.match("https?://", text, re.I):
        return "no slashes"
    return "Punycode" if "xn--" in text.lower() else "empty label" if ".." in text else end.message


def run_to_ascii(path: Path) -> Iterator[Result]:
    """The host that a browser would look up for a name."""
    for case in _cases(path):
        text, wanted = case["input"], case["output"]
        found = canonical_host(text)
        if isinstance(found, Ended):
            yield AGREED if wanted is None else _why_no_name(text, found), text
        else:
            yield AGREED if wanted is not None and found == wanted.rstrip(".") else "ANOTHER NAME", text


def _why_no_name(text: str, end: Ended) -> str:
    if "UTS 46" in end.message:
        return "Punycode" if "xn--" in text.lower() else "Unicode version"
    if end.message.startswith("holds"):
        return "hyphen" if re.search(r"(^|\.)-|-(\.|$)", text.replace("\u3002", ".")) else "symbol"
    return _NAME_KINDS.get(end.message, end.message)


_NAME_KINDS = {
    "a single label, no domain name": "single label",
    "an empty label": "empty label",
    "not a domain name": "symbol",
    "longer than 253 characters": "length",
    "a label is longer than 63 characters": "length",
}


def run_idna(path: Path) -> Iterator[Result]:
    """Columns 1, 4 and 5: the source, toASCII without transitional processing, and its status codes."""
    for line in path.read_text(encoding="utf-8").split("\n"):
        columns = [column.strip() for column in line.partition("#")[0].split(";")]
        if len(columns) < 5:
            continue
        source = _unescaped(columns[0])
        as_unicode = _unescaped(columns[1]) if columns[1] else source
        wanted = _unescaped(columns[3]) if columns[3] else as_unicode
        codes = re.findall(r"\w+", columns[4] or columns[2])
        found = canonical_host(source)
        if isinstance(found, Ended):
            yield AGREED if codes else _why_no_name(source, found), source
        elif codes:
            yield f"accepted with {' '.join(sorted({'Bn' if code[0] == 'B' else code for code in codes}))}", source
        else:
            yield AGREED if found == wanted.rstrip(".") else "ANOTHER NAME", source


def _unescaped(text: str) -> str:
    if text == '""':
        return ""
    return re.sub(r"\\x\{([0-9A-F]+)\}|\\u([0-9A-F]{4})", lambda m: chr(int(m[1] or m[2], 16)), text)


def run_punycode(path: Path) -> Iterator[Result]:
    """As a label of a name: its Unicode and its Punycode form are one name, or both are none."""
    for case in _cases(path):
        name, encoded = case["decoded"], case.get("encoded")
        if encoded is None:
            found = canonical_host(f"{name}.example")
            yield AGREED if isinstance(found, Ended) else "ACCEPTED", name[:20]
            continue
        one, other = canonical_host(f"{name}.example"), canonical_host(f"xn--{encoded}.example")
        both_refused = isinstance(one, Ended) and isinstance(other, Ended)
        yield AGREED if one == other or both_refused else "nothing to encode", name


def run_suffixes(path: Path) -> Iterator[Result]:
    """The registrable name of each case: the longest tail of which no tail is a public suffix."""
    lines = path.read_text(encoding="utf-8")
    for text, wanted in re.findall(r"^checkPublicSuffix\('([^']*)', (?:'([^']*)'|null)\)", lines, re.M):
        if not wanted:
            found = canonical_domain(text)
            broad = isinstance(found, Ended) and found.reason == "too_broad"
            yield AGREED if broad else "leading dot" if text[0] == "." else "unlisted label", text
            continue
        labels = str(canonical_host(text)).split(".")
        tails = [".".join(labels[at:]) for at in range(len(labels))]
        registrable = [tail for tail in tails if not is_public_suffix(tail)][-1:]
        yield AGREED if registrable == [canonical_host(wanted)] else "ANOTHER NAME", text


def run_defanged(path: Path) -> Iterator[Result]:
    """Line by line what the other file of the pair and the library itself make of it."""
    wanted = path.with_name("sample_text_fanged.txt").read_text(encoding="utf-8").split("\n")
    for line, whole in zip(path.read_text(encoding="utf-8").split("\n"), wanted, strict=True):
        found = refang(line.strip())
        yield AGREED if found == whole.strip() == ioc_fanger.fang(line).strip() else "ANOTHER VALUE", line


_URL_WHY = {
    "url_credentials": "a name before the @ is a disguise; which host was meant is for a person to say",
    "not_public name": "a host that only the reader's own network resolves",
    "not_public address": "an address outside the public Internet can only hit the reader's own network",
    "host_rewritten": "a browser would visit another host than the one written; the message names it",
    "no slashes": "without // after the scheme what follows is relative to a page, and a feed has none",
    "control character": "a browser drops tabs and line feeds; in a feed they say that a line was broken",
    "space": "kept or encoded it is another text than the one written; the message says to write %20",
    "backslash": "a browser makes it a slash, Defender refuses it",
    "Punycode": "the newer standard lets an ASCII label pass that is no valid Punycode; no registry does",
    "wildcard": "the services take none",
    "empty label": "DNS has none",
}
_NAME_WHY = {
    "single label": "no domain name",
    "Punycode": "as above: an ASCII label that is no valid Punycode",
    "hyphen": "a label begins or ends with a hyphen; browsers look it up, registries refuse it",
    "Unicode version": "a character that the ada library's older tables do not know; they refuse it",
    "symbol": "symbols that browsers look up and no registry takes, such as < with a stroke",
    "length": "DNS holds 63 bytes in a label and 253 in a name; browsers leave that to DNS",
    "empty label": "DNS has none",
}
_IDNA_WHY = {
    **_NAME_WHY,
    "Punycode": "as `Unicode version`, already encoded",
    "accepted with Bn": "CheckBidi: how mixed directions look on a screen changes nothing of what is blocked",
    "accepted with A4_2": "VerifyDnsLength: one trailing dot is the root; we drop it",
    "accepted with V2": "CheckHyphens off, as in the URL standard: r3---sn.example exists",
    "accepted with V3": "CheckHyphens off: the hyphen is inside the encoded label",
    "accepted with Bn V3": "CheckBidi and CheckHyphens, as above",
    "accepted with A4_2 Bn": "VerifyDnsLength and CheckBidi, as above",
    "accepted with A4_2 Bn V3": "VerifyDnsLength, CheckBidi and CheckHyphens, as above",
    "accepted with Bn V2 V3": "CheckBidi and CheckHyphens, as above",
    "accepted with V2 V4": "a label that decodes to xn-- again; the ada library takes it, no registry does",
}


def _why(counts: dict[str, int], why: dict[str, str]) -> dict[str, tuple[int, str]]:
    return {kind: (count, why[kind]) for kind, count in counts.items()}


VECTORS = {
    "wpt/urltestdata.json": Vectors(
        "Absolute http and https URLs: scheme, host and port",
        run_urls,
        262,
        _why(
            {
                "url_credentials": 29,
                "not_public name": 24,
                "host_rewritten": 18,
                "no slashes": 16,
                "control character": 14,
                "not_public address": 8,
                "Punycode": 7,
                "backslash": 6,
                "space": 2,
                "wildcard": 1,
                "empty label": 1,
            },
            _URL_WHY,
        ),
    ),
    "wpt/urltestdata.rust-url.json": Vectors(
        "The same of another date",
        run_urls,
        267,
        _why(
            {
                "url_credentials": 24,
                "not_public name": 22,
                "no slashes": 15,
                "host_rewritten": 15,
                "control character": 14,
                "not_public address": 8,
                "backslash": 6,
                "space": 2,
                "wildcard": 1,
                "empty label": 1,
            },
            _URL_WHY,
        ),
    ),
    "wpt/toascii.json": Vectors(
        "Domain to ASCII as browsers do it",
        run_to_ascii,
        43,
        _why(
            {
                "single label": 15,
                "Punycode": 7,
                "hyphen": 6,
                "Unicode version": 5,
                "length": 5,
                "symbol": 4,
                "empty label": 2,
            },
            _NAME_WHY,
        ),
    ),
    "wpt/IdnaTestV2.json": Vectors(
        "The same, from Unicode's data",
        run_to_ascii,
        1490,
        _why(
            {
                "Punycode": 759,
                "single label": 184,
                "Unicode version": 63,
                "empty label": 50,
                "symbol": 48,
                "length": 39,
                "hyphen": 38,
            },
            _NAME_WHY,
        ),
    ),
    "idna/IdnaTestV2.txt": Vectors(
        "UTS 46 toASCII without transitional processing; deviations by status code",
        run_idna,
        5914,
        _why(
            {
                "accepted with Bn": 161,
                "single label": 139,
                "Unicode version": 53,
                "symbol": 35,
                "accepted with A4_2": 31,
                "accepted with Bn V3": 26,
                "accepted with V3": 12,
                "accepted with V2": 8,
                "accepted with A4_2 Bn V3": 5,
                "accepted with A4_2 Bn": 4,
                "accepted with V2 V4": 1,
                "accepted with Bn V2 V3": 1,
                "Punycode": 1,
            },
            _IDNA_WHY,
        ),
    ),
    "idna/punycode_tests.json": Vectors(
        "A label in Unicode and in Punycode is one name",
        run_punycode,
        24,
        {"nothing to encode": (1, "`Bach` needs no Punycode, and `xn--Bach-` is no valid label")},
    ),
    "idna/bad_punycode_tests.json": Vectors("A label that cannot be encoded", run_punycode, 1, {}),
    "psl/test_psl.txt": Vectors(
        "Registrable names against the list that ships with tldextract",
        run_suffixes,
        73,
        {
            "leading dot": (3, "refused as `malformed_domain`"),
            "unlisted label": (1, "refused as `malformed_domain`: a single label"),
        },
    ),
    "defang/ioc-fanger/sample_text_defanged.txt": Vectors(
        "Line by line against the fanged text and against ioc-fanger itself", run_defanged, 1018, {}
    ),
}


def render(vectors: dict[str, Vectors]) -> str:
    """docs/vectors.md."""
    lines = [
        "# Test vectors",
        "",
        "Independent vectors that `tests/model/test_vectors.py` runs against our canonical values, and every case",
        "in which we mean to differ. The test fails when a deviation appears or disappears, and when this page is",
        "not what `python tests/model/vector_results.py` prints.",
        "",
        "No URL that a file wants refused is accepted, and no case gives another host, name or value than the",
        "file's: where we differ we refuse, or look less closely at a name that cannot be registered.",
        "",
        "`defang/cyobstract/smoke_test` is a script without cases of its own, and `idna/bad_punycode_tests.json`",
        "holds one.",
    ]
    for name, found in vectors.items():
        differ = sum(count for count, _ in found.deviations.values())
        lines += ["", f"## {name}", "", f"{found.title}. {found.agreed + differ} cases, {found.agreed} agreed."]
        if found.deviations:
            lines += ["", "| cases | deviation | why |", "|---:|---|---|"]
            lines += [f"| {count} | {kind} | {why} |" for kind, (count, why) in found.deviations.items()]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(render(VECTORS))
