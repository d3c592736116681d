# What hostile images and hostile programs try, and that it comes to nothing: as root and as a user, in
# process mode here, in container mode and machine mode in ../container and ../vm (links to this file).
#
# The numbers are those of the list of attacks the project keeps; those that are not here:
#
#    4  a mount path with "..": tests/unit/config_parse.c
#    9  /dev/pts/N swapped before the console is bound: podinit binds no console; it hands on its own terminal
#   10  a volume over /proc/self/attr, /proc/sys: podinit writes to no procfs a container could have made
#   33  oom_score_adj: tests/unit/init_limits.c
#   39  SIGTERM to PID 1 of a shared PID namespace is a stop, whoever sends it
#   40  prlimit() on PID 1 by its own user, in a shared PID namespace: the kernel allows it, and nothing is tested
#   41-45  the control socket, reload, sd_notify: not there yet
#   46  hostile HTTP servers: tests/unit/probes_http.c, probes_prober.c
#   49-53  hostile pod files: tests/unit/config_parse.c, tests/fuzz/podfile.c
#   54, 55  hostile output: tests/unit/init_logger.c
#   56-60  exhaustion: tests/unit/init_group.c, tests/vm/limits.bats, tests/system/wrap.bats (orphans), pod.bats
#
# What befell others, and the test of it:
#
#   CVE-2016-3697, 2026-30892 (who a user is): 22        CVE-2016-9962 (ptrace, descriptors): 31, 37
#   CVE-2017-1002101, 2021-25741, 2021-30465, 2024-45310 (races): 6, subPath
#   CVE-2019-5736 (the runtime's binary): 12, 13         CVE-2019-16884, 2019-19921, 2023-27561 (/proc): 1, 2
#   CVE-2019-18837, 2022-23648, 2024-1753, 2025-24965 (targets behind links): 5, 7
#   CVE-2022-0492, 2023-25809 (cgroups): 18, 19          CVE-2022-24769 (inheritable capabilities): 25
#   CVE-2022-2989, 2023-25173 (groups): 28               CVE-2024-21626 (working directory): 11, 31
#   CVE-2024-9676 (/etc/passwd): 22                      CVE-2025-31133 (masks by a false /dev/null): 8, 20
#   CVE-2026-41579 (/dev): 3
#   Not here: CVE-2019-14271 (podinit loads no library in a container), 2020-15257 (no abstract socket),
#   2021-43784 (no netlink), 2025-9566 (volumes are made in a tmpfs of their own: tests of the stage),
#   2025-52565 (no console), 2025-52881 (nothing is written to a container's procfs).

setup_file() {
	local BATS_TEST_TMPDIR=$BATS_FILE_TMPDIR
	load ../escape
	load ../helpers
	export MODE=process
	case $BATS_TEST_FILENAME in
	*/container/*) MODE=container ;;
	*/vm/*) MODE=machine ;;
	esac
	# Where others than root may find it too.
	cp "$PODINIT" "$BATS_FILE_TMPDIR/podinit"
	export PODINIT=$BATS_FILE_TMPDIR/podinit
	sum=$(sha256sum "$PODINIT"; stat -c %a%u "$PODINIT")
	hostile_run "$BATS_FILE_TMPDIR"
	export SAME=no
	[ "$sum" != "$(sha256sum "$PODINIT"; stat -c %a%u "$PODINIT")" ] || SAME=yes
}

setup() {
	load ../helpers
	load ../escape
}

# ---- Paths ----

@test "1 /proc of the image is a link, or a file: refused" {
	everywhere failed proc-link " /proc: it is not a real directory"
	everywhere failed proc-file " /proc: it is not a real directory"
}

@test "2 /sys of the image is a link, or a file: refused" {
	everywhere failed sys-link " /sys"
	everywhere failed sys-file " /sys"
}

@test "3 /dev of the image is a link to ../../etc: it is the image's own /etc" {
	everywhere said dev-link "chroot held"
	[ ! -e /etc/ptmx ]
	[ ! -e /etc/fd ]
}

@test "5 a mount path leads through a link of the image to its root: refused" {
	everywhere failed root-link "a link of the image leads from there to its root"
}

@test "6 links are exchanged for directories while podinit mounts on them and from them: 201 times each" {
	[ "$MODE" = process ] || skip "the same calls in every mode, and slow"
	everywhere -race raced target
	everywhere -race raced source
	[ ! -e /attack-raced ]
}

@test "7 a mount path is a link that leads nowhere, or above the root: made inside" {
	everywhere said dangling "/nonexist/y$"
	everywhere said above "/above/y$"
	[ ! -e /nonexist ]
	[ ! -e /above ]
}

@test "8 /dev/null of the image is a link to sysrq-trigger: it is not believed" {
	everywhere said null-link "knobs held"
	everywhere said null-link "masked held"
}

@test "11 workingDir is a descriptor of podinit's: refused, or nowhere outside" {
	for ((fd = 3; fd <= 20; fd++)); do
		everywhere failed "cwd-$fd" "entering workingDir"
	done
	# Those that podinit was started with: "/", /proc and where the test is.
	for fd in 5 7 8; do
		[ "$MODE" != process ] || everywhere failed "cwd-$fd" "outside of the container's root"
	done
}

@test "12 the command is podinit's own binary, or a descriptor of its: nothing of it can be executed" {
	# A machine has nobody but its PID 1 whom a changed binary could deceive.
	for how in self init link script; do
		[ "$MODE" = machine ] || everywhere failed "exe-$how" "exitCode=126"
	done
	everywhere failed exe-fd "exitCode=126"
}

@test "13 podinit's binary is reachable from no container, and is what it was" {
	everywhere held binary
	[ $SAME = yes ]
}

@test "subPath leads out of the volume by a link, an absolute one, .. and one of /proc: refused" {
	for way in absolute up far root; do
		everywhere failed "subpath-$way" "subPath leads out of the volume"
	done
}

# ---- Calls ----

@test "14 chroot and .. stay in the root" {
	everywhere held chroot
}

@test "15 open_by_handle_at is refused" {
	everywhere held handle
}

@test "16 no device can be used but those of /dev: made anywhere, or brought by the image" {
	everywhere held nodes
}

@test "17 mount, remount, bind and umount are refused, by the old calls and the new" {
	everywhere held mounts
}

@test "18 pivot_root and setns are refused, and a user namespace of its own uncovers nothing" {
	everywhere held pivot
	everywhere held unshare
}

@test "19, 21 what the kernel is steered by, and the cgroup, cannot be written" {
	everywhere held knobs
}

@test "20 what is masked is empty" {
	everywhere held masked
}

@test "modules, swap, host name, priority and BPF are refused" {
	everywhere held kernel
}

# ---- /etc/passwd ----

@test "22 /etc/passwd of the image is a FIFO, a device, huge, a directory: refused at once" {
	for what in fifo device huge directory; do
		everywhere failed "passwd-$what" "not a plain file of at most 1 MiB"
	done
}

@test "22 /etc/passwd of the image has a line of 10,000 characters, or a user called 1000: passed over" {
	everywhere said passwd-long "state passwd-long uid=0,"
	as_root said user-number "state user-number uid=1000,1000,1000,1000 "
}

@test "22 a user whose number is none is none: 4294967295, 4294967296, -1, 0x0, nothing" {
	for id in 4294967295 4294967296 -1 0x0 none; do
		as_root failed "user-$id" "no such user"
	done
}

# ---- What a process is given ----

@test "23 a setuid program gives nothing with allowPrivilegeEscalation = false, and else what it should" {
	as_root said held "state held uid=1000,1000,"
	as_root said let "state let uid=1000,0,"
}

@test "24 a program with a capability of its own: not beyond the bounding set, nothing without new privileges" {
	[ "$MODE" != machine ] || skip "an initramfs has no attributes"
	as_root failed file-caps "Operation not permitted"
	as_root said file-caps-nnp "state file-caps-nnp .* prm=0000000000000000 eff=0000000000000000 "
}

@test "25 capabilities are the configured ones: main, probe and hooks, after a second exec" {
	for set in prm eff bnd; do
		everywhere given given $set 00000000a80425fb
		everywhere given some $set 0000000000040000
	done
	for set in inh amb; do
		everywhere given given $set 0000000000000000
		everywhere given some $set 0000000000000000
	done
}

@test "26 drop ALL leaves nothing, also to uid 0 after a second exec" {
	for set in inh prm eff bnd amb; do
		everywhere given nothing $set 0000000000000000
	done
}

@test "27 added capabilities reach a user only with ambient = true" {
	for set in inh prm eff bnd amb; do
		as_root given ambient $set 0000000000040000
	done
	for set in inh prm eff amb; do
		as_root given user $set 0000000000000000
	done
	as_root given user bnd 0000000000040000
}

@test "28 groups are those of the file, not podinit's" {
	as_root given given groups 0,2000
	as_root given user groups 1000,2000
	as_root given user gid 1000,1000,1000,1000
}

@test "29 nothing is blocked or ignored, the mask of files is usual, the session is its own" {
	everywhere given given blocked 0000000000000000
	everywhere given given ignored 0000000000000000
	everywhere given given umask 0022
	everywhere given given session own
}

@test "no key of podinit's session" {
	everywhere held keyring
}

@test "30 nothing of podinit's environment" {
	everywhere given given env "HOME,HOSTNAME,PATH,PODINIT_CONTAINER,PWD,SHLVL"
}

@test "31 no descriptor but 0, 1 and 2: init, main, probe, hooks" {
	everywhere given given fds 0,1,2
	everywhere said first "state first.main .* fds=0,1,2 "
}

@test "32 the filter is on main, probe and hooks, with and without new privileges" {
	everywhere given filter seccomp 2
	everywhere given filter nnp 0
	everywhere given filter-nnp seccomp 2
	everywhere given filter-nnp nnp 1
	everywhere given given seccomp 0
}

@test "34 limits are the configured ones, or those podinit was started with" {
	everywhere given limits files 100:200
	[ "$MODE" != process ] || everywhere given given files "1000:[0-9]+"
}

@test "35 standard input is at its end" {
	everywhere given given stdin end
}

@test "36 no terminal is in reach, nor a console or memory" {
	everywhere held terminal
}

# ---- Others ----

@test "37, 38 PID 1 that is shared: no ptrace, no memory, no descriptor, and no signal harms it" {
	everywhere -shared attacked_init
}

@test "37 a probe is born into its container as what it is to be, and nobody there can make more of it" {
	everywhere said tracer "joined held$"
}

@test "47 what an exec probe left behind is gone" {
	everywhere -shared said daemon ".*busybox ps"
	for log in "$BATS_FILE_TMPDIR"/*.shared; do
		! grep "sleep 4321" "$log"
	done
}

@test "48 processes and files of another container are not to be seen" {
	everywhere held neighbours
}

@test "two containers talk over 127.0.0.1 and share a volume" {
	everywhere said client "over the network$"
	everywhere said client "over the volume$"
}

@test "two users have pods at a time, and none is in the way of another's" {
	[ "$MODE" = process ] || skip "each container has its own /tmp"
	for id in 65534 1000; do
		IMAGES=$BATS_FILE_TMPDIR/root
		hostile "of-$id" "/attack state of-$id" >"$DIR/$id.ini"
		sed -i '1i [pod]\nrestartPolicy = Never' "$DIR/$id.ini"
		chown -hR $id:$id "$I"
		run setpriv --reuid=$id --regid=$id --clear-groups "$PODINIT" run "$DIR/$id.ini"
		echo "$output"
		[ "$status" -eq 0 ]
		[[ "$output" == *"state of-$id uid=0,"* ]]
	done
}
