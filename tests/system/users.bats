# hostUsers = false where podinit is root: the pod has users of its own, that are nobody outside.

setup() {
	load ../helpers
	load ../container/image
	[ "$(id -u)" = 0 ] || skip "it takes root, whose users are others than the pod's"
	BATS_FILE_TMPDIR=$DIR make_image "$DIR/root"
	printf 'root:x:0:0::/root:/bin/sh\nweb:x:101:101::/:/bin/sh\n' >"$DIR/root/etc/passwd"
	mkdir "$DIR/host"
	echo from outside >"$DIR/host/word"
}

# said CONTAINER: what it wrote, against standard input
said() {
	diff <(sed -n "s/^$1 | //p" "$DIR/log") -
}

# runs NAME: that pod to its end, which is good; what its containers wrote is in $DIR/log
runs() {
	"$PODINIT" "$DIR/$1.ini" >"$DIR/log" 2>&1 || { cat "$DIR/log"; return 1; }
	cat "$DIR/log"
}

@test "root of the pod is somebody else outside, and its own files are root's to it" {
	# Proves: K8s 8.4.18
	pod users <<-END
		[pod]
		hostUsers = false
		securityContext.fsGroup = 2000
		[volume disk]
		[volume memory]
		emptyDir.medium = Memory
		[volume host]
		hostPath.path = $DIR/host
		[volume text]
		configMap.items.word = hello
		[container root]
		rootfs = $DIR/root
		command = sh /mnt/host/look
		env.OUTSIDE = $(readlink /proc/self/ns/user)
		volumeMounts.disk = /mnt/disk
		volumeMounts.memory = /mnt/memory
		volumeMounts.host = /mnt/host
		volumeMounts.text = /mnt/text
		volumeMounts.disk = /mnt/part:subPath=part/of
		volumeMounts.host = /mnt/host-part:subPath=made
		[container web]
		rootfs = $DIR/root
		command = sh -c "id -u; echo again >/dev/stdout; echo mine >/mnt/disk/web && stat -c %u:%g /mnt/disk/web; sleep 1000"
		securityContext.runAsUser = web
		volumeMounts.disk = /mnt/disk
		readinessProbe.exec.command = sh -c "[ \$(id -u) = 101 ] && [ \$(readlink /proc/self/ns/user) = \$(readlink /proc/1/ns/user) ]"
		readinessProbe.periodSeconds = 0.05
		lifecycle.postStart.exec.command = sh -c "echo hook \$(id -u)"
	END
	cat >"$DIR/host/look" <<-'END'
		id -u
		awk '{ print $1, $3 }' /proc/self/uid_map
		[ "$(readlink /proc/self/ns/user)" = "$OUTSIDE" ] || echo another
		stat -c '%u:%g %a %n' / /bin/sh /etc/hosts /etc/resolv.conf /dev/null /dev/pts/ptmx /dev/termination-log
		stat -L -c '%u:%g %n' /mnt/part /mnt/host-part /mnt/disk /mnt/memory /mnt/host /mnt/host/word /mnt/text/word
		mkdir -p /var/lib && touch /var/lib/new /mnt/disk/new /mnt/host/new && chown 5:5 /var/lib/new
		stat -c '%u:%g %n' /var /var/lib/new /mnt/host/new
		echo again >/dev/stdout
		exec sleep 7531
	END
	boot users
	wait_for "$DIR/users.log" 'Ready pod=users'
	wait_for "$DIR/users.log" '^root \| again'
	mv "$DIR/users.log" "$DIR/log"
	cat "$DIR/log"
	outside=$(stat -c %u "/proc/$(pgrep -fx 'sleep 7531')")
	[ "$outside" -ge 524288 ]
	[ $((outside % 65536)) = 0 ]
	kill -TERM "$BOOTED"
	ended
	[ $code -eq 0 ]
	said root <<-'END'
		0
		0 65536
		another
		0:0 755 /
		0:0 777 /bin/sh
		0:0 644 /etc/hosts
		0:0 644 /etc/resolv.conf
		0:0 666 /dev/null
		0:0 666 /dev/pts/ptmx
		0:0 666 /dev/termination-log
		0:2000 /mnt/part
		0:0 /mnt/host-part
		0:2000 /mnt/disk
		0:2000 /mnt/memory
		0:0 /mnt/host
		0:0 /mnt/host/word
		0:2000 /mnt/text/word
		0:0 /var
		5:5 /var/lib/new
		0:0 /mnt/host/new
		again
	END
	sed -n 's/^web | //p' "$DIR/log" | sort | diff - <(printf '%s\n' 101 101:2000 again "hook 101")
	# To the disk they are what they are inside.
	[ "$(stat -c %u:%g "$DIR/host/new")" = 0:0 ]
}

@test "a read-only root of a pod with users of its own lacks what is mounted in it" {
	mkdir "$DIR/root/inner"
	pod reading <<-END
		[pod]
		hostUsers = false
		restartPolicy = Never
		[volume memory]
		emptyDir.medium = Memory
		[container c]
		rootfs = $DIR/root
		command = sh -c "stat -c '%u:%g %n' / /here /srv/a /inner /inner/made; grep -c ' /inner ' /proc/self/mountinfo; touch /new 2>&1; touch /srv/a/new && pwd; exit 0"
		workingDir = /here
		volumeMounts.memory = /srv/a
		securityContext.readOnlyRootFilesystem = true
	END
	# shellcheck disable=SC2016
	unshare -m sh -c 'mount --bind "$0/host" "$0/root/inner" && touch "$0/root/inner/made" && exec "$@"' \
		"$DIR" "$PODINIT" "$DIR/reading.ini" >"$DIR/log" 2>&1 || { cat "$DIR/log"; return 1; }
	cat "$DIR/log"
	grep -v ^podinit "$DIR/log" | diff - <(printf '%s\n' '0:0 /' '0:0 /here' '0:0 /srv/a' '0:0 /inner' \
		'0:0 /inner/made' 1 'touch: /new: Read-only file system' /here)
	[ ! -e "$DIR/root/here" ]
}

@test "in a pod with users of its own nobody can do to the machine what only root can" {
	chmod 700 "$DIR/host"
	chmod 755 "$DIR/host/word"
	mkdir "$DIR/shared"
	mount -t tmpfs none "$DIR/shared"
	mount --make-shared "$DIR/shared"
	mkdir "$DIR/shared/sub"
	mkdir "$DIR/open"
	echo of root >"$DIR/open/word"
	pod stranger <<-END
		[pod]
		hostUsers = false
		restartPolicy = Never
		activeDeadlineSeconds = 20
		[volume shared]
		hostPath.path = $DIR/shared
		[container own]
		command = sh -c "id -u; ls $DIR/host 2>/dev/null && echo open; echo x 2>/dev/null >$DIR/open/word || echo refused; mknod $DIR/root/tmp/mem c 1 1 2>/dev/null || echo no node; chown 1:1 $DIR/open/word 2>/dev/null || echo no chown; true"
		[container admin]
		rootfs = $DIR/root
		command = sh -c "mount -t tmpfs none /tmp && echo mounted; umount /proc/kcore 2>/dev/null || echo masked; mount -o remount,bind,rw /proc/sys 2>/dev/null || echo locked; hostname other 2>/dev/null || echo no name"
		securityContext.capabilities.add = SYS_ADMIN
		[container late]
		command = sh -c "until [ -e $DIR/seen/sub/there ]; do sleep 0.05; done; echo seen"
		volumeMounts.shared = $DIR/seen:propagation=HostToContainer
	END
	(
		wait_for "$DIR/log" "Started container=late"
		mount -t tmpfs none "$DIR/shared/sub"
		touch "$DIR/shared/sub/there"
	) 3>&- &
	runs stranger
	umount -R "$DIR/shared"
	said late <<<seen
	# What had to be made to mount on is root's.
	[ "$(stat -c %u "$DIR/seen")" = 0 ]
	said own <<-'END'
		0
		refused
		no node
		no chown
	END
	said admin <<-'END'
		mounted
		masked
		locked
		no name
	END
	[ "$(cat "$DIR/open/word")" = "of root" ]
}

@test "containers that share processes and users may look into each other, and no further" {
	pod sharing <<-END
		[pod]
		hostUsers = false
		shareProcessNamespace = true
		restartPolicy = Never
		[sidecar seen]
		rootfs = $DIR/root
		command = sh -c "echo of seen >/tmp/word; exec sleep 7532"
		startupProbe.exec.command = test -e /tmp/word
		startupProbe.periodSeconds = 0.05
		[container looks]
		rootfs = $DIR/root
		command = sh -c "for p in /proc/[0-9]*; do grep -q 7532 \$p/cmdline && cat \$p/root/tmp/word; done 2>/dev/null; ls /proc/1/root/ 2>/dev/null || echo not of podinit; kill -KILL 1 2>/dev/null || echo nor its life"
		securityContext.capabilities.add = SYS_PTRACE
	END
	runs sharing
	said looks <<-'END'
		of seen
		not of podinit
		nor its life
	END
}

@test "pods that run at the same time have other users each" {
	for name in one two; do
		pod $name <<-END
			[pod]
			hostUsers = false
			[container c]
			command = sh -c "awk '{ print \$2 }' /proc/self/uid_map; exec sleep 1000"
		END
		"$PODINIT" "$DIR/$name.ini" >"$DIR/$name.log" 2>&1 3>&- &
		pods+=($!)
	done
	for name in one two; do
		wait_for "$DIR/$name.log" '^ *[0-9]+$'
	done
	kill -TERM "${pods[@]}"
	wait "${pods[@]}"
	[ "$(grep -hxE ' *[0-9]+' "$DIR"/{one,two}.log | sort -u | wc -l)" = 2 ]
}

@test "a group of the image's own file that the pod's users cannot have is left out" {
	echo 'many:x:70000:web' >"$DIR/root/etc/group"
	pod groups <<-END
		[pod]
		hostUsers = false
		restartPolicy = Never
		securityContext.supplementalGroups = 7
		[container c]
		rootfs = $DIR/root
		command = id -G
		securityContext.runAsUser = web
	END
	runs groups
	grep -qx '101 7' "$DIR/log"
}

@test "a user of the image whom the pod's users do not have, and a passwd that is none, are told apart" {
	pod far <<-END
		[pod]
		hostUsers = false
		restartPolicy = Never
		[container far]
		rootfs = $DIR/root
		command = true
		securityContext.runAsUser = far
		[container fifo]
		rootfs = $DIR/fifo
		command = true
		securityContext.runAsUser = far
	END
	echo 'far:x:70000:100::/:/bin/sh' >>"$DIR/root/etc/passwd"
	mkdir -p "$DIR/fifo/etc"
	mkfifo "$DIR/fifo/etc/passwd"
	run -125 "$PODINIT" "$DIR/far.ini"
	echo "$output"
	[[ "$output" == *'container=far exitCode=125 message="becoming its user far: its user namespace has no such user, or not its group (with hostUsers = false there are 0 to 65535)"'* ]]
	[[ "$output" == *"container=fifo exitCode=125 message=\"becoming its user far: the container's /etc/passwd is not a plain file of at most 1 MiB\""* ]]
}

@test "what users of one's own cannot have is refused by key" {
	pod asking <<-END
		[pod]
		hostUsers = false
		restartPolicy = Never
		[container a]
		command = true
		securityContext.runAsUser = 65536
		[container b]
		command = true
		securityContext.privileged = true
		[container c]
		command = true
		securityContext.capabilities.add = NET_ADMIN
	END
	run "$PODINIT" "$DIR/asking.ini"
	echo "$output"
	[ "$status" -eq 125 ]
	[[ "$output" == *'[container a] securityContext.runAsUser: with hostUsers = false the pod has the users and groups 0 to 65535; nothing was started'* ]]
	[[ "$output" == *'[container b] securityContext.privileged: with hostUsers = false'* ]]
	[[ "$output" == *'[container c] securityContext.capabilities.add: with hostUsers = false CAP_NET_ADMIN has no effect'* ]]
	[[ "$output" != *Started* ]]
}

@test "of several who they are to be only those are refused, or left out, that cannot be had" {
	pod blame <<-END
		[pod]
		hostUsers = false
		restartPolicy = Never
		securityContext.fsGroup = 70000
		securityContext.supplementalGroups = 7 8
		[container a]
		rootfs = $DIR/root
		command = sh -c "echo \$(id -u) \$(id -G)"
		securityContext.runAsUser = 100
		securityContext.runAsGroup = 200
		[container b]
		rootfs = $DIR/root
		command = sh -c "echo \$(id -u) \$(id -G)"
		securityContext.runAsUser = 100
		securityContext.runAsGroup = 70001
	END
	run -125 "$PODINIT" "$DIR/blame.ini"
	echo "$output"
	grep -oE '\[[a-z ]+\] securityContext[^:]*' <<<"$output" |
		diff - <(printf '%s\n' '[pod] securityContext.fsGroup' '[container b] securityContext.runAsGroup')
	run -0 "$PODINIT" run --lenient "$DIR/blame.ini"
	echo "$output"
	grep '^[ab] ' <<<"$output" | sort | diff - <(printf '%s\n' 'a | 100 200 7 8' 'b | 100 0 7 8')
	sed -i 's/fsGroup = 70000/fsGroup = 9/; s/7 8/7 70000/; s/= 70001/= 9/' "$DIR/blame.ini"
	run -0 "$PODINIT" run --lenient "$DIR/blame.ini"
	echo "$output"
	grep -oE '\[[a-z ]+\] securityContext[^:]*' <<<"$output" | diff - <(echo '[pod] securityContext.supplementalGroups')
	grep '^[ab] ' <<<"$output" | sort | diff - <(printf '%s\n' 'a | 100 200 9' 'b | 100 9')
}

@test "a root on a file system that cannot be mapped is told, and the pod waits" {
	mkdir "$DIR"/{lower,merged}
	pod unmapped <<-END
		[pod]
		hostUsers = false
		[container c]
		rootfs = $DIR/merged
		command = true
	END
	# shellcheck disable=SC2016
	unshare -m sh -c 'cd "$0" && mount -t tmpfs none lower && mkdir lower/u lower/w &&
		mount -t overlay none -o lowerdir=root,upperdir=lower/u,workdir=lower/w merged && exec "$@"' \
		"$DIR" "$PODINIT" "$DIR/unmapped.ini" >"$DIR/log" 2>&1 3>&- &
	BOOTED=$!
	wait_for "$DIR/log" 'warning FailedMount pod=unmapped .*container c: hostUsers = false takes a file system that can be id-mapped'
	kill -TERM "$BOOTED"
	ended
	run grep Started "$DIR/log"
	[ "$status" -eq 1 ]
}
