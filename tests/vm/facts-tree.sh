#!/bin/sh
# facts-tree.sh DIR: makes DIR, the tree of an image whose program is facts.sh. As root, since everything is root's.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
umask 022
for dir in bin dev etc mnt proc root sys tmp; do
	mkdir -p "$1/$dir"
done
chmod 700 "$1/root"
chmod 1777 "$1/tmp"
cp "$(command -v busybox)" "$1/bin/busybox"
busybox --list | while read -r applet; do
	[ "$applet" = busybox ] || ln -s busybox "$1/bin/$applet"
done
install -m 755 "$here/facts.sh" "$1/facts"
printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n' >"$1/etc/passwd"
printf 'root:x:0:\nnogroup:x:65534:\n' >"$1/etc/group"
# An image that brings all mount points along needs no overlay with readOnlyRootFilesystem.
touch "$1/etc/hosts" "$1/etc/hostname" "$1/etc/resolv.conf"
