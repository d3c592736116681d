#!/bin/sh
# restarts.sh PODINIT N: what N restarts of a fully isolated container leave behind in PID 1.  Prints
#
#     before MEMORY DESCRIPTORS MOUNTS
#     after  MEMORY DESCRIPTORS MOUNTS
#
# MEMORY is PID 1's private memory in KiB.  The container takes a byte of standard input and ends; it
# waits for one both times PID 1 is looked at, so that both find it in the same state.
set -eu
podinit=$(realpath "$1")
n=$2
tools=$(dirname "$(realpath "$0")")
# By then every page that PID 1 works with has been touched.
warm=400
dir=$(mktemp -d)
pid=
cleanup() {
	[ -z "$pid" ] || kill -KILL "$pid" 2>/dev/null || true
	rm -rf "$dir"
}
trap cleanup EXIT

mkdir -p "$dir/root/bin"
cp "$(command -v busybox)" "$dir/root/bin/busybox"
mkfifo "$dir/gate"
cat >"$dir/pod.ini" <<-END
	[pod]
	name = restarts
	restartPolicy = Always
	restartBackoff.initialSeconds = 0.01
	restartBackoff.maxSeconds = 0.01
	[container a]
	rootfs = $dir/root
	stdin = true
	command = /bin/busybox dd bs=1 count=1 of=/dev/null status=none
END
exec 5<>"$dir/gate"
"$tools/../rooted.sh" "$podinit" run "$dir/pod.ini" <"$dir/gate" >"$dir/log" 2>&1 &
pid=$!

# started N: the life after so many restarts has begun
started() {
	until grep -q "Started container=a pid=[0-9]* restartCount=$1\$" "$dir/log"; do
		if ! kill -0 "$pid" 2>/dev/null; then
			cat "$dir/log" >&2
			exit 1
		fi
		sleep 0.1
	done
	sleep 0.5
}

look() {
	inner=$(pgrep -o -P "$pid")
	echo "$1 $(awk '/^Private_Dirty:/ {print $2}' "/proc/$inner/smaps_rollup")" \
		"$(find "/proc/$inner/fd" -mindepth 1 | wc -l) $(wc -l <"/proc/$inner/mountinfo")"
}

head -c "$warm" /dev/zero >&5
started "$warm"
look before
head -c "$n" /dev/zero >&5
started "$((warm + n))"
look after
