# The same file in a shell and in containers, with and without privileges: every cell of the table `habitats`, but for
# the machine's, which tests/vm boots.

setup_file() {
	export IMAGE=$BATS_FILE_TMPDIR/image FILTER=$BATS_FILE_TMPDIR/filter.json
	load ../helpers
	load image
	make_image "$IMAGE"
	make_roots "$IMAGE"
	cp "$PODINIT" "$IMAGE/podinit"
	# What engines forbid who has no CAP_SYS_ADMIN, with Docker's answer to clone3().
	cat >"$FILTER" <<-'JSON'
		{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
			{"names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38},
			{"names": ["unshare", "setns", "mount", "umount2", "pivot_root", "open_tree", "move_mount",
				"mount_setattr", "fsopen", "fsmount", "fsconfig"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1},
			{"names": ["clone"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1, "args":
				[{"index": 0, "value": 131072, "valueTwo": 131072, "op": "SCMP_CMP_MASKED_EQ"}]},
			{"names": ["clone"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1, "args":
				[{"index": 0, "value": 268435456, "valueTwo": 268435456, "op": "SCMP_CMP_MASKED_EQ"}]},
			{"names": ["clone"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1, "args":
				[{"index": 0, "value": 536870912, "valueTwo": 536870912, "op": "SCMP_CMP_MASKED_EQ"}]}]}
	JSON
}

setup() {
	load ../helpers
	load habitats
	read_table
	spare_rlimits
	ENGINE="podman run --rm --runtime runc --network none --ulimit nofile=1024:4096 --ulimit nproc=1000:1000"
}

# Where this root itself may not raise limits, as in a sandbox, neither may podinit.
spare_rlimits() {
	local row caps
	caps=$(sed -n 's/^CapEff:\t*//p' /proc/self/status)
	((0x$caps >> 24 & 1)) && return
	for row in $(seq "$ROWS"); do
		[ "${TITLE[$row]}" != "rlimits, above" ] ||
			CELL[$row, root]=no CELL[$row, privileged]=no
	done
	return 0
}

# in_column COLUMN ROW [PODINIT OPTION...]: $DIR/log, and the status in $code
in_column() {
	local column=$1 rows=$2 podinit="$IMAGE/podinit" pod="$IMAGE/etc/pod.ini" user=0 directory=''
	shift 2
	case $column in root | user) directory=$IMAGE ;; esac
	case $column in user | unprivileged) user=1000 ;; esac
	# shellcheck disable=SC2086
	pod_of "$directory" $user $rows >"$pod"
	code=0
	# shellcheck disable=SC2086
	case $column in
	root) (ulimit -n 4096 && timeout 60 "$podinit" "$@" "$pod") ;;
	user) (ulimit -n 4096 && timeout 60 setpriv --reuid 1000 --regid 1000 --clear-groups "$podinit" "$@" "$pod") ;;
	privileged) timeout 60 $ENGINE --privileged --rootfs "$IMAGE" /podinit "$@" ;;
	default) timeout 60 $ENGINE --rootfs "$IMAGE" /podinit "$@" ;;
	unprivileged) timeout 60 $ENGINE --read-only --user 1000:1000 --cap-drop=ALL \
		--security-opt no-new-privileges --rootfs "$IMAGE" /podinit "$@" ;;
	filtered) timeout 60 $ENGINE --security-opt seccomp="$FILTER" --rootfs "$IMAGE" /podinit "$@" ;;
	esac >"$DIR/log" 2>&1 || code=$?
}

# column COLUMN: every row of it
column() {
	local rows wrong=0
	while read -r rows; do
		[ -n "$rows" ] || continue
		in_column "$1" "$rows"
		# shellcheck disable=SC2086
		judge "$1" "$DIR/log" $code $rows || wrong=1
	done < <(groups_of "$1")
	return $wrong
}

# lenient COLUMN: what is refused is one warning a key, and the pod goes on
lenient() {
	local rows row wrong=0
	while read -r rows; do
		[ "${CELL[${rows%% *}, $1]-}" = no ] || continue
		in_column "$1" "$rows" --lenient
		for row in $rows; do
			[ "$(told "$DIR/log" warning "$row")" = 1 ] ||
				{ echo "${TITLE[$row]}, $1: $(told "$DIR/log" warning "$row") warnings"; wrong=1; }
			grep -q "^r$row | answer: " "$DIR/log" || { echo "${TITLE[$row]}, $1: it did not run"; wrong=1; }
		done
		[ $code -eq 0 ] || { echo "$1: status $code"; wrong=1; }
		[ $wrong = 0 ] || cat "$DIR/log"
	done < <(groups_of "$1")
	return $wrong
}

@test "root in a shell" { column root; }
@test "an ordinary user in a shell" { column user; }
@test "podman run --privileged" { column privileged; }
@test "podman run" { column default; }
@test "podman run --user --cap-drop=ALL, no new privileges, read-only" { column unprivileged; }
@test "podman run, with a filter that forbids namespaces and mounts" { column filtered; }

@test "root in a shell, --lenient" { lenient root; }
@test "an ordinary user in a shell, --lenient" { lenient user; }
@test "podman run --privileged, --lenient" { lenient privileged; }
@test "podman run, --lenient" { lenient default; }
@test "podman run --user --cap-drop=ALL, --lenient" { lenient unprivileged; }
@test "podman run with a filter, --lenient" { lenient filtered; }

@test "podinit(8) says the same" {
	diff <(sed -n 's/^row //p; s/^cells //p' "$HABITATS" | paste -d ' ' - -) \
		<(sed -n '/^\.It Em asked for/,/^\.El/s/^\.It \([^E].*\)/\1/p' "$ROOT/init/podinit.8" | sed 's/ Ta / /g')
}
