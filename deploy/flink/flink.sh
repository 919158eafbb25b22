#!/usr/bin/env bash
# The jars of a Flink distribution in DIRECTORY, as the Python package apache-flink-libraries carries them. The folder
# with them is the last line printed.
#   flink.sh DIRECTORY
# For trying and testing: a cluster is installed from https://flink.apache.org/downloads/ with its scripts.
set -euo pipefail

version="${FLINK_VERSION:-1.19.3}"
directory="${1:?name a directory}"
mkdir -p "$directory"
directory="$(cd "$directory" && pwd)"
jars="$directory/apache-flink-libraries-$version/deps/lib"

if [ ! -d "$jars" ]; then
    python="${PYTHON:-python3}"
    # --no-deps, and never installed: only the jars are wanted. The package apache-flink would bring an old Beam along.
    "$python" -m pip download --quiet --disable-pip-version-check --no-deps --no-binary :all: \
        --dest "$directory" "apache-flink-libraries==$version" >&2
    tar -xzf "$directory/apache-flink-libraries-$version.tar.gz" -C "$directory" \
        "apache-flink-libraries-$version/deps/lib"
    rm "$directory/apache-flink-libraries-$version.tar.gz"
fi
echo "$jars"
