#!/bin/sh
# kernel.sh: fetch Debian's kernel for virtual machines. It is downloaded and unpacked, not installed.
#
#   images/kernel.sh OUTDIR [FLAVOUR]
#
# FLAVOUR is cloud (the default), which is small and has what virtual machines mostly need; or generic, four times as
# large, with everything that Debian builds, 9p for one.
#
# Makes OUTDIR/vmlinuz, OUTDIR/version and OUTDIR/lib/modules/VERSION (initramfs.sh -m takes modules from there) and
# prints the path of the kernel. When OUTDIR/vmlinuz is there nothing is fetched; to get a newer kernel, remove OUTDIR.
# Works as any user.
#
# Exit status: 0; 1 it could not be fetched, with the reason on standard error; 2 usage.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=images/apt.sh
. "$here/apt.sh"

die() {
	status=$1
	shift
	printf 'kernel.sh: %s\n' "$*" >&2
	exit "$status"
}

# The newest kernel that the package $1 stands for: a package that holds only a name depends on the real one.
real_package() {
	apt-cache show --no-all-versions "$1" 2>/dev/null |
		sed -n -E 's/^Depends:(.*[ ,])?(linux-image-[0-9][^ ,]*).*/\2/p' | head -n 1
}

usage='usage: kernel.sh OUTDIR [cloud|generic]'
[ $# = 1 ] || [ $# = 2 ] || die 2 "$usage"
case ${2:-cloud} in
cloud) flavour=-cloud ;;
generic) flavour='' ;;
*) die 2 "$usage" ;;
esac
if [ -f "$1/vmlinuz" ] && [ -d "$1/lib/modules" ]; then
	printf '%s/vmlinuz\n' "$1"
	exit 0
fi

depmod=$(PATH=$PATH:/usr/sbin:/sbin command -v depmod) ||
	die 1 'no depmod; install the package kmod, or run: tests/packages.sh vm'
arch=$(dpkg --print-architecture) || die 1 'dpkg and apt are needed: this works on Debian only'
name=linux-image$flavour-$arch

mkdir -p "$(dirname "$1")"
work=$(mktemp -d "$1.XXXXXX")
work=$(cd "$work" && pwd)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

private_apt "$work/apt" deb
package=$(real_package "$name")
[ -n "$package" ] || {
	cat "$work/apt/update.log" >&2
	die 1 "no package $name to be found at the mirrors in /etc/apt"
}
(cd "$work" && apt-get -qq download "$package" >download.log 2>&1) || {
	cat "$work/download.log" >&2
	die 1 "cannot download $package"
}

mkdir "$work/package" "$work/out"
dpkg -x "$work/$package"_*.deb "$work/package"
mv "$work"/package/boot/vmlinuz-* "$work/out/vmlinuz"
printf '%s\n' "${package#linux-image-}" >"$work/out/version"
mkdir "$work/out/lib"
mv "$work/package/lib/modules" "$work/out/lib/modules"
version=$(ls "$work/out/lib/modules")
"$depmod" -b "$work/out" "$version"

# Whole or not at all: OUTDIR appears by one rename.
rm -rf "$1"
mv "$work/out" "$1"
printf '%s/vmlinuz\n' "$1"
