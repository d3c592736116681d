# From a pod file to something that boots.

setup() {
	load ../helpers
	cd "$ROOT" || return 1
	printf '[container a]\ncommand = true\n' >"$DIR/pod.ini"
	echo data >"$DIR/data"
}

@test "an initramfs is the same byte for byte, whenever and by whomever it is made" {
	images/initramfs.sh -o "$DIR/one.gz" "$DIR/pod.ini" "$DIR/data=/etc/data"
	sleep 1.1
	cp "$DIR/pod.ini" "$DIR/again.ini"
	touch "$DIR/data"
	images/initramfs.sh -o "$DIR/two.gz" "$DIR/again.ini" "$DIR/data=/etc/data"
	cmp "$DIR/one.gz" "$DIR/two.gz"
	mkdir -m 777 "$DIR/nobody"
	chmod 644 "$DIR/data" "$DIR/pod.ini"
	# Read by another user, who may not be able to read this tree: a copy of what it takes.
	mkdir "$DIR/tree"
	cp -r images "$DIR/tree/"
	mkdir "$DIR/tree/build"
	cp "$PODINIT" "$DIR/tree/build/podinit.static"
	chmod -R a+rX "$DIR/tree"
	setpriv --reuid=65534 --regid=65534 --clear-groups \
		"$DIR/tree/images/initramfs.sh" -o "$DIR/nobody/three.gz" "$DIR/pod.ini" "$DIR/data=/etc/data"
	cmp "$DIR/one.gz" "$DIR/nobody/three.gz"
}

@test "an invalid pod file, or a file that is not there, makes no image" {
	printf '[container a]\ncomand = true\n' >"$DIR/bad.ini"
	run images/initramfs.sh -o "$DIR/bad.gz" "$DIR/bad.ini"
	[ "$status" -ne 0 ]
	[[ "$output" == *"did you mean command?"* ]]
	[ ! -e "$DIR/bad.gz" ]
	run images/initramfs.sh -o "$DIR/bad.gz" "$DIR/pod.ini" /no/such/file
	[ "$status" -ne 0 ]
	[[ "$output" == *"/no/such/file"* ]]
	[ ! -e "$DIR/bad.gz" ]
}

@test "every example is valid" {
	for example in images/examples/*/pod.ini; do
		"$PODINIT" check "$example"
	done
}
