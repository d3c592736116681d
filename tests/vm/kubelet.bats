# The kubelet's scenarios with real processes on a real kernel.

setup() {
	load ../helpers
	cd "$ROOT" || return 1
}

@test "the most telling rows of the kubelet table, with real processes in a VM" {
	mkdir "$DIR/rows"
	python3 tests/kubelet/real.py make tests/kubelet/real.rows "$DIR/rows"
	sed -i "s#$DIR/rows#/rows#g; s#( podinit run#( /init run#" "$DIR/rows/all.sh"
	pod rows <<-'END'
		[pod]
		restartPolicy = Never
		[container rows]
		command = sh /rows/all.sh
	END
	images/initramfs.sh -o "$DIR/rows.cpio.gz" "$DIR/rows.ini" "$DIR/rows=/rows" >/dev/null
	tests/vm/run-vm.sh -t 200 "$DIR/rows.cpio.gz" -smp 2 >"$DIR/console" 2>&1
	python3 tests/kubelet/real.py judge tests/kubelet/real.rows <"$DIR/console" >"$DIR/verdict" || {
		cat "$DIR/verdict"
		return 1
	}
	sed 's/^/# /' "$DIR/verdict" >&3
	[ "$(grep -c '^ok' "$DIR/verdict")" -ge 30 ]
}
