#!/bin/sh
# The kubelet's scenarios, as podinit's core answers them.
cd "$(dirname "$0")/../.." || exit 1
failed=0
for table in tests/kubelet/*.rows; do
	build/tests/traces/trace -t "$table" || failed=1
done >build/check/kubelet.out
cat build/check/kubelet.out
awk '/^# [0-9]+ rows, / { rows += $2; same += $4; other += $8; wrong += $12 }
	END { printf "# the kubelet table: %d rows, %d as the kubelet, %d different on purpose, %d wrong\n", rows, same, other, wrong }' \
	build/check/kubelet.out
exit $failed
