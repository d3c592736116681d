# What is typed wrong, and what is written wrong.

setup() {
	load ../helpers
}

# refused STATUS WORDS... : and standard error says all the words of $said
refused() {
	local want=$1
	shift
	run --separate-stderr "-$want" "$PODINIT" "$@"
	echo "$stderr"
	[ -z "$output" ]
	[[ "$stderr" == *"$said"* ]]
}

@test "version and help are on standard output" {
	for call in version --version help --help -h "help run" "help check"; do
		run --separate-stderr -0 "$PODINIT" $call
		[ -n "$output" ]
		[ -z "$stderr" ]
	done
}

@test "usage errors end with 2 and a usage line" {
	said="usage: podinit"
	refused 2 --nonsense
	refused 2 run --log=loud x.ini
	refused 2 run --grace=soon x.ini
	refused 2 --
	refused 2 a.ini b.ini
	refused 2 a.ini --log=debug
	refused 2 check --nonsense
	refused 2 help nonsense
	refused 2 version now
}

@test "calls that are not built yet say so and end with 2" {
	said="not built yet"
	for call in status ready wait events logs exec restart stop kube; do
		refused 2 $call
	done
	refused 2 run --socket=/tmp/x a.ini
}

@test "a file that is not there, or no file, or empty, is an error with 2" {
	said="/no/such/pod.ini"
	refused 2 /no/such/pod.ini
	refused 2 check /no/such/pod.ini
	said="$DIR"
	refused 2 "$DIR"
	: >"$DIR/empty.ini"
	said="$DIR/empty.ini"
	refused 2 "$DIR/empty.ini"
}

@test "every error of a file is printed, with its line, and nothing is started" {
	cat >"$DIR/bad.ini" <<-END
		[pod]
		restartPolicy = Sometimes
		[container a]
		comand = true
		command = sh -c "touch $DIR/started"
		readinessProbe.httpGet.port = 99999
		[container a]
		command = true
	END
	for call in check run; do
		run -2 "$PODINIT" $call "$DIR/bad.ini"
		echo "$output"
		[[ "$output" == *"bad.ini:2: [pod] restartPolicy: "* ]]
		[[ "$output" == *"bad.ini:4: [container a] comand: "*command* ]]
		[[ "$output" == *"bad.ini:6: [container a] readinessProbe.httpGet.port: "* ]]
		[[ "$output" == *"bad.ini:7: [container a]"* ]]
	done
	[ ! -e "$DIR/started" ]
}

@test "the examples of README and manual are valid, and a 1 MiB line is" {
	awk -v to="$DIR/readme" '/^```ini/ {on = 1; n++; next} /^```/ {on = 0} on {print >(to n ".ini")}' "$ROOT/README.md"
	[ -e "$DIR/readme2.ini" ]
	for example in "$DIR"/readme*.ini; do
		run -0 "$PODINIT" check "$example"
	done
	{
		printf '[container a]\ncommand = echo '
		head -c 1048576 /dev/zero | tr '\0' x
		echo
	} >"$DIR/long.ini"
	run -0 "$PODINIT" check "$DIR/long.ini"
	printf '[container a]\ncommand = a\0b\n' >"$DIR/nul.ini"
	run -2 "$PODINIT" check "$DIR/nul.ini"
	[[ "$output" == *"nul.ini:2"* ]]
}

@test "the file is the argument, else PODINIT_CONFIG" {
	printf '[pod]\nrestartPolicy = Never\n[container a]\ncommand = echo from-env\n' >"$DIR/env.ini"
	run --separate-stderr -0 env PODINIT_CONFIG="$DIR/env.ini" "$PODINIT"
	[ "$output" = from-env ]
	run -2 env PODINIT_LOG=loud "$PODINIT" "$DIR/env.ini"
}

@test "check --plan prints how each process would be started" {
	cat >"$DIR/plan.ini" <<-'END'
		[container a]
		command = echo "two words" $(NAME)
		env.NAME = value
		workingDir = /usr
		livenessProbe.exec.command = test -e /
	END
	run -0 "$PODINIT" check --plan "$DIR/plan.ini"
	echo "$output"
	[[ "$output" == *"exec     echo 'two words' value"* ]]
	[[ "$output" == *"workdir  /usr"* ]]
	[[ "$output" == *"a liveness"* ]]
}

@test "check --plan leaves out neither filters nor scores nor who reads the output" {
	cat >"$DIR/plan.ini" <<-'END'
		[pod]
		log.format = prefix
		[container a]
		command = true
		securityContext.seccompProfile.type = Localhost
		securityContext.seccompProfile.localhostProfile = /not/on/this/machine
		resources.limits.memory = 64Mi
		resources.limits.cpu = 1
	END
	run -0 "$PODINIT" check --plan "$DIR/plan.ini"
	echo "$output"
	for line in "seccomp  filter" "oom      -997" "output   to the logger"; do
		[ "$(grep -c "^  $line$" <<<"$output")" = 1 ]
	done
	sed -i 's/prefix/raw/; s/Localhost/RuntimeDefault/; /localhostProfile/d; /resources/d
		s/^command.*/&\nsecurityContext.allowPrivilegeEscalation = false/' "$DIR/plan.ini"
	run -0 "$PODINIT" check --plan "$DIR/plan.ini"
	echo "$output"
	[ "$(grep -A 1 "^  seccomp" <<<"$output")" = $'  seccomp  filter\n  exec     true' ]
	[[ "$output" == *"output   podinit's own"* ]]
	[[ "$output" != *oom* ]]
}
