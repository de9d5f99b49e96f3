#!/usr/bin/env bash
# Runs the tests and closes with "N passed, N failed, N skipped". usage: tests/run.sh [dotnet test filter]
set -uo pipefail
cd "$(dirname "$0")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
passed=0 failed=0 skipped=0 worst=0
log=$(mktemp) told=$(mktemp); trap 'rm -f "$log" "$told"' EXIT

run() { # title, extra arguments of dotnet test
  local title=$1; shift
  echo "test: $title" >&2
  dotnet test tests/Picket.Tests.csproj -c Release --no-build --nologo -v q --logger "console;verbosity=minimal" "$@" 2>&1 | tee "$log"
  [ "${PIPESTATUS[0]}" -eq 0 ] || worst=1
  # The names and first words of what failed: said again at the end, where a long log is looked at first.
  awk '/^  Failed [A-Z]/ { print; left = 6; next } left > 0 && !/^ *Stack Trace:/ { print; left--; next } { left = 0 }' "$log" >>"$told"
  # "Passed!  - Failed:     0, Passed:   123, Skipped:     2, Total: ..."
  local line; line=$(grep -E '(Passed|Failed)! +- Failed:' "$log" | tail -1)
  [ -n "$line" ] || { echo "test: the runner gave no closing line for '$title'" >&2; worst=1; return; }
  failed=$((failed + $(sed -E 's/.*Failed: +([0-9]+),.*/\1/' <<<"$line")))
  passed=$((passed + $(sed -E 's/.*Passed: +([0-9]+),.*/\1/' <<<"$line")))
  skipped=$((skipped + $(sed -E 's/.*Skipped: +([0-9]+),.*/\1/' <<<"$line")))
}

if [ $# -gt 0 ]; then
  run "$*" --filter "$*"
else
  run "all"
  # The kernels once more without vector instructions: the scalar twins must pass the same tests.
  DOTNET_EnableHWIntrinsic=0 run "imaging without vector instructions" --filter "FullyQualifiedName~Picket.Tests.Agent.Imaging"
fi
[ ! -s "$told" ] || { echo "what failed:"; cut -c1-400 "$told"; }
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$worst" -eq 0 ]
