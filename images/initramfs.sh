#!/bin/sh
# initramfs.sh: make a bootable initramfs from a pod file.
#
#   images/initramfs.sh [-o OUT] [-m MODULES] POD.INI [FILE...]
#
#   -o OUT      the archive to write (build/NAME.cpio.gz, NAME being the pod file's own, or its directory's for a pod.ini)
#   -m MODULES  names of kernel modules, which come with all they depend on; [machine] modules of the pod file loads
#               them. They are those of the kernel in $KERNEL (build/kernel; images/kernel.sh makes it)
#
# POD.INI becomes /etc/pod.ini and podinit becomes /init. FILE is PATH, which keeps its absolute path, or PATH=DEST,
# where DEST is an absolute path in the image; a directory is taken with all that is in it. A program that is not
# static needs its libraries named too. busybox is there with all its commands. The binary is $PODINIT
# (build/podinit.static; `make static` makes it).
#
# The same input gives the same bytes: names are sorted, times are $SOURCE_DATE_EPOCH (0), everything belongs to root.
# Works as any user. Prints the path of the archive.
#
# Exit status: 0; 1 it could not be made; 2 usage, or POD.INI is invalid. The reason is on standard error.
set -eu

usage='usage: initramfs.sh [-o OUT] [-m MODULES] POD.INI [FILE...], FILE being PATH or PATH=DEST'
repo=$(cd "$(dirname "$0")/.." && pwd)
build=${BUILD:-$repo/build}
podinit=${PODINIT:-$build/podinit.static}
kernel=${KERNEL:-$build/kernel}

die() {
	status=$1
	shift
	printf 'initramfs.sh: %s\n' "$*" >&2
	exit "$status"
}

need() {
	command -v "$1" >/dev/null || die 1 "no $1; install the package $2, or run: tests/packages.sh image"
}

# static FILE: whether the program needs no library. (ldd of one that does has a line with an arrow for each.)
static() {
	! ldd "$1" 2>/dev/null | grep -q '=>'
}

# add PATH[=DEST]: one of the pod's files into the tree.
add() {
	from=${1%%=*} dest=${1#*=}
	if [ "$dest" = "$1" ]; then
		dest=$(realpath -s -- "$from")
	fi
	[ -e "$from" ] || [ -L "$from" ] || die 1 "no file $from"
	case $dest in /*) ;; *) die 2 "$1: the path in the image, '$dest', is not absolute" ;; esac
	mkdir -p "$tree$(dirname "$dest")"
	if [ -d "$from" ]; then
		mkdir -p "$tree$dest"
		from=$from/.
	fi
	# A file of the pod takes the place of a command of busybox, which is a link: never write through it.
	cp -a --remove-destination -- "$from" "$tree$dest"
}

# line MODULE: what modules.dep says of it, "PATH: PATH...". A module's "-" may be a "_".
line() {
	grep -E "(^|/)$(printf '%s' "$1" | sed 's/[-_]/[-_]/g')\.ko[.a-z]*:" "$dep"
}

# The modules, and a modules.dep of them alone.
add_modules() {
	dep=$(echo "$kernel"/lib/modules/*/modules.dep)
	[ -f "$dep" ] || die 1 "no modules in $kernel; run: images/kernel.sh $kernel"
	from=${dep%/*} into=$tree/lib/modules/${dep#"$kernel"/lib/modules/}
	into=${into%/*}
	mkdir -p "$into"
	for module; do
		if ! line "$module" >>"$into/modules.dep"; then
			grep -qE "/$(printf '%s' "$module" | sed 's/[-_]/[-_]/g')\.ko" "$from/modules.builtin" ||
				die 1 "the kernel has no module $module"
		fi
	done
	tr -d : <"$into/modules.dep" | tr ' ' '\n' | sort -u | while read -r path; do
		[ -z "$path" ] || install -D -m 644 "$from/$path" "$into/$path"
	done
	cp "$from/modules.builtin" "$into/modules.builtin"
}

add_busybox() {
	mkdir -p "$tree/bin" "$tree/sbin" "$tree/usr/bin" "$tree/usr/sbin"
	cp -- "$(command -v busybox)" "$tree/bin/busybox"
	busybox --list-full | while read -r applet; do
		case $applet in
		bin/busybox) ;;
		bin/* | sbin/* | usr/bin/* | usr/sbin/*) ln -s /bin/busybox "$tree/$applet" ;;
		esac
	done
}

# The tree as it is when podinit starts: what it mounts over, and the least that programs expect to find.
add_base() {
	for dir in dev etc proc root run sys tmp var; do
		mkdir "$tree/$dir"
	done
	chmod 700 "$tree/root"
	chmod 1777 "$tree/tmp"
	printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n' >"$tree/etc/passwd"
	printf 'root:x:0:\nnogroup:x:65534:\n' >"$tree/etc/group"
	printf '127.0.0.1 localhost\n::1 localhost\n' >"$tree/etc/hosts"
}

# pack OUT: the archive. cpio writes what it is told in the order it is told; --reproducible numbers the inodes anew.
# /dev/console is not in it, since only root could make one: the kernel brings its own.
pack() {
	find "$tree" -exec touch -h -d "@${SOURCE_DATE_EPOCH:-0}" {} +
	(cd "$tree" && find . -mindepth 1 -printf '%P\0' | LC_ALL=C sort -z |
		cpio --quiet --create --null --format=newc --owner=+0:+0 --reproducible) >"$work/archive"
	gzip -n -c "$work/archive" >"$work/archive.gz"
	mv "$work/archive.gz" "$1"
}

out='' modules=''
while getopts o:m: option; do
	case $option in
	o) out=$OPTARG ;;
	m) modules=$OPTARG ;;
	*) die 2 "$usage" ;;
	esac
done
shift $((OPTIND - 1))
[ $# -gt 0 ] || die 2 "$usage"
pod=$1
shift

[ -f "$pod" ] || die 1 "no pod file $pod"
[ -x "$podinit" ] || die 1 "no $podinit; run: make static"
need cpio cpio
need busybox busybox-static
static "$podinit" || die 1 "$podinit is not a static program; an image needs the one that make static makes"
static "$(command -v busybox)" || die 1 'this busybox is not static; install the package busybox-static'

status=0
"$podinit" check "$pod" || status=$?
case $status in
0) ;;
2) die 2 "$pod is not a valid pod file; its errors are above" ;;
*) die 1 "cannot check $pod: $podinit ended with status $status" ;;
esac

if [ -z "$out" ]; then
	name=$(basename "$pod" .ini)
	[ "$name" != pod ] || name=$(basename "$(cd "$(dirname "$pod")" && pwd)")
	out=$build/$name.cpio.gz
fi
mkdir -p "$(dirname "$out")"

umask 022
work=$(mktemp -d "$out.XXXXXX")
trap 'chmod -R u+rwX "$work"; rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
tree=$work/tree
mkdir "$tree"

add_base
add_busybox
# shellcheck disable=SC2086 # a list of words
[ -z "$modules" ] || add_modules $modules
for file; do
	add "$file"
done
install -m 755 "$podinit" "$tree/init"
install -m 644 "$pod" "$tree/etc/pod.ini"
pack "$out"
printf '%s\n' "$out"
