"""Files on other filesystems, as those read them who know no Beam."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import mem_files
import pytest

import iocbeam.transforms  # noqa: F401 - with it Beam opens remote files
from iocbeam.clients import resolve_secret
from iocbeam.clients.http.session import HttpSettings, open_session
from iocbeam.local_tenant import LocalTenant
from iocbeam.model.errors import ConfigurationError
from iocbeam.model.files import local_file, read_file


def test_a_local_file_is_read_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"\x00\r\n")
    assert read_file(str(path), "--x") == b"\x00\r\n"
    assert local_file(str(path), "--x") == str(path)
    with pytest.raises(OSError, match="No such file"):
        read_file(str(tmp_path / "b"), "--x")


def test_a_remote_file_is_copied_once_and_for_this_user_alone() -> None:
    path = mem_files.put("mem://once/ca.pem", b"first")
    mem_files.OPENED.clear()
    copy = local_file(path, "--ca_bundle")
    mem_files.put(path, b"second")
    assert local_file(path, "--ca_bundle") == copy
    assert [path] == mem_files.OPENED
    assert Path(copy).read_bytes() == b"first"
    assert stat.S_IMODE(os.stat(os.path.dirname(copy)).st_mode) == 0o700


def test_files_of_one_name_in_two_places_are_two() -> None:
    copies = [local_file(mem_files.put(f"mem://{name}/ca.pem", name.encode()), "--ca_bundle") for name in "ab"]
    assert [Path(copy).read_bytes() for copy in copies] == [b"a", b"b"]


def test_copies_are_gone_when_the_process_ends() -> None:
    code = (
        "import io; from iocbeam.model import files;"
        "files.open_remote_with(lambda path: io.BytesIO(b'x')); print(files.local_file('any://ca.pem', '--x'))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not os.path.exists(os.path.dirname(done.stdout.strip()))


def test_one_that_is_not_there_names_the_option() -> None:
    with pytest.raises(
        ConfigurationError, match=r"^--ca_bundle: mem://nowhere/ca\.pem cannot be read: no such file"
    ):
        local_file("mem://nowhere/ca.pem", "--ca_bundle")


def test_where_nobody_knows_beam_it_is_said() -> None:
    code = "from iocbeam.model import files; files.read_file('gs://bucket/ca.pem', '--ca_bundle')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "--ca_bundle: gs://bucket/ca.pem is on a filesystem that nothing here can open." in done.stderr


@pytest.mark.parametrize("package", ["sinks", "transforms", "cli"])
def test_whoever_unpickles_a_step_on_a_worker_can_open_them(package: str) -> None:
    code = (
        f"import iocbeam.{package}, mem_files; from iocbeam.model.files import read_file;"
        "print(read_file(mem_files.put('mem://a/b', b'yes'), '--x'))"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[1]), *sys.path])}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    assert done.stdout.strip() == "b'yes'"


class TestABundle:
    """`--ca_bundle` on a bucket."""

    def test_is_trusted(self) -> None:
        with LocalTenant() as tenant:
            bundle = mem_files.put("mem://trusted/ca.pem", Path(tenant.ca_bundle).read_bytes())
            session = open_session(HttpSettings(ca_bundle=bundle, ignore_proxies=True), tenant.login_url)
            assert session.get(tenant.login_url, timeout=10).status_code

    def test_that_holds_no_certificate_is_named_as_it_was_given(self) -> None:
        bundle = mem_files.put("mem://untrusted/ca.pem", b"nothing")
        with pytest.raises(ConfigurationError, match=r"^--ca_bundle: mem://untrusted/ca\.pem cannot be used"):
            open_session(HttpSettings(ca_bundle=bundle), "https://login.example.com")


class TestASecret:
    """`file:` with a path on a bucket."""

    def test_loses_one_newline(self) -> None:
        path = mem_files.put("mem://keys/one", b"s3cret\n\n")
        assert resolve_secret(f"file:{path}", "--client_secret") == "s3cret\n"

    def test_that_is_not_there(self) -> None:
        with pytest.raises(ConfigurationError, match=r"^--client_secret: mem://keys/two cannot be read"):
            resolve_secret("file:mem://keys/two", "--client_secret")
