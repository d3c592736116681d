# Reads the table `habitats`, makes pod files of it and judges what they came to.  For two suites, container and vm.

HABITATS=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/habitats
WHERE="machine root user privileged default unprivileged filtered"
ROWS=0
declare -gA TITLE CELL KEY POD CTR VOL ALONE ASK

read_table() {
	local word rest column answer
	while read -r word rest; do
		case $word in
		row) TITLE[$((++ROWS))]=$rest ;;
		cells)
			for column in $WHERE; do
				read -r answer rest <<<"$rest"
				CELL[$ROWS, $column]=$answer
			done
			;;
		key) KEY[$ROWS]=$rest ;;
		pod) POD[$ROWS]+=$rest$'\n' ;;
		ctr) CTR[$ROWS]+=$rest$'\n' ;;
		vol) VOL[$ROWS]+=$rest$'\n' ;;
		alone) ALONE[$ROWS]=yes ;;
		ask) ASK[$ROWS]=$rest ;;
		esac
	done <"$HABITATS"
}

# pod_of DIRECTORY USER ROW...: the pod file of these rows, for podinit that runs as USER and finds the roots in DIRECTORY
pod_of() {
	local directory=$1 user=$2 row text=''
	shift 2
	for row; do
		text+=${POD[$row]-}
		text=${text//ID/r$row}
	done
	text=$'[pod]\nname = habitats\nrestartPolicy = Never\nlog.format = prefix\n'$text
	for row; do
		[ -z "${VOL[$row]-}" ] || text+="[volume ID]"$'\n'${VOL[$row]}
		# A "$" is doubled: it is the shell's.
		text+="[container ID]"$'\n'"${CTR[$row]-}command = sh -c 'echo \"answer: \$\$(${ASK[$row]//\$/\$\$})\"'"$'\n'
		text=${text//ID/r$row}
	done
	text=${text//@user/$user}
	printf %s "${text//@/$directory}"
}

# groups_of COLUMN: which rows go into one file, a line a file: what is done first, then what is refused, then each that
# is alone
groups_of() {
	local row done='' refused='' alone=''
	for row in $(seq $ROWS); do
		if [ -n "${ALONE[$row]-}" ]; then
			alone+=$row$'\n'
		elif [ "${CELL[$row, $1]}" = no ]; then
			refused+="$row "
		else
			done+="$row "
		fi
	done
	printf '%s\n%s\n%s' "$done" "$refused" "$alone"
}

# told LOG LEVEL ROW: how often a key of the row is named, and why
told() {
	local keys=${KEY[$3]-nothing}
	keys=${keys//ID/r$3}
	keys=$(sed -e 's/[].[]/\\&/g' -e 's/ or /|/g' <<<"$keys")
	grep -cE "^podinit\[[0-9]+\] [0-9.]+ $2 Failed pod=habitats message=\"($keys): .+; " "$1" || true
}

# answer LOG STATUS ROW: what the row came to
answer() {
	if [ "$2" = 125 ] && [ "$(told "$1" error "$3")" = 1 ] && ! grep -qE '^podinit.* Started |answer:' "$1"; then
		echo no
	else
		sed -nE "s/^r$3 \\| answer: (.*)/\\1/p" "$1" | grep . || echo "nothing: status $2"
	fi
}

# judge COLUMN LOG STATUS ROW...: complains of every row whose answer is not the table's
judge() {
	local column=$1 log=$2 status=$3 row got want wrong=0
	shift 3
	for row; do
		want=${CELL[$row, $column]}
		got=$(answer "$log" "$status" "$row")
		# Whether there are cgroups with controllers is not for this column to say.
		case $want:$got in cg:yes | cg:no) continue ;; esac
		[ "$got" = "$want" ] || { echo "${TITLE[$row]}, $column: $got, not $want"; wrong=1; }
	done
	[ $wrong = 0 ] || cat "$log"
	return $wrong
}
