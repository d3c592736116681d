# podinit as PID 1 of a real kernel.

setup() {
	load ../helpers
	cd "$ROOT" || return 1
}

# vm NAME [RUN-VM OPTION...] [-- FILE...]: boots $DIR/NAME.ini; the console is $DIR/console
vm() {
	local name=$1 options=()
	shift
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	images/initramfs.sh -o "$DIR/$name.cpio.gz" "$DIR/$name.ini" "${@:2}" >/dev/null
	code=0
	tests/vm/run-vm.sh -t 60 "${options[@]}" "$DIR/$name.cpio.gz" >"$DIR/console" 2>&1 || code=$?
	tr -d '\r' <"$DIR/console" >"$DIR/console.txt"
	mv "$DIR/console.txt" "$DIR/console"
	cat "$DIR/console"
}

says() {
	grep -qE -- "$1" "$DIR/console" || { echo "the console never said: $1"; return 1; }
}

@test "the demo tells its story, and its pod lives the same life from a shell" {
	make -s demo
	tr -d '\r' <"${BUILD:-build}/demo.console" >"$DIR/console"
	WEB_DIR="$DIR/web" "$PODINIT" images/examples/web/pod.ini >"$DIR/shell" 2>&1
	diff <(events "$DIR/shell" | grep -vE '^(Unhealthy|Sandbox)') \
		<(events "$DIR/console" | grep -v '^Unhealthy')
}

@test "a machine has what programs expect, and a failed pod takes onFailure" {
	pod facts <<-'END'
		[pod]
		name = appliance
		restartPolicy = Never
		shareProcessNamespace = true
		[machine]
		onFailure = reboot
		[container facts]
		command = sh -c "\
			for m in /proc /sys /dev /dev/pts /dev/shm /run /tmp /sys/fs/cgroup; do \
				grep -q \" $m \" /proc/mounts && echo mounted $m; done; \
			echo host $(hostname); echo pid1 $(cat /proc/1/comm); \
			ping -c 1 -W 1 127.0.0.1 >/dev/null && echo lo up; \
			[ $(readlink /dev/fd) = /proc/self/fd ] && echo links; \
			echo environment $(env | cut -d= -f1 | sort | tr '\n' ' '); \
			echo cgroup $(cat /proc/self/cgroup); \
			echo tty $(cut -d' ' -f7 /proc/1/stat); \
			exit 3"
	END
	vm facts -a "foo=bar word podinit.log=debug podinit.nonsense=1 -- tail"
	[ $code -eq 0 ]
	for m in /proc /sys /dev /dev/pts /dev/shm /run /tmp /sys/fs/cgroup; do
		says "^mounted $m\$"
	done
	says "^host appliance"
	says "^pid1 podinit"
	says "^lo up"
	says "^links"
	says "^environment HOME PATH PODINIT_CONTAINER PWD SHLVL TERM$"
	says "^cgroup 0::/$"
	says "^tty 0"
	says "warning Ignored .*podinit.nonsense=1"
	says "Failed pod=appliance exitCode=3"
	says "reboot: Restarting system"
}

@test "a bad pod file: every error on the console, then the machine ends" {
	printf '[container a]\ncommand = true\n' >"$DIR/bad.ini"
	images/initramfs.sh -o "$DIR/bad.cpio.gz" "$DIR/bad.ini" >/dev/null
	printf '[pod]\nrestartPolicy = Sometimes\n[container a]\ncomand = x\n' >"$DIR/other.ini"
	vm bad -a podinit.config=/other.ini -- "$DIR/other.ini=/other.ini"
	[ $code -eq 0 ]
	says 'error InvalidConfig message="/other.ini:2: \[pod\] restartPolicy: '
	says 'error InvalidConfig message="/other.ini:4: \[container a\] comand: .*command'
	says "reboot: Power down"
	! grep -qi panic "$DIR/console"
	tests/vm/run-vm.sh -t 60 -a podinit.config=/none.ini "$DIR/bad.cpio.gz" >"$DIR/console" 2>&1
	says 'error InvalidConfig message="/none.ini: *No such file'
	says "reboot: Power down"
}

@test "SIGPWR from inside powers off, in order, and a cgroup holds what escapes everything else" {
	pod power <<-'END'
		[pod]
		shareProcessNamespace = true
		[machine]
		onCompletion = reboot
		onFailure = halt
		[sidecar side]
		command = sh -c "trap 'echo side-told; exit 0' TERM; while :; do sleep 0.1; done"
		[container main]
		command = sh -c "(env -i setsid sh -c 'trap \"echo daemon-told; exit\" TERM; while :; do sleep 0.1; done' &); \
			trap 'echo main-told; exit 1' TERM; sleep 0.5; kill -PWR 1; while :; do sleep 0.1; done"
	END
	vm power
	[ $code -eq 0 ]
	[ "$(grep -oE '(main|daemon|side)-told' "$DIR/console" | tr '\n' ' ')" = \
		"main-told daemon-told side-told " ]
	# It was asked to stop, so that main failed is no reason for onFailure.
	says "reboot: Power down"
}

@test "ctrl-alt-del stops the pod in order and reboots" {
	pod cad <<-'END'
		[container main]
		command = sh -c "trap 'echo main-told; exit 0' TERM; echo up; while :; do sleep 0.1; done"
	END
	images/initramfs.sh -o "$DIR/cad.cpio.gz" "$DIR/cad.ini" >/dev/null
	tests/vm/run-vm.sh -t 60 "$DIR/cad.cpio.gz" -monitor "unix:$DIR/monitor,server,nowait" \
		>"$DIR/console" 2>&1 &
	pid=$!
	for _ in $(seq 1500); do
		grep -q "^up" "$DIR/console" && break
		sleep 0.02
	done
	tests/vm/monitor.py "$DIR/monitor" "sendkey ctrl-alt-delete"
	wait $pid
	cat "$DIR/console"
	says "main-told"
	says "Stopping pod=pod"
	says "reboot: Restarting system"
}

@test "podinit.shell=1 gives a shell when the pod failed" {
	pod shell <<-'END'
		[pod]
		restartPolicy = Never
		[container main]
		command = false
	END
	# shellcheck disable=SC2030
	(sleep 6; echo 'echo shell-$((40 + 2))'; sleep 1; echo exit; sleep 5) |
		vm shell -a podinit.shell=1
	says "^shell-42"
	says "reboot: Power down"
}

@test "halt halts, a crash loop ends, a slow stop is killed" {
	pod examples <<-'END'
		[pod]
		restartPolicy = Never
		terminationGracePeriodSeconds = 0.5
		# The orphans of the third are the machine's to reap.
		shareProcessNamespace = true
		[machine]
		onCompletion = halt
		[container one]
		command = sh -c "/podinit /crash-loop.ini; echo crash-loop ended with $?; exit 0"
		[container two]
		command = sh -c "/podinit /slow-stop.ini & sleep 3; kill -TERM $!; wait $!; echo slow-stop ended with $?; exit 0"
		[container three]
		command = sh -c "/orphans 20000"
	END
	musl-gcc -O2 -static -D_GNU_SOURCE -o "$DIR/orphans" tests/tools/orphans.c
	vm examples -t 40 -- images/examples/crash-loop/pod.ini=/crash-loop.ini \
		images/examples/slow-stop/pod.ini=/slow-stop.ini "$PODINIT=/podinit" "$DIR/orphans=/orphans"
	# A halted machine stays.
	[ $code -eq 124 ]
	says "reboot: System halted"
	says "crash-loop ended with [1-9]"
	says "slow-stop ended with [0-9]"
	says "20000 orphans, 0 zombies left"
}
