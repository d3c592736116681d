#!/bin/sh
# packages.sh: install the Debian packages that a part of the build or of the tests needs.
#
#   tests/packages.sh GROUP...
#
# GROUP is a name in the first column of the table below. What is there already is left alone, and when nothing
# is missing nothing is run: no root, no network. Otherwise apt-get installs what is missing, quietly.
#
# Exit status: 0 everything is installed; 1 it is not, and standard error says which packages are missing; 2 usage.
set -eu

# One line a group. A package may stand in several groups. Names are Debian 12's.
table='
build         gcc make pkg-config libc6-dev libinih-dev libmount-dev libcap-dev python3 python3-seccomp
static        gcc make musl-tools linux-libc-dev libinih-dev xz-utils ca-certificates python3 python3-seccomp
image         busybox-static cpio gzip
vm            qemu-system-x86 qemu-system-common kmod squashfs-tools erofs-utils e2fsprogs fdisk
container     podman runc conmon uidmap
check         libcmocka-dev bats clang libclang-rt-14-dev clang-format clang-tidy cppcheck shellcheck mandoc python3 python3-grpcio procps squashfs-tools erofs-utils e2fsprogs golang-github-containers-common
bench         tini dumb-init catatonit musl-tools bubblewrap crun runc
'

die() {
	status=$1
	shift
	printf 'packages.sh: %s\n' "$*" >&2
	exit "$status"
}

# The packages of one group, or nothing.
packages_of() {
	printf '%s' "$table" | while read -r group packages; do
		[ "$group" != "$1" ] || printf '%s\n' "$packages"
	done
}

groups() {
	printf '%s' "$table" | while read -r group _; do
		[ -z "$group" ] || printf ' %s' "$group"
	done
}

installed() {
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

apt() {
	DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 "$@"
}

[ $# -gt 0 ] || die 2 "usage: packages.sh GROUP..., GROUP one of:$(groups)"

wanted=
for group; do
	packages=$(packages_of "$group")
	[ -n "$packages" ] || die 2 "no group '$group'; there are:$(groups)"
	wanted="$wanted $packages"
done

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
	die 1 "this is not a Debian system; install what these packages hold by your system's own means:$wanted"
fi

missing=
for package in $wanted; do
	case " $missing " in *" $package "*) continue ;; esac
	installed "$package" || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

[ "$(id -u)" = 0 ] || die 1 "missing packages. As root, run: apt-get install --no-install-recommends$missing"

printf 'packages.sh: installing%s\n' "$missing" >&2
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# An update that fails is no reason to stop: the lists that are there may do.
apt update >"$log" 2>&1 || true
# shellcheck disable=SC2086 # a list of words
apt install -y --no-install-recommends $missing >>"$log" 2>&1 || {
	cat "$log" >&2
	die 1 "apt-get could not install:$missing (its words are above)"
}
