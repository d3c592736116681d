# Hostile pods, the same in every mode, and how to judge what they say.
#
# A pod is run once, its output is $LOG, and every test looks at what one container of it said.
#
#   MODE  process, container or machine
#   WHO   root or user: who podinit runs as.  A user has one number, so nobody else can be become.
#         users: root, and the pod has users of its own

MARK=THIS-IS-THE-IMAGE
PORT=$((20000 + RANDOM % 10000))

# ---- Images ----

# images DIR: the base image, with busybox and the attacker's program
images() {
	IMAGES=$1
	local base=$IMAGES/base
	mkdir -p "$base"/{bin,etc,proc,sys,dev,tmp,data,mnt,out}
	cp "$(command -v busybox)" "$base/bin/busybox"
	ln -s busybox "$base/bin/sh"
	musl-gcc -O2 -static -D_GNU_SOURCE -o "$base/attack" "$TESTS/tools/attack.c"
	touch "$base/$MARK"
	printf 'root:x:0:0::/root:/bin/sh\nuser:x:1000:1000::/home:/bin/sh\n' >"$base/etc/passwd"
	cp "$base/attack" "$base/setuid"
	chmod 4755 "$base/setuid"
	mknod -m 666 "$base/zero" c 1 5
	# CAP_NET_RAW, permitted and effective
	cp "$base/attack" "$base/file-caps"
	python3 -c 'import os, struct, sys
os.setxattr(sys.argv[1], "security.capability", struct.pack("<5I", 0x02000001, 1 << 13, 0, 0, 0))' "$base/file-caps"
	chmod -R go+rX "$IMAGES"
}

# ---- Pod files ----

# section KIND NAME IMAGE COMMAND [KEY=VALUE...]
section() {
	local place=$IMAGES
	[ "$MODE" != machine ] || place=/images
	printf '[%s %s]\nrootfs = %s/%s\ncommand = %s\n' "$1" "$2" "$place" "$3" "$4"
	# On the machine every root is read-only, and what an image lacks is made in a view of it.
	[ "$MODE" != machine ] || echo "securityContext.readOnlyRootFilesystem = true"
	shift 4
	[ $# -eq 0 ] || printf '%s\n' "$@"
}

# hostile NAME COMMAND [KEY=VALUE...]: a container in an image of its own; $I is the directory of it
hostile() {
	I=$IMAGES/$1
	cp -al "$IMAGES/base" "$I"
	section container "$1" "$1" "${@:2}"
}

# state NAME [KEY=VALUE...]: a container that tells what each process of it was given
state() {
	section sidecar "$1" base "sh -c \"exec /attack stay $1.main\"" "${@:2}" \
		"volumeMounts.out = /out" \
		"startupProbe.exec.command = sh -c \"exec /attack state $1.probe >/out/$1.probe\"" \
		"lifecycle.postStart.exec.command = sh -c \"exec /attack state $1.postStart >/out/$1.postStart\"" \
		"lifecycle.preStop.exec.command = sh -c \"exec /attack state $1.preStop >/out/$1.preStop\""
}

states() {
	state given
	state nothing "securityContext.capabilities.drop = ALL"
	state some "securityContext.capabilities.drop = ALL" \
		"securityContext.capabilities.add = SYS_CHROOT"
	state filter "securityContext.seccompProfile.type = RuntimeDefault"
	state filter-nnp "securityContext.seccompProfile.type = RuntimeDefault" \
		"securityContext.allowPrivilegeEscalation = false"
	state limits "securityContext.rlimits.nofile = 100:200"
	[ "$WHO" != user ] || return 0
	state user "securityContext.runAsUser = 1000" \
		"securityContext.capabilities.drop = ALL" \
		"securityContext.capabilities.add = SYS_CHROOT"
	state ambient "securityContext.runAsUser = 1000" "securityContext.ambient = true" \
		"securityContext.capabilities.drop = ALL" \
		"securityContext.capabilities.add = SYS_CHROOT"
}

attackers() {
	section container as-root base "/attack all" "volumeMounts.data = /data"
	section container filtered base "/attack all" "volumeMounts.data = /data" \
		"securityContext.seccompProfile.type = RuntimeDefault"
	section container read-only base "/attack all" "volumeMounts.data = /data"
	[ "$MODE" = machine ] || echo "securityContext.readOnlyRootFilesystem = true"
	section container tracer base "/attack joined" "securityContext.capabilities.add = SYS_PTRACE" \
		"readinessProbe.exec.command = /bin/busybox sleep 0.02" "readinessProbe.periodSeconds = 0.01"
	[ "$WHO" != user ] || return 0
	section container as-user base "/attack all" "volumeMounts.data = /data" \
		"securityContext.runAsUser = 1000"
	section container held base "/setuid state held" "securityContext.runAsUser = 1000" \
		"securityContext.allowPrivilegeEscalation = false"
	section container let base "/setuid state let" "securityContext.runAsUser = 1000"
	[ "$MODE" != machine ] || return 0 # an initramfs has no attributes
	section container file-caps base "/file-caps state file-caps" "securityContext.runAsUser = 1000" \
		"securityContext.capabilities.drop = NET_RAW"
	section container file-caps-nnp base "/file-caps state file-caps-nnp" \
		"securityContext.runAsUser = 1000" "securityContext.allowPrivilegeEscalation = false"
}

# Two that are one pod: the network and a volume are common to both, and nothing else is.
talker() {
	section sidecar server base \
		"sh -c \"echo over the volume >/data/word; busybox touch /private 2>/dev/null; \
			while :; do echo over the network | busybox nc -l -p $PORT 127.0.0.1; done\"" \
		"volumeMounts.data = /data"
}

listener() {
	section container client base \
		"sh -c \"until busybox nc 127.0.0.1 $PORT </dev/null 2>/dev/null | busybox grep network; do \
			busybox sleep 0.1; done; busybox cat /data/word\"" \
		"volumeMounts.data = /data"
}

# overlays: the machine's kernel has them in a module
overlays() {
	[ "$MODE" != machine ] || printf '[machine]\nmodules = overlay\n'
}

# What stands where podinit mounts something.
hostile_roots() {
	hostile proc-link "/attack all"
	rmdir "$I/proc"
	ln -s tmp/x "$I/proc"
	mkdir -p "$I/tmp/x"
	hostile proc-file "/attack all"
	rmdir "$I/proc"
	touch "$I/proc"
	hostile sys-link "/attack all"
	rmdir "$I/sys"
	ln -s /tmp "$I/sys"
	hostile sys-file "/attack all"
	rmdir "$I/sys"
	touch "$I/sys"
	hostile dev-link "/attack all"
	rmdir "$I/dev"
	ln -s /../../etc "$I/dev"
	hostile null-link "/attack all"
	ln -s /proc/sysrq-trigger "$I/dev/null"
	hostile root-link "/attack all" "volumeMounts.data = /here"
	ln -s / "$I/here"
	hostile dangling "sh -c \"/attack all; busybox ls -d /nonexist/y\"" "volumeMounts.data = /here"
	ln -s /nonexist/y "$I/here"
	hostile above "sh -c \"/attack all; busybox ls -d /above/y\"" "volumeMounts.data = /here"
	ln -s ../../../above/y "$I/here"
}

# What /etc/passwd is.
hostile_users() {
	hostile passwd-fifo "/attack state passwd-fifo"
	rm "$I/etc/passwd"
	mkfifo "$I/etc/fifo"
	ln -s fifo "$I/etc/passwd"
	hostile passwd-device "/attack state passwd-device"
	rm "$I/etc/passwd"
	ln -s /dev/zero "$I/etc/passwd"
	hostile passwd-huge "/attack state passwd-huge"
	rm "$I/etc/passwd"
	truncate -s "$([ "$MODE" = machine ] && echo 4M || echo 2G)" "$I/etc/passwd"
	hostile passwd-directory "/attack state passwd-directory"
	rm "$I/etc/passwd"
	mkdir "$I/etc/passwd"
	hostile passwd-long "/attack state passwd-long"
	rm "$I/etc/passwd"
	{ head -c 10000 /dev/zero | tr '\0' x; echo; } >"$I/etc/passwd"
	[ "$WHO" != user ] || return 0
	hostile user-number "/attack state user-number" "securityContext.runAsUser = 1000"
	rm "$I/etc/passwd"
	echo '1000:x:0:0::/root:/bin/sh' >"$I/etc/passwd"
	for id in 4294967295 4294967296 -1 0x0 ""; do
		hostile "user-${id:-none}" "/attack state user-${id:-none}" \
			"securityContext.runAsUser = evil"
		rm "$I/etc/passwd"
		echo "evil:x:$id:0::/root:/bin/sh" >"$I/etc/passwd"
	done
}

# Ways to podinit's own descriptors and binary.
hostile_commands() {
	local fd
	for ((fd = 3; fd <= 20; fd++)); do
		section container "cwd-$fd" base "/attack state cwd-$fd" "workingDir = /proc/self/fd/$fd"
	done
	section container cwd-cwd base "/attack state cwd-cwd" "workingDir = /proc/self/cwd"
	section container exe-self base /proc/self/exe
	section container exe-init base /proc/1/exe
	section container exe-fd base /proc/self/fd/3
	hostile exe-script /script
	printf '#!/proc/self/exe\n' >"$I/script"
	chmod +x "$I/script"
	hostile exe-link /link
	ln -s /proc/self/exe "$I/link"
}

# Ways out of a volume, which another container made.
hostile_volumes() {
	local way
	for way in absolute up far root; do
		section container "subpath-$way" base "/attack all" "volumeMounts.traps = /mnt:subPath=$way"
	done
}

host_users() {
	[ "$WHO" != users ] || echo "hostUsers = false"
}

# shared_pod: podinit is PID 1 of the containers too
shared_pod() {
	printf '[pod]\nrestartPolicy = Never\nactiveDeadlineSeconds = 40\nshareProcessNamespace = true\n'
	host_users
	overlays
	section container as-root base "/attack chroot init signals"
	[ "$WHO" = user ] ||
		section container as-user base "/attack chroot init signals" "securityContext.runAsUser = 1000"
	section container daemon base "sh -c \"sleep 0.3; busybox ps\"" \
		"startupProbe.exec.command = sh -c \"busybox setsid busybox sleep 4321 & exit 0\""
}

# racing_pod STARTS: one container exchanges a directory and a link to /, the other mounts on them
racing_pod() {
	printf '[pod]\nactiveDeadlineSeconds = 60\n'
	host_users
	printf '[volume common]\n[volume other]\n'
	section init make base "sh -c \"cd /data; busybox mkdir t d; busybox touch d/THIS-IS-THE-VOLUME; \
		busybox ln -s / l; busybox ln -s /proc/self/root/../../../.. k\"" "volumeMounts.common = /data"
	section sidecar swap-target base "/attack swap /data/t /data/l" "volumeMounts.common = /data"
	section sidecar swap-source base "/attack swap /data/d /data/k" "volumeMounts.common = /data"
	for what in target source; do
		section container "$what" base "$([ $what = source ] && echo /attack within /mnt || echo /attack chroot)" \
			"restartBackoff.initialSeconds = 0.01" "restartBackoff.maxSeconds = 0.01" \
			"restartPolicy = Always" "maxRestarts = $1" \
			"$([ $what = source ] && echo volumeMounts.common = /mnt:subPath=d ||
				printf 'volumeMounts.common = /data\nvolumeMounts.other = /data/t/attack-raced')"
	done
}

# hostile_pod: all of it, on standard output
hostile_pod() {
	printf '[pod]\nrestartPolicy = Never\nactiveDeadlineSeconds = 40\n'
	host_users
	[ "$WHO" = user ] || echo "securityContext.supplementalGroups = 2000"
	overlays
	printf '[volume %s]\nemptyDir.medium = Memory\n' data traps out
	section init traps base "sh -c \"cd /traps; busybox ln -s / absolute; \
		busybox ln -s ../.. up; busybox mkdir d; busybox ln -s d/../../etc far; \
		busybox ln -s /proc/self/root root\"" "volumeMounts.traps = /traps"
	section init first base "sh -c \"exec /attack state first.main\""
	section sidecar reporter base "/attack report /out" "volumeMounts.out = /out"
	talker
	states
	attackers
	listener
	hostile_roots
	hostile_users
	hostile_commands
	hostile_volumes
}

# ---- Judges ----

# said NAME REGEX: a line of that container matches
said() {
	grep -qE -- "^$1 \| $2" "$LOG" || {
		echo "$LOG: $1 never said: $2"
		grep -E -- "^$1 \||=$1 " "$LOG"
		return 1
	}
}

# failed NAME REGEX: it was never started, with these words
failed() {
	if ! grep -qE -- "StartError container=$1 .*$2" "$LOG" || grep -qE -- "^$1 \|" "$LOG"; then
		echo "$LOG: $1 did not fail with: $2"
		grep -E -- "^$1 \||=$1 " "$LOG"
		return 1
	fi
}

# held ATTACK: it was tried by every attacker, and none came anywhere
held() {
	local c all="as-root filtered read-only dev-link null-link dangling above"
	[ "$WHO" = user ] || all="$all as-user"
	for c in $all; do
		said "$c" "$1 held$" || return 1
	done
}

# given NAME KEY REGEX: that is what the main process of NAME was given, and its probe and hooks
given() {
	local role line
	for role in main probe postStart preStop; do
		line=$(grep -oE "state $1\.$role .*" "$LOG") || {
			echo "$LOG: nothing of $1.$role"
			return 1
		}
		grep -qE " $2=$3( |$)" <<<"$line" || {
			echo "$LOG: $2 is not $3: $line"
			return 1
		}
	done
}

# attacked_init: those who share podinit's PID namespace tried everything on it
attacked_init() {
	local c
	for c in as-root as-user; do
		[ "$WHO.$c" != user.as-user ] || continue
		said "$c" "init held$" && said "$c" "signals held$" || return 1
	done
	grep -qE "Succeeded pod=|reboot: Power down" "$LOG"
}

# raced NAME: it was started 201 times, and came nowhere
raced() {
	[ "$(grep -cE "(Started|StartError) container=$1 " "$LOG")" = 201 ] || return 1
	said "$1" ".* held$" && ! grep ESCAPED "$LOG"
}

# whoever: as whom it is run in MODE.  On a machine there is root alone, and its kernel maps no users in an initramfs.
whoever() {
	[ "$MODE" = machine ] && echo root || echo root users user
}

# everywhere [-POD] COMMAND...: where podinit was root, without and with users of the pod, and where it was a user; of the hostile pod
everywhere() {
	local LOG WHO pod=hostile
	if [[ $1 == -* ]]; then
		pod=${1#-}
		shift
	fi
	for WHO in $(whoever); do
		LOG=$BATS_FILE_TMPDIR/$WHO.$pod
		"$@" || return 1
	done
}

# as_root COMMAND...: where podinit was root
as_root() {
	local LOG=$BATS_FILE_TMPDIR/root.hostile WHO=root
	"$@"
}

# ---- Running ----

# What podinit is started with and no container is to have.
tainted() {
	local groups=--groups=0,4,27
	[ "$WHO" != user ] || groups="--reuid=65534 --regid=65534 --clear-groups"
	(
		trap '' HUP USR1 PIPE
		ulimit -Sn 1000
		# shellcheck disable=SC2086
		SECRET=hunter2 exec setpriv $groups "$IMAGES/base/attack" key "$@" 5</ 6</etc/passwd 7</proc 8<. 9>/dev/null
	)
}

# boot_machine DIR POD: DIR/POD.ini on a machine, in which podinit is root; DIR/root.POD is its console
boot_machine() {
	"$ROOT/images/initramfs.sh" -m overlay -o "$1/cpio.gz" "$1/$2.ini" "$1/root=/images" >/dev/null
	"$TESTS/vm/run-vm.sh" -m 512 -t 100 "$1/cpio.gz" >"$1/root.$2" 2>&1
	grep -q "reboot: Power down" "$1/root.$2"
}

# run_here DIR POD: DIR/POD.ini as WHO in MODE; DIR/WHO.POD is what it said
run_here() {
	case $MODE.$WHO in
	process.*) tainted "$PODINIT" run "$1/$2.ini" ;;
	container.root | container.users) as_pid1 setpriv --groups=0,4,27 "$IMAGES/base/attack" key "$PODINIT" run "$1/$2.ini" ;;
	container.user) tainted unshare -Urmpf --mount-proc "$PODINIT" run "$1/$2.ini" ;;
	esac >"$1/$WHO.$2" 2>&1 3>&- || true
	grep -qE "(Failed|Succeeded) pod=" "$1/$WHO.$2"
}

# hostile_run DIR: the pods as everybody
hostile_run() {
	local WHO
	for WHO in $(whoever); do
		images "$1/$WHO"
		hostile_pod >"$1/hostile.ini"
		shared_pod >"$1/shared.ini"
		racing_pod 200 >"$1/race.ini"
		if [ "$MODE" = machine ]; then
			boot_machine "$1" hostile
			boot_machine "$1" shared
			continue
		fi
		[ "$WHO" != user ] || chown -hR 65534:65534 "$1/$WHO"
		run_here "$1" hostile
		run_here "$1" shared
		[ "$MODE" != process ] || run_here "$1" race
	done
}
