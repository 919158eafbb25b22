"""A run writes into its output directory and into the directory for temporary files, and nowhere else, so that its
root can be read only."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from schedule_help import Machine, container_command

from iocbeam.local_tenant import LocalTenant

WATCHED = """
import os, sys

wrote = []
CHANGES = {"os.mkdir", "os.rename", "os.link", "os.symlink", "os.truncate"}
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT

def watch(event, args):
    if event == "open":
        path, mode, flags = args
        if isinstance(path, (str, bytes)) and (flags & WRITING or set(mode or "") & set("wax+")):
            wrote.append(os.path.abspath(os.fsdecode(path)))
    elif event in CHANGES:
        wrote.append(os.path.abspath(os.fsdecode(args[0])))

sys.addaudithook(watch)
from iocbeam.cli import main
status = main(sys.argv[1:])
sys.stderr.write("\\nWROTE " + "\\t".join(wrote))
sys.exit(status)
"""


def test_a_run_writes_nowhere_else_and_needs_no_home(tmp_path: Path) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    with LocalTenant(ca_dir=tmp_path) as tenant:
        machine = Machine(tmp_path, tenant)
        machine.go_on()
        *_, job, _, config, _, secret, _, output = machine.command(container_command())
        done = subprocess.run(
            [
                sys.executable,
                "-B",
                "-c",
                WATCHED,
                job,
                "--config",
                config,
                "--client_secret",
                secret,
                "--output",
                output,
            ],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            cwd="/",
            env={
                "PATH": os.environ["PATH"],
                "TMPDIR": str(temporary),
                "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
            },
        )
        assert done.returncode == 0, done.stderr
    wrote = {Path(path) for path in done.stderr.rpartition("\nWROTE ")[2].split("\t")}
    assert json.loads((Path(output) / "summary.json").read_text(encoding="utf-8"))["outcomes"] == {"created": 1}
    inside = {path for path in wrote if path.is_relative_to(output)}
    elsewhere = {
        path for path in wrote - inside if not path.is_relative_to(temporary) and path != Path(os.devnull)
    }
    assert any(path.name.endswith("summary.json") or "summary" in path.name for path in inside)
    assert elsewhere == set()
