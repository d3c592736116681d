# Directories that the host shares, by virtiofs and by 9p: read, written to, waited for, and left when the machine ends.

setup() {
	load ../helpers
	cd "$ROOT" || return 1
	# The kernel for clouds has no 9p.
	kernel=${BUILD:-build}/kernel.generic
	images/kernel.sh "$kernel" generic >/dev/null
	mkdir "$DIR/here" "$DIR/late"
	echo "from the host" | tee "$DIR/here/word" >"$DIR/late/word"
	dd if=/dev/urandom of="$DIR/here/large" bs=1M count=3 status=none
	tests/vm/facts-tree.sh "$DIR/image"
}

# share KIND OTHER MODULES QEMU-ARGUMENT...: boots a pod with the volumes here and late. The machine has the tag here,
# and gets the tag late, as QEMU's DEVICE, when the pod has missed it. In the container bare another podinit asks for a
# share of the OTHER kind.
share() {
	pod share <<-END
		[pod]
		restartPolicy = Never
		securityContext.fsGroup = 2000
		[machine]
		modules = overlay virtio_pci $3
		[volume here]
		$1.tag = here
		[volume late]
		$1.tag = late
		[container work]
		rootfs = /image
		command = sh /here/run
		volumeMounts.here = /here
		volumeMounts.late = /late:ro
		[container bare]
		command = sh -c "/init run /other.ini; true"
	END
	pod other <<-END
		[pod]
		activeDeadlineSeconds = 0.5
		[volume other]
		$2.tag = here
		[container never]
		command = echo "it is there"
	END
	cat >"$DIR/here/run" <<-'END'
		echo "read: $(cat /here/word), $(cat /late/word)"
		echo "from the machine" >/here/answer
		dd if=/here/large of=/here/copy bs=100k 2>/dev/null
		rm /here/large
		echo "late: $(touch /late/answer 2>&1)"
		awk '$5 == "/here" || $5 == "/late" { print "kind:", $5, $6, $(NF - 2), $(NF - 1), $NF }' /proc/self/mountinfo
	END
	large=$(sha256sum <"$DIR/here/large")
	KERNEL=$kernel images/initramfs.sh -m "overlay virtio_pci $3" -o "$DIR/share.cpio.gz" "$DIR/share.ini" \
		"$DIR/image=/image" "$DIR/other.ini=/other.ini" >/dev/null
	PODINIT_KERNEL=$kernel/vmlinuz tests/vm/run-vm.sh -m 512 -t 90 "$DIR/share.cpio.gz" "${@:4}" \
		-device pcie-root-port,id=slot1 -monitor "unix:$DIR/monitor,server,nowait" >"$DIR/console" 2>&1 &
	vm=$!
	wait_for "$DIR/console" "warning FailedMount pod=pod .*volume late: mounting the $1 tag late: the machine has no such tag" 60
	tests/vm/monitor.py "$DIR/monitor" "device_add $DEVICE,bus=slot1"
	wait $vm
	cat "$DIR/console"
}

says() {
	grep -qE -- "$1" "$DIR/console" || { echo "the console never said: $1"; return 1; }
}

# shared: what both kinds have in common
shared() {
	says '^work \| read: from the host, from the host$'
	[ "$(cat "$DIR/here/answer")" = "from the machine" ]
	[ "$(sha256sum <"$DIR/here/copy")" = "$large" ]
	[ ! -e "$DIR/here/large" ]
	says '^work \| late: .*Read-only file system'
	[ ! -e "$DIR/late/answer" ]
	# What the host shares stays the host's: fsGroup leaves it alone.
	[ "$(stat -c %g "$DIR/here" "$DIR/here/word" "$DIR/late" | sort -u)" = "$(id -g)" ]
	says "info Succeeded pod=pod"
	says "reboot: Power down"
}

# daemon TAG: a virtiofsd for the directory of that name, which ends with the machine
daemon() {
	timeout 120 /usr/lib/qemu/virtiofsd -d --socket-path="$DIR/$1.socket" -o "source=$DIR/$1" \
		>"$DIR/$1.log" 2>&1 3>&- &
	wait_for "$DIR/$1.log" 'Waiting for vhost-user socket connection'
}

@test "virtiofs: a directory of the host is read and written to, and left when the machine ends" {
	daemon here
	daemon late
	DEVICE=vhost-user-fs-pci,chardev=late,tag=late
	share virtiofs 9p 'virtiofs 9p' \
		-machine memory-backend=all -object memory-backend-memfd,id=all,size=512M,share=on \
		-chardev "socket,id=here,path=$DIR/here.socket" -device vhost-user-fs-pci,chardev=here,tag=here \
		-chardev "socket,id=late,path=$DIR/late.socket"
	shared
	says '^work \| kind: /here rw,nosuid,nodev,relatime virtiofs here rw$'
	says '^work \| kind: /late ro,nosuid,nodev,relatime virtiofs late rw$'
	says '^bare \| .*FailedMount pod=other .*"volume other: the kernel has no 9pnet_virtio: load its module"'
	# Unmounted, and not just cut off.
	grep -q 'opcode: DESTROY' "$DIR/here.log"
	grep -q 'opcode: DESTROY' "$DIR/late.log"
}

@test "9p: a directory of the host is read and written to, and left when the machine ends" {
	DEVICE=virtio-9p-pci,fsdev=late,mount_tag=late
	share 9p virtiofs '9pnet_virtio 9p' -D "$DIR/trace" -trace v9fs_clunk \
		-fsdev "local,id=here,path=$DIR/here,security_model=none" -device virtio-9p-pci,fsdev=here,mount_tag=here \
		-fsdev "local,id=late,path=$DIR/late,security_model=none"
	shared
	says '^work \| kind: /here rw,nosuid,nodev,relatime 9p here .*msize=262144,trans=virtio'
	says '^work \| kind: /late ro,nosuid,nodev,relatime 9p late .*msize=262144,trans=virtio'
	says '^bare \| .*FailedMount pod=other .*"volume other: the kernel has no virtiofs: load its module"'
	# The roots of both were let go, as unmounting does.
	[ "$(grep -c 'fid 0$' "$DIR/trace")" = 2 ]
}
