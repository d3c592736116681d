# Containers inside an engine's container: everything holds with privileges; without them, what the file
# asks for by name is refused by that name, and nothing is started.

setup_file() {
	local BATS_TEST_TMPDIR=$BATS_FILE_TMPDIR
	load ../helpers
	load ../escape
	export IMAGE=$BATS_FILE_TMPDIR/image MODE=machine # inside, images are in /images as on a machine
	mkdir -p "$IMAGE"/{bin,tmp,etc,proc,dev,sys,run}
	chmod 755 "$IMAGE"
	chmod 1777 "$IMAGE/tmp"
	cp "$(command -v busybox)" "$IMAGE/bin/busybox"
	ln -s busybox "$IMAGE/bin/sh"
	cp "$PODINIT" "$IMAGE/podinit"
	echo 'root:x:0:0::/:/bin/sh' >"$IMAGE/etc/passwd"
	images "$IMAGE/images"
	WHO=root hostile_pod >"$IMAGE/etc/hostile.ini"
	# What Docker's filter does to a container without privileges.
	cat >"$BATS_FILE_TMPDIR/filter.json" <<-'END'
		{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
			{"names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38},
			{"names": ["clone"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1,
			 "args": [{"index": 0, "value": 268435456, "valueTwo": 268435456, "op": "SCMP_CMP_MASKED_EQ"}]},
			{"names": ["unshare", "mount", "setns", "pivot_root", "umount2", "open_tree", "move_mount"],
			 "action": "SCMP_ACT_ERRNO", "errnoRet": 1}]}
	END
	in_container --privileged -- /etc/hostile.ini >"$BATS_FILE_TMPDIR/root.hostile" 2>&1 || true
}

setup() {
	load ../helpers
	load ../escape
}

# in_container [ENGINE OPTION...] -- [PODINIT ARGUMENT...]
in_container() {
	local options=()
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	timeout 60 podman run --rm --runtime runc --network none --ulimit nofile=1024:4096 \
		--ulimit nproc=1000:1000 "${options[@]}" --rootfs "$IMAGE" /podinit "$@"
}

# refused KEY LINE: with LINE in its file the pod is not started for want of KEY (its first part)
refused() {
	printf '[pod]\nrestartPolicy = Never\n%s\n' "$2" >"$IMAGE/etc/pod.ini"
	run in_container --read-only --user 1000:1000 --cap-drop=ALL --security-opt no-new-privileges \
		--security-opt "seccomp=$BATS_FILE_TMPDIR/filter.json" --
	echo "$2: $output"
	[ "$status" -eq 125 ]
	[[ "$output" == *"error Failed "*"$1: "*"nothing was started"* ]]
	[[ "$output" != *started-anyway* ]]
}

@test "with --privileged all attacks are held" {
	for attack in chroot handle pivot nodes terminal mounts knobs unshare masked kernel neighbours binary; do
		as_root held $attack
	done
}

@test "with --privileged hostile images are refused" {
	as_root failed proc-link " /proc: it is not a real directory"
	as_root failed sys-link " /sys"
	as_root failed root-link "a link of the image"
	as_root failed passwd-fifo "not a plain file"
	as_root failed subpath-up "leads out of the volume"
	as_root failed cwd-7 "entering workingDir"
}

@test "with --privileged processes are given what the file says: main, probe and hooks" {
	as_root given given fds 0,1,2
	as_root given given bnd 00000000a80425fb
	as_root given nothing bnd 0000000000000000
	as_root given filter seccomp 2
	as_root given user uid 1000,1000,1000,1000
}

@test "without privileges a rootfs, a volume, a user, a view are refused, each by its key" {
	command='command = sh -c "echo started-anyway"'
	refused rootfs "[container a]
rootfs = /images/base
$command"
	refused volumeMounts "[volume v]
[container a]
volumeMounts.v = /tmp
$command"
	refused securityContext.runAsUser "[container a]
securityContext.runAsUser = 0
$command"
	refused securityContext.readOnlyRootFilesystem "[container a]
securityContext.readOnlyRootFilesystem = true
$command"
	refused securityContext.capabilities.add "[container a]
securityContext.capabilities.add = NET_ADMIN
$command"
	refused securityContext.privileged "[container a]
securityContext.privileged = true
$command"
	refused securityContext.seccompProfile.type "[container a]
securityContext.seccompProfile.type = RuntimeDefault
$command"
	refused shareProcessNamespace "shareProcessNamespace = false
[container a]
$command"
	refused hostAliases "hostAliases.10.0.0.1 = name
[container a]
$command"
}

@test "without privileges, leniently, it goes on with a warning" {
	printf '[pod]\nrestartPolicy = Never\n[volume v]\n[container a]\nvolumeMounts.v = /tmp\ncommand = sh -c "echo went-on"\n' \
		>"$IMAGE/etc/pod.ini"
	run in_container --read-only --user 1000:1000 --cap-drop=ALL --security-opt no-new-privileges \
		--security-opt "seccomp=$BATS_FILE_TMPDIR/filter.json" -- --lenient
	echo "$output"
	[ "$status" -eq 0 ]
	[[ "$output" == *"warning"*"volumeMounts: "*"going on without it"* ]]
	[[ "$output" == *went-on* ]]
}
