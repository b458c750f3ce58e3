#!/bin/sh
# Runs the tests as root, one kind after another: sh scripts/test.sh [unit] [e2e] [minimal] [privileged] [fault-injection] [arguments of jest]
# minimal: the e2e tests that read answers of the API once more, against one that answers no more than its description
# promises. jest.config.mjs and test/support/test-files.ts say which those are, and which files run alone.
set -eu
cd "$(dirname "$0")/.."
[ "$(id -u)" = 0 ] || exec sudo -n --preserve-env=FAULT_SEED,FAULT_MOMENTS,SOAK_BUILDS -- sh scripts/test.sh "$@"

kinds=
while [ $# -gt 0 ]; do
  case "$1" in
    unit | e2e | minimal | privileged | fault-injection) kinds="$kinds $1" ;;
    *) break ;;
  esac
  shift
done

export TEST_RUN JEST_TALLY
TEST_RUN=$(mktemp -d) # What is made once for all files.
JEST_TALLY=$TEST_RUN/tally
trap 'rm -rf "$TEST_RUN"' EXIT
: >"$JEST_TALLY.failed"
ended=0
for kind in ${kinds:-unit e2e minimal privileged fault-injection}; do
  case "$kind" in
    unit) workers=100% ;;
    fault-injection) workers=$(nproc) ;; # Each file runs several builds at a time.
    *) workers=$(($(nproc) + 1)) ;; # Builds wait about as long as they work.
  esac
  minimal=
  [ "$kind" = minimal ] && minimal=1
  began=$(date +%s)
  EMULATOR_MINIMAL=$minimal node_modules/.bin/node --experimental-vm-modules --disable-warning=ExperimentalWarning \
    node_modules/jest/bin/jest.js --selectProjects "$kind" "$kind (alone)" --maxWorkers "$workers" --passWithNoTests --testTimeout 120000 "$@" || ended=1
  echo "$kind: $(($(date +%s) - began)) s"
done

# What failed, and one line for all kinds. A run that failed without a failed test counts as one; so does a run of no
# test.
cat "$JEST_TALLY.failed"
awk -v ended="$ended" '
  { passed += $1; failed += $2; skipped += $3 }
  END {
    if ((ended || passed == 0) && failed == 0) failed = 1
    printf "jest: %d passed, %d failed, %d skipped\n", passed, failed, skipped
    exit failed > 0
  }' "$JEST_TALLY"
