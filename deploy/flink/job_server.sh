#!/usr/bin/env bash
# Beam's job server for Flink as one jar in DIRECTORY, fetched or built with Maven. Its path is the last line printed.
#   job_server.sh DIRECTORY
# The finished jar is asked for first; where the repository has none, one is put together from the runner's own
# artifact (pom.xml), which may be of an older Beam: the two talk the same protocol.
set -euo pipefail

beam="${BEAM_VERSION:-2.77.0}"
line="${FLINK_LINE:-1.19}"
directory="${1:?name a directory}"
here="$(cd "$(dirname "$0")" && pwd)"
mkdir -p "$directory"
directory="$(cd "$directory" && pwd)"
jar="$directory/beam-flink-job-server.jar"

if [ ! -e "$jar" ]; then
    command -v mvn > /dev/null || { echo "job_server.sh needs Maven (mvn) and a Java runtime" >&2; exit 1; }
    artifact="org.apache.beam:beam-runners-flink-$line-job-server:$beam"
    if mvn -B -q dependency:copy -Dartifact="$artifact" -DoutputDirectory="$directory/fetched" \
        > "$directory/fetch.log" 2>&1; then
        echo "taken: $artifact" > "$directory/job-server.txt"
        mv "$directory/fetched/beam-runners-flink-$line-job-server-$beam.jar" "$jar"
    else
        mvn -B -q -f "$here/pom.xml" -Djar.directory="$directory/target" -Dflink.line="$line" package \
            > "$directory/build.log" 2>&1 || { tail -n 40 "$directory/build.log" >&2; exit 1; }
        echo "$artifact is not in the repository; built from $here/pom.xml" > "$directory/job-server.txt"
        mv "$directory/target/beam-flink-job-server.jar" "$jar"
    fi
fi
cat "$directory/job-server.txt"
echo "$jar"
