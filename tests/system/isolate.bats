# Containers with a root of their own: what their lives leave behind.

setup() {
	load ../helpers
	[ "$(id -u)" = 0 ] || skip "it takes root"
}

# root NAME: what is in $DIR/NAME, for who needs little
root() {
	mkdir -p "$DIR/$1"/{bin,proc,sys,dev,etc}
	cp "$(command -v busybox)" "$DIR/$1/bin/busybox"
	ln -s busybox "$DIR/$1/bin/sh"
}

@test "restarts of an isolated container leave PID 1 and its mount table as they were" {
	"$TESTS/tools/restarts.sh" "$PODINIT" 300 >"$DIR/looks"
	cat "$DIR/looks"
	read -r _ memory fds mounts <<<"$(grep ^before "$DIR/looks")"
	read -r _ memory_then fds_then mounts_then <<<"$(grep ^after "$DIR/looks")"
	[ "$fds_then" -eq "$fds" ]
	[ "$mounts_then" -eq "$mounts" ]
	# Two pages
	[ "$memory_then" -le $((memory + 8)) ]
}

@test "a container without a root sees nothing of the stage but what it is given" {
	pod stage <<-'END'
		[pod]
		restartPolicy = Never
		[volume key]
		secret.items.key = hidden
		[volume data]
		emptyDir.medium = Memory
		[container with]
		command = sh -c "cat /run/podinit/pod/vol/key/key || echo with: not there; cat /mnt/key/key; echo x >/run/podinit/pod/vol/data/x; ls /mnt/data"
		volumeMounts.key = /mnt/key
		volumeMounts.data = /mnt/data:ro
	END
	mkdir "$DIR/mnt"
	sed -i "s#/mnt#$DIR/mnt#g" "$DIR/stage.ini"
	run "$PODINIT" "$DIR/stage.ini"
	echo "$output"
	[[ "$output" == *"with: not there"*hidden* ]]
	[ "$(grep -c hidden <<<"$output")" = 1 ]
	! grep -q '^x$' <<<"$output"
}

@test "a container alone opens its own standard output anew, whoever it is" {
	root root
	for who in "rootfs = $DIR/root" "securityContext.runAsUser = 100"; do
		for users in true false; do
			pod alone <<-END
				[pod]
				restartPolicy = Never
				hostUsers = $users
				[container c]
				$who
				command = sh -c "echo out >/dev/stdout; echo err >/dev/stderr"
			END
			"$PODINIT" --log=error "$DIR/alone.ini" 2>&1 | sort | diff - <(printf '%s\n' err out)
		done
	done
}

@test "what cannot be executed in a root is 126 if it is there and 127 if not, whatever is outside of it" {
	mkdir -p "$DIR/root/bin"
	cp "$(command -v busybox)" "$DIR/root/bin/busybox"
	printf '#!/no/such/interpreter\n' >"$DIR/root/bin/script"
	printf '#!/bin/busybox sh\nexit 3\n' >"$DIR/outside"
	chmod +x "$DIR/root/bin/script" "$DIR/outside"
	while read -r command want why; do
		pod exec <<-END
			[pod]
			restartPolicy = Never
			[container c]
			rootfs = $DIR/root
			command = $command
		END
		run -"$want" "$PODINIT" "$DIR/exec.ini"
		echo "$output"
		[[ "$output" == *"StartError container=c exitCode=$want message=\"executing $command: $why"* ]]
	done <<-END
		$DIR/outside 127 No such file or directory
		/bin/script 126 the file is there, but the interpreter or loader it names is not
		script 126 the file is there, but the interpreter or loader it names is not
		/etc/passwd 127 No such file or directory
		/bin 126 not executable
	END
}

@test "in an engine's container a root knows the name that the engine gave" {
	root root
	pod named <<-END
		[pod]
		name = mine
		restartPolicy = Never
		[container c]
		rootfs = $DIR/root
		command = sh -c "/bin/busybox cat /etc/hostname; /bin/busybox tail -n 1 /etc/hosts; echo \$HOSTNAME"
	END
	# shellcheck disable=SC2016
	run --separate-stderr as_pid1 unshare -u sh -c 'hostname engine && exec "$@"' sh "$PODINIT" "$DIR/named.ini"
	[ "$output" = $'engine\n127.0.0.1\tengine\nengine' ]
}

@test "a root of others that has no /etc/hosts starts for who is no root; tty without a terminal says what it wants" {
	root root
	cp "$PODINIT" "$DIR/podinit"
	pod others <<-END
		[pod]
		restartPolicy = Never
		[container c]
		rootfs = $DIR/root
		command = /bin/busybox ls /etc
	END
	run --separate-stderr setpriv --reuid=1000 --regid=1000 --clear-groups "$DIR/podinit" "$DIR/others.ini"
	echo "$stderr"
	[ "$status" -eq 0 ]
	[ "$output" = "" ]
	echo "tty = true" >>"$DIR/others.ini"
	run "$PODINIT" "$DIR/others.ini" </dev/null
	[ "$status" -eq 125 ]
	[[ "$output" == *"taking the terminal: podinit's standard input is none: start it in one, or its container with -it"* ]]
}

@test "as PID 1 in a user namespace of its own, a probe does not keep the next container from starting" {
	root root
	touch "$DIR/root/etc"/{hosts,hostname,resolv.conf}
	chown -R 1000:1000 "$DIR/root"
	cp "$PODINIT" "$DIR/podinit"
	pod two <<-END
		[pod]
		restartPolicy = OnFailure
		restartBackoff.initialSeconds = 0.05
		[container probed]
		rootfs = $DIR/root
		command = /bin/sh -c "until [ -e /tmp/never ]; do /bin/busybox sleep 0.05; done"
		readinessProbe.exec.command = /bin/busybox true
		readinessProbe.periodSeconds = 0.1
		[container again]
		rootfs = $DIR/root
		command = /bin/sh -c "/bin/busybox sleep 0.3; exit 1"
		maxRestarts = 2
		essential = true
	END
	run as_pid1 setpriv --reuid=1000 --regid=1000 --clear-groups "$DIR/podinit" "$DIR/two.ini"
	echo "$output"
	[ "$status" -eq 1 ]
	[[ "$output" == *"Started container=again "*"restartCount=2"* ]]
	[[ "$output" == *"Ready container=probed"* ]]
}

@test "a mount point in what is read-only and does not hold it: the container says so" {
	mkdir -p "$DIR/root/bin" "$DIR/host"
	cp "$(command -v busybox)" "$DIR/root/bin/busybox"
	pod inside <<-END
		[pod]
		restartPolicy = Never
		[volume host]
		hostPath.path = $DIR/host
		[container c]
		rootfs = $DIR/root
		command = /bin/busybox true
		volumeMounts.host = /data:ro
		volumeMounts.host = /data/more
	END
	run "$PODINIT" --log=error "$DIR/inside.ini"
	echo "$output"
	[ "$status" -eq 125 ]
	[[ "$output" == *"mounting /data/more from "*": there is no such mount point, and what would hold it is read-only"* ]]
	[ -z "$(ls "$DIR/host")" ]
}

@test "podinit's own files are where they belong also if a volume is mounted above them" {
	image image
	for root in true false; do
		pod above <<-END
			[pod]
			restartPolicy = Never
			hostAliases.10.1.2.3 = friend
			dnsConfig.searches = example.org
			[volume etc]
			[volume data]
			[container c]
			rootfs = $DIR/image
			command = sh -c "cat /etc/hosts /etc/resolv.conf; ls /etc /data; echo told >/data/log/message"
			volumeMounts.etc = /etc
			volumeMounts.data = /data
			terminationMessagePath = /data/log/message
			securityContext.readOnlyRootFilesystem = $root
		END
		run --separate-stderr "$PODINIT" --log=info "$DIR/above.ini"
		echo "$output"
		echo "$stderr"
		[ "$status" -eq 0 ]
		grep -qE "^10.1.2.3[[:space:]]friend$" <<<"$output"
		grep -qE "^search .*example.org" <<<"$output"
		grep -qx log <<<"$output"
		[[ "$stderr" == *"TerminationMessage container=c message="*told* ]]
	done
}

@test "what nobody asked for is left out where a volume has no place for it" {
	image image
	mkdir "$DIR/etc"
	ln -s none "$DIR/etc/hosts"
	touch "$DIR/etc/hostname"
	pod left <<-END
		[pod]
		restartPolicy = Never
		[volume etc]
		hostPath.path = $DIR/etc
		[volume dev]
		configMap.items.key = value
		[container c]
		rootfs = $DIR/image
		command = sh -c "ls /etc /dev; cat /etc/hostname"
		volumeMounts.etc = /etc:ro
		volumeMounts.dev = /dev
		securityContext.procMount = Unmasked
	END
	run "$PODINIT" --log=error "$DIR/left.ini"
	echo "$output"
	[ "$output" = "$(printf '%s\n' /dev: key '' /etc: hostname hosts left)" ]
	sed -i '2a hostAliases.10.1.2.3 = friend' "$DIR/left.ini"
	run "$PODINIT" --log=error "$DIR/left.ini"
	echo "$output"
	[ "$status" -eq 125 ]
	[[ "$output" == *"mounting /etc/hosts from "*"a symbolic link is on the way"* ]]
}

@test "a privileged container has podinit's own /dev, in which nothing is made" {
	image image
	before=$(ls -A /dev)
	pod device <<-END
		[pod]
		restartPolicy = Never
		[volume data]
		[container c]
		rootfs = $DIR/image
		command = sh -c "ls /dev"
		securityContext.privileged = true
	END
	run "$PODINIT" --log=error "$DIR/device.ini"
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$(ls -A /dev)" = "$before" ]
	for key in "terminationMessagePath = /dev/podinit-test" "volumeMounts.data = /dev/podinit-test/data"; do
		{ cat "$DIR/device.ini"; echo "$key"; } >"$DIR/named.ini"
		run "$PODINIT" --log=error "$DIR/named.ini"
		echo "$output"
		[ "$status" -eq 125 ]
		[[ "$output" == *"mounting /dev/podinit-test"*"in podinit's own /dev none is made"* ]]
	done
	[ "$(ls -A /dev)" = "$before" ]
}

# image NAME: $DIR/NAME, an image with a shell and nothing else
image() {
	mkdir -p "$DIR/$1/bin"
	cp "$(command -v busybox)" "$DIR/$1/bin/busybox"
	for applet in sh cat ls touch pwd awk; do
		ln -s busybox "$DIR/$1/bin/$applet"
	done
	chmod 755 "$DIR/$1" "$DIR/$1/bin"
}

# state NAME: all there is to see of that image
state() {
	find "$DIR/$1" -printf '%p %m %U:%G %s %T@ %l\n' | sort
}

# lacking_pod: a container that may not write to the image $DIR/image, of whose mount points none is there
lacking_pod() {
	pod lacking <<-END
		[pod]
		restartPolicy = Never
		[volume data]
		[volume conf]
		configMap.items.key = from a configMap
		[init write]
		command = sh -c "echo from an init >$DIR/mnt/late"
		volumeMounts.data = $DIR/mnt
		[container c]
		rootfs = $DIR/image
		command = sh -c ". /probe"
		workingDir = /srv/www
		terminationMessagePath = /log/message
		volumeMounts.data = /a/b/c
		volumeMounts.data = /link/data
		volumeMounts.data = /late:subPath=late
		volumeMounts.conf = /etc/conf
		securityContext.readOnlyRootFilesystem = true
		restartPolicy = OnFailure
		restartBackoff.initialSeconds = 0.01
		maxRestarts = 1
	END
	mkdir "$DIR/image/real"
	ln -s ../../real "$DIR/image/link"
	cat >"$DIR/image/probe" <<-'END'
		pwd
		awk '$5 == "/" { print "root", substr($6, 1, 2), $(NF - 2) }' /proc/self/mountinfo
		cat /late /etc/conf/key
		echo
		for file in /new /srv/www/new /a/new /a/b/c/new; do
			(echo >$file) 2>/dev/null && echo "$file is written"
		done
		echo told >/log/message
		ls -d /etc/hosts /real/data /dev/null
		[ -e /a/b/c/again ] || { touch /real/data/again; exit 1; }
	END
}

LACKING='/srv/www
root ro overlay
from an init
from a configMap
/a/b/c/new is written
/dev/null
/etc/hosts
/real/data'

@test "readOnlyRootFilesystem: a container starts whatever mount points its image lacks, and the image stays as it is" {
	image image
	mkdir "$DIR/mnt"
	lacking_pod
	before=$(state image)
	run --separate-stderr "$PODINIT" --log=info "$DIR/lacking.ini"
	echo "$output"
	echo "$stderr"
	[ "$status" -eq 0 ]
	# Twice: it was started again.
	[ "$(sed -n 's/^c | //p' <<<"$output")" = "$LACKING"$'\n'"$LACKING" ]
	[[ "$stderr" == *"restartCount=1"* ]]
	[[ "$stderr" == *told* ]]
	[ "$(state image)" = "$before" ]
	! grep -F "$DIR" /proc/self/mountinfo
}

@test "the same for who is no root, in a user namespace" {
	image image
	mkdir "$DIR/mnt"
	chmod 777 "$DIR/mnt"
	lacking_pod
	sed -i '1i awk '\''$5 == "/" && /,userxattr/ { print "as a user" }'\'' /proc/self/mountinfo' "$DIR/image/probe"
	chown -R 1000:1000 "$DIR/image"
	cp "$PODINIT" "$DIR/podinit"
	before=$(state image)
	run --separate-stderr setpriv --reuid=1000 --regid=1000 --clear-groups "$DIR/podinit" --log=info "$DIR/lacking.ini"
	echo "$output"
	echo "$stderr"
	[ "$status" -eq 0 ]
	[ "$(sed -n 's/^c | //p' <<<"$output")" = "as a user"$'\n'"$LACKING"$'\n'"as a user"$'\n'"$LACKING" ]
	[ "$(state image)" = "$before" ]
}

@test "readOnlyRootFilesystem: a squashfs that has not even a /proc" {
	image image
	mkdir "$DIR/mnt"
	lacking_pod
	mksquashfs "$DIR/image" "$DIR/image.squashfs" -quiet -no-progress
	sed -i 's#/image$#&.squashfs#' "$DIR/lacking.ini"
	run --separate-stderr "$PODINIT" --log=info "$DIR/lacking.ini"
	echo "$output"
	echo "$stderr"
	[ "$status" -eq 0 ]
	[ "$(sed -n 's/^c | //p' <<<"$output")" = "$LACKING"$'\n'"$LACKING" ]
}

@test "readOnlyRootFilesystem: a complete image has no overlay, with what is mounted in it, and only volumes are written to" {
	image image
	mkdir -p "$DIR/image"/{proc,sys,dev,inner,data}
	cat >"$DIR/image/probe" <<-'END'
		awk '$5 ~ "^/(inner)?$" { print $5, substr($6, 1, 2), $(NF - 2) } / overlay / { print }' /proc/self/mountinfo
		for file in /new /inner/new /data/new; do
			touch $file && echo "$file is written"
		done
		ls -d /etc
		exit 0
	END
	mount -t tmpfs inner "$DIR/image/inner"
	before=$(state image)
	pod whole <<-END
		[pod]
		restartPolicy = Never
		[volume data]
		emptyDir.medium = Memory
		[container c]
		rootfs = $DIR/image
		command = sh -c ". /probe"
		volumeMounts.data = /data
		securityContext.readOnlyRootFilesystem = true
	END
	run "$PODINIT" --log=error "$DIR/whole.ini"
	echo "$output"
	after=$(state image)
	# A root that can be written to is of one file system.
	sed '/readOnly/d; s#sh -c .*#ls /inner#' "$DIR/whole.ini" >"$DIR/written.ini"
	touch "$DIR/image/inner/file"
	written=$("$PODINIT" --log=error "$DIR/written.ini" 2>&1)
	umount "$DIR/image/inner"
	[ -z "$written" ]
	[ "$output" = "/ ro $(findmnt -no FSTYPE -T "$DIR")
/inner ro tmpfs
touch: /new: Read-only file system
touch: /inner/new: Read-only file system
/data/new is written
ls: /etc: No such file or directory" ]
	[ "$after" = "$before" ]
}
