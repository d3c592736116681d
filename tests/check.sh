#!/bin/sh
# Runs test suites and ends with one line that counts them all: "N passed, N failed".
#
#   tests/check.sh [SUITE...]       style unit traces sim system container vm
#
# Every suite prints TAP lines ("ok ..." and "not ok ..."); a suite that ends with a failure and
# reported none counts as one.  What is missing on this machine is installed first, so this is to be
# run as root; as another user it uses what is there.
set -u
cd "$(dirname "$0")/.." || exit 1

suites=${*:-style unit traces sim system container vm}
passed=0
failed=0
out=build/check
mkdir -p $out

packages() {
	[ "$(id -u)" != 0 ] || tests/packages.sh "$@" || exit 1
}

prepare() {
	case $1 in
	style) packages build check && make -s all ;;
	unit) packages build check && make -s unit && make -s check-sanitize ;;
	traces) packages build check && make -s unit ;;
	sim) packages build check && make -s unit && make -s check-sanitize ;;
	system) packages build check image static && make -s all static build/tests/tools/spy.so build/tests/tools/killat ;;
	container) packages build check image static container && make -s static ;;
	vm) packages build check image static vm && make -s static build/tests/unit/init_group && images/kernel.sh build/kernel && images/kernel.sh build/kernel.generic generic ;;
	esac
}

# An emulated machine has one processor: two of them run at a time.
machines() {
	half='/(escape|habitats|kubelet|roots)\.bats$'
	# shellcheck disable=SC2046 # lists of files
	timeout 400 bats --tap $(find tests/vm -name '*.bats' | grep -E "$half") >$out/vm.other 2>&1 &
	other=$!
	# shellcheck disable=SC2046
	timeout 400 bats --tap $(find tests/vm -name '*.bats' | grep -vE "$half")
	status=$?
	wait $other || status=$?
	cat $out/vm.other
	return $status
}

suite() {
	case $1 in
	style) tests/style.sh ;;
	unit) tests/unit/run.sh ;;
	traces) tests/traces/run.sh; tests/kubelet/run.sh; tests/coverage.sh ;;
	sim) tests/sim/run.sh ;;
	system) timeout 400 bats --tap tests/system ;;
	container) tests/rooted.sh timeout 200 bats --tap tests/container ;;
	vm) machines ;;
	*) echo "not ok $1: no such suite: style unit traces sim system container vm" ;;
	esac
}

for s in $suites; do
	echo "# ---- $s"
	began=$(date +%s)
	if prepare "$s" >"$out/$s.prepare" 2>&1; then
		{ suite "$s" 2>&1; [ $? -ne 124 ] || echo "not ok $s: it took too long"; } | tee "$out/$s.tap"
	else
		tail -n 40 "$out/$s.prepare"
		echo "not ok $s: preparing it failed" | tee "$out/$s.tap"
	fi
	good=$(grep -c '^ok' "$out/$s.tap")
	bad=$(grep -c '^not ok' "$out/$s.tap")
	[ $((good + bad)) -gt 0 ] || { echo "not ok $s: it ran no test"; bad=1; }
	passed=$((passed + good))
	failed=$((failed + bad))
	echo "# $s: $good passed, $bad failed in $(($(date +%s) - began)) s"
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
