# Hooks, signals, deadlines, rules and variables, with real processes.

setup() {
	load ../helpers
}

@test "postStart and preStop run as processes of the container, with its environment" {
	# Proves: K8s 5.1, 5.6, 5.8, 5.12, 5.13
	pod hooks <<-END
		[container web]
		command = sh -c "trap 'echo told; exit 0' TERM; while :; do sleep 0.1; done"
		env.WHO = me
		workingDir = $DIR
		lifecycle.postStart.exec.command = sh -c "echo begun by \$WHO in \$PWD; echo '\$(WHO)' >begun"
		lifecycle.preStop.exec.command = sh -c "echo stopping; sleep 0.5; echo stopped"
	END
	boot hooks
	wait_for "$DIR/hooks.log" "^begun by me in $DIR\$"
	wait_for "$DIR/begun" .
	[ "$(cat "$DIR/begun")" = '$(WHO)' ]
	kill -TERM "$BOOTED"
	ended
	[ $code -eq 0 ]
	[ "$(grep -oE '^(stopping|stopped|told)' "$DIR/hooks.log" | tr '\n' ' ')" = "stopping stopped told " ]
}

@test "a hook that fails is told, and what it left behind is gone" {
	# Proves: K8s 5.4, 5.11
	pod failing <<-'END'
		[pod]
		restartPolicy = Never
		[container web]
		command = sleep 1000
		lifecycle.postStart.exec.command = sh -c "sleep 98761 & exit 7"
		lifecycle.preStop.exec.command = nothing-of-that-name
	END
	boot failing
	ended
	[ $code -eq 143 ]
	grep -q 'FailedPostStartHook container=web message="exit status 7"' "$DIR/failing.log"
	grep -q 'FailedPreStopHook container=web message="executing nothing-of-that-name' "$DIR/failing.log"
	gone 98761
}

@test "an httpGet hook is heard whatever the answer, and fails if there is none" {
	# Proves: K8s 5.14, 5.4
	port=$((20000 + $$ % 10000))
	mkdir "$DIR/www"
	pod http <<-END
		[pod]
		restartPolicy = Never
		[sidecar web]
		command = busybox httpd -f -p 127.0.0.1:$port -h $DIR/www
		startupProbe.tcpSocket.port = $port
		startupProbe.periodSeconds = 0.1
		startupProbe.failureThreshold = 100
		lifecycle.preStop.httpGet.port = $port
		lifecycle.preStop.httpGet.path = /nowhere
		[container main]
		command = sleep 1000
		lifecycle.postStart.httpGet.port = 1
	END
	boot http
	ended
	[ $code -eq 143 ]
	grep -q 'FailedPostStartHook container=main message="dial tcp 127.0.0.1:1: connection refused"' "$DIR/http.log"
	! grep -q FailedPreStopHook "$DIR/http.log"
}

@test "the stop signal is the file's, and its end is a good one" {
	# Proves: K8s 6.3.5, 1.4.4
	pod signal <<-'END'
		[container int]
		command = sleep 1000
		lifecycle.stopSignal = SIGINT
		[container rt]
		command = sleep 1000
		lifecycle.stopSignal = SIGRTMIN+3
	END
	boot signal
	wait_for "$DIR/signal.log" "Ready pod=signal"
	kill -TERM "$BOOTED"
	ended
	[ $code -eq 0 ]
	grep -q "Error container=int exitCode=130" "$DIR/signal.log"
	grep -q "Error container=rt exitCode=165" "$DIR/signal.log"
}

@test "activeDeadlineSeconds ends the pod with 124, timeoutSeconds an init container" {
	# Proves: K8s 6.6.1, 6.6.3, 6.6.4
	pod deadline <<-'END'
		[pod]
		activeDeadlineSeconds = 1
		[container main]
		command = sleep 1000
	END
	boot deadline
	ended
	[ $code -eq 124 ]
	grep -q "DeadlineExceeded pod=deadline" "$DIR/deadline.log"
	pod slow <<-'END'
		[pod]
		restartPolicy = Never
		[init slow]
		command = sh -c "trap 'exit 0' TERM; while :; do sleep 0.1; done"
		timeoutSeconds = 0.5
		[container main]
		command = true
	END
	boot slow
	ended
	[ $code -eq 1 ]
	grep -q "Init container slow ran longer than timeoutSeconds" "$DIR/slow.log"
	! grep -q "Started container=main" "$DIR/slow.log"
}

@test "a rule starts all of the pod anew" {
	# Proves: K8s 2.5.1, 2.5.2, 2.5.3, 3.1.2
	pod anew <<-END
		[pod]
		restartPolicy = Never
		[init first]
		command = sh -c "echo x >>$DIR/first"
		[container main]
		command = sh -c "[ \$(wc -l <$DIR/first) = 2 ] || exit 42"
		restartPolicy = Never
		restartPolicyRules = RestartAllContainers In 42
		[container other]
		command = sh -c "sleep 3"
	END
	boot anew
	ended
	[ $code -eq 0 ]
	[ "$(wc -l <"$DIR/first")" -eq 2 ]
	grep -q "RestartingAllContainers container=main" "$DIR/anew.log"
	grep -q "Started container=other .*restartCount=1" "$DIR/anew.log"
}

@test "variables of a file and of the pod, and what may name them" {
	# Proves: K8s 1.2.8, 1.2.10, 8.7.1, 8.7.2, 8.7.3, 8.7.4, 4.7.3
	printf 'FILE=from file\nBOTH=file\nRAW=$(FILE)\n' >"$DIR/some.env"
	pod vars <<-END
		[pod]
		labels.tier = back
		restartPolicy = Never
		[container main]
		command = sh -c "echo \$POD \$TIER \$FILE \$BOTH \$RAW \$USES \$(POD)"
		env.BOTH = env
		envFrom = some.env
		valueFrom.POD = metadata.name
		valueFrom.TIER = "metadata.labels['tier']"
		env.USES = \$(FILE)-\$(POD)-\$(LATER)
		env.LATER = later
	END
	run --separate-stderr "$PODINIT" "$DIR/vars.ini"
	[ "$output" = 'vars back from file env $(FILE) from file-vars-$(LATER) vars' ]
}

@test "the last words of a container that failed are its termination message" {
	# Proves: K8s 6.7.3, 9.43
	pod words <<-'END'
		[pod]
		restartPolicy = Never
		[container bad]
		command = sh -c "seq 1 100; echo 'it broke' >&2; exit 3"
		terminationMessagePolicy = FallbackToLogsOnError
		[container good]
		command = echo fine
		terminationMessagePolicy = FallbackToLogsOnError
	END
	boot words
	ended
	[ $code -eq 3 ]
	[ "$(grep -c TerminationMessage "$DIR/words.log")" -eq 1 ]
	# Eighty lines at most, of either stream.
	grep -qE 'TerminationMessage container=bad message="[^"]*it broke' "$DIR/words.log"
	! grep -qE 'TerminationMessage .*"(.*x0a)?19\\' "$DIR/words.log"
	printf '[container raw]\ncommand = sh -c "echo alone; exit 1"\nrestartPolicy = Never\n%s\n' \
		'terminationMessagePolicy = FallbackToLogsOnError' | pod raw
	run --separate-stderr "$PODINIT" "$DIR/raw.ini"
	[ "$output" = alone ]
	[[ "$stderr" == *'TerminationMessage container=raw message="alone"'* ]]
}

@test "a probe that comes while its container is dying is no error" {
	[ "$(id -u)" = 0 ] || skip "it takes root, to hold a process at its death"
	pod dying <<-END
		[pod]
		restartBackoff.initialSeconds = 0.05
		[container c]
		command = sh -c "sleep 7654$$ & wait; sleep 1000"
		readinessProbe.exec.command = true
		readinessProbe.periodSeconds = 0.02
	END
	boot dying --log=debug
	wait_for "$DIR/dying.log" 'Started .*restartCount=0'
	# Whoever traces a process is told of its death first.  So long the kernel keeps the namespace, whose
	# first process it has killed, and lets nobody in: for the time of some probes.
	python3 - "7654$$" <<-'END'
		import ctypes, glob, os, signal, sys, time
		def pid_of(word):
		    for f in glob.glob("/proc/[0-9]*/cmdline"):
		        try:
		            if open(f, "rb").read().split(b"\0")[:2] == [b"sleep", word.encode()]:
		                return int(f.split("/")[2])
		        except OSError:
		            pass
		while not (pid := pid_of(sys.argv[1])):
		    pass
		ptrace = ctypes.CDLL(None).ptrace
		assert ptrace(0x4206, pid, None, None) == 0, "PTRACE_SEIZE"
		parent = int(open(f"/proc/{pid}/stat").read().rsplit(")")[1].split()[1])
		os.kill(parent, signal.SIGKILL)
		time.sleep(0.3)
	END
	wait_for "$DIR/dying.log" 'Started .*restartCount=1'
	kill -TERM "$BOOTED"
	ended
	# One that was under way when the container was killed is killed with it.
	grep -E ' error |Unhealthy' "$DIR/dying.log" | grep -v ' failures=1/3 message="ended by signal 9"$' >"$DIR/wrong" || true
	cat "$DIR/wrong"
	[ ! -s "$DIR/wrong" ]
}
