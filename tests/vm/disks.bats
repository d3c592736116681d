# Disks as volumes of a machine: found, waited for, written to and left clean.

setup() {
	load ../helpers
	cd "$ROOT" || return 1
}

# image NAME: the initramfs $DIR/NAME.cpio.gz of $DIR/NAME.ini and $DIR/image, as it is and as a squashfs
image() {
	mksquashfs "$DIR/image" "$DIR/image.squashfs" -quiet -no-progress
	images/initramfs.sh -m 'overlay loop squashfs virtio_pci virtio_blk' -o "$DIR/$1.cpio.gz" "$DIR/$1.ini" \
		"$DIR/image=/image" "$DIR/image.squashfs=/image.squashfs" >/dev/null
}

# disk NAME [MKFS-OPTION...]: an ext4 with a journal in $DIR/NAME.img
disk() {
	truncate -s 32M "$DIR/$1.img"
	mkfs.ext4 -q "${@:2}" "$DIR/$1.img"
}

# parts NAME: $DIR/NAME.img, a disk whose three partitions are $DIR/NAME[123].img
parts() {
	truncate -s 100M "$DIR/$1.img"
	sfdisk -q "$DIR/$1.img" <<-'END'
		label: gpt
		start=2048, size=32M, uuid=0B6A3A54-5A0D-4C55-9B0E-3A5F0C1D2E3F
		size=32M, name="pod data"
		size=32M, name=ROOT
	END
	for part in 1 2 3; do
		dd if="$DIR/$1$part.img" of="$DIR/$1.img" bs=1M seek=$((part * 32 - 31)) conv=notrunc status=none
	done
}

# parted NAME: what has become of them
parted() {
	for part in 1 2 3; do
		dd if="$DIR/$1.img" of="$DIR/$1$part.img" bs=1M skip=$((part * 32 - 31)) count=32 status=none
	done
}

says() {
	grep -qE -- "$1" "$DIR/console" || { echo "the console never said: $1"; cat "$DIR/console"; return 1; }
}

# clean NAME: the file system was unmounted, has no error and no journal to be written back
clean() {
	LC_ALL=C dumpe2fs -h "$DIR/$1.img" >"$DIR/$1.super" 2>&1
	grep -E '^Filesystem (state|features)' "$DIR/$1.super"
	grep -qE '^Filesystem state: +clean$' "$DIR/$1.super"
	grep -qE '^Filesystem features: .*has_journal' "$DIR/$1.super"
	run grep needs_recovery "$DIR/$1.super"
	[ "$status" -eq 1 ]
	e2fsck -fn "$DIR/$1.img"
}

# holds NAME PATH TEXT: what is in a file of the disk
holds() {
	[ "$(debugfs -R "cat $2" "$DIR/$1.img" 2>/dev/null)" = "$3" ]
}

@test "disks by label, UUID and name, and partitions, are written to, and clean when the machine is off" {
	disk data -L DATA
	disk second -U 6e0f2a0c-7f0b-4f5e-9a51-27bd7b3d2a11
	tests/vm/facts-tree.sh "$DIR/image"
	disk third -L THIRD -d "$DIR/image"
	third=$(sha256sum <"$DIR/third.img")
	disk part1
	disk part2
	disk part3 -d "$DIR/image"
	parts part
	# A root is only read; the files of the other two are made anew from the disk.
	root=$(sha256sum <"$DIR/part3.img")
	rm "$DIR"/part?.img
	pod disks <<-'END'
		[pod]
		restartPolicy = Always
		securityContext.fsGroup = 2000
		[machine]
		modules = overlay loop squashfs virtio_pci virtio_blk
		[volume data]
		device.source = LABEL=DATA
		[volume second]
		device.source = UUID=6e0f2a0c-7f0b-4f5e-9a51-27bd7b3d2a11
		[volume third]
		device.source = /dev/vdc
		device.readOnly = true
		[volume uuid]
		device.source = PARTUUID=0b6a3a54-5a0d-4c55-9b0e-3a5f0c1d2e3f
		[volume name]
		device.source = PARTLABEL=pod data
		[volume scratch]
		[sidecar log]
		rootfs = /image
		command = sh -c "trap 'echo told >/data/end; exit 0' TERM; while :; do date >>/data/log; sleep 0.05; done"
		volumeMounts.data = /data
		[sidecar root]
		rootfs = LABEL=THIRD
		command = sh -c "echo new >/etc/passwd && echo written, for itself; sleep 60"
		[sidecar part]
		rootfs = PARTLABEL=ROOT
		command = sh -c "echo new >/etc/passwd && echo by uuid >/uuid/word && echo by name >/name/word; exec sleep 60"
		volumeMounts.uuid = /uuid
		volumeMounts.name = /name
		[container write]
		rootfs = /image.squashfs
		securityContext.runAsUser = 1000
		command = sh /data/run
		volumeMounts.data = /data
		volumeMounts.second = /second:subPath=part
		volumeMounts.third = /third
		volumeMounts.scratch = /scratch
		lifecycle.postStart.exec.command = sh -c "echo hook >/data/hook"
		[container end]
		restartPolicy = Never
		essential = true
		command = sleep 4
	END
	cat >"$DIR/run" <<-'END'
		echo written >/data/word
		echo "in its part" >/second/word
		dd if=/dev/urandom of=/data/junk bs=1024 count=4000 2>/dev/null
		rm /data/junk
		echo "third: $(touch /third/word 2>&1)"
		echo "group: $(stat -c %g /data /data/word | tr '\n' ' ')"
		echo "kind: $(awk '$5 == "/data" || $5 == "/scratch" { print $5, $6 }' /proc/self/mountinfo | tr '\n' ' ')"
		exec dd if=/dev/zero of=/data/open bs=1024 count=100000000 2>/dev/null
	END
	debugfs -w -R "write $DIR/run run" "$DIR/data.img" 2>/dev/null
	image disks
	tests/vm/run-vm.sh -m 512 -t 90 "$DIR/disks.cpio.gz" -drive "file=$DIR/data.img,if=virtio,format=raw" \
		-drive "file=$DIR/second.img,if=virtio,format=raw" -drive "file=$DIR/third.img,if=virtio,format=raw" \
		-drive "file=$DIR/part.img,if=virtio,format=raw" \
		>"$DIR/console" 2>&1 || cat "$DIR/console"
	says '^write \| third: .*Read-only file system'
	says '^root \| written, for itself'
	says '^write \| group: 2000 2000 $'
	says '^write \| kind: /data rw,nosuid,nodev,relatime /scratch rw,nosuid,nodev,relatime $'
	says "reboot: Power down"
	parted part
	for name in data second third part1 part2 part3; do
		clean $name
	done
	[ "$(sha256sum <"$DIR/third.img")" = "$third" ]
	[ "$(sha256sum <"$DIR/part3.img")" = "$root" ]
	holds data word written
	holds data end told
	holds data hook hook
	holds second part/word "in its part"
	holds part1 word "by uuid"
	holds part2 word "by name"
}

@test "a disk that is not there yet is waited for, with events that name it; then the pod starts" {
	tests/vm/facts-tree.sh "$DIR/image"
	disk late -L LATE
	pod late <<-'END'
		[pod]
		restartPolicy = Never
		[machine]
		modules = overlay virtio_pci virtio_blk
		[volume late]
		device.source = LABEL=LATE
		[container late]
		rootfs = /image
		command = sh -c "echo it is there >/late/word"
		volumeMounts.late = /late
	END
	image late
	tests/vm/run-vm.sh -m 512 -t 90 "$DIR/late.cpio.gz" -drive "file=$DIR/late.img,if=none,id=late,format=raw" \
		-device pcie-root-port,id=slot1 -monitor "unix:$DIR/monitor,server,nowait" >"$DIR/console" 2>&1 &
	vm=$!
	wait_for "$DIR/console" 'warning FailedMount .*volume late: no device with LABEL=LATE' 60
	tests/vm/monitor.py "$DIR/monitor" "device_add virtio-blk-pci,drive=late,bus=slot1"
	wait $vm
	cat "$DIR/console"
	[ "$(events "$DIR/console" | grep -v FailedMount | head -1)" = "Started late" ]
	says "info Succeeded pod="
	says "reboot: Power down"
	clean late
	holds late word "it is there"
}
