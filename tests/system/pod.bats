# A pod, run from a shell: real processes, in namespaces of podinit's own.

setup() {
	load ../helpers
}

@test "a pod of one container passes its output through and ends with 0" {
	pod hello <<-'END'
		[pod]
		restartPolicy = Never
		[container hello]
		command = sh -c "echo out; echo err >&2"
	END
	run --separate-stderr "$PODINIT" "$DIR/hello.ini"
	[ "$status" -eq 0 ]
	[ "$output" = out ]
	[[ "$stderr" == *err* ]]
	[[ "$stderr" =~ "info Started container=hello pid="[0-9]+" restartCount=0" ]]
	[[ "$stderr" == *"info Completed container=hello exitCode=0"* ]]
	[[ "$stderr" == *"info Succeeded pod=hello exitCode=0"* ]]
}

@test "several containers: each line has a name in front, on the stream it was written to" {
	pod two <<-'END'
		[pod]
		restartPolicy = Never
		[container a]
		command = sh -c "echo one; echo two >&2; printf unfinished"
		[container b]
		command = sh -c "echo three"
	END
	run --separate-stderr "$PODINIT" "$DIR/two.ini"
	[ "$status" -eq 0 ]
	[ "$(sort <<<"$output")" = "$(printf 'a | one\na | unfinished\nb | three')" ]
	[[ "$stderr" == *"a | two"* ]]
}

@test "lines of a flood are never mixed" {
	pod flood <<-'END'
		[pod]
		restartPolicy = Never
		[container a]
		command = sh -c "i=0; while [ $i -lt 2000 ]; do echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; i=$((i+1)); done"
		[container b]
		command = sh -c "i=0; while [ $i -lt 2000 ]; do echo bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb; i=$((i+1)); done"
	END
	"$PODINIT" --log=error "$DIR/flood.ini" >"$DIR/out"
	[ "$(grep -cx 'a | a\{42\}' "$DIR/out")" -eq 2000 ]
	[ "$(grep -cx 'b | b\{42\}' "$DIR/out")" -eq 2000 ]
	[ "$(wc -l <"$DIR/out")" -eq 4000 ]
}

@test "init, sidecar, main: start in order, stop in reverse" {
	pod order <<-END
		[pod]
		restartPolicy = Never
		[init one]
		command = sh -c "echo one >>$DIR/order"
		[sidecar side]
		command = sh -c "trap 'echo side-told >>$DIR/order; exit 0' TERM; echo side >>$DIR/order; while :; do sleep 0.05; done"
		startupProbe.exec.command = grep -q side $DIR/order
		startupProbe.periodSeconds = 0.05
		[init two]
		command = sh -c "echo two >>$DIR/order"
		[container main]
		command = sh -c "echo main >>$DIR/order; sleep 0.2; echo main-ends >>$DIR/order"
	END
	run "$PODINIT" "$DIR/order.ini"
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$(tr '\n' ' ' <"$DIR/order")" = "one side two main main-ends side-told " ]
}

@test "a crash is restarted with back-off, at most maxRestarts times, and its code is the pod's" {
	pod crash <<-'END'
		[pod]
		restartBackoff.initialSeconds = 0.1
		[container c]
		command = sh -c "exit 9"
		maxRestarts = 3
	END
	run "$PODINIT" "$DIR/crash.ini"
	echo "$output"
	[ "$status" -eq 9 ]
	[ "$(grep -c 'Started container=c' <<<"$output")" -eq 4 ]
	[ "$(grep -c 'BackOff container=c' <<<"$output")" -eq 2 ]
	[[ "$output" == *"restartCount=3"* ]]
}

@test "a command that is not there ends a pod that never restarts with 127" {
	pod none <<-'END'
		[pod]
		restartPolicy = Never
		[container c]
		command = /no/such/program
	END
	run -127 "$PODINIT" "$DIR/none.ini"
	[[ "$output" == *"StartError container=c exitCode=127"* ]]
	[[ "$output" == *"/no/such/program"* ]]
}

@test "an exec probe that times out is killed with its whole tree" {
	pod tree <<-END
		[container c]
		command = sleep 1000
		readinessProbe.exec.command = sh -c "setsid sleep 7654$$ & echo \$! >>$DIR/pids; sleep 1000"
		readinessProbe.periodSeconds = 0.2
		readinessProbe.timeoutSeconds = 0.1
	END
	boot tree
	wait_for "$DIR/tree.log" "Unhealthy container=c probe=readiness failures=3/3"
	kill -TERM $BOOTED
	ended
	[ $code -eq 0 ]
	# Not one of them may be left, in any namespace.
	gone 7654$$
}

@test "liveness over HTTP restarts a container that answers 500" {
	mkdir -p "$DIR/www"
	cat >"$DIR/server.py" <<-'END'
		import http.server, os, sys
		d = sys.argv[1]
		class H(http.server.BaseHTTPRequestHandler):
		    def do_GET(self):
		        self.send_response(500 if os.path.exists(d + "/bad") else 200)
		        self.end_headers()
		    def log_message(self, *a): pass
		http.server.HTTPServer.allow_reuse_address = True
		http.server.HTTPServer(("127.0.0.1", int(sys.argv[2])), H).serve_forever()
	END
	pod live <<-END
		[container web]
		command = python3 $DIR/server.py $DIR 18081
		startupProbe.tcpSocket.port = 18081
		startupProbe.periodSeconds = 0.1
		startupProbe.failureThreshold = 100
		livenessProbe.httpGet.port = 18081
		livenessProbe.periodSeconds = 0.1
		readinessProbe.httpGet.port = 18081
		readinessProbe.periodSeconds = 0.1
	END
	boot live
	wait_for "$DIR/live.log" "Ready container=web"
	touch "$DIR/bad"
	wait_for "$DIR/live.log" 'Unhealthy container=web probe=liveness .*statuscode: 500'
	wait_for "$DIR/live.log" "Container web failed liveness probe, will be restarted"
	rm "$DIR/bad"
	wait_for "$DIR/live.log" "Started container=web pid=[0-9]+ restartCount=1"
	kill -TERM $BOOTED
	ended
	[ $code -eq 0 ]
}

@test "a deaf container is killed when the grace is over, and a second INT ends it at once" {
	pod deaf <<-'END'
		[pod]
		terminationGracePeriodSeconds = 1000
		[container c]
		command = sh -c "trap '' TERM; while :; do sleep 0.05; done"
	END
	set -m
	boot deaf
	set +m
	wait_for "$DIR/deaf.log" "Started container=c"
	sleep 0.2
	kill -INT $BOOTED
	wait_for "$DIR/deaf.log" "Killing container=c"
	kill -INT $BOOTED
	ended
	[ $code -eq 137 ]
	boot deaf --grace=0.1
	wait_for "$DIR/deaf.log" "Started container=c"
	sleep 0.2
	kill -TERM $BOOTED
	ended
	[ $code -eq 137 ]
}

@test "a signal reaches the main containers that catch it, and no others" {
	pod hup <<-END
		[container a]
		command = bash -c "trap 'echo caught >>$DIR/a' HUP; trap 'echo first >>$DIR/a' RTMIN; trap 'echo last >>$DIR/a' RTMAX; echo up >>$DIR/a; while :; do sleep 0.05; done"
		[container b]
		command = sleep 1000
	END
	boot hup
	wait_for "$DIR/a" up
	wait_for "$DIR/hup.log" "Started container=b"
	kill -HUP $BOOTED
	wait_for "$DIR/a" caught
	# The first of them musl keeps to itself.
	kill -RTMIN $BOOTED
	wait_for "$DIR/a" first
	kill -RTMAX $BOOTED
	wait_for "$DIR/a" last
	kill -TERM $BOOTED
	ended
	[ $code -eq 0 ]
	! grep -q "container=b exitCode=129" "$DIR/hup.log"
}

@test "what a container leaves behind is told to stop, or ends with its PID namespace" {
	pod left <<-END
		[pod]
		restartPolicy = Never
		shareProcessNamespace = true
		[container c]
		command = sh -c "setsid sh -c 'trap \"echo told >$DIR/told; exit\" TERM; echo >$DIR/up; while :; do sleep 0.05; done' & while ! [ -e $DIR/up ]; do sleep 0.05; done"
	END
	run "$PODINIT" "$DIR/left.ini"
	[ "$status" -eq 0 ]
	[ "$(cat "$DIR/told")" = told ]
	# Proves: K8s 8.2.4
	rm "$DIR/told" "$DIR/up"
	sed -i s/shareProcess.*// "$DIR/left.ini"
	run "$PODINIT" "$DIR/left.ini"
	[ "$status" -eq 0 ]
	[ ! -e "$DIR/told" ]
	! alive "echo told >$DIR/told"
}

@test "without cgroups and namespaces the same" {
	pod left <<-END
		[pod]
		restartPolicy = Never
		[container c]
		command = sh -c "setsid sh -c 'trap \"echo told >$DIR/told; exit\" TERM; echo >$DIR/up; while :; do sleep 0.05; done' & while ! [ -e $DIR/up ]; do sleep 0.05; done"
	END
	chmod 777 "$DIR"
	cp "$PODINIT" "$DIR/podinit"
	run setpriv --reuid=1000 --regid=1000 --clear-groups "$DIR/podinit" "$DIR/left.ini"
	echo "$output"
	[ "$status" -eq 0 ]
	[[ "$output" == *"a child subreaper"* ]]
	[ "$(cat "$DIR/told")" = told ]
}

@test "the pod dies with the outer process" {
	pod die <<-END
		[container c]
		command = sh -c "echo up >$DIR/up; exec sleep 8765$$"
	END
	boot die
	wait_for "$DIR/up" up
	alive 8765$$
	kill -KILL $BOOTED
	ended
	gone 8765$$
}

@test "nothing of the caller's is changed" {
	pod name <<-'END'
		[pod]
		name = another
		restartPolicy = Never
		[container c]
		command = hostname
	END
	before=$(hostname; readlink /proc/self/ns/*; cat /proc/self/mountinfo)
	run --separate-stderr "$PODINIT" "$DIR/name.ini"
	[ "$output" = another ]
	after=$(hostname; readlink /proc/self/ns/*; cat /proc/self/mountinfo)
	[ "$before" = "$after" ]
}

@test "SIGTERM in each of the first 200 milliseconds ends the pod, in time, with 0" {
	pod early <<-END
		[pod]
		terminationGracePeriodSeconds = 5
		[init i]
		command = sleep 0.03
		[sidecar s]
		command = sleep 1000
		[container c]
		command = sleep 1000
		readinessProbe.exec.command = true
		readinessProbe.periodSeconds = 0.02
	END
	killat="$ROOT/build/tests/tools/killat"
	for ((ms = 0; ms < 200; ms++)); do
		mode=$([ $((ms % 2)) = 0 ] && echo -p || true)
		got=$("$killat" $mode $ms "$PODINIT" --log=error "$DIR/early.ini" 2>&1)
		[ "$got" = 0 ] || { echo "$ms ms $mode: $got"; return 1; }
	done
}

@test "PID 1 allocates nothing after boot" {
	pod busy <<-END
		[pod]
		terminationGracePeriodSeconds = 0.5
		restartBackoff.initialSeconds = 0.05
		restartBackoff.maxSeconds = 0.05
		[init i]
		command = true
		[sidecar s]
		command = sleep 1000
		readinessProbe.exec.command = sh -c "sleep 10"
		readinessProbe.periodSeconds = 0.1
		readinessProbe.timeoutSeconds = 0.05
		[container crash]
		command = sh -c "setsid sleep 1000 & exit 1"
		[container web]
		command = sh -c "trap '' TERM; while :; do sleep 0.05; done"
		livenessProbe.httpGet.port = 1
		livenessProbe.periodSeconds = 0.2
		livenessProbe.terminationGracePeriodSeconds = 0.5
		[container none]
		command = /no/such/program
	END
	for user in 0 1000; do
		chmod 777 "$DIR"
		cp "$ROOT/build/podinit" "$ROOT/build/tests/tools/spy.so" "$DIR/"
		setpriv --reuid=$user --regid=$user --clear-groups env LD_PRELOAD="$DIR/spy.so" \
			"$DIR/podinit" "$DIR/busy.ini" >"$DIR/busy.$user.log" 2>&1 &
		BOOTED=$!
		wait_for "$DIR/busy.$user.log" "Started container=crash .*restartCount=4"
		wait_for "$DIR/busy.$user.log" "Unhealthy container=s"
		wait_for "$DIR/busy.$user.log" "Container web failed liveness"
		wait_for "$DIR/busy.$user.log" "Started container=web .*restartCount=1"
		kill -USR1 $BOOTED
		kill -TERM $BOOTED
		ended
		! grep "spy:" "$DIR/busy.$user.log"
		[ $code -ne 99 ]
	done
}

@test "an idle pod does not wake" {
	pod idle <<-'END'
		[container a]
		command = sleep 1000
		[container b]
		command = sleep 1000
	END
	boot idle
	wait_for "$DIR/idle.log" "Ready pod=idle"
	sleep 0.5
	inner=$(pgrep -P $BOOTED)
	all="$BOOTED $inner $(pgrep -P "$inner" -x logger)"
	before=$(for p in $all; do awk '/^voluntary_ctxt/ {print $2}' /proc/$p/status; done)
	sleep 3
	after=$(for p in $all; do awk '/^voluntary_ctxt/ {print $2}' /proc/$p/status; done)
	kill -TERM $BOOTED
	ended
	[ "$before" = "$after" ]
	[ "$(wc -w <<<"$before")" -eq 3 ]
}

@test "a logger or a prober that dies is replaced, and the pod goes on" {
	pod helpers <<-END
		[container a]
		command = sh -c "i=0; while :; do echo \$i; i=\$((i+1)); sleep 0.05; done"
		livenessProbe.tcpSocket.port = 18082
		livenessProbe.periodSeconds = 0.2
		[container b]
		command = python3 -m http.server --bind 127.0.0.1 18082
	END
	boot helpers
	wait_for "$DIR/helpers.log" "^a . 3$"
	inner=$(pgrep -P $BOOTED)
	kill -KILL $(pgrep -P "$inner" -x prober)
	wait_for "$DIR/helpers.log" "HelperDied helper=prober"
	kill -KILL $(pgrep -P "$inner" -x logger)
	wait_for "$DIR/helpers.log" "HelperDied helper=logger"
	last=$(sed -n 's/^a | //p' "$DIR/helpers.log" | tail -1)
	wait_for "$DIR/helpers.log" "^a . $((last + 20))$"
	pgrep -P "$inner" -x prober
	kill -TERM $BOOTED
	ended
	[ $code -eq 0 ]
	# Nothing it had not read yet is lost: no gap but what the killed logger held, a line or two.
	lines=$(grep -c '^a |' "$DIR/helpers.log")
	last=$(sed -n 's/^a | //p' "$DIR/helpers.log" | tail -1)
	[ "$lines" -ge $((last - 1)) ]
}

@test "a stuck standard error holds neither podinit nor the containers" {
	pod stuck <<-END
		[pod]
		restartPolicy = Never
		[container a]
		command = sh -c "i=0; while [ \$i -lt 3000 ]; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; i=\$((i+1)); done; echo end >$DIR/end"
		[container b]
		command = true
	END
	mkfifo "$DIR/pipe"
	exec 8<>"$DIR/pipe"
	timeout 60 "$PODINIT" "$DIR/stuck.ini" >&8 2>&8
	[ "$(cat "$DIR/end")" = end ]
}

@test "of a burst of events none is lost, where standard error is slow" {
	{
		printf '[pod]\nrestartPolicy = Never\n'
		for i in {1..60}; do
			printf '[init i%d]\ncommand = true\n' "$i"
		done
		printf '[container c]\ncommand = sh -c "touch %s; exec sleep 1000"\n' "$DIR/up"
	} >"$DIR/burst.ini"
	# A pipe of two pages, which is read when all has happened: what waits is then written without anything
	# new to say.
	timeout 60 python3 - "$DIR" "$PODINIT" >"$DIR/burst.log" <<-'END'
		import fcntl, os, subprocess, sys, time
		reader, writer = os.pipe()
		fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 8192)
		podinit = subprocess.Popen([sys.argv[2], sys.argv[1] + "/burst.ini"], stderr=writer)
		os.close(writer)
		while not os.path.exists(sys.argv[1] + "/up"):
		    time.sleep(0.01)
		heard = b""
		while b"Ready pod=burst" not in heard:
		    heard += os.read(reader, 4096)
		podinit.terminate()
		while more := os.read(reader, 4096):
		    heard += more
		print(heard.decode())
		sys.exit(podinit.wait())
	END
	[ "$(grep -c ' Started ' "$DIR/burst.log")" = 61 ]
	[ "$(grep -c ' Completed ' "$DIR/burst.log")" = 60 ]
	grep -q ' Succeeded pod=burst' "$DIR/burst.log"
	run grep LogDropped "$DIR/burst.log"
	[ "$status" -eq 1 ]
}

@test "a full disk and closed standard descriptors do no harm" {
	pod full <<-END
		[pod]
		restartPolicy = Never
		[container a]
		command = sh -c "echo hello; exit 0"
		[container b]
		command = sh -c "echo hello; echo >$DIR/ran; exit 0"
	END
	"$PODINIT" "$DIR/full.ini" >/dev/full 2>&1
	"$PODINIT" "$DIR/full.ini" 2>/dev/full >/dev/null
	rm -f "$DIR/ran"
	"$PODINIT" "$DIR/full.ini" <&- >&- 2>&-
	[ -e "$DIR/ran" ]
}

@test "^C in a terminal is one request to stop, and a closing terminal is one" {
	pod tty <<-END
		[container c]
		command = sh -c "trap 'sleep 0.5; echo stopped >>$DIR/out; exit 0' TERM; echo up >>$DIR/out; while :; do sleep 0.05; done"
	END
	for how in interrupt close; do
		rm -f "$DIR/out"
		python3 - "$PODINIT" "$DIR" $how <<-'END'
			import os, pty, sys, time
			podinit, d, how = sys.argv[1:]
			pid, fd = pty.fork()
			if pid == 0:
			    os.execv(podinit, [podinit, "--log=error", d + "/tty.ini"])
			def wait_for(word):
			    for _ in range(200):
			        if os.path.exists(d + "/out") and word in open(d + "/out").read():
			            return
			        time.sleep(0.05)
			    sys.exit("never saw " + word)
			wait_for("up")
			if how == "interrupt":
			    os.write(fd, b"\x03")
			else:
			    os.close(fd)
			wait_for("stopped")
			status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
			sys.exit(0 if status == 0 else "ended with %d" % status)
		END
	done
}

@test "stdin = true gives a container podinit's own standard input, every other has none" {
	# Proves: K8s 1.2.17
	pod stdin <<-END
		[pod]
		restartPolicy = Never
		log.format = raw
		[container a]
		command = cat
		stdin = true
		[container b]
		command = sh -c "cat; readlink /proc/self/fd/0"
	END
	run --separate-stderr -0 "$PODINIT" "$DIR/stdin.ini" <<<"hello"
	[ "$(sort <<<"$output")" = "$(printf '/dev/null\nhello')" ]
}

@test "the environment is podinit's own, without what is between it and its manager" {
	pod env <<-END
		[pod]
		restartPolicy = Never
		[container a]
		command = env
		env.OWN = \$(OUTER)-\$(EARLIER)-\$\$(OUTER)
		env.EARLIER = x
		env.LATER = \$(EARLIER)
	END
	run --separate-stderr -0 env -i PATH="$PATH" OUTER=o NOTIFY_SOCKET=/x LISTEN_FDS=1 \
		PODINIT_LOG=error "$PODINIT" "$DIR/env.ini"
	[ "$(grep -v ^PATH= <<<"$output" | sort)" = "$(printf \
		'EARLIER=x\nLATER=x\nOUTER=o\nOWN=o-$(EARLIER)-$(OUTER)\nPODINIT_CONTAINER=a.1')" ]
}

@test "the helpers have no privileges" {
	pod privs <<-'END'
		[container a]
		command = sleep 1000
		livenessProbe.tcpSocket.port = 1
		[container b]
		command = sleep 1000
	END
	boot privs
	wait_for "$DIR/privs.log" "Ready pod="
	inner=$(pgrep -P $BOOTED)
	for helper in logger prober; do
		pid=$(pgrep -P "$inner" -x $helper)
		grep -E '^(Uid:\s65535\s65535|CapEff:\s0{16}|CapPrm:\s0{16}|NoNewPrivs:\s1)' "/proc/$pid/status" |
			wc -l | grep -qx 4
	done
	kill -TERM $BOOTED
	ended
}

@test "two pods of one user with a container of one name leave each other alone" {
	chmod 777 "$DIR"
	cp "$PODINIT" "$DIR/podinit"
	printf '[container web]\ncommand = sleep 1000\n' >"$DIR/long.ini"
	printf '[pod]\nrestartPolicy = Never\n[container web]\ncommand = true\n' >"$DIR/short.ini"
	setpriv --reuid=1000 --regid=1000 --clear-groups "$DIR/podinit" "$DIR/long.ini" \
		>"$DIR/long.log" 2>&1 3>&- &
	BOOTED=$!
	wait_for "$DIR/long.log" "Ready pod="
	run -0 setpriv --reuid=1000 --regid=1000 --clear-groups "$DIR/podinit" "$DIR/short.ini"
	sleep 0.3
	! grep -q "Error container=web" "$DIR/long.log"
	kill -TERM $BOOTED
	ended
	[ $code -eq 0 ]
}

# Proves: K8s 2.1.4, 8.6.5
@test "what cannot be made ready is told with its reason, and tried again" {
	long=$DIR/$(printf 'x%.0s' {1..200})
	pod mount <<-END
		[volume late]
		hostPath.path = $long
		hostPath.type = Directory
		[pod]
		restartPolicy = Never
		[container a]
		command = cat /mnt/said
		volumeMounts.late = /mnt
	END
	boot mount
	wait_for "$DIR/mount.log" 'FailedMount pod=mount attempt=1 retryIn=0.5s message="volume late: .*/x{200}: No such file or directory"$'
	mkdir "$long"
	echo here >"$long/said"
	ended
	[ $code -eq 0 ]
	grep -x here "$DIR/mount.log"
	# Where nothing can be started the attempt has no last word; the reason is told all the same.
	rm -r "$long"
	for files in {10..16}; do
		prlimit --nofile=$files "$PODINIT" "$DIR/mount.ini" >"$DIR/mount.log" 2>&1 3>&- &
		BOOTED=$!
		wait_for "$DIR/mount.log" Failed
		if grep "Failed pod=mount task=prepare message=.starting a process: " "$DIR/mount.log"; then
			wait_for "$DIR/mount.log" 'FailedMount .*"it could not be started"'
			found=1
		fi
		kill -TERM $BOOTED 2>/dev/null || true
		ended
	done
	[ "$found" = 1 ]
}

@test "tty = true gives a container podinit's own terminal: it reads, gets ^C, and gives it back" {
	pod terminal <<-'END'
		[pod]
		restartPolicy = Never
		[container c]
		tty = true
		stdin = true
		command = sh -c "tty; read x; echo got $x; trap 'echo told; exit 0' INT; echo up; while :; do sleep 0.1; done"
	END
	cat >"$DIR/run.sh" <<-END
		"$PODINIT" --log=error "$DIR/terminal.ini"
		echo "status \$?"
		read -r after && echo "after: \$after"
	END
	mkfifo "$DIR/keys"
	script -qc "sh $DIR/run.sh" /dev/null <"$DIR/keys" >"$DIR/screen" 2>&1 3>&- &
	BOOTED=$!
	exec 4>"$DIR/keys"
	wait_for "$DIR/screen" "/dev/pts/"
	echo hello >&4
	wait_for "$DIR/screen" "got hello"
	wait_for "$DIR/screen" "up"
	printf '\003' >&4
	wait_for "$DIR/screen" "told"
	wait_for "$DIR/screen" "status 0"
	echo world >&4
	wait_for "$DIR/screen" "after: world"
	exec 4>&-
}
