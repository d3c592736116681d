# The machine's column of the table `habitats`, whose other cells are tests of tests/container.

setup() {
	load ../helpers
	load ../container/habitats
	load ../container/image
	read_table
	cd "$ROOT" || return 1
}

# rows_where CONDITION...: the rows for which the test holds, "$row" being one
rows_where() {
	local row
	for row in $(seq "$ROWS"); do
		! eval "$1" || echo "$row"
	done
}

# machine ROW...: boots a pod of them and judges what the console says
machine() {
	{
		pod_of '' 0 "$@"
		printf '\n[machine]\nmodules = overlay loop squashfs\n'
	} >"$DIR/habitats.ini"
	images/initramfs.sh -m 'overlay loop squashfs' -o "$DIR/habitats.cpio.gz" "$DIR/habitats.ini" \
		"$DIR/image/roots=/roots" "$DIR/image/mnt=/mnt" "$DIR/image/outside=/outside" >/dev/null
	tests/vm/run-vm.sh -m 512 -t 60 "$DIR/habitats.cpio.gz" >"$DIR/console" 2>&1
	# A machine has no exit status: when nothing was started it was podinit that failed.
	code=0
	grep -q 'Succeeded pod=habitats' "$DIR/console" || code=125
	judge machine "$DIR/console" $code "$@"
}

@test "a machine: what is done" {
	BATS_FILE_TMPDIR=$DIR make_image "$DIR/image"
	BATS_FILE_TMPDIR=$DIR make_roots "$DIR/image"
	# shellcheck disable=SC2016
	alone='[[ "${POD[$row]-}" =~ (shareProcessNamespace = true|hostUsers) ]]'
	# Nothing is refused.
	# shellcheck disable=SC2016
	[ -z "$(rows_where '[ "${CELL[$row, machine]}" = no ]')" ]
	# shellcheck disable=SC2046
	machine $(rows_where "! $alone")
	for row in $(rows_where "$alone"); do
		machine "$row"
	done
}
