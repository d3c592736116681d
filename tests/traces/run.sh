#!/bin/sh
# Tells every story of this directory and compares it with what is expected.
#
#   tests/traces/run.sh [-u] [NAME...]     -u: write down what is told now, to be read and committed
cd "$(dirname "$0")/../.." || exit 1
trace=${TRACE:-build/tests/traces/trace}
update=
diff=${DIFF:-build/trace.diff}
[ "${1-}" != -u ] || { update=1; shift; }
[ $# -gt 0 ] || set -- tests/traces/*.events
failed=0
for name; do
	name=$(basename "$name" .events)
	story=tests/traces/$name
	told=$("$trace" "$story.pod" "$story.events" 2>&1)
	if [ -n "$update" ]; then
		printf '%s\n' "$told" >"$story.expected"
	elif ! grep -q '^# Proves: ' "$story.events"; then
		echo "not ok $name: its .events do not say what it proves"
		failed=1
	elif printf '%s\n' "$told" | diff -u "$story.expected" - >"$diff" 2>&1; then
		echo "ok $name"
	else
		echo "not ok $name"
		sed 's/^/#   /' "$diff"
		failed=1
	fi
done
exit $failed
