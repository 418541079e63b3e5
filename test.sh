#!/usr/bin/env bash
# Builds everything once and runs the tests. The last line says how it went: "N passed, N failed".
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

usage() {
    cat <<'EOF'
Usage: ./test.sh [--fast | --long] [--no-build]

  (nothing)    all tests but those of Category=Long
  --fast       only the fast ones: neither Category=Slow nor Category=Long
  --long       every test
  --no-build   run what was built last

FORESHARD_SEED=N begins the thousand lives of --long at another seed than 1000; each life that fails names its seed.

Installs what is missing (as root or with sudo), restores, builds the Release configuration with warnings as errors, and
runs the suite. Ends with a line "N passed, N failed", and ", N skipped" if any were. The exit code is 0 only if tests ran
and none failed.
EOF
}

part=default build=yes
for argument in "$@"; do
    case $argument in
        --fast | --long) part=${argument#--} ;;
        --no-build) build=no ;;
        --help | -h) usage; exit 0 ;;
        *) echo "test.sh: unknown option '$argument'" >&2; usage >&2; exit 2 ;;
    esac
done

# need COMMAND PACKAGE: installs the package if the command isn't there.
need() {
    command -v "$1" > /dev/null && return
    local as=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo > /dev/null || { echo "test.sh: '$1' is missing; install the package $2." >&2; exit 2; }
        as=(sudo -n)
    fi
    echo "== install $2"
    "${as[@]}" apt-get update -qq
    "${as[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$2"
}

need awk mawk
need etcd etcd-server
need etcdctl etcd-client
need pgbouncer pgbouncer
# Debian keeps the server's programs out of the path.
compgen -G '/usr/lib/postgresql/*/bin/initdb' > /dev/null || need initdb postgresql
command -v dotnet > /dev/null || { echo "test.sh: the .NET SDK 10 is missing; see global.json for its version." >&2; exit 2; }

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 TESTINGPLATFORM_TELEMETRY_OPTOUT=1 DOTNET_CLI_UI_LANGUAGE=en

if [ "$build" = yes ]; then
    echo "== build"
    dotnet build Foreshard.slnx -c Release || {
        echo "test.sh: the build failed, so no test ran; counted as one failure." >&2
        echo "0 passed, 1 failed"
        exit 1
    }
fi

case $part in
    fast) filter=(--filter-not-trait Category=Slow --filter-not-trait Category=Long) ;;
    long) filter=() ;;
    *) filter=(--filter-not-trait Category=Long) ;;
esac

echo "== test ($part)"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
status=0
# Exit code 8: a project has no test of this part. That none ran at all is found below.
dotnet test --solution Foreshard.slnx -c Release --no-build --ignore-exit-code 8 "${filter[@]}" 2>&1 | tee "$log" || status=$?

# The summary sums over the projects. Before it, tests may have printed anything. "error" counts processes that died: their
# tests' results are lost, and each must not look like less than a failure.
read -r passed failed skipped < <(awk '
    /^Test run summary:/ { summary = 1; passed = failed = skipped = 0 }
    summary && /^ +succeeded: [0-9]+/ { passed += $2 }
    summary && /^ +(failed|error): [0-9]+/ { failed += $2 }
    summary && /^ +skipped: [0-9]+/ { skipped += $2 }
    END { print passed + 0, failed + 0, skipped + 0 }' "$log")

if [ "$status" -ne 0 ] && [ "$failed" -eq 0 ]; then
    echo "test.sh: the run broke off with exit code $status; counted as one failure." >&2
    failed=1
elif [ $((passed + failed)) -eq 0 ]; then
    echo "test.sh: no test ran." >&2
    status=1
elif [ "$status" -eq 0 ] && [ "$failed" -gt 0 ]; then
    status=1
fi

closing="$passed passed, $failed failed"
[ "$skipped" -eq 0 ] || closing+=", $skipped skipped"
echo "$closing"
exit "$status"
