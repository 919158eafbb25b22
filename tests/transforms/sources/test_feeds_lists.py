"""What feeds look like, and what must not be taken from them without asking."""

from __future__ import annotations

import orjson
import pytest
from source_help import read

from iocbeam.transforms.sources import parse_record

MD5, SHA1, SHA256 = "0a" * 16, "0b" * 20, "0c" * 32


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("// a comment", None),
        ("//", None),
        ("////////////////", None),
        ("//// a box ////", None),
        ("//bad.example/x", "//bad.example/x"),
        ("http://bad.example/ // seen twice", "http://bad.example/"),
        ("http://bad.example//a //", "http://bad.example//a"),
        ("http://bad.example/#a;b", "http://bad.example/#a;b"),
        ("/", "/"),
        ("198.51.100.0/24   ; SBL1", "198.51.100.0/24"),
        (f"{SHA1}  a name.exe", SHA1),
        (f"{SHA256} *setup.exe # dropped", SHA256),
        (f"{MD5.upper()}\tx", MD5.upper()),
        (f"{MD5} {SHA1}", f"{MD5} {SHA1}"),
        (f"{MD5}0 name", f"{MD5}0 name"),
    ],
)
def test_lines_of_lists(line: str, value: str | None) -> None:
    got = read(f"a.example\n{line}\n".encode(), "text")
    assert got.values == (["a.example"] if value is None else ["a.example", value])
    for entry in got.entries:
        assert parse_record(entry.raw, entry.format, entry.mapping, entry.location, entry.source) == entry


def test_an_ipset_without_entries_is_complete() -> None:
    got = read(b"#\n# some_set\n#\n# ipv4 hash:ip ipset, url\n# Entries : 0 unique IPs\n#\n")
    assert (got.entries, got.reading.complete) == ([], True)


def test_urlhaus_and_threatfox_as_csv() -> None:
    urlhaus = (
        b"################\r\n# Database Dump (CSV)  #\r\n#\r\n"
        b"# id,dateadded,url,url_status,last_online,threat,tags,urlhaus_link,reporter\r\n"
        b'"5","2026-03-01 10:00:00","http://bad.example/a,b","online","None","x","elf,mips","https://r.example/","me"\r\n'
    )
    (record,) = read(urlhaus).records
    assert record.fields == {
        "id": "5",
        "created_at": "2026-03-01 10:00:00",
        "value": "http://bad.example/a,b",
        "tags": "elf,mips",
    }
    assert record.location == "in:5"
    threatfox = (
        b'# "first_seen_utc","ioc_id","ioc_value","ioc_type","threat","fk_malware","malware_printable","tags"\n'
        b'"2026-03-01 10:00:00", "7", "198.51.100.7:443", "ip:port", "botnet_cc", "win.bad", "Bad", "a,b"\n'
        b"# Number of entries: 1\n"
    )
    (record,) = read(threatfox).records
    assert (record.fields["value"], record.fields["type"], record.fields["malware"]) == (
        "198.51.100.7:443",
        "ip:port",
        "Bad",
    )


@pytest.mark.parametrize(
    "name",
    [
        "falsepositives__permanent__domains.list",
        "feeds/false-positives/permanent/domains.list",
        "my_whitelist.txt",
        "gs://bucket/AllowList.csv",
        "C:\\feeds\\safe_list.txt",
        "hosts.whitelisted",
    ],
)
def test_a_list_of_what_is_good_is_refused_by_its_name(name: str) -> None:
    got = read(b"good.example\n", name=name)
    assert (got.entries, got.reading.complete) == ([], False)
    assert "--never_block" in got.reading.error
    assert got.reading.error.startswith(f"{name}:0: named ")
    assert read(b"good.example\n", "text", name=name).values == ["good.example"]


@pytest.mark.parametrize(
    "name",
    [
        "blocklist.txt",
        "whitelisting.txt",
        "a/b/allowlist/c/d/e.txt",
        "of_whitelisted_things/a.txt",
        "positives.txt",
    ],
)
def test_other_names_say_nothing(name: str) -> None:
    assert read(b"bad.example\n", name=name).values == ["bad.example"]


@pytest.mark.parametrize(
    ("header", "taken"),
    [
        ("SHA256,Package Name,Certificate,Version", "SHA256"),
        ("fingerprint, ipaddr, port", "ipaddr"),
        ("url,Report URL,Reference", "url"),
        ("domain,hash type,domain count", "domain"),
        ("SHA256,Download URL,Timestamp", None),
        ("sha256,c2Domain", None),
        ("ip,Sending Host", None),
        ("md5,sha1,sha256", None),
        ("Download URL,Timestamp", None),
        ("Indicator type,Data", None),
    ],
)
def test_a_column_is_taken_only_if_no_other_could_be_meant(header: str, taken: str | None) -> None:
    columns = [column.strip() for column in header.split(",")]
    got = read(f"{header}\n{','.join(f'c{n}.example' for n in range(len(columns)))}\n".encode())
    if taken is not None:
        assert got.values == [f"c{columns.index(taken)}.example"]
    else:
        assert (got.entries, got.reading.complete) == ([], False)
        assert "--field_map value=COLUMN" in got.reading.error
        assert repr(columns[0]) in got.reading.error
        chosen = read(
            f"{header}\n{','.join('abcdefg'[: len(columns)])}\n".encode(), user_map={"value": columns[0]}
        )
        assert chosen.values == ["a"]


def test_columns_separated_by_white_space_are_refused() -> None:
    got = read(
        b"# list\nBAD.EXAMPLE     2026-01-01  A Registrar Ltd.  ns.example\nWORSE.EXAMPLE   2026-01-02  B\n"
    )
    assert got.entries == []
    assert got.reading.error.startswith(
        "in:2: columns without a header line, separated by white space; the first row is "
        "'BAD.EXAMPLE', '2026-01-01', 'A Registrar Ltd.', 'ns.example'."
    )
    assert not read(b"198.51.100.7 12\n198.51.100.8 13\n").reading.complete
    assert not read(f"{MD5} {SHA1}\n".encode()).reading.complete
    assert read(f"{MD5}  some.exe\n{SHA1}  other.exe\n".encode()).values == [MD5, SHA1]


def test_values_that_run_into_each_other_are_refused() -> None:
    glued = [f"first{n}[.]comsecond{n}[.]com" for n in range(5)]
    got = read("\n".join(["# list", "whole.example", *glued]).encode())
    assert got.entries == []
    assert got.reading.error.startswith("in:3: two values seem to stand on one line")
    assert "'first0[.]comsecond0[.]com'; so do 5 of the first 6 lines" in got.reading.error
    assert len(read("\n".join(glued).encode(), "text").records) == 5


@pytest.mark.parametrize(
    "value",
    [
        "site{}.netlify.app",
        "store.communitymarket{}.example",
        "www.netverify{}.example",
        "shop.com-verify{}.example",
        "http://x{}.example/a.comb.html",
        "a{}.net",
    ],
)
def test_names_that_only_look_a_little_like_it_are_read(value: str) -> None:
    names = [value.format(n) for n in range(20)]
    assert read("\n".join(names).encode()).values == names


def test_headings_end_as_records_that_somebody_can_see() -> None:
    got = read(b"Phishing domains\n\nbad[.]example\nworse[.]example\n\nMore of them\n\nworst[.]example\n")
    assert got.values == [
        "Phishing domains",
        "bad[.]example",
        "worse[.]example",
        "More of them",
        "worst[.]example",
    ]
    assert {record.format for record in got.records} == {"text"}


def test_the_better_name_of_malware_is_taken() -> None:
    for names in (("malware", "malware_printable"), ("malware_printable", "malware")):
        row = {name: f"m{n}" for n, name in enumerate(names)}
        got = read(orjson.dumps({"value": "a.example", **row}), "jsonl")
        assert got.records[0].fields["malware"] == row["malware_printable"]
