#!/usr/bin/env bash
# ./bench.sh [NAME…]: builds Release, runs the benchmarks of those names (all, if none) and keeps each output in bench/results/.
set -euo pipefail
cd "$(dirname "$0")"
dotnet build bench/Foreshard.Benchmarks -c Release --nologo -v quiet
program=artifacts/bin/Foreshard.Benchmarks/release/Foreshard.Benchmarks
mkdir -p bench/results
if [ $# -eq 0 ]; then set -- $("$program" --list); fi
for name in "$@"; do
    { echo "\$ ./bench.sh $name"; "$program" "$name"; } | tee "bench/results/$name.txt"
done
