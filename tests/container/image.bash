# The file systems that the tests give to containers.

# make_image DIRECTORY: busybox, and what an image has
make_image() {
	local applet
	mkdir -p "$1"/{bin,tmp,etc,proc,dev,sys,run}
	chmod 755 "$BATS_RUN_TMPDIR" "$BATS_FILE_TMPDIR" "${BATS_FILE_TMPDIR%/*}" "$1"
	chmod 1777 "$1/tmp"
	cp "$(command -v busybox)" "$1/bin/busybox"
	for applet in $("$1/bin/busybox" --list); do
		[ "$applet" = busybox ] || ln -s busybox "$1/bin/$applet"
	done
	echo 'nobody:x:65534:65534::/:/bin/sh' >"$1/etc/passwd"
}

# make_roots DIRECTORY: what the table `habitats` finds at "@": roots/dir, roots/image.squashfs, and mnt
make_roots() {
	mkdir -p "$1/roots/dir" "$1/mnt"
	chmod 777 "$1/mnt"
	touch "$1/outside"
	make_image "$1/roots/dir"
	# Who is not root cannot make in another's root what to mount on.
	touch "$1"/roots/dir/{is-dir,etc/hosts,etc/hostname,etc/resolv.conf}
	printf 'root:x:0:0::/:/bin/sh\n' >>"$1/roots/dir/etc/passwd"
	# A group that nobody asked for is not missed where groups cannot be had.
	printf 'root:x:0:\nwheel:x:10:root\n' >"$1/roots/dir/etc/group"
	mkdir "$1/roots/dir/mnt"
	mksquashfs "$1/roots/dir" "$1/roots/image.squashfs" -quiet -no-progress >/dev/null
}
