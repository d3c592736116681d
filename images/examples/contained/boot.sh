#!/bin/sh
# boot.sh: makes a small image of busybox, and boots a virtual machine with this pod.
#
#   images/examples/contained/boot.sh
#
# Needs build/podinit.static (make static), and the packages of `tests/packages.sh image vm`, which has mksquashfs.
# Exit status: 0 the machine booted and ended; 1 it did not.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
repo=$(cd "$here/../../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The files that podinit mounts on are there, so that the root can be read-only.
mkdir "$work/root"
for dir in bin dev etc pages proc sys tmp; do
	mkdir "$work/root/$dir"
done
cp "$(command -v busybox)" "$work/root/bin/busybox"
for applet in sh id ls tr httpd; do
	ln -s busybox "$work/root/bin/$applet"
done
touch "$work/root/etc/hosts" "$work/root/etc/hostname" "$work/root/etc/resolv.conf"
echo 'nobody:x:65534:65534::/:/bin/sh' >"$work/root/etc/passwd"
mksquashfs "$work/root" "$work/web.squashfs" -quiet -no-progress -all-root >/dev/null

"$repo/images/kernel.sh" "${KERNEL:-${BUILD:-$repo/build}/kernel}" >/dev/null
"$repo/images/initramfs.sh" -m 'overlay loop squashfs' -o "$work/contained.cpio.gz" "$here/pod.ini" \
	"$work/web.squashfs=/images/web.squashfs" >/dev/null
"$repo/tests/vm/run-vm.sh" "$work/contained.cpio.gz"
