#!/bin/sh
# run-vm.sh: boot an initramfs in QEMU, with its console on standard input and output.
#
#   tests/vm/run-vm.sh [-m MEM] [-t SECONDS] [-a "KERNEL ARGS"] INITRAMFS [QEMU ARGS...]
#
#   -m MEM      memory of the machine in MiB (256)
#   -t SECONDS  give up after so long (60)
#   -a ARGS     added to the kernel's command line, as its last words
#
# The kernel is $PODINIT_KERNEL; without it Debian's, fetched to build/kernel by images/kernel.sh when it is not there.
# Lines of the console come out with plain line ends.
#
# Exit status: 0 the machine ended by itself (power-off, reboot or a kernel panic: the console tells them apart);
# 124 it did not within SECONDS and was killed; 1 QEMU did not run; 2 usage.
set -eu

# Emulated (TCG), because a virtual machine of our own is often inside another one, where KVM is missing or hangs.
#
# q35 and not the smaller microvm: with no clock but the PIT, a microvm whose emulation is held up for a moment by other
# work on the host fails to calibrate its TSC and hangs; on a loaded host three boots of eight did. q35 has an HPET to
# calibrate against. It boots as fast (two seconds), and power-off and reboot, by ACPI, both end QEMU. A halted machine
# stays: the kernel stops and QEMU does not.
machine=q35,accel=tcg,smm=off,usb=off,vmport=off

# quiet, and nothing below "critical": a panic is still shown, and so is the kernel's own last word, "reboot: Power
# down". panic=-1: reboot on a panic, which -no-reboot turns into the end. The last two leave out self-tests, 0.3 s.
kernel_args='console=ttyS0 quiet loglevel=3 panic=-1 no_timer_check cryptomgr.notests'

usage='usage: run-vm.sh [-m MEM] [-t SECONDS] [-a "KERNEL ARGS"] INITRAMFS [QEMU ARGS...]'
repo=$(cd "$(dirname "$0")/../.." && pwd)

die() {
	status=$1
	shift
	printf 'run-vm.sh: %s\n' "$*" >&2
	exit "$status"
}

memory=256 limit=60
while getopts m:t:a: option; do
	case $option in
	m) memory=$OPTARG ;;
	t) limit=$OPTARG ;;
	a) kernel_args="$kernel_args $OPTARG" ;;
	*) die 2 "$usage" ;;
	esac
done
shift $((OPTIND - 1))
[ $# -gt 0 ] || die 2 "$usage"
initramfs=$1
shift

[ -r "$initramfs" ] || die 1 "no initramfs $initramfs; images/initramfs.sh makes one"
command -v qemu-system-x86_64 >/dev/null || die 1 'no qemu-system-x86_64; run: tests/packages.sh vm'
kernel=${PODINIT_KERNEL:-$("$repo/images/kernel.sh" "${BUILD:-$repo/build}/kernel")}
[ -r "$kernel" ] || die 1 "no kernel $kernel"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkfifo "$work/console"
sed -u 's/\r*$//' <"$work/console" &
reader=$!

# In the background, so that a signal to this script reaches QEMU at once; --foreground, so that QEMU may read the
# terminal. timeout kills its own child and nothing else. Standard input by way of 3: a background command has none.
exec 3<&0
timeout --foreground --kill-after=5 "$limit" qemu-system-x86_64 \
	-machine "$machine" -cpu max -m "$memory" -nodefaults -no-user-config -display none -no-reboot \
	-serial stdio -kernel "$kernel" -initrd "$initramfs" -append "$kernel_args" "$@" \
	<&3 >"$work/console" 2>"$work/errors" &
qemu=$!
trap 'kill "$qemu" 2>/dev/null; wait "$qemu" || true; exit 1' HUP INT TERM

status=0
wait "$qemu" || status=$?
wait "$reader"
case $status in
0) ;;
124 | 137) die 124 "the machine was still running after $limit seconds; killed" ;;
*)
	cat "$work/errors" >&2
	die 1 "QEMU ended with status $status"
	;;
esac
