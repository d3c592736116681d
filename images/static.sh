#!/bin/sh
# static.sh: the libraries for the static podinit, built with musl.
#
#   images/static.sh OUTDIR
#
# Makes OUTDIR/include and OUTDIR/lib with libmount, libblkid and libcap, built from the sources of the machine's
# distribution, and libinih, which it packages ready for static linking. The kernel's headers are there too, so that
#
#   musl-gcc -static -isystem OUTDIR/include ... -L OUTDIR/lib -lmount -lblkid -lcap -linih -Wl,--gc-sections
#
# is all that is needed. The sources are kept in $PODINIT_DIST (default: dist beside OUTDIR); a tarball that is there
# already is not downloaded. When OUTDIR was made by this same script and compiler nothing is done.
# Takes half a minute the first time. Works as any user.
#
# Exit status: 0; 1 it could not be made, with the reason on standard error; 2 usage.
set -eu

# Debian's source package, its upstream version, and the checksum of the upstream tarball. Debian's own patch level is
# not pinned: a security upload replaces it, and nothing of it is compiled here.
sources='
util-linux  2.38.1  60492a19b44e6cf9a3ddff68325b333b8b52b6c59ce3ebd6a0ecaa4c5117e84f
libcap2     2.66    15c40ededb3003d70a283fe587a36b7d19c8b3b554e33f86129c059a4bb466b2
'
# What of the libraries a program does not use, --gc-sections removes from it.
cflags='-Os -g0 -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables -fno-unwind-tables'

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=images/apt.sh
. "$here/apt.sh"

die() {
	status=$1
	shift
	printf 'static.sh: %s\n' "$*" >&2
	exit "$status"
}

# Everything the result depends on.
stamp() {
	sha256sum <"$0"
	gcc --version | head -n 1
	dpkg-query -W musl-dev libinih-dev
}

# logged COMMAND...: what it prints is shown only if it fails.
logged() {
	"$@" >"$work/log" 2>&1 || {
		tail -n 40 "$work/log" >&2
		die 1 "failed, with the words above: $*"
	}
}

verify() {
	printf '%s  %s\n' "$2" "$1" | sha256sum --check --status
}

# download PACKAGE VERSION FILE: FILE, the upstream tarball, into the current directory.
download() {
	[ -d "$work/apt" ] || private_apt "$work/apt" deb-src
	full=$(apt-cache --only-source showsrc "$1" 2>/dev/null | sed -n 's/^Version: //p' |
		grep -E "^([0-9]+:)?$2-" | head -n 1) || true
	[ -n "$full" ] || {
		cat "$work/apt/update.log" >&2
		die 1 "the mirrors in /etc/apt have no source of $1 $2; fetch $3 elsewhere and put it into $dist"
	}
	logged apt-get source --download-only --tar-only "$1=$full"
}

# The tarball of PACKAGE VERSION CHECKSUM in $dist, whole and verified.
fetch() {
	file=$1_$2.orig.tar.xz
	if [ ! -f "$dist/$file" ]; then
		mkdir -p "$work/download"
		cd "$work/download"
		download "$1" "$2" "$file"
		verify "$file" "$3" || die 1 "what the mirror gave as $file is not it: its checksum should be $3"
		mv "$file" "$dist/$file"
	fi
	verify "$dist/$file" "$3" || die 1 "$dist/$file is damaged: its checksum should be $3. Remove it and try again"
	tar -xJf "$dist/$file" -C "$work"
}

# The kernel's headers without the C library's that stand beside them in /usr/include.
kernel_headers() {
	asm=/usr/include/$(gcc -print-multiarch)/asm
	[ -d "$asm" ] || asm=/usr/include/asm
	ln -s "$asm" /usr/include/asm-generic /usr/include/linux /usr/include/mtd "$out/include"
}

# keep FILE NAME...: of the things the table `idinfos` of a source of libblkid lists, only these.
keep() {
	file=$1
	shift
	for name; do
		grep -q "&${name}_idinfo" "$file" || die 1 "libblkid has no ${name}_idinfo in $file"
	done
	names=$(echo "$*" | tr ' ' '|')
	sed -i -E "/^static const struct blkid_idinfo \*idinfos/,/^};/{/&/{/&($names)_idinfo/!d}}" "$file"
}

build_util_linux() {
	cd "$work"/util-linux-*
	# libblkid knows eighty things that a disk can hold. A pod mounts few of them, and what is not looked for is not
	# linked: a seventh of the program.
	keep libblkid/src/superblocks/superblocks.c linuxraid lvm2 luks vfat swap xfs ext4dev ext4 ext3 ext2 jbd iso9660 \
		squashfs squashfs3 btrfs exfat f2fs erofs
	keep libblkid/src/partitions/partitions.c dos_pt gpt_pt pmbr_pt
	# Nor is what they would say to somebody who debugs them.
	sed -i 's/if ((p ## m) & l ## _debug_mask)/if (0 \&\& ((p ## m) \& l ## _debug_mask))/' include/debug.h
	# A pkg-config that finds nothing: the libraries it would find are the other C library's.
	logged ./configure CC=musl-gcc CFLAGS="$cflags -isystem $out/include" PKG_CONFIG=false \
		--disable-all-programs --enable-libmount --enable-libblkid --enable-static --disable-shared \
		--without-selinux --without-cryptsetup --without-systemd --without-udev --without-econf \
		--without-python --disable-nls --disable-asciidoc --disable-dependency-tracking
	logged make -j "$jobs" libmount.la libblkid.la
	cp .libs/libmount.a .libs/libblkid.a "$out/lib"
	mkdir "$out/include/libmount" "$out/include/blkid"
	cp libmount/src/libmount.h "$out/include/libmount"
	cp libblkid/src/blkid.h "$out/include/blkid"
}

build_libcap() {
	cd "$work"/libcap-*/libcap
	logged make libcap.a CC=musl-gcc BUILD_CC=gcc USE_GPERF=no DEBUG= COPTS="$cflags -isystem $out/include"
	cp libcap.a "$out/lib"
	mkdir "$out/include/sys"
	cp include/sys/capability.h "$out/include/sys"
}

# Debian's own libinih.a serves: of the C library it wants a dozen functions that musl has under the same names.
copy_libinih() {
	archive=$(gcc -print-file-name=libinih.a)
	[ -f "$archive" ] || die 1 "no libinih.a; run: tests/packages.sh static"
	cp "$archive" "$out/lib"
	cp /usr/include/ini.h "$out/include"
}

# A program that uses all of it must link and run.
prove() {
	cat >"$work/prove.c" <<-'END'
		#include <ini.h>
		#include <libmount/libmount.h>
		#include <linux/mount.h>
		#include <sys/capability.h>

		static int handle(void *seen, const char *section, const char *key, const char *value)
		{
			*(int *)seen += section[0] == 's' && key[0] == 'k' && value[0] == 'v';
			return 1;
		}

		int main(void)
		{
			struct libmnt_context *context = mnt_new_context();
			cap_t caps = cap_get_proc();
			int seen = 0;
			int bad = !context || !caps || ini_parse_string("[s]\nk = v\n", handle, &seen) || seen != 1;

			mnt_free_context(context);
			cap_free(caps);
			return bad;
		}
	END
	logged musl-gcc -static -isystem "$out/include" -o "$work/prove" "$work/prove.c" \
		-L "$out/lib" -lmount -lblkid -lcap -linih -Wl,--gc-sections
	logged "$work/prove"
}

[ $# = 1 ] || die 2 'usage: static.sh OUTDIR'
command -v musl-gcc >/dev/null || die 1 'no musl-gcc; run: tests/packages.sh static'
[ "$(stamp)" != "$(cat "$1/stamp" 2>/dev/null)" ] || exit 0

mkdir -p "$(dirname "$1")"
dist=${PODINIT_DIST:-$(dirname "$1")/dist}
mkdir -p "$dist"
dist=$(cd "$dist" && pwd)
work=$(mktemp -d "$1.XXXXXX")
work=$(cd "$work" && pwd)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
out=$work/out
jobs=$(nproc)
target=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
new_stamp=$(stamp)

printf 'static.sh: building libmount, libblkid and libcap with musl; this takes half a minute\n' >&2
printf '%s' "$sources" | while read -r package version sum; do
	[ -z "$package" ] || fetch "$package" "$version" "$sum"
done
mkdir -p "$out/include" "$out/lib"
kernel_headers
build_util_linux
build_libcap
copy_libinih
prove

# Whole or not at all: OUTDIR appears by one rename.
printf '%s\n' "$new_stamp" >"$out/stamp"
chmod 755 "$out"
rm -rf "$target"
mv "$out" "$target"
