# images/seccomp-bpf.py: what it says of a profile that is wrong, and of what it leaves out.
# What it compiles is tested in tests/unit/init_seccomp.c.

setup() {
	load ../helpers
	PROFILE=$DIR/p.json
}

compile() {
	run "$ROOT/images/seccomp-bpf.py" "$PROFILE" -o "$DIR/p.bpf" "$@"
}

# refuses JSON WORDS: exits 1 with one line that holds the words, and writes nothing
refuses() {
	printf '%s' "$1" >"$PROFILE"
	compile
	echo "$1: $output"
	[ "$status" = 1 ]
	[ ${#lines[@]} = 1 ]
	[[ $output == "seccomp-bpf.py: $PROFILE"*"$2"* ]]
	[ ! -e "$DIR/p.bpf" ]
}

# of RULE: a profile with that rule
of() {
	printf '{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [%s]}' "$1"
}

@test "a profile that is wrong is refused in words that name the place" {
	refuses '{"defaultAction": ' 'not JSON: Expecting value: line 1'
	refuses '[]' 'has to be an object'
	refuses '{}' "there is no 'defaultAction'"
	refuses '{"defaultAction": "ALLOW"}' "defaultAction: there is no action 'ALLOW'; there are SCMP_ACT_ALLOW"
	refuses '{"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 5000}' 'defaultErrnoRet: 5000 is out of range'
	refuses '{"defaultAction": "SCMP_ACT_ERRNO", "syscall": []}' "there is no key 'syscall'; there are defaultAction"
	refuses '{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": {}}' 'syscalls: has to be a list'
	refuses '{"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_VAX"]}' "no architecture 'SCMP_ARCH_VAX'"
	refuses "$(of 7)" 'syscalls[0]: has to be an object'
	refuses "$(of '{"action": "SCMP_ACT_ALLOW"}')" 'syscalls[0]: names no call'
	refuses "$(of '{"names": [1], "action": "SCMP_ACT_ALLOW"}')" 'syscalls[0].names[0]: has to be a name'
	refuses "$(of '{"names": ["read"]}')" "syscalls[0]: there is no 'action'"
	refuses "$(of '{"names": ["read"], "action": "SCMP_ACT_NOTIFY"}')" 'SCMP_ACT_NOTIFY needs a process that answers'
	refuses "$(of '{"names": ["read"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 6, "op": "SCMP_CMP_EQ"}]}')" \
		'syscalls[0].args[0].index: has to be 0 to 5'
	refuses "$(of '{"names": ["read"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "op": "=="}]}')" \
		"syscalls[0].args[0].op: there is no comparison '=='"
	refuses "$(of '{"names": ["read"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "op": "SCMP_CMP_EQ", "value": -1}]}')" \
		'syscalls[0].args[0]: a value has to fit 64 bits'
	refuses "$(of '{"names": ["read"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_FLY"]}}')" \
		"syscalls[0].includes.caps[0]: there is no capability 'CAP_FLY'"
	refuses "$(of '{"names": ["read"], "action": "SCMP_ACT_ALLOW", "excludes": {"minKernel": "new"}}')" \
		"syscalls[0].excludes.minKernel: 'new' is no version"
	rm "$PROFILE"
	compile
	[ "$status" = 1 ]
	[ "$output" = "seccomp-bpf.py: $PROFILE: No such file or directory" ]
}

@test "a call that libseccomp does not know is left out with a warning, and a wrong option is usage" {
	of '{"names": ["raed", "read"], "action": "SCMP_ACT_ALLOW"}' >"$PROFILE"
	compile
	[ "$status" = 0 ]
	[ "$output" = "seccomp-bpf.py: warning: $PROFILE: libseccomp does not know raed; left out" ]
	# Of podinit's own profile that is an error: nobody would see a warning.
	run "$ROOT/images/seccomp-bpf.py" "$PROFILE" --header "$DIR/p.h"
	[ "$status" = 1 ]
	[[ $output == *"no call is named raed" ]]
	compile --cap FLY
	[ "$status" = 1 ]
	[[ $output == *"--cap: there is no capability 'FLY'" ]]
	compile --cap KILL --no-caps
	[ "$status" = 2 ]
}

@test "capabilities, the kernel and the machine decide which rules a compiled profile has" {
	of '{"names": ["mount"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_SYS_ADMIN"], "minKernel": "4.8"}}' >"$PROFILE"
	compile --cap CAP_SYS_ADMIN
	cp "$DIR/p.bpf" "$DIR/with"
	compile --cap SYS_ADMIN --kernel 4.8
	cmp "$DIR/p.bpf" "$DIR/with"
	compile --cap SYS_ADMIN --kernel 4.7
	cp "$DIR/p.bpf" "$DIR/without"
	[ "$(stat -c %s "$DIR/with")" -gt "$(stat -c %s "$DIR/without")" ]
	for option in '' --no-caps '--cap SYS_TIME'; do
		# shellcheck disable=SC2086 # words
		compile $option
		cmp "$DIR/p.bpf" "$DIR/without"
	done
	of '{"names": ["mount"], "action": "SCMP_ACT_ALLOW", "excludes": {"arches": ["amd64", "arm64", "riscv64", "ppc64le", "s390x"]}}' >"$PROFILE"
	compile
	cmp "$DIR/p.bpf" "$DIR/without"
}

@test "the profiles of Debian's podman and of podinit itself compile, and fit the kernel" {
	for PROFILE in /usr/share/containers/seccomp.json "$ROOT/images/seccomp.json"; do
		compile
		echo "$output"
		[ "$status" = 0 ]
		size=$(stat -c %s "$DIR/p.bpf")
		[ "$size" -gt 1000 ]
		[ "$size" -le 32768 ]
	done
}
