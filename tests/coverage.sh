#!/bin/sh
# Which branches of the core do unit tests, traces, the kubelet's scenarios and the simulation take
# together?  Each that none takes is listed; those that tests/coverage.known explains are let pass.
cd "$(dirname "$0")/.." || exit 1
out=build/coverage
rm -rf $out
flags='-O0 -g --coverage'
make -s BUILD=$out CC=gcc HARDEN= CFLAGS="$flags" SIMFLAGS= LDFLAGS=--coverage \
	$out/tests/traces/trace $out/tests/unit/init_pod || exit 1
TRACE=$out/tests/traces/trace tests/traces/run.sh >/dev/null
for table in tests/kubelet/*.rows; do
	[ ! -f "$table" ] || $out/tests/traces/trace -t "$table" >/dev/null
done
$out/tests/unit/init_pod >/dev/null 2>&1
# The simulator with the same objects of the core, so that all counts are in one place.
# shellcheck disable=SC2086 # flags are words
gcc -std=c11 -D_GNU_SOURCE -I. -O1 --coverage -o $out/sim tests/sim/*.c $out/init.a $out/config.a || exit 1
$out/sim -n "${LIVES:-20000}" >/dev/null
failed=0
for c in init/pod*.c; do
	gcov -b -c -t -o "$out/init/$(basename "$c" .c).o" "$c" 2>/dev/null >"$out/$(basename "$c").gcov"
done
awk '
	FNR == 1 { file = FILENAME; sub(/.*\//, "", file); sub(/\.gcov$/, "", file) }
	/^ *[0-9#=*-]+:/ { split($0, f, ":"); line = f[2] + 0; text = $0; sub(/^[^:]*:[^:]*:[\t ]*/, "", text) }
	/^branch/ { all++; if ($0 ~ /never executed/ || $0 ~ /taken 0/) { missed++; print file ": " text } }
	END { printf "# %d branches, %d taken, %d not\n", all, all - missed, missed >"/dev/stderr" }
' $out/pod*.gcov >$out/missed 2>$out/count
cat $out/count
sort -u $out/missed | while IFS= read -r line; do
	grep -qxF "$line" tests/coverage.known 2>/dev/null || echo "$line"
done >$out/unknown
if [ -s $out/unknown ]; then
	sed 's/^/#   /' $out/unknown
	echo "not ok every branch of the core is taken, or tests/coverage.known says why not"
	failed=1
else
	echo "ok every branch of the core is taken, or tests/coverage.known says why not"
fi
exit $failed
