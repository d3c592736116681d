#!/bin/busybox sh
# shellcheck shell=dash
# facts.sh: what a container sees and may do, a fact a line, "SUBJECT: what is so", for comparing two engines. It is run
# as a container's program, with no other tool than busybox. What depends on the run alone (names of layers, limits that
# the kernel derives from the memory that is free) is left out; what it tries is undone or harmless.
exec 2>&1
LC_ALL=C
export LC_ALL
# /dev/shm is shared by all that run this at once.
id=$(tr -d - </proc/sys/kernel/random/uuid)

# sorted LIST: words between commas, sorted, without those that name a place or count
sorted() {
	echo "$1" | tr , '\n' | grep -vE '^(lowerdir|upperdir|workdir|nr_inodes|inode64)' | sort | tr '\n' , | sed 's/,$//'
}

# try SUBJECT COMMAND...: whether it works, else the reason it gave last, without the name of the tool
try() {
	subject=$1
	shift
	said=$("$@" 2>&1 >/dev/null) && [ -z "$said" ] && said='it may'
	echo "$subject: ${said##*: }"
}

kind() {
	stat -c '%F %t:%T %a %u:%g' "$1" | sed -E 's/^((regular|regular empty) file|directory|symbolic link) 0:0/\1/'
}

write_open() { : >>"$1"; }
make_in() { mkdir "$1/facts.$id" && rmdir "$1/facts.$id"; }
node_in() {
	mknod "$1/facts.$id" "$2" "$3" "$4" || return
	head -c 1 "$1/facts.$id" >/dev/null
	status=$?
	rm "$1/facts.$id"
	return $status
}

processes() {
	for p in /proc/[0-9]*; do
		pid=${p#/proc/}
		[ "$pid" = 1 ] || [ "$pid" = $$ ] || ! [ -d "$p" ] || echo "a process beside this one: $(tr '\0' ' ' <"$p/cmdline")"
	done
	[ $$ = 1 ] && echo "process: it is 1"
	echo "cgroup: $(cat /proc/self/cgroup)"
	echo "session, group: $(awk '{ print $6, $5 }' /proc/$$/stat), parent $(awk '{ print $4 }' /proc/$$/stat)"
}

mounts() {
	while read -r _ _ _ _ at options rest; do
		shared=
		while [ "${rest%% *}" != - ]; do
			shared=" ${rest%%:*}"
			rest=${rest#* }
		done
		rest=${rest#- }
		type=${rest%% *}
		super=${rest##* }
		echo "mount $at: $type $(sorted "$options") of $(sorted "$super")$shared"
	done </proc/self/mountinfo | sort
}

devices() {
	find /dev | sort | while read -r f; do
		if [ -L "$f" ]; then
			echo "device $f: -> $(readlink "$f")"
		else
			echo "device $f: $(kind "$f")"
		fi
	done
}

hidden() {
	for f in /proc/acpi /proc/asound /proc/interrupts /proc/kcore /proc/keys /proc/latency_stats /proc/timer_list \
		/proc/timer_stats /proc/sched_debug /proc/scsi /sys/firmware /sys/devices/virtual/powercap /sys/fs/selinux; do
		if [ -d "$f" ]; then
			echo "masked $f: a directory of $(find "$f" -mindepth 1 | wc -l)"
		elif [ -e "$f" ]; then
			echo "masked $f: $(head -c 64 "$f" | wc -c) bytes"
		else
			echo "masked $f: not there"
		fi
	done
}

writable() {
	for f in /proc/sysrq-trigger /proc/sys/kernel/printk /proc/sys/kernel/core_pattern /proc/sys/vm/drop_caches \
		/proc/irq/default_smp_affinity /proc/self/oom_score_adj /sys/kernel/mm/ksm/run /sys/fs/cgroup/cgroup.procs \
		/etc/hosts /etc/hostname /etc/resolv.conf /dev/termination-log /facts; do
		try "opening $f to write" write_open "$f"
	done
	for f in / /etc /tmp /root /proc /sys /dev /dev/shm /dev/pts /dev/mqueue /sys/fs/cgroup /proc/acpi /sys/firmware; do
		try "making something in $f" make_in "$f"
	done
}

attempts() {
	for d in /tmp /dev /dev/shm; do
		try "a node for zero in $d" node_in $d c 1 5
		try "a node for memory in $d" node_in $d c 1 1
		try "a node for a disk in $d" node_in $d b 7 0
		try "a node for kmsg in $d" node_in $d c 1 11
	done
	try "mounting a tmpfs" mount -t tmpfs none /mnt
	try "mounting proc" mount -t proc none /mnt
	try "making / writable" mount -o remount,rw /
	try "unmounting a mask" umount /proc/kcore
	try "unmounting /proc" umount -l /proc
	try "a namespace" unshare -m true
	try "a user namespace" unshare -U true
	try "a hostname" hostname other
	try "the clock" date -s 2001-01-01
	try "the kernel's log" dmesg -n 7
	try "the reading of the kernel's log" dmesg
	try "another user" su -s /bin/true nobody
	try "another owner" chown 1000:1000 /tmp
	try "a lower nice" renice -n -5 $$
	try "another root" chroot / true
	try "an interface" ip link set lo mtu 1000
	try "loading a module" insmod /facts
	try "turning off swap" swapoff /dev/null
	try "a signal to 1" kill -0 1
}

identity() {
	grep -E '^(Uid|Gid|Groups|Cap.*|NoNewPrivs|Seccomp|Sig(Blk|Ign)):' /proc/$$/status | tr '\t' ' ' | sed 's/ *$//'
	echo "umask: $(umask)"
	echo "working directory: $(pwd)"
	tr '\0' '\n' </proc/$$/environ | sort | sed 's/^/environment: /'
	# By way of a file, since a pipe would be one of them; and without the shell's own, on this script.
	(exec ls -l "/proc/$$/fd") >"/dev/shm/$id"
	awk 'NF > 8 && $NF != "/facts" { sub(/:.*/, "", $NF); print "descriptor " $(NF - 2) ": " $NF }' "/dev/shm/$id"
	rm "/dev/shm/$id"
	echo "oom_score_adj: $(cat /proc/$$/oom_score_adj)"
	sed -E '1d; s/  +/ /g; s/ $//; s/^/limit: /' /proc/$$/limits | grep -vE 'pending signals|processes'
}

texts() {
	echo "hostname: $(hostname)"
	for f in hostname hosts resolv.conf; do
		echo "/etc/$f: $(kind /etc/$f)"
		tr '\t' ' ' </etc/$f | sed "s#^#/etc/$f says: #"
	done
	echo "/dev/termination-log: $(kind /dev/termination-log)"
	for f in / /tmp /etc /bin/busybox; do
		echo "image $f: $(kind $f)"
	done
	echo "image: $(cd / && find bin etc tmp mnt facts -xdev -type f | sort | tr '\n' ' ')"
}

processes
identity
mounts
devices
hidden
texts
writable
attempts
