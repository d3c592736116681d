#!/bin/sh
# demo.sh: from sources to a pod that boots. What `make demo` runs.
#
#   images/demo.sh
#
# Installs what is missing (as root), builds podinit, makes an initramfs of the pod examples/web, boots it in QEMU with
# Debian's kernel, shows its console, and checks that the pod came up, served a page, stopped in order and powered the
# machine off. The console is kept in build/demo.console.
#
# Exit status: 0 all of that happened; 1 it did not, and standard error says what was missing.
set -eu

repo=$(cd "$(dirname "$0")/.." && pwd)
cd "$repo"
build=${BUILD:-$repo/build}
console=$build/demo.console

# What the console must show, in this order: words for the reader, and a pattern.
story='
the init container was done        Completed container=prepare exitCode=0
the sidecar started                Started container=log
the server started                 Started container=web
the server was ready               Ready container=web
a page was served                  ^visitor \| It works
the server was told to stop        Killing container=web
the server ended                   Error container=web exitCode=143
the sidecar ended after it         Error container=log exitCode=143
the pod succeeded                  Succeeded pod=web exitCode=0
the machine powered off            reboot: Power down
'

step() {
	printf '==> %s\n' "$*"
}

# Every part of the story in the console, each after the one before.
check_story() {
	at=0
	printf '%s' "$story" | while IFS= read -r part; do
		[ -n "$part" ] || continue
		what=${part%%  *}
		pattern=$(printf '%s' "$part" | sed 's/^.*   *//')
		line=$(tail -n "+$((at + 1))" "$console" | grep -n -m 1 -E -- "$pattern" | cut -d : -f 1)
		if [ -z "$line" ]; then
			printf 'demo.sh: the console does not show, in its place, that %s: no line "%s" after line %d of %s\n' \
				"$what" "$pattern" "$at" "$console" >&2
			exit 1
		fi
		at=$((at + line))
	done
}

step 'What the build needs'
tests/packages.sh build static image vm
step 'podinit'
"${MAKE:-make}" --no-print-directory -s static
ls -l "$build/podinit.static"
step 'A kernel'
kernel=$(images/kernel.sh "$build/kernel")
ls -l "$kernel"
step 'An initramfs of images/examples/web/pod.ini'
initramfs=$(images/initramfs.sh images/examples/web/pod.ini)
ls -l "$initramfs"

step 'Boot'
status=0
: >"$console"
rm -f "$console.pipe"
mkfifo "$console.pipe"
trap 'rm -f "$console.pipe"' EXIT
tee "$console" <"$console.pipe" &
PODINIT_KERNEL=$kernel tests/vm/run-vm.sh -t 120 "$initramfs" </dev/null >"$console.pipe" || status=$?
wait
[ "$status" = 0 ] || exit 1

check_story
step 'The pod came up, served a page, stopped in order and powered off'
