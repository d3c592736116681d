# podinit -- COMMAND: as if it had been executed directly.

setup() {
	load ../helpers
}

@test "the exit status is the command's" {
	run "$PODINIT" -- sh -c 'exit 7'
	[ "$status" -eq 7 ]
	run "$PODINIT" run -- true
	[ "$status" -eq 0 ]
}

@test "a command that a signal ended gives 128+N" {
	for sig in TERM:143 KILL:137 HUP:129 USR1:138; do
		run "$PODINIT" -- sh -c "kill -${sig%:*} \$\$"
		[ "$status" -eq "${sig#*:}" ]
	done
}

@test "no such command is 127, and one that cannot be executed 126, each with its reason" {
	run -127 "$PODINIT" -- no-such-command
	[[ "$output" == *"no-such-command: no such command on its PATH"* ]]

	run "$PODINIT" -- /etc/passwd
	[ "$status" -eq 126 ]
	[[ "$output" == *"not executable"* ]]

	run "$PODINIT" -- /
	[ "$status" -eq 126 ]

	printf '\177ELF\002\001\001\000\000\000\000\000\000\000\000\000\002\000\063\000' >"$DIR/arch"
	chmod +x "$DIR/arch"
	run "$PODINIT" -- "$DIR/arch"
	[ "$status" -eq 126 ]
	[[ "$output" == *"wrong architecture"* ]]

	printf '#!/no/such/interpreter\n' >"$DIR/script"
	chmod +x "$DIR/script"
	run "$PODINIT" -- "$DIR/script"
	[ "$status" -eq 126 ]
	[[ "$output" == *"interpreter"* ]]
}

@test "standard output is the command's alone" {
	run --separate-stderr "$PODINIT" --log=debug -- echo hello
	[ "$output" = hello ]
}

@test "the command inherits everything as it was" {
	for what in 'cat /proc/self/status | grep -E "^(Uid|Gid|Groups|Cap|Sig(Blk|Ign|Cgt)|NoNewPrivs|Seccomp):"' \
		'env | sort | grep -v ^_=' 'pwd' 'ulimit -a' 'ls -l /proc/self/ns | sed "s/.*-> //"' \
		'cut -d" " -f6 /proc/self/stat' 'umask' 'cat /proc/self/cgroup'; do
		direct=$(cd /usr && env FOO=bar sh -c "$what")
		wrapped=$(cd /usr && env FOO=bar "$PODINIT" -- sh -c "$what")
		echo "$what"
		diff <(echo "$direct") <(echo "$wrapped")
	done
}

@test "ignored and blocked signals stay so, SIGCHLD too" {
	show='grep -E "^Sig(Blk|Ign):" /proc/self/status'
	for pre in "trap '' HUP PIPE" "trap '' CHLD" "trap '' TERM INT"; do
		direct=$(sh -c "$pre; exec sh -c '$show'")
		wrapped=$(sh -c "$pre; exec $PODINIT -- sh -c '$show'")
		diff <(echo "$direct") <(echo "$wrapped")
	done
	run sh -c "trap '' CHLD; exec $PODINIT -- sh -c 'exit 9'"
	[ "$status" -eq 9 ]
}

@test "closed standard descriptors stay closed" {
	run sh -c "$PODINIT -- sh -c 'ls /proc/self/fd >$DIR/fds' <&-"
	[ "$status" -eq 0 ]
	run "$PODINIT" -- sh -c 'exit 4' <&- >&- 2>&-
	[ "$status" -eq 4 ]
}

@test "descriptors that were passed reach the command" {
	echo passed >"$DIR/file"
	run sh -c "$PODINIT -- sh -c 'cat <&7' 7<$DIR/file"
	[ "$output" = passed ]
}

@test "every catchable signal is passed on" {
	cat >"$DIR/catcher" <<-'END'
		for s in HUP INT QUIT USR1 USR2 ALRM TERM CONT WINCH PWR URG ABRT RTMIN RTMAX; do
			trap "echo $s >>$1" $s
		done
		trap 'exit 0' VTALRM
		echo up >>$1
		while :; do sleep 0.05; done
	END
	set -m # without job control a shell starts what is in the background with INT ignored
	"$PODINIT" -- bash "$DIR/catcher" "$DIR/out" &
	pid=$!
	set +m
	wait_for "$DIR/out" up
	for s in HUP INT QUIT USR1 USR2 ALRM TERM CONT WINCH PWR URG ABRT RTMIN RTMAX; do
		kill -$s $pid
		wait_for "$DIR/out" "^$s\$"
	done
	kill -VTALRM $pid
	wait $pid
}

@test "-g passes signals to the whole process group" {
	cat >"$DIR/group" <<-'END'
		trap 'echo parent >>$1; exit 0' USR1
		sh -c 'trap "echo child >>$0; exit 0" USR1; echo up >>$0; while :; do sleep 0.05; done' $1 &
		while :; do sleep 0.05; done
	END
	"$PODINIT" -g -- bash "$DIR/group" "$DIR/out" &
	pid=$!
	wait_for "$DIR/out" up
	kill -USR1 $pid
	wait_for "$DIR/out" child
	wait_for "$DIR/out" parent
	wait $pid
}

@test "podinit itself never ends the command" {
	"$PODINIT" --grace=0.1 -- bash -c "trap 'echo told >>$DIR/out' TERM; echo up >>$DIR/out; \
		for i in \$(seq 20); do sleep 0.05; done; exit 5" &
	pid=$!
	wait_for "$DIR/out" up
	kill -TERM $pid
	wait_for "$DIR/out" told
	code=0
	wait $pid || code=$?
	[ $code -eq 5 ]
}

@test "a setsid daemon that is left behind is told to stop before podinit ends" {
	run "$PODINIT" -- sh -c "setsid sh -c 'trap \"echo told >$DIR/told; exit\" TERM; \
		echo up >$DIR/up; while :; do sleep 0.05; done' & \
		while ! [ -e $DIR/up ]; do sleep 0.05; done; exit 3"
	[ "$status" -eq 3 ]
	[ "$(cat "$DIR/told")" = told ]
}

@test "the same as PID 1 of a namespace" {
	run as_pid1 "$PODINIT" -- sh -c "setsid sh -c 'trap \"echo told >$DIR/told; \
		exit\" TERM; echo up >$DIR/up; while :; do sleep 0.05; done' & \
		while ! [ -e $DIR/up ]; do sleep 0.05; done; exit 3"
	[ "$status" -eq 3 ]
	[ "$(cat "$DIR/told")" = told ]
}

@test "a daemon that is deaf is killed after the grace" {
	run "$PODINIT" --grace=0.3 -- sh -c "setsid sh -c 'trap \"\" TERM; echo \$\$ >$DIR/pid; \
		while :; do sleep 0.05; done' & while ! [ -s $DIR/pid ]; do sleep 0.05; done"
	[ "$status" -eq 0 ]
	run kill -0 "$(cat "$DIR/pid")"
	[ "$status" -ne 0 ]
}

@test "SIGTERM right after podinit's first instruction reaches the command, also from PID 1" {
	for mode in "" -p; do
		run -0 "$ROOT/build/tests/tools/killat" $mode 0 "$PODINIT" -- sleep 1000
		[ "$output" = 143 ]
	done
}

@test "^Z stops podinit with the command, and fg continues both" {
	cat >"$DIR/job" <<-END
		set -m
		$PODINIT -- sh -c 'echo up >>$DIR/out; read line; echo "got \$line" >>$DIR/out'
		echo "stopped \$?" >>$DIR/out
		fg >/dev/null
		echo "ended \$?" >>$DIR/out
	END
	python3 - "$DIR" <<-'END'
		import os, pty, sys, time
		d = sys.argv[1]
		pid, fd = pty.fork()
		if pid == 0:
		    os.execvp("bash", ["bash", d + "/job"])
		def wait_for(word):
		    for _ in range(400):
		        if os.path.exists(d + "/out") and word in open(d + "/out").read():
		            return
		        time.sleep(0.05)
		    sys.exit("never saw " + word)
		wait_for("up")
		os.write(fd, b"\x1a")
		wait_for("stopped 148")
		time.sleep(0.2)
		os.write(fd, b"hello\n")
		wait_for("got hello")
		wait_for("ended 0")
	END
}

@test "100,000 orphans are reaped and none is left" {
	musl-gcc -O2 -static -D_GNU_SOURCE -o "$DIR/orphans" "$TESTS/tools/orphans.c"
	run as_pid1 "$PODINIT" -- "$DIR/orphans" 100000
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$output" = "100000 orphans, 0 zombies left" ]
}

@test "an idle podinit does not wake" {
	"$PODINIT" -- sleep 30 &
	pid=$!
	sleep 0.5
	before=$(awk '/^voluntary_ctxt/ {print $2}' /proc/$pid/status)
	sleep 3
	after=$(awk '/^voluntary_ctxt/ {print $2}' /proc/$pid/status)
	kill -TERM $pid
	wait $pid || true
	[ "$before" = "$after" ]
}

@test "what comes after podinit in a script reads the terminal again" {
	python3 - "$PODINIT" "$DIR" <<-'END'
		import os, pty, sys, time
		podinit, d = sys.argv[1:]
		pid, fd = pty.fork()
		if pid == 0:
		    os.execvp("sh", ["sh", "-c", podinit + " -- true; echo up >" + d + "/up; read x; echo $x >" + d + "/out"])
		for _ in range(200):
		    if os.path.exists(d + "/up"):
		        break
		    time.sleep(0.05)
		os.write(fd, b"line\n")
		for _ in range(100):
		    if os.path.exists(d + "/out") and open(d + "/out").read() == "line\n":
		        sys.exit(0)
		    time.sleep(0.05)
		os.kill(pid, 9)
		sys.exit("it could not read")
	END
}
