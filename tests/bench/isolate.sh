#!/bin/sh
# `make bench`, its second half: fully isolated containers.  The start of one side by side with a
# hand-written floor and with bubblewrap, crun and runc as far as they run here; fifty of one pod;
# and what ten thousand restarts leave behind.  ROUNDS, MANY_ROUNDS and RESTARTS may be set.
set -eu
cd "$(dirname "$0")/../.."
if [ "$(id -u)" != 0 ]; then
	echo "isolate.sh: skipped: it takes root"
	exit 0
fi
tests/packages.sh bench
# Engines want a root that is a mount point.
if [ -z "${ROOTED-}" ]; then
	ROOTED=1 exec tests/rooted.sh "$0" "$@"
fi
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
root=$dir/root

# As images come: with the usual directories and files.
mkdir -p "$root/proc" "$root/sys" "$root/dev" "$root/etc" "$root/tmp"
printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n' >"$root/etc/passwd"
printf 'root:x:0:\nnogroup:x:65534:\n' >"$root/etc/group"
touch "$root/etc/hosts" "$root/etc/hostname" "$root/etc/resolv.conf"
musl-gcc -O2 -static -D_GNU_SOURCE -o "$root/stamp" tests/bench/stamp.c
chmod -R a+rX "$dir"

# The same isolation of each: own mounts, processes and cgroup view; the pod's network and IPC.
etc=$dir/etc
mkdir "$etc" "$dir/shm"
touch "$etc/hosts" "$etc/hostname" "$etc/resolv.conf" "$etc/message"
set --
if command -v bwrap >/dev/null; then
	set -- "$@" bwrap 2.5 bwrap --unshare-pid --unshare-cgroup --as-pid-1 --ro-bind "$root" / \
		--proc /proc --ro-bind /sys /sys --dev /dev --mqueue /dev/mqueue --bind "$dir/shm" /dev/shm \
		--bind "$etc/hosts" /etc/hosts --bind "$etc/hostname" /etc/hostname \
		--bind "$etc/resolv.conf" /etc/resolv.conf --bind "$etc/message" /dev/termination-log
	for path in acpi scsi; do
		[ ! -d /proc/$path ] || set -- "$@" --tmpfs /proc/$path
	done
	[ ! -d /sys/firmware ] || set -- "$@" --tmpfs /sys/firmware
	for path in interrupts kcore keys latency_stats sched_debug timer_list timer_stats; do
		[ ! -e /proc/$path ] || set -- "$@" --dev-bind /dev/null /proc/$path
	done
	for path in bus fs irq sys sysrq-trigger; do
		[ ! -e /proc/$path ] || set -- "$@" --ro-bind /proc/$path /proc/$path
	done
	set -- "$@" --cap-drop ALL
	for cap in CHOWN DAC_OVERRIDE FSETID FOWNER MKNOD NET_RAW SETGID SETUID SETFCAP SETPCAP \
		NET_BIND_SERVICE SYS_CHROOT KILL AUDIT_WRITE; do
		set -- "$@" --cap-add CAP_$cap
	done
	set -- "$@" /stamp ,
fi
bundle() {
	mkdir "$dir/$1"
	(cd "$dir/$1" && "$1" spec)
	/usr/bin/python3 - "$dir/$1/config.json" "$root" <<-'END'
		import json, sys
		c = json.load(open(sys.argv[1]))
		c["process"]["terminal"] = False
		c["process"]["args"] = ["/stamp"]
		c["root"] = {"path": sys.argv[2], "readonly": True}
		c["linux"]["namespaces"] = [n for n in c["linux"]["namespaces"] if n["type"] in ("pid", "mount", "cgroup")]
		c["mounts"] = [m for m in c["mounts"] if m["type"] != "cgroup"]
		c["linux"].pop("resources", None)
		c.pop("hostname", None)
		json.dump(c, open(sys.argv[1], "w"))
	END
}
for engine in crun runc; do
	if command -v $engine >/dev/null; then
		bundle $engine
		set -- "$@" $engine 8 $engine --root "$dir/$engine/state" run --bundle "$dir/$engine" "bench-$$" ,
	fi
done
for engine in bwrap crun runc; do
	command -v $engine >/dev/null || echo "isolate.sh: there is no $engine: skipped"
done
build/tests/bench/isolate start "${ROUNDS:-300}" "$root" "$@"

# Fifty of one pod.
pod() {
	printf '[pod]\nrestartPolicy = Never\n'
	for i in $(seq 50); do
		printf '[%s c%d]\nrootfs = %s\ncommand = %s\n' "$1" "$i" "$root" "$2"
	done
	[ "$1" = container ] || printf '[container last]\nrootfs = %s\ncommand = /stamp end\n' "$root"
}
pod init /stamp >"$dir/one.ini"
pod container "/stamp stay" >"$dir/all.ini"
build/tests/bench/isolate many "${MANY_ROUNDS:-9}" 50 "$root" build/podinit "$dir/one.ini" "$dir/all.ini"

restarts=${RESTARTS:-10000}
echo "PID 1 before and after $restarts restarts: private memory (KiB), descriptors, mounts"
tests/tools/restarts.sh build/podinit "$restarts"
