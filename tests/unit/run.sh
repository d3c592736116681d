#!/bin/sh
# Runs every unit test twice: as built by gcc, and by clang under AddressSanitizer and UBSan; then
# the golden traces under the sanitizers too.
cd "$(dirname "$0")/../.." || exit 1
export CMOCKA_MESSAGE_OUTPUT=TAP
# A leak matters in none of these: what is made at boot is never freed.
export ASAN_OPTIONS=detect_leaks=0
for dir in build build/sanitize; do
	for t in tests/unit/*.c; do
		name=$(basename "$t" .c)
		echo "# $dir $name"
		# What is skipped here is run in the VM; cmocka calls it "not ok".
		{ timeout 120 "$dir/tests/unit/$name" 2>&1; echo "# status $?"; } >build/check/unit.out
		sed 's/^not ok .*# SKIP/# skipped/; /^# status/d' build/check/unit.out
		status=$(sed -n 's/^# status //p' build/check/unit.out)
		[ "$status" -eq 0 ] || {
			# cmocka's status is the number of failed tests, which it has printed.
			[ "$status" -lt 100 ] || echo "not ok $dir $name: ended with $status"
		}
	done
done
if TRACE=build/sanitize/tests/traces/trace tests/traces/run.sh >build/check/traces.sanitize 2>&1; then
	echo "ok traces under the sanitizers"
else
	cat build/check/traces.sanitize
	echo "not ok traces under the sanitizers"
fi
