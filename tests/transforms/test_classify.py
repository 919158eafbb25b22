"""classify: what an indicator becomes in Defender."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_records import NOW, indicator, row

from iocbeam.model.errors import UsageError
from iocbeam.model.indicator import CIDR, FQDN, IP, IPV6, MAX_TEXT, MD5, SHA1, SHA256, URL, Indicator
from iocbeam.model.outcome import Ended
from iocbeam.model.plan import DefenderRow
from iocbeam.model.settings import ACTIONS, DAY, TLP_LABELS, ClassifySettings
from iocbeam.transforms import classify
from iocbeam.transforms.classify import cut_at_word, describe, strip_markup

VALUES = {
    IP: ("IpAddress", "45.9.1.2"),
    IPV6: ("IpAddress", "2a02:cf40::1"),
    FQDN: ("DomainName", "evil.example"),
    URL: ("Url", "http://evil.example/x"),
    MD5: ("FileMd5", "ab" * 16),
    SHA1: ("FileSha1", "ab" * 20),
    SHA256: ("FileSha256", "ab" * 32),
}
FILES = (MD5, SHA1, SHA256)

# label: (action of files, action of the network, alert when --generate_alert is off, when it is on)
ACTION_TABLE = {
    "Allow": ("Allowed", "Allowed", False, False),
    "Audit": ("Audit", "Audit", True, True),
    "Alert": ("Audit", "Audit", True, True),
    "Warn": ("Warn", "Warn", False, True),
    "Block": ("Block", "Block", False, True),
    "Alert and Block": ("Block", "Block", True, True),
    "Block and Remediate": ("BlockAndRemediate", None, False, True),
}


def classified(one: Indicator, **settings: object) -> DefenderRow:
    made = classify(one, ClassifySettings(**{"collection": "ours", **settings}), NOW)  # type: ignore[arg-type]
    assert isinstance(made, DefenderRow)
    return made


def test_the_action_table_has_every_label() -> None:
    assert tuple(ACTION_TABLE) == ACTIONS


@pytest.mark.parametrize("kind", VALUES)
@pytest.mark.parametrize("label", ACTIONS)
def test_every_label_gives_each_family_its_action_and_its_alert(label: str, kind: str) -> None:
    for_files, for_network, quiet, loud = ACTION_TABLE[label]
    for generate_alert, alert in ((False, quiet), (True, loud)):
        made = classified(
            indicator(VALUES[kind][1], kind),
            file_action=label if kind in FILES else "Audit",
            network_action="Audit" if kind in FILES or for_network is None else label,
            generate_alert=generate_alert,
            accept_allow=True,
        )
        expected = for_files if kind in FILES else for_network or "Audit"
        assert made.action == expected
        assert made.generate_alert == (alert if kind in FILES or for_network else True)


def test_remediate_is_refused_for_the_network_and_allow_without_its_option() -> None:
    with pytest.raises(UsageError):
        ClassifySettings(network_action="Block and Remediate")
    with pytest.raises(UsageError):
        ClassifySettings(file_action="Allow")


@pytest.mark.parametrize("kind", VALUES)
def test_every_type_but_a_range_has_its_defender_type(kind: str) -> None:
    name, value = VALUES[kind]
    made = row(value, kind)
    assert made.type == name
    assert made.value == ("2a02:cf40:0:0:0:0:0:1" if kind == IPV6 else value)
    assert made.title == value


def test_a_range_is_not_taken() -> None:
    end = classify(indicator("45.9.1.0/24", CIDR), ClassifySettings(), NOW)
    assert isinstance(end, Ended)
    assert (end.outcome, end.reason) == ("unsupported", "type_not_taken")


def test_an_expiry_of_its_own_wins_over_the_default() -> None:
    assert row(expires_at=NOW + 7).expires_at == NOW + 7
    assert row().expires_at == NOW + 90 * DAY
    assert classified(indicator(), expiration_days=1).expires_at == NOW + DAY
    assert classified(indicator(), expiration_days=None).expires_at is None


def test_a_severity_of_its_own_wins_over_the_default() -> None:
    assert row(severity="Low").severity == "Low"
    assert classified(indicator(), default_severity="High").severity == "High"


def test_a_title_of_its_own_wins_and_none_is_longer_than_allowed() -> None:
    assert row(title="Evil").title == "Evil"
    assert len(row(f"http://evil.example/{'x' * 9_000}", URL).title) == MAX_TEXT


FULL = indicator(
    description="<p>Drops &lt;x&gt; &amp;\n more</p>",
    malware=("M1", "M2"),
    adversaries=("A1",),
    source="feed",
    source_id="7",
)


def test_the_description_has_its_parts_in_a_fixed_order() -> None:
    settings = ClassifySettings(collection="ours", details_host="https://tq.example")
    assert describe(FULL, settings).split("\n") == [
        "FQDN of collection ours, from feed",
        "https://tq.example/indicators/7/details",
        "Drops <x> & more",
        "Related malware: M1, M2",
        "Related adversaries: A1",
    ]


@pytest.mark.parametrize("left", ["descriptions", "malware", "adversaries"])
def test_only_the_context_that_was_asked_for_leaves(left: str) -> None:
    text = describe(FULL, ClassifySettings(collection="ours", related_context=(left,)))
    said = {"descriptions": "Drops" in text, "malware": "M1" in text, "adversaries": "A1" in text}
    assert said == {name: name == left for name in said}


def test_without_a_host_or_an_id_there_is_no_link() -> None:
    assert "indicators/" not in describe(FULL, ClassifySettings())
    assert "indicators/" not in describe(indicator(), ClassifySettings(details_host="https://tq.example"))


@pytest.mark.parametrize("max_tlp", TLP_LABELS)
@pytest.mark.parametrize("tlp", [*TLP_LABELS, "unheard of", None])
def test_above_the_marking_nothing_of_the_record_leaves_but_its_value(tlp: str | None, max_tlp: str) -> None:
    made = classified(
        indicator(title="Secret", description="Secret", malware=("Secret",), source="Secret", tlp=tlp),
        max_tlp=max_tlp,
        details_host="https://secret.example",
    )
    leaves = tlp is None or (tlp in TLP_LABELS and TLP_LABELS.index(tlp) <= TLP_LABELS.index(max_tlp))
    assert ("secret" in f"{made.title}{made.description}".lower()) == leaves
    if not leaves:
        assert (made.title, made.description) == ("evil.example", "FQDN of collection ours")


@given(st.text(max_size=3_000), st.text(max_size=50), st.integers(100, 4_000))
def test_a_description_is_never_longer_than_allowed(text: str, source: str, limit: int) -> None:
    settings = ClassifySettings(collection="ours", max_description=limit)
    assert len(describe(indicator(description=text, source=source), settings)) <= limit


@given(st.lists(st.text("abc", min_size=1, max_size=12), min_size=40, max_size=80), st.integers(40, 100))
def test_a_text_is_cut_at_a_word(words: list[str], limit: int) -> None:
    text = " ".join(words)
    cut = cut_at_word(text, limit) if len(text) > limit else f"{text}…"
    assert len(cut) <= limit or len(text) <= limit
    assert words[: len(cut[:-1].split(" "))] == cut[:-1].split(" ")


def test_a_word_as_long_as_the_limit_is_cut_within() -> None:
    assert cut_at_word("x" * 200, 100) == "x" * 99 + "…"


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("<p>one<br/>two</p>", "one two"),
        ("<a href='http://x/'>link</a> &amp; &#39;more&#39;", "link & 'more'"),
        ("a<script>alert(1)</script>b<STYLE>p{}</style >c", "a b c"),
        ("a <!-- not > this --> b", "a b"),
        ("a\n\tb  c", "a b c"),
        ("&lt;b&gt;", "<b>"),
        # No tag: everything is kept.
        ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
        ("drops <cmd.exe and runs it", "drops <cmd.exe and runs it"),
        ("x <y <b>z</b>", "x <y z"),
        ("", ""),
    ],
)
def test_markup_is_stripped_and_what_is_none_is_kept(text: str, plain: str) -> None:
    assert strip_markup(text) == plain
