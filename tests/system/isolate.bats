# Containers with a root of their own: what their lives leave behind.

setup() {
	load ../helpers
	[ "$(id -u)" = 0 ] || skip "it takes root"
}

@test "restarts of an isolated container leave PID 1 and its mount table as they were" {
	"$TESTS/tools/restarts.sh" "$PODINIT" 300 >"$DIR/looks"
	cat "$DIR/looks"
	read -r _ memory fds mounts <<<"$(grep ^before "$DIR/looks")"
	read -r _ memory_then fds_then mounts_then <<<"$(grep ^after "$DIR/looks")"
	[ "$fds_then" -eq "$fds" ]
	[ "$mounts_then" -eq "$mounts" ]
	# Two pages
	[ "$memory_then" -le $((memory + 8)) ]
}
