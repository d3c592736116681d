# Containers with a root of their own: what their lives leave behind.

setup() {
	load ../helpers
	[ "$(id -u)" = 0 ] || skip "it takes root"
}

@test "restarts of an isolated container leave PID 1 and its mount table as they were" {
	"$TESTS/tools/restarts.sh" "$PODINIT" 300 >"$DIR/looks"
	cat "$DIR/looks"
	read -r _ memory fds mounts <<<"$(grep ^before "$DIR/looks")"
	read -r _ memory_then fds_then mounts_then <<<"$(grep ^after "$DIR/looks")"
	[ "$fds_then" -eq "$fds" ]
	[ "$mounts_then" -eq "$mounts" ]
	# Two pages
	[ "$memory_then" -le $((memory + 8)) ]
}

@test "a container without a root sees nothing of the stage but what it is given" {
	pod stage <<-'END'
		[pod]
		restartPolicy = Never
		[volume key]
		secret.items.key = hidden
		[volume data]
		emptyDir.medium = Memory
		[container with]
		command = sh -c "cat /run/podinit/pod/vol/key/key || echo with: not there; cat /mnt/key/key; echo x >/run/podinit/pod/vol/data/x; ls /mnt/data"
		volumeMounts.key = /mnt/key
		volumeMounts.data = /mnt/data:ro
	END
	mkdir "$DIR/mnt"
	sed -i "s#/mnt#$DIR/mnt#g" "$DIR/stage.ini"
	run "$PODINIT" "$DIR/stage.ini"
	echo "$output"
	[[ "$output" == *"with: not there"*hidden* ]]
	[ "$(grep -c hidden <<<"$output")" = 1 ]
	! grep -q '^x$' <<<"$output"
}

@test "as PID 1 in a user namespace of its own, a probe does not keep the next container from starting" {
	mkdir -p "$DIR/root"/{bin,proc,sys,dev,etc,data}
	cp "$(command -v busybox)" "$DIR/root/bin/busybox"
	ln -s busybox "$DIR/root/bin/sh"
	touch "$DIR/root/etc"/{hosts,hostname,resolv.conf}
	chown -R 1000:1000 "$DIR/root"
	cp "$PODINIT" "$DIR/podinit"
	pod two <<-END
		[pod]
		restartPolicy = OnFailure
		restartBackoff.initialSeconds = 0.05
		[container probed]
		rootfs = $DIR/root
		command = /bin/sh -c "until [ -e /tmp/never ]; do /bin/busybox sleep 0.05; done"
		readinessProbe.exec.command = /bin/busybox true
		readinessProbe.periodSeconds = 0.1
		[container again]
		rootfs = $DIR/root
		command = /bin/sh -c "/bin/busybox sleep 0.3; exit 1"
		maxRestarts = 2
		essential = true
	END
	run as_pid1 setpriv --reuid=1000 --regid=1000 --clear-groups "$DIR/podinit" "$DIR/two.ini"
	echo "$output"
	[ "$status" -eq 1 ]
	[[ "$output" == *"Started container=again "*"restartCount=2"* ]]
	[[ "$output" == *"Ready container=probed"* ]]
}
