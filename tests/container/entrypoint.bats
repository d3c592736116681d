# podinit as the ENTRYPOINT of real containers, with and without privileges.

setup_file() {
	export IMAGE=$BATS_FILE_TMPDIR/image
	load image
	make_image "$IMAGE"
	# What filters of today's engines do to clone3().
	cat >"$BATS_FILE_TMPDIR/no-clone3.json" <<-'END'
		{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
			{"names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38},
			{"names": ["unshare", "mount", "setns"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1}]}
	END
}

setup() {
	load ../helpers
	cp "$PODINIT" "$IMAGE/podinit"
	ENGINE="podman run --rm --runtime runc --network none --ulimit nofile=1024:4096 --ulimit nproc=1000:1000"
}

# image_pod: standard input becomes the image's pod file
image_pod() {
	cat >"$IMAGE/etc/pod.ini"
}

# in_container [ENGINE OPTION...] -- [PODINIT ARGUMENT...]
in_container() {
	local options=()
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	# shellcheck disable=SC2086
	timeout 60 $ENGINE "${options[@]}" --rootfs "$IMAGE" /podinit "$@"
}

UNPRIVILEGED="--read-only --user 1000:1000 --cap-drop=ALL --security-opt no-new-privileges"

@test "exit statuses come out as they are" {
	for code in 0 7; do
		image_pod <<-END
			[pod]
			restartPolicy = Never
			[container a]
			command = sh -c "exit $code"
		END
		run in_container --
		echo "$output"
		[ "$status" -eq $code ]
		run in_container -- -- sh -c "exit $code"
		[ "$status" -eq $code ]
	done
	run -127 in_container -- -- no-such
	run in_container -- -- /etc/passwd
	[ "$status" -eq 126 ]
	run in_container -- /no/such/file
	[ "$status" -eq 2 ]
}

@test "no privileges, any user, read-only root: the same" {
	image_pod <<-'END'
		[pod]
		restartPolicy = Never
		[init i]
		command = sh -c "id -u; touch /cannot 2>/dev/null && echo writable; true"
		[sidecar s]
		command = sleep 1000
		[container a]
		command = sh -c "setsid sh -c 'trap \"echo told; exit\" TERM; while :; do sleep 0.05; done' & sleep 0.3; exit 5"
		readinessProbe.exec.command = true
	END
	# shellcheck disable=SC2086
	run in_container $UNPRIVILEGED --
	echo "$output"
	[ "$status" -eq 5 ]
	[[ "$output" == *"i | 1000"* ]]
	[[ "$output" != *"writable"* ]]
	[[ "$output" == *"Ready container=a"* ]]
	[[ "$output" == *"a | told"* ]]
}

@test "where a filter hides clone3 and namespaces nothing is missed" {
	image_pod <<-'END'
		[pod]
		restartPolicy = Never
		[container a]
		command = sh -c "echo works; exit 3"
		[container b]
		command = true
	END
	run in_container --security-opt seccomp="$BATS_FILE_TMPDIR/no-clone3.json" --
	echo "$output"
	[ "$status" -eq 3 ]
	[[ "$output" == *"a | works"* ]]
}

@test "the engine's stop ends the pod in order, with 0" {
	image_pod <<-'END'
		[sidecar s]
		command = sh -c "trap 'echo side-told; exit 0' TERM; while :; do sleep 0.05; done"
		[container a]
		command = sh -c "trap 'echo main-told; sleep 0.2; echo main-ends; exit 0' TERM; while :; do sleep 0.05; done"
	END
	name=podinit-$$-$BATS_TEST_NUMBER
	# shellcheck disable=SC2086
	in_container --name $name $UNPRIVILEGED -- >"$DIR/log" 2>&1 &
	pid=$!
	wait_for "$DIR/log" "Ready pod="
	sleep 0.3
	podman stop -t 20 $name >/dev/null
	code=0
	wait $pid || code=$?
	cat "$DIR/log"
	[ $code -eq 0 ]
	[ "$(grep -oE '(main-told|main-ends|side-told)' "$DIR/log" | tr '\n' ' ')" = \
		"main-told main-ends side-told " ]
}

@test "a daemon that -- COMMAND left behind is told to stop" {
	# shellcheck disable=SC2086
	run in_container $UNPRIVILEGED -- -- sh -c \
		"setsid sh -c 'trap \"echo told; exit\" TERM; while :; do sleep 0.05; done' & sleep 0.3; exit 4"
	[ "$status" -eq 4 ]
	[[ "$output" == *told* ]]
}

@test "a host name that cannot be set is refused, by key and with what would grant it" {
	image_pod <<-'END'
		[pod]
		hostname = other
		restartPolicy = Never
		[container a]
		command = echo started
	END
	run in_container --
	echo "$output"
	[ "$status" -eq 125 ]
	[[ "$output" == *"[pod] hostname"*"--privileged"* ]]
	[[ "$output" != *"container=a"* ]]
	run in_container -- --lenient
	[ "$status" -eq 0 ]
	[[ "$output" == *"warning"*"[pod] hostname"* ]]
	run in_container --hostname other --
	[ "$status" -eq 0 ]
}

@test "zombies are reaped" {
	musl-gcc -O2 -static -D_GNU_SOURCE -o "$IMAGE/bin/orphans" "$TESTS/tools/orphans.c"
	image_pod <<-'END'
		[pod]
		restartPolicy = Never
		[container a]
		command = orphans 5000
	END
	# shellcheck disable=SC2086
	run in_container $UNPRIVILEGED --
	echo "$output"
	[ "$status" -eq 0 ]
	[[ "$output" == *"5000 orphans, 0 zombies left"* ]]
}

@test "the web example lives the same life here and from a shell" {
	cp "$ROOT/images/examples/web/pod.ini" "$IMAGE/etc/pod.ini"
	in_container --read-only --tmpfs /tmp --user 1000:1000 --cap-drop=ALL -- >"$DIR/here" 2>&1
	PATH="$IMAGE/bin:$PATH" WEB_DIR="$DIR/web" "$PODINIT" "$IMAGE/etc/pod.ini" >"$DIR/shell" 2>&1
	events "$DIR/here" | grep -v '^Unhealthy' >"$DIR/here.events"
	events "$DIR/shell" | grep -vE '^(Unhealthy|Sandbox)' >"$DIR/shell.events"
	diff "$DIR/shell.events" "$DIR/here.events"
	grep -q 'visitor | It works' "$DIR/here"
}
