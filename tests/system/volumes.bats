# Volumes, in process mode as root: real mounts by the real binary, and nothing left of them.

setup() {
	load ../helpers
	[ "$(id -u)" = 0 ] || skip "it takes root to mount"
	at=$DIR/at
	mkdir "$at"
}

# left NAME: what there is of the pod in the mount table, among loop devices, on the stage and on the disk
left() {
	grep -F "$DIR" /proc/self/mountinfo
	losetup -a | grep -F "$DIR"
	find /run/podinit/pod -mindepth 1 2>/dev/null
	ls -d "/var/lib/podinit/empty/$1."* 2>/dev/null
}

# nothing_left NAME: a moment from now at the latest, since the kernel frees loop devices in its own time
nothing_left() {
	local i
	for ((i = 0; i < 100; i++)); do
		[ -n "$(left "$1")" ] || return 0
		sleep 0.1
	done
	left "$1"
	return 1
}

# holds NAME: runs that pod to its end; it succeeded, what it wrote is in $output, and nothing is left of it
holds() {
	run --separate-stderr "$PODINIT" "$DIR/$1.ini"
	echo "$output"
	echo "$stderr"
	[ "$status" -eq 0 ]
	nothing_left "$1"
}

# waits NAME REGEX: that pod cannot start and says why; asked to stop it ends, and nothing is left of it
waits() {
	boot "$1"
	wait_for "$DIR/$1.log" "warning FailedMount pod=$1 attempt=1 .*message=\"?$2"
	kill -TERM "$BOOTED"
	ended
	run grep -c Started "$DIR/$1.log"
	[ "$output" = 0 ]
	nothing_left "$1"
}

# refused NAME REGEX: that pod file is an error
refused() {
	run "$PODINIT" check "$DIR/$1.ini"
	echo "$output"
	[ "$status" -eq 2 ]
	grep -qE -- "$2" <<<"$output"
}

# volume NAME KEY-AND-VALUE... <<COMMAND: a pod of one container that has volume `v` at $at
volume() {
	local name=$1
	shift
	{
		printf '[pod]\nrestartPolicy = Never\n[volume v]\n'
		printf '%s\n' "$@"
		printf '[container c]\nvolumeMounts.v = %s\ncommand = sh %s\n' "$at" "$DIR/$name.sh"
	} >"$DIR/$name.ini"
	cat >"$DIR/$name.sh"
}

@test "an emptyDir is empty, for everybody, on disk or in memory, lasts as long as the pod, and keeps its limit" {
	pod empty <<-END
		[pod]
		restartPolicy = Never
		[volume disk]
		[volume memory]
		emptyDir.medium = Memory
		[volume small]
		emptyDir.sizeLimit = 64Ki
		[init one]
		command = sh -c "ls -A $at; stat -c %a $at; echo kept >$at/word"
		volumeMounts.disk = $at
		[init two]
		command = sh -c "ls -A $at; stat -fc %T $at; stat -c %a $at"
		volumeMounts.memory = $at
		[init three]
		command = sh -c "head -c 1000000 /dev/zero >$at/zero || stat -c %s $at/zero"
		volumeMounts.small = $at
		[container four]
		command = sh -c "cat $at/word; stat -fc %i $at >$DIR/disk; awk -v at=$at '\$5 == at { print \$6 }' /proc/self/mountinfo"
		volumeMounts.disk = $at
	END
	holds empty
	[ "$(grep -v '^three' <<<"$output")" = "$(printf '%s\n' 'one | 777' 'two | tmpfs' 'two | 777' 'four | kept' 'four | rw,relatime')" ]
	grep -qx 'three | 65536' <<<"$output"
	# On the disk that /var/lib is on.
	[ "$(cat "$DIR/disk")" = "$(stat -fc %i /var/lib)" ]
	printf '[volume v]\nemptyDir.medium = Disk\n[container c]\ncommand = true\n' >"$DIR/bad.ini"
	refused bad '2: \[volume v\] emptyDir.medium: .*Memory'
	printf '[volume v]\nemptyDir.sizeLimit = much\n[container c]\ncommand = true\n' >"$DIR/bad.ini"
	refused bad '2: \[volume v\] emptyDir.sizeLimit: .*64Mi'
}

@test "a hostPath is what its type says, or made; else the pod waits and says what is wrong" {
	mkdir "$DIR/dir"
	echo text >"$DIR/file"
	echo word >"$DIR/dir/word"
	python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$DIR/socket"
	mknod "$DIR/block" b 7 0
	touch "$DIR/at-file"
	n=0
	while read -r type path tells; do
		n=$((n + 1))
		pod "type-$n" <<-END
			[pod]
			restartPolicy = Never
			[volume v]
			hostPath.path = $path
			hostPath.type = $type
			[container c]
			command = stat -c %F $DIR/at-file
			volumeMounts.v = $DIR/at-file
		END
		[[ $type != Dir* ]] || sed -i "s#at-file#at#" "$DIR/type-$n.ini"
		if [[ $tells == *:* ]]; then
			waits "type-$n" "volume v: $tells"
		else
			holds "type-$n"
			[ "$output" = "$tells" ]
		fi
	done <<-END
		Directory $DIR/dir directory
		Directory $DIR/file hostPath type check failed: $DIR/file is not a directory
		Directory $DIR/none hostPath type check failed: $DIR/none: No such file or directory
		DirectoryOrCreate $DIR/made/deep directory
		DirectoryOrCreate $DIR/file/deep creating hostPath $DIR/file/deep: Not a directory
		File $DIR/file regular file
		File $DIR/dir hostPath type check failed: $DIR/dir is not a file
		FileOrCreate $DIR/made/file regular empty file
		FileOrCreate $DIR/none/file creating hostPath $DIR/none/file: No such file or directory
		Socket $DIR/socket socket
		Socket $DIR/file hostPath type check failed: $DIR/file is not a socket
		CharDevice /dev/null character special file
		CharDevice $DIR/block hostPath type check failed: $DIR/block is not a character device
		BlockDevice $DIR/block block special file
		BlockDevice /dev/null hostPath type check failed: /dev/null is not a block device
	END
	[ "$n" -eq 15 ]
	[ "$(stat -c '%a %a' "$DIR/made" "$DIR/made/deep")" = "$(printf '755 755\n755 755')" ]
	[ "$(stat -c %a "$DIR/made/file")" = 644 ]
	# What a container writes there is there.
	volume written "hostPath.path = $DIR/dir" <<-END
		cat $at/word
		echo new >$at/new
	END
	holds written
	[ "$output" = word ]
	[ "$(cat "$DIR/dir/new")" = new ]
	volume dots "hostPath.path = $DIR/../x" "hostPath.type = Folder" <<<true
	refused dots '4: \[volume v\] hostPath.path: must have no "\.\."'
	refused dots '5: \[volume v\] hostPath.type: .*DirectoryOrCreate'
}

@test "files of a configMap, secret and downwardAPI: their text, mode and links, in memory, never written to" {
	printf 'from a file\nwith two lines' >"$DIR/source"
	pod files <<-END
		[pod]
		restartPolicy = Never
		labels.app = shop
		[volume config]
		configMap.items.key = value with "quotes"
		configMap.items.sub/deep.path = $DIR/source
		[volume secret]
		secret.items.token = hush
		secret.defaultMode = 0400
		[volume tells]
		downwardAPI.items.name = metadata.name
		downwardAPI.items.labels = metadata.labels
		downwardAPI.items.memory = limits.memory
		[container c]
		command = sh $DIR/look
		volumeMounts.config = $DIR/config
		volumeMounts.secret = $DIR/secret
		volumeMounts.tells = $DIR/tells
		resources.limits.memory = 64Mi
	END
	mkdir "$DIR/config" "$DIR/secret" "$DIR/tells"
	cat >"$DIR/look" <<-END
		cd $DIR
		cat config/key config/sub/deep secret/token tells/name tells/labels tells/memory
		echo
		readlink config/key config/sub secret/token
		readlink config/..data | sed 's/[0-9]/N/g'
		stat -Lc '%a %U' config/key secret/token tells/name config/..data
		stat -fc %T config secret tells
		ls -A config | wc -l
		for f in config/key secret/new; do (echo x >\$f) 2>&1 | sed 's/.*: //'; done
	END
	run --separate-stderr "$PODINIT" --lenient "$DIR/files.ini"
	echo "$output"
	echo "$stderr"
	[ "$status" -eq 0 ]
	[ "$(grep -v ramfs <<<"$output")" = "$(printf '%s\n' 'value with "quotes"from a file' \
		'with two lineshushfilesapp="shop"67108864' ..data/key ..data/sub ..data/token \
		..NNNN_NN_NN_NN_NN_NN.NNNNNNNNN '644 root' '400 root' '644 root' '755 root' tmpfs tmpfs tmpfs 4 \
		'Read-only file system' 'Read-only file system')" ]
	nothing_left files
	pod bad <<-END
		[volume one]
		configMap.items.a.path = $DIR/none
		configMap.defaultMode = 420
		[volume two]
		secret.items.../up = x
		[volume three]
		downwardAPI.items.a = metadata.nonsense
		[container c]
		command = true
	END
	refused bad '2: \[volume one\] configMap.items.a.path: .*none'
	refused bad '3: \[volume one\] configMap.defaultMode: must be octal'
	refused bad '5: \[volume two\] secret.items.*\.\.'
	refused bad '7: \[volume three\] downwardAPI.items.a: .*metadata.name'
}

@test "a device is an image file: written to, read-only, and told what is wrong with it" {
	truncate -s 8M "$DIR/disk.img"
	mkfs.ext4 -q "$DIR/disk.img"
	volume device "device.source = $DIR/disk.img" <<-END
		echo written >$at/word
		awk -v at=$at '\$5 == at { print \$6, \$(NF - 2) }' /proc/self/mountinfo
		losetup -a | grep -c $DIR/disk.img
	END
	holds device
	[ "$output" = "$(printf 'rw,nosuid,nodev,relatime ext4\n1')" ]
	e2fsck -fn "$DIR/disk.img"
	[ "$(debugfs -R 'cat word' "$DIR/disk.img" 2>/dev/null)" = written ]
	before=$(sha256sum <"$DIR/disk.img")
	volume readonly "device.source = $DIR/disk.img" "device.readOnly = true" <<-END
		cat $at/word
		touch $at/word 2>&1 | sed 's/.*: //'
	END
	holds readonly
	[ "$output" = "$(printf 'written\nRead-only file system')" ]
	[ "$(sha256sum <"$DIR/disk.img")" = "$before" ]
	volume options "device.source = $DIR/disk.img" "device.options = noexec" "device.fsType = ext4" <<-END
		awk -v at=$at '\$5 == at { print \$6 }' /proc/self/mountinfo
	END
	holds options
	[ "$output" = rw,nosuid,nodev,noexec,relatime ]

	truncate -s 1M "$DIR/blank.img"
	volume blank "device.source = $DIR/blank.img" <<<true
	waits blank "volume v: $DIR/blank.img holds no file system that podinit can tell"
	volume missing "device.source = $DIR/none.img" <<<true
	waits missing "volume v: $DIR/none.img: No such file or directory"
	volume label "device.source = LABEL=podinit-none" <<<true
	waits label "volume v: no device with LABEL=podinit-none yet"
	volume wrong "device.source = $DIR/disk.img" "device.fsType = vfat" <<<true
	waits wrong "volume v: mounting $DIR/disk.img: "
	volume bogus "device.source = $DIR/disk.img" "device.options = bogus" <<<true
	waits bogus "volume v: mounting $DIR/disk.img: "
}

@test "fsGroup owns what podinit makes, and not what the host has" {
	mkdir "$DIR/host"
	touch "$DIR/host/file"
	pod group <<-END
		[pod]
		restartPolicy = Never
		securityContext.fsGroup = 4321
		securityContext.runAsUser = 1234
		[volume empty]
		[volume config]
		configMap.items.key = value
		configMap.defaultMode = 0400
		[volume host]
		hostPath.path = $DIR/host
		[container c]
		command = sh $DIR/look
		volumeMounts.empty = $at
		volumeMounts.config = $DIR/config
		volumeMounts.host = $DIR/in
	END
	mkdir "$DIR/config" "$DIR/in"
	cat >"$DIR/look" <<-END
		echo x >$at/file
		stat -Lc '%g %a' $at $at/file $DIR/config $DIR/config/key $DIR/in/file
		cat $DIR/config/key
	END
	holds group
	[ "$output" = "$(printf '%s\n' '4321 2777' '4321 644' '4321 2755' '4321 440' '0 644' value)" ]
	printf '[pod]\nsecurityContext.fsGroup = wheel\n[container c]\ncommand = true\n' >"$DIR/bad.ini"
	refused bad '2: \[pod\] securityContext.fsGroup: '
}

@test "a part of a volume, and a volume that is read-only; a part that a link leads out of is refused" {
	mkdir "$DIR/host"
	chmod 750 "$DIR/host"
	ln -s /etc "$DIR/host/out"
	pod part <<-END
		[pod]
		restartPolicy = Never
		[volume host]
		hostPath.path = $DIR/host
		[init one]
		command = sh -c "echo part >$at/word; stat -c %a $at"
		volumeMounts.host = $at:subPath=new/part
		[container two]
		command = sh -c "cat $at/new/part/word; touch $at/word 2>&1 | sed 's/.*: //'; (cd $at/new/part && ls)"
		volumeMounts.host = $at:ro
	END
	holds part
	[ "$output" = "$(printf 'one | 750\ntwo | part\ntwo | Read-only file system\ntwo | word')" ]
	[ "$(cat "$DIR/host/new/part/word")" = part ]
	sed 's#new/part#out#' "$DIR/part.ini" >"$DIR/out.ini"
	run "$PODINIT" "$DIR/out.ini"
	echo "$output"
	[ "$status" -eq 125 ]
	[[ "$output" == *"error StartError container=one exitCode=125 message="*"subPath"* ]]
	nothing_left out
	# However it is written; and one that cannot be there is told by its name.
	sed 's#new/part#./other//part/#' "$DIR/part.ini" >"$DIR/part2.ini"
	run "$PODINIT" "$DIR/part2.ini"
	[ "$(cat "$DIR/host/other/part/word")" = part ]
	sed 's#new/part#new/part/word/x#' "$DIR/part.ini" >"$DIR/file.ini"
	run "$PODINIT" "$DIR/file.ini"
	echo "$output"
	[ "$status" -eq 125 ]
	[[ "$output" == *"opening /run/podinit/pod/vol/host, subPath new/part/word/x: Not a directory"* ]]
	sed 's#new/part#../up#' "$DIR/part.ini" >"$DIR/bad.ini"
	refused bad '\[init one\] volumeMounts.host: .*\.\.'
	sed 's#:ro#:rw#' "$DIR/part.ini" >"$DIR/bad.ini"
	refused bad 'volumeMounts.host: .*rw'
}

# nested LINK PLACE ROOT: a pod whose one container makes LINK in a volume, where the other mounts something on PLACE
nested() {
	cat <<-END
		[pod]
		restartPolicy = Never
		[volume data]
		[volume conf]
		configMap.items.key = of the neighbour
		[init one]
		command = sh -c "mkdir $at/real; ln -s $1 $at/link"
		volumeMounts.data = $at
		[container two]
		$3
		command = sh -c "cat $2/key; stat -c %a $2; ls $at; grep -c neighbour $DIR/theirs/key; true"
		volumeMounts.conf = $2
		volumeMounts.data = $at
	END
}

@test "a mount in a volume is made there, and no link is followed that another container left there" {
	mkdir -p "$DIR/image/bin" "$DIR/image/$DIR/theirs" "$DIR/theirs"
	cp "$(command -v busybox)" "$DIR/image/bin/busybox"
	for applet in sh cat stat ls grep; do
		ln -s busybox "$DIR/image/bin/$applet"
	done
	ln -s at "$DIR/alias"
	ln -s "$DIR/at" "$DIR/image/$DIR/alias"
	echo mine | tee "$DIR/theirs/key" >"$DIR/image/$DIR/theirs/key"
	n=0
	for root in "" "rootfs = $DIR/image"; do
		while read -r link place tells; do
			n=$((n + 1))
			nested "$link" "$place" "$root" >"$DIR/link-$n.ini"
			run "$PODINIT" "$DIR/link-$n.ini"
			echo "$output"
			[ "$status" -eq 125 ]
			[[ "$output" == *"mounting $place from "*": $tells"* ]]
			[ ! -e "$DIR/new" ]
			nothing_left "link-$n"
		done <<-END
			$DIR/theirs $at/link a symbolic link is on the way, and below another mount
			$DIR/new/deep $at/link a symbolic link
			$DIR/new $at/link/deep a symbolic link
			real $at/link a symbolic link
			real $at/link/deep a symbolic link
			$DIR/theirs $DIR/alias/link its symbolic links go round, or into another mount
			$DIR/new/deep $DIR/alias/link its symbolic links
			real $DIR/alias/link/deep its symbolic links
		END
		for place in "$at/made/deep" "$DIR/alias/made/deep"; do
			nested real "$place" "$root" >"$DIR/made.ini"
			holds made
			[ "$place" != "$at/made/deep" ] ||
				"$PODINIT" check --plan "$DIR/made.ini" | grep -qx "  bind  .*/vol/conf $place in $at"
			[ "$output" = "$(printf 'two | %s\n' 'of the neighbour755' link made real 0)" ]
		done
	done
	[ "$n" -eq 16 ]
	[ "$(cat "$DIR/theirs/key")" = mine ]
}

@test "a link of the root itself is followed, also if that directory is mounted elsewhere" {
	mkdir -p "$DIR/host/real"
	ln -s real "$DIR/host/link"
	pod both <<-END
		[pod]
		restartPolicy = Never
		[volume host]
		hostPath.path = $DIR/host
		[volume conf]
		configMap.items.key = value
		[container c]
		command = cat $DIR/host/real/new/conf/key
		volumeMounts.host = $at:ro
		volumeMounts.conf = $DIR/host/link/new/conf
	END
	holds both
	[ "$output" = value ]
}

@test "mounts of a privileged container reach those that want them, and no others; none is left" {
	mkdir "$DIR/host" "$DIR/host/sub"
	pod propagate <<-END
		[pod]
		restartPolicy = Never
		[volume host]
		hostPath.path = $DIR/host
		[sidecar before]
		command = sh -c "until [ -e $at/done ]; do sleep 0.05; done; echo before \$(ls $at/sub); sleep 60"
		volumeMounts.host = $at:propagation=HostToContainer
		[sidecar never]
		command = sh -c "until [ -e $at/done ]; do sleep 0.05; done; echo never \$(ls $at/sub); sleep 60"
		volumeMounts.host = $at
		[container mounts]
		command = sh -c "mount -t tmpfs none $at/sub && touch $at/sub/mounted $at/done; sleep 1"
		securityContext.privileged = true
		volumeMounts.host = $at:propagation=Bidirectional
	END
	holds propagate
	grep -qx 'before | before mounted' <<<"$output"
	grep -qx 'never | never' <<<"$output"
	[ -z "$(ls "$DIR/host/sub")" ]
	sed '/privileged/d' "$DIR/propagate.ini" >"$DIR/bad.ini"
	refused bad '\[container mounts\] .*Bidirectional.*privileged'
}

@test "a podinit that is killed leaves no mount and no loop device, and the next one starts with an empty volume" {
	truncate -s 8M "$DIR/disk.img"
	mkfs.ext4 -q "$DIR/disk.img"
	pod killed <<-END
		[pod]
		restartPolicy = Never
		[volume empty]
		[volume disk]
		device.source = $DIR/disk.img
		[container c]
		command = sh -c "ls $DIR/in; echo x >>$at/word; cat $at/word; touch $DIR/in/file; sync; echo up; sleep 60"
		volumeMounts.disk = $at
		volumeMounts.empty = $DIR/in
	END
	mkdir "$DIR/in"
	for times in 1 2; do
		# What the first one said is not to be taken for the second one's.
		rm -f "$DIR/killed.log"
		boot killed
		wait_for "$DIR/killed.log" '^up$'
		kill -KILL "$BOOTED"
		ended
		[ "$code" -eq 137 ]
		run grep -c '^file$' "$DIR/killed.log"
		[ "$output" = 0 ]
		[ "$(grep -c '^x$' "$DIR/killed.log")" = $times ]
		for ((i = 0; i < 100; i++)); do
			losetup -a | grep -qF "$DIR" || break
			sleep 0.1
		done
		[ -z "$(left killed | grep -v ^/var/lib/podinit/empty)" ]
	done
	e2fsck -p "$DIR/disk.img"
	rm -rf /var/lib/podinit/empty/killed.*
}
