"""protect and load_never_block; what the lists protect is tested with the model."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Any

import mem_files
import pytest
from apache_beam.internal import pickler
from made_records import row

from iocbeam.model.errors import ConfigurationError
from iocbeam.model.indicator import IPV6, MD5
from iocbeam.model.outcome import Ended
from iocbeam.model.settings import RunInfo
from iocbeam.transforms import Protect, ProtectRange, load_never_block, protect

RUN = RunInfo("run-1", 1_790_000_000, "defender", "drill")


def test_a_row_is_judged_by_its_indicator() -> None:
    never_block, _ = load_never_block([])
    for protected in (row("2606:4700:4700::1111", IPV6), row("d41d8cd98f00b204e9800998ecf8427e", MD5)):
        end = protect(protected, never_block)
        assert isinstance(end, Ended)
        assert (end.outcome, end.reason) == ("protected", "built_in")
    free = row()
    assert protect(free, never_block) is free


def test_a_line_of_ones_own_list_that_is_not_understood_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "one.txt"
    path.write_text("evil.example\nevil.example (the bank)\n")
    with pytest.raises(ConfigurationError, match="the bank") as caught:
        load_never_block([str(path)])
    assert caught.value.option == "--never_block"


def test_entries_of_a_published_list_that_no_row_can_have_are_told(tmp_path: Path) -> None:
    path = tmp_path / "list.json"
    path.write_text('{"type": "string", "list": ["evil.example", "not a value"]}')
    never_block, notices = load_never_block([str(path)])
    assert len(notices) == 1
    assert "not a value" in notices[0]
    assert isinstance(protect(row("evil.example"), never_block), Ended)


def test_files_are_added_to_the_built_in_list(tmp_path: Path) -> None:
    one, other = tmp_path / "one.txt", tmp_path / "other.csv"
    one.write_text("evil.example\n", encoding="utf-8-sig")
    other.write_text("value\n45.9.1.0/24\n", encoding="utf-8")
    never_block, notices = load_never_block([str(one), str(other)])
    assert notices == []
    end = protect(row("www.evil.example"), never_block)
    assert isinstance(end, Ended)
    assert (end.reason, end.message) == ("never_block", f"www.evil.example is protected by {one}")
    assert isinstance(protect(row("login.microsoftonline.com"), never_block), Ended)


def test_a_list_that_cannot_be_read_stops_the_run(tmp_path: Path) -> None:
    binary = tmp_path / "binary.txt"
    binary.write_bytes(b"\xff\xfe\x00")
    for path in (tmp_path / "missing.txt", binary):
        with pytest.raises(ConfigurationError) as caught:
            load_never_block([str(path)])
        assert caught.value.option == "--never_block"


class TestOnAWorker:
    """A worker has several instances of a step, and a job one step for each tenant."""

    def test_a_step_carries_the_names_of_lists_and_not_what_is_in_them(self, tmp_path: Path) -> None:
        path = tmp_path / "list.txt"
        path.write_text("\n".join(f"n{number}.example.com" for number in range(20_000)))
        carried = pickler.dumps(Protect(RUN, [str(path)]).dofn(raise_errors=True))
        assert len(carried) < 4_000

    @pytest.mark.parametrize("transform", [Protect, ProtectRange])
    def test_lists_are_read_once_while_a_step_holds_them(self, transform: type[Any]) -> None:
        name = f"mem://held/{transform.__name__}.txt"
        mem_files.put(name, b"192.0.2.1\n")
        mem_files.OPENED.clear()
        first, second, other = (pickled(transform(RUN, [name]).dofn(raise_errors=True)) for _ in range(3))
        first.setup()
        second.setup()
        assert [name] == mem_files.OPENED
        del first, second
        gc.collect()
        other.setup()
        assert [name, name] == mem_files.OPENED


def pickled(dofn: Any) -> Any:
    """As it arrives on a worker."""
    return pickler.loads(pickler.dumps(dofn))
