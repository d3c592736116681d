# Containers are contained: what each sees and may do in a root of its own, on a real kernel.

setup() {
	load ../helpers
	cd "$ROOT" || return 1
}

# vm NAME [FILE...]: boots $DIR/NAME.ini; the console is $DIR/console
vm() {
	images/initramfs.sh -m 'overlay loop squashfs erofs' -o "$DIR/$1.cpio.gz" "$DIR/$1.ini" "${@:2}" >/dev/null
	tests/vm/run-vm.sh -m 512 -t 90 "$DIR/$1.cpio.gz" >"$DIR/console" 2>&1
}

says() {
	grep -qE -- "$1" "$DIR/console" || { echo "the console never said: $1"; cat "$DIR/console"; return 1; }
}

# said CONTAINER: what it wrote
said() {
	sed -n "s/^$1 | //p" "$DIR/console"
}

# The image of facts.sh as a directory, and in files.
images() {
	tests/vm/facts-tree.sh "$DIR/image"
	mksquashfs "$DIR/image" "$DIR/image.squashfs" -quiet -no-progress
	mkfs.erofs --quiet "$DIR/image.erofs" "$DIR/image"
	mkfs.ext4 -q -d "$DIR/image" "$DIR/image.ext4" 16M
}

# Lines of diff's, as regular expressions, in which podinit is to differ from runc ("<"), and why.
differences() {
	grep -v '^#' <<-'END'
		# Who wrote it; and nobody tells podinit an address of the pod.
		< /etc/hosts says: # Kubernetes-managed hosts file\.
		> /etc/hosts says: # Written by podinit: changes are lost\.
		< /etc/hosts says: 10\.0\.0\.7 facts
		> /etc/hosts says: 127\.0\.0\.1 facts
		# How podinit knows its containers' processes again.
		> environment: PODINIT_CONTAINER=[a-z0-9-]+\.1
		# No program of Kubernetes': a pod that asks for no resources is not to be the first that is killed.
		< oom_score_adj: 1000
		> oom_score_adj: 0
		# Programs in Go raise their own limit, and runc passes it on.
		< limit: Max open files 4096 4096 files
		> limit: Max open files 1024 4096 files
		# Where runc has a device cgroup podinit has nodev, everywhere but on the six devices (EACCES, not EPERM).
		< mount /: overlay relatime,rw of rw
		> mount /: overlay nodev,relatime,rw of rw
		< mount /: overlay relatime,ro of rw
		> mount /: [a-z0-9]+ nodev,relatime,ro of .*
		< mount /dev: tmpfs nosuid,rw of mode=755,rw,size=65536k
		> mount /dev: tmpfs nodev,nosuid,rw of mode=755,rw,size=65536k
		> mount /dev/(null|zero|full|random|urandom|tty): tmpfs nosuid,rw of mode=755,rw,size=65536k
		< a node for (memory|a disk|kmsg) in /(tmp|dev): Operation not permitted
		< a node for zero in /(tmp|dev): it may
		> a node for (zero|memory|a disk|kmsg) in /(tmp|dev): Permission denied
		# The files of /etc lie in podinit's own tmpfs.
		< mount (/etc/(hostname|hosts|resolv\.conf)|/dev/termination-log): tmpfs nodev,nosuid,relatime,rw of rw
		> mount (/etc/(hostname|hosts|resolv\.conf)|/dev/termination-log): tmpfs nodev,nosuid,relatime,rw of mode=711,rw,size=8192k
		< mount /etc/(hostname|resolv\.conf): tmpfs relatime,ro of rw
		> mount /etc/(hostname|resolv\.conf): tmpfs nodev,nosuid,relatime,ro of mode=711,rw,size=8192k
		# A squashfs cannot be written to by anyone, which the kernel says before it looks at the mode.
		< opening /facts to write: Permission denied
		> opening /facts to write: Read-only file system
		# The machine's own /dev/shm, which containers without a root of their own have too.
		< mount /dev/shm: tmpfs nodev,noexec,nosuid,relatime,rw of rw,size=65536k
		> mount /dev/shm: tmpfs nodev,nosuid,relatime,rw of rw
		# An empty directory that can hold nothing.
		< mount (/proc/acpi|/sys/firmware): tmpfs relatime,ro of ro
		> mount (/proc/acpi|/sys/firmware): tmpfs nodev,noexec,nosuid,relatime,ro of ro,size=4k
		# The recorded filter is podman's, which lets pass what containerd's default filter forbids.
		< a user namespace: it may
		> a user namespace: Operation not permitted
	END
}

# differs RECORD CONTAINER: in what else the container differs from runc's
differs() {
	said "$2" >"$DIR/$2.facts"
	grep -qx 'process: it is 1' "$DIR/$2.facts" || cat "$DIR/console"
	diff "$1" "$DIR/$2.facts" | grep '^[<>]' | grep -vxEf <(differences) | sed "s/^/$2 /"
}

@test "on a directory and on images of three kinds a container sees and may do what runc's does, but for a table" {
	images
	{
		printf '[pod]\nname = facts\nrestartPolicy = Never\n[machine]\nmodules = overlay loop squashfs erofs\n'
		for root in image image.squashfs image.erofs image.ext4; do
			printf '[container %s]\nrootfs = /%s\ncommand = /facts\n' "${root/./-}" "$root"
		done
		printf '[container strict]\nrootfs = /image.squashfs\ncommand = /facts\n'
		printf 'securityContext.%s\n' runAsUser=1000 capabilities.drop=ALL readOnlyRootFilesystem=true \
			allowPrivilegeEscalation=false seccompProfile.type=RuntimeDefault
	} >"$DIR/facts.ini"
	files=()
	for root in image image.squashfs image.erofs image.ext4; do
		files+=("$DIR/$root=/$root")
	done
	vm facts "${files[@]}"
	for name in image image-squashfs image-erofs image-ext4; do
		differs tests/vm/facts.runc $name
	done >"$DIR/differences"
	differs tests/vm/facts.strict.runc strict >>"$DIR/differences"
	cat "$DIR/differences"
	[ ! -s "$DIR/differences" ]
	says "reboot: Power down"
}

@test "containers of a pod share volumes and the network, and neither files nor processes, unless they are to" {
	images
	cat >"$DIR/alone.ini" <<-'END'
		[pod]
		restartPolicy = Never
		[machine]
		modules = overlay
		[volume data]
		[volume own]
		emptyDir.medium = Memory
		[sidecar a]
		rootfs = /image
		command = sh -c "echo from a >/data/word; echo of a >/file-of-a; echo of a >/own/file; exec httpd -f -p 127.0.0.1:8080 -h /data"
		volumeMounts.data = /data
		volumeMounts.own = /own
		startupProbe.tcpSocket.port = 8080
		startupProbe.periodSeconds = 0.1
		[container b]
		rootfs = /image
		command = /look
		volumeMounts.data = /data
	END
	cat >"$DIR/image/look" <<-'END'
		#!/bin/sh
		echo "volume: $(cat /data/word)"
		echo "network: $(wget -qO- http://127.0.0.1:8080/word)"
		echo "files: $(ls -d /file-of-a /own /proc/*/root/file-of-a /run /init 2>/dev/null | tr '\n' ' ')"
		echo "servers: $(cat /proc/[0-9]*/cmdline | tr '\0' ' ' | grep -c [h]ttpd)"
		echo "1 is $(tr '\0' ' ' </proc/1/cmdline)"
		echo "to b" >/data/word
	END
	chmod 755 "$DIR/image/look"
	vm alone "$DIR/image=/image"
	says '^b \| volume: from a$'
	says '^b \| network: from a$'
	says '^b \| files: $'
	says '^b \| servers: 0$'
	says '^b \| 1 is /bin/sh /look $'
	says "reboot: Power down"
	sed 's/^\[pod\]/&\nshareProcessNamespace = true/' "$DIR/alone.ini" >"$DIR/together.ini"
	vm together "$DIR/image=/image"
	says '^b \| volume: from a$'
	says '^b \| files: (/proc/[0-9]+/root/file-of-a )?$'
	says '^b \| servers: 1$'
	says '^b \| 1 is /init $'
}

@test "root of a pod with users of its own is nobody on the machine, and owns its roots and disks all the same" {
	images
	truncate -s 16M "$DIR/disk.img"
	mkfs.ext4 -q -L DATA "$DIR/disk.img"
	{
		printf '[pod]\nrestartPolicy = Never\nhostUsers = false\nsecurityContext.fsGroup = 2000\n'
		printf '[machine]\nmodules = overlay loop erofs virtio_pci virtio_blk\n'
		printf '[volume data]\ndevice.source = LABEL=DATA\n'
		for root in image.erofs image.ext4; do
			printf '[container %s]\nrootfs = /%s\ncommand = sh /data/look\n' "${root/./-}" "$root"
			printf 'volumeMounts.data = /data\n'
			# More than the machine's hard limit, for who is no root of the machine.
			printf 'securityContext.rlimits.nofile = 8192:16384\n'
		done
	} >"$DIR/users.ini"
	cat >"$DIR/look" <<-'END'
		echo "it is $(id -u) of $(awk '{ print ($2 > 524287), $3 }' /proc/self/uid_map)"
		echo "files: $(stat -c %u:%g / /facts /data /etc/hosts | tr '\n' ' ')"
		echo "descriptors: $(ulimit -Sn):$(ulimit -Hn)"
		echo word >/data/word
		echo mine >/facts && stat -c 'changed: %u:%g' /facts
	END
	debugfs -w -R "write $DIR/look look" "$DIR/disk.img" 2>/dev/null
	images/initramfs.sh -m 'overlay loop erofs virtio_pci virtio_blk' -o "$DIR/users.cpio.gz" "$DIR/users.ini" \
		"$DIR/image.erofs=/image.erofs" "$DIR/image.ext4=/image.ext4" >/dev/null
	tests/vm/run-vm.sh -m 512 -t 90 "$DIR/users.cpio.gz" -drive "file=$DIR/disk.img,if=virtio,format=raw" >"$DIR/console" 2>&1
	for name in image-erofs image-ext4; do
		said $name | diff - <(printf '%s\n' 'it is 0 of 1 65536' 'files: 0:0 0:0 0:2000 0:0 ' \
			'descriptors: 8192:16384' 'changed: 0:0')
	done
	says "reboot: Power down"
	# What is on the disk is root's, and the group's.
	debugfs -R 'stat word' "$DIR/disk.img" 2>/dev/null | grep -E '^User: +0 +Group: +2000 '
}

@test "where the machine allows no user namespaces a pod that asks for users of its own is told so" {
	pod none <<-'END'
		[pod]
		hostUsers = false
		[container c]
		command = true
	END
	images/initramfs.sh -o "$DIR/none.cpio.gz" "$DIR/none.ini" >/dev/null
	tests/vm/run-vm.sh -m 512 -t 90 -a sysctl.user.max_user_namespaces=0 "$DIR/none.cpio.gz" >"$DIR/console" 2>&1
	says '\[pod\] hostUsers: making a user namespace: No space left on device \(the sysctl user.max_user_namespaces allows no more\); nothing was started'
}

@test "without the module overlay an image that lacks a mount point is told, one that lacks none starts read-only" {
	tests/vm/facts-tree.sh "$DIR/image"
	cat >"$DIR/whole.ini" <<-'END'
		[pod]
		restartPolicy = Never
		[container c]
		rootfs = /image
		command = sh -c "echo it starts; touch /new"
		securityContext.readOnlyRootFilesystem = true
	END
	vm whole "$DIR/image=/image"
	says '^it starts$'
	says 'touch: /new: Read-only file system'
	sed 's/^\[pod\]/&\nactiveDeadlineSeconds = 3/; $a terminationMessagePath = /log' "$DIR/whole.ini" >"$DIR/lacking.ini"
	vm lacking "$DIR/image=/image"
	says 'FailedMount .*container c: rootfs /image has no /log, which takes an overlay: No such device: load the module overlay'
	! grep 'it starts' "$DIR/console"
}
