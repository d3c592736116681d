# resources: limits of the pod and of its containers, on a kernel that has the controllers.

setup() {
	load ../helpers
	cd "$ROOT" || return 1
}

# vm NAME [-a KERNEL ARGS --] FILE...: boots $DIR/NAME.ini; the console is $DIR/console
vm() {
	local name=$1 args=''
	shift
	if [ "$1" = -a ]; then
		args=$2
		shift 3
	fi
	images/initramfs.sh -o "$DIR/$name.cpio.gz" "$DIR/$name.ini" "$@" >/dev/null
	tests/vm/run-vm.sh -m 512 -t 90 -a "$args" "$DIR/$name.cpio.gz" >"$DIR/console" 2>&1
	cat "$DIR/console"
}

says() {
	grep -qE -- "$1" "$DIR/console" || { echo "the console never said: $1"; return 1; }
}

# when REGEX: the time of the first line of podinit's that matches, in seconds since boot
when() {
	grep -E -- "$1" "$DIR/console" | sed -nE '1s/^podinit\[1\] ([0-9.]+) .*/\1/p'
}

@test "every limit is in its file: the container's, the pod's, and PID 1 stands beside them" {
	# Proves: K8s 8.5.2, 8.5.5, 8.5.6, 8.5.7, 8.5.9
	pod files <<-'END'
		[pod]
		restartPolicy = Never
		shareProcessNamespace = true
		resources.limits.memory = 200Mi
		resources.limits.pids = 300
		[volume all]
		hostPath.path = /sys/fs/cgroup
		[init first]
		command = true
		resources.limits.cpu = 2
		[container web]
		command = sh /facts.sh
		volumeMounts.all = /all
		resources.limits.memory = 64Mi
		resources.limits.cpu = 500m
		resources.requests.cpu = 250m
		resources.limits.pids = 30
		readinessProbe.exec.command = sh -c "echo probe in $(cat /proc/self/cgroup)"
		readinessProbe.periodSeconds = 0.1
		[container plain]
		command = sleep 60
		[machine]
		onCompletion = poweroff
	END
	cat >"$DIR/facts.sh" <<-'END'
		cd /all
		until [ -d pod/plain.1 ]; do sleep 0.1; done
		for f in cgroup.subtree_control pod/cgroup.subtree_control pod/cgroup.type pod/cpu.weight pod/cpu.max \
			pod/memory.max pod/pids.max init/cpu.weight; do
			echo "$f: $(cat $f)"
		done
		for c in web.1 plain.1; do
			for f in cgroup.subtree_control cpu.weight cpu.max memory.max memory.swap.max memory.oom.group pids.max; do
				echo "$c/$f: $(cat pod/$c/$f)"
			done
		done
		echo "PID 1 in $(cat /proc/1/cgroup), left behind: $(cat cgroup.procs | xargs -n 1 sh -c 'cat /proc/$0/cmdline')"
		ls -ld pod/web.1 pod/web.1/memory.max
		sleep 1
		kill -PWR 1
	END
	vm files "$DIR/facts.sh=/facts.sh"
	while read -r line; do
		says "$line"
	done <<-'END'
		\| cgroup.subtree_control: cpu memory pids$
		\| pod/cgroup.subtree_control: cpu memory pids$
		\| pod/cgroup.type: domain$
		\| pod/cpu.weight: 174$
		\| pod/cpu.max: max 100000$
		\| pod/memory.max: 209715200$
		\| pod/pids.max: 300$
		\| init/cpu.weight: 1000$
		\| web.1/cgroup.subtree_control: $
		\| web.1/cpu.weight: 35$
		\| web.1/cpu.max: 50000 100000$
		\| web.1/memory.max: 67108864$
		\| web.1/memory.swap.max: 0$
		\| web.1/memory.oom.group: 1$
		\| web.1/pids.max: 30$
		\| plain.1/cpu.weight: 1$
		\| plain.1/cpu.max: max 100000$
		\| plain.1/memory.max: max$
		\| plain.1/memory.swap.max: 0$
		\| plain.1/memory.oom.group: 1$
		\| plain.1/pids.max: max$
		\| PID 1 in 0::/../../init, left behind: $
		\| drwxr-xr-x .* root +root .* pod/web.1$
		\| -rw-r--r-- .* root +root .* pod/web.1/memory.max$
		\| probe in 0::/readiness.1$
	END
	says "reboot: Power down"
}

@test "limits hold: of CPU within a tenth, of memory for a container and for the pod, of processes; the pod stops in time" {
	# Proves: K8s 8.5.5, 8.5.6, 8.5.9
	pod hold <<-'END'
		[pod]
		restartPolicy = Never
		terminationGracePeriodSeconds = 1
		shareProcessNamespace = true
		resources.limits.memory = 96Mi
		[volume all]
		hostPath.path = /sys/fs/cgroup
		[sidecar busy]
		command = sh -c "while :; do :; done"
		resources.limits.cpu = 250m
		[init measure]
		command = sh /measure.sh
		volumeMounts.all = /all
		[container hog]
		restartPolicy = OnFailure
		maxRestarts = 1
		command = tail -c 67108864 /dev/zero
		resources.limits.memory = 32Mi
		[container glutton]
		command = tail -c 268435456 /dev/zero
		[container bomb]
		command = /bomb
		resources.limits.pids = 50
		[container watch]
		command = sh /watch.sh
		volumeMounts.all = /all
		resources.requests.cpu = 500m
	END
	cat >"$DIR/measure.sh" <<-'END'
		usage() { awk '/^usage_usec/ { print $2 }' /all/pod/busy.1/cpu.stat; }
		now() { awk '{ printf "%d\n", $1 * 1000000 }' /proc/uptime; }
		u=$(usage) t=$(now)
		sleep 5
		echo "thousandths of a CPU: $(((($(usage) - u) * 1000) / ($(now) - t)))"
	END
	cat >"$DIR/watch.sh" <<-'END'
		cd /all/pod
		until [ "$(cat bomb.1/pids.current)" = 50 ] && ! [ -d hog.1 ] && ! [ -d hog.2 ] && ! [ -d glutton.1 ]; do sleep 0.1; done
		sleep 2
		echo "pids: $(cat bomb.1/pids.current)"
		echo "killed for memory: $(awk '/^oom_kill / { print ($2 >= 2) ? "both" : $2 }' memory.events)"
		kill -PWR 1
	END
	musl-gcc -O2 -static -o "$DIR/bomb" tests/tools/bomb.c
	vm hold "$DIR/measure.sh=/measure.sh" "$DIR/watch.sh=/watch.sh" "$DIR/bomb=/bomb"
	measured=$(sed -nE 's/.*thousandths of a CPU: ([0-9]+)$/\1/p' "$DIR/console")
	[ "$measured" -ge 225 ]
	[ "$measured" -le 275 ]
	says "OOMKilled container=hog exitCode=137"
	says "Started container=hog .*restartCount=1"
	says "OOMKilled container=glutton exitCode=137"
	says "\| pids: 50$"
	says "\| killed for memory: both$"
	# The grace of a second, and at least two for what ignores the signal.
	says "reboot: Power down"
	[ "$(awk "BEGIN { print ($(when ' PowerOff ') - $(when ' Stopping pod=') < 20) }")" = 1 ]
}

@test "from a shell and as an ENTRYPOINT: in a cgroup of its own it has limits and leaves no trace, beside others none" {
	pod inner <<-'END'
		[pod]
		restartPolicy = Never
		[container a]
		command = sh -c "echo in $(cat /proc/self/cgroup), at most $(cat /sys/fs/cgroup$(cut -c4- /proc/self/cgroup)/pids.max)"
		resources.limits.pids = 40
	END
	# The machine's first process is a shell.
	cat >"$DIR/shell.sh" <<-'END'
		#!/bin/sh
		mount -t proc proc /proc
		mount -t sysfs sysfs /sys
		mount -t devtmpfs dev /dev
		mount -t cgroup2 -o nsdelegate cgroup2 /sys/fs/cgroup
		export PATH=/bin:/sbin:/usr/bin:/usr/sbin
		cd /sys/fs/cgroup
		echo "+cpu +memory +pids" >cgroup.subtree_control
		mkdir t
		trace() { echo "$1: ended with $?, on: $(cat t/cgroup.subtree_control), below: $(find t -mindepth 1 -type d)"; }
		in_t() { sh -c 'echo $$ >t/cgroup.procs; exec "$@"' sh "$@"; }
		in_t /init /inner.ini
		trace alone
		in_t sh -c '/init /inner.ini; exit $?'
		trace beside
		in_t sh -c '/init --lenient /inner.ini; exit $?'
		trace lenient
		pid1='mount -t proc proc /proc; sleep 60 & echo 1 >t/cgroup.procs; echo $! >t/cgroup.procs; exec /init /inner.ini'
		unshare -mpf sh -c "$pid1"
		trace entrypoint
		in_t unshare -mpf sh -c "$pid1"
		trace outsider
		poweroff -f
	END
	chmod 755 "$DIR/shell.sh"
	vm inner -a "rdinit=/shell.sh" -- "$DIR/shell.sh=/shell.sh" "$DIR/inner.ini=/inner.ini"
	says '^in 0::/, at most 40$'
	says '^alone: ended with 0, on: , below: $'
	says 'error Failed pod=inner message="\[container a\] resources.limits.pids: other processes than podinit are in the cgroup /sys/fs/cgroup/t, .*systemd-run --scope -p Delegate=yes podinit .*; nothing was started"'
	says '^beside: ended with 125, on: , below: $'
	says 'warning Failed pod=inner message="\[container a\] resources.limits.pids: other processes'
	says '^in 0::/, at most$'
	says '^lenient: ended with 0, on: , below: $'
	# PID 1 of a container takes along what is there; what it cannot see, it cannot.  In an initramfs it has no
	# root that could be left, so no namespaces.
	says '^in 0::/t/pod/a.1, at most 40$'
	says '^entrypoint: ended with 0, on: , below: $'
	says '^outsider: ended with 125, on: , below: $'
}

@test "the unit test of groups, where there are controllers" {
	pod unit <<<$'[container unused]\ncommand = true'
	cat >"$DIR/unit.sh" <<-'END'
		#!/bin/sh
		mount -t proc proc /proc
		mount -t sysfs sysfs /sys
		mount -t cgroup2 -o nsdelegate cgroup2 /sys/fs/cgroup
		/init_group
		/bin/busybox poweroff -f
	END
	chmod 755 "$DIR/unit.sh"
	files=()
	for library in $(ldd build/tests/unit/init_group | grep -oE '/[^ ]+'); do
		files+=("$(realpath "$library")=$library")
	done
	vm unit -a "rdinit=/unit.sh" -- "$DIR/unit.sh=/unit.sh" build/tests/unit/init_group=/init_group "${files[@]}"
	says '\[  PASSED  \] 14 test\(s\)'
	! grep -q SKIPPED "$DIR/console"
	says "reboot: Power down"
}
