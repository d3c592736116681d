#!/bin/sh
# `make bench`: podinit.static side by side with tini, dumb-init, catatonit and a bare fork and exec.
# Ratios are to podinit's own median.  ROUNDS, ORPHANS and IDLE (seconds) may be set.
set -eu
cd "$(dirname "$0")/../.."
[ "$(id -u)" != 0 ] || tests/packages.sh bench
mkdir -p build/tests
musl-gcc -O2 -static -D_GNU_SOURCE -o build/tests/bench tests/bench/bench.c

set -- podinit=build/podinit.static bare=
for peer in tini-static tini dumb-init catatonit; do
	if path=$(command -v $peer); then
		set -- "$@" $peer="$path"
	fi
done
build/tests/bench "${ROUNDS:-500}" "${ORPHANS:-20000}" "${IDLE:-10}" "$@"
echo "size of the static binary: $(($(stat -c %s build/podinit.static) / 1024)) KiB"
