# What every suite needs.  PODINIT may name another binary to test.

bats_require_minimum_version 1.5.0 2>/dev/null || true
TESTS=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ROOT=$(dirname "$TESTS")
PODINIT=${PODINIT:-$ROOT/build/podinit.static}
DIR=$BATS_TEST_TMPDIR
# Some tests run as another user, who must find what is there.
chmod 755 "$BATS_RUN_TMPDIR" "${DIR%/*}" "$DIR"
export XDG_RUNTIME_DIR=

# wait_for FILE REGEX [SECONDS]: until FILE has a line that matches, ten seconds at most.
wait_for() {
	local i
	for ((i = 0; i < ${3:-10} * 50; i++)); do
		grep -qE "$2" "$1" 2>/dev/null && return
		sleep 0.02
	done
	echo "$1 never had a line that matches $2:"
	cat "$1"
	return 1
}

# pod NAME: writes standard input to $DIR/NAME.ini
pod() {
	cat >"$DIR/$1.ini"
}

# boot NAME [OPTION...]: runs that pod in the background; its log and output are $DIR/NAME.log
boot() {
	local name=$1
	shift
	"$PODINIT" run "$@" "$DIR/$name.ini" >"$DIR/$name.log" 2>&1 3>&- &
	BOOTED=$!
}

# ended: waits for what boot started, and sets $code
ended() {
	code=0
	wait "$BOOTED" || code=$?
}

# events FILE: what happened to whom, without what differs from run to run
events() {
	sed -nE 's/^podinit\[[0-9]+\] [0-9.]+ [a-z]+ ([A-Za-z]+) (container|pod)=([a-z0-9-]+).*/\1 \3/p' "$1"
}

# alive WORD: some process anywhere has WORD among its arguments.  (grep's own status is 2 when a
# process went away under its eyes, so it does not count.)
alive() {
	grep -lsxzF -f <(printf %s "$1") /proc/[0-9]*/cmdline | grep -q .
}

# gone WORD: none has, ten seconds from now at most
gone() {
	local i
	for ((i = 0; i < 200; i++)); do
		alive "$1" || return 0
		sleep 0.05
	done
	return 1
}

# as_pid1 COMMAND...: in a PID namespace of its own, with a /proc of its own; in a chroot too
as_pid1() {
	unshare -mpf --propagation unchanged sh -c \
		'mount --make-private /proc && mount -t proc proc /proc && exec "$@"' sh "$@"
}

# What a test that failed has left running must not hold up the others.
teardown() {
	[ -z "${BOOTED-}" ] || kill -KILL "$BOOTED" 2>/dev/null || true
}
