#!/bin/sh
# Lives $LIVES random lives, and some of them as every compiler has it; then plants mutants.
#
#   tests/sim/run.sh        LIVES=100000 and MUTANTS=10 unless told otherwise; MUTANTS=all
cd "$(dirname "$0")/../.." || exit 1
failed=0

# sim DIR LIVES: prints the hash of all that happened.
sim() {
	"$1/tests/sim/sim" -n "$2" >"build/check/sim.out" 2>&1 || {
		cat build/check/sim.out
		return 1
	}
	sed -n 's/.*hash //p' build/check/sim.out
}

if sim build "${LIVES:-100000}" >/dev/null; then
	cat build/check/sim.out
	echo "ok ${LIVES:-100000} random lives, and nothing was wrong"
else
	cat build/check/sim.out
	echo "not ok random lives"
	failed=1
fi
gcc=$(sim build 5000)
clang=$(sim build/sanitize 5000)
if [ -n "$gcc" ] && [ "$gcc" = "$clang" ]; then
	echo "ok gcc lives the same lives as clang under the sanitizers: $gcc"
else
	echo "not ok lives differ between compilers: gcc $gcc, clang under the sanitizers $clang"
	failed=1
fi
tests/mutants/run.py "${MUTANTS:-10}" || failed=1
exit $failed
