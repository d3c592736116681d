#!/bin/sh
# What no test of behaviour sees: compilers, linters, and the architecture as the linker knows it.
cd "$(dirname "$0")/.." || exit 1
log=build/check/style.log
mkdir -p build/check

# files NAME [DIR...]: those of the project, for xargs.  A checkout may have no git beside it.
files() {
	name=$1
	shift
	find "${@:-.}" \( -path ./build -o -path ./.git \) -prune -o -type f -name "$name" -print
}
product() { files '*.c' config probes init; }

check() {
	name=$1
	shift
	if "$@" >"$log" 2>&1; then
		echo "ok $name"
	else
		echo "not ok $name"
		sed 's/^/#   /' "$log" | head -n 40
	fi
}

formatted() { files '*.[ch]' | xargs clang-format --dry-run -Werror; }
clang_build() { make -s BUILD=build/clang CC=clang build/clang/podinit; }
cppcheck_clean() {
	product | xargs cppcheck --quiet --error-exitcode=1 --inline-suppr --std=c11 -D_GNU_SOURCE '-DVERSION="0"' \
		--enable=warning,performance,portability -I.
}
# What it finds goes to its standard output; to the other one, how many warnings it does not show.
tidy() {
	product | xargs -P 2 -n 1 sh -c \
		'clang-tidy --quiet "$@" -- -std=c11 -D_GNU_SOURCE -DVERSION=\"0\" -I. 2>/dev/null || exit 255' tidy
}
shell_clean() { files '*.sh' | xargs shellcheck; }
manual_clean() { mandoc -Tlint -W warning init/podinit.8 init/podinit-kubernetes.7 config/pod.ini.5; }

# The core is pure because the linker says so: it calls memory functions and itself.
core_pure() {
	nm --defined-only -g build/init/pod*.o | awk 'NF == 3 {print $3}' | sort -u >"$log.own"
	! nm -u build/init/pod*.o | awk '/ U /{print $2}' | sort -u |
		grep -vE '^(__)?(mem(cpy|set|cmp|move)|strlen|stack_chk_fail)(_chk)?$' |
		comm -23 - "$log.own" | grep .
}

# Only a process that is not PID 1, or PID 1 when the pod has ended, may end itself.
nothing_exits() {
	bad=0
	for o in build/init/*.o; do
		case $(basename "$o" .o) in
		# children: child, keeper, privs, wrap (vfork), process (inner), and those that spawn,
		# halt, grants, users and stage_fsck fork
		child | keeper | privs | wrap | process | spawn | halt | grants | users | stage_fsck) continue ;;
		esac
		if nm -u "$o" | grep -wE 'exit|_exit|_Exit|abort|quick_exit|__assert_fail'; then
			echo "$o can end the process"
			bad=1
		fi
	done
	return $bad
}

# Arrows run one way: config <- probes <- init; libraries live where they belong.
arrows() {
	! grep -nE '#include "(probes|init)/' config/*.[ch] &&
		! grep -nE '#include "init/' probes/*.[ch] &&
		! grep -nE '#include <ini.h>' probes/*.[ch] init/*.[ch] &&
		! grep -nE '#include <(libmount|sys/capability)' config/*.[ch] probes/*.[ch] &&
		! grep -nE '#include "(probes/|init/(loop|jobs|sys|spawn))' init/pod*.[ch] init/plan.[ch]
}

top_level() {
	! find . -mindepth 1 -maxdepth 1 ! -name '.*' | cut -c3- |
		grep -vxE 'init|probes|config|tests|images|build|Makefile|README\.md|LICENSE'
}

check "clang builds it without a warning" clang_build
check "clang-format has nothing to change" formatted
check "cppcheck is content" cppcheck_clean
check "clang-tidy is content" tidy
check "shellcheck is content" shell_clean
check "mandoc is content" manual_clean
check "the core calls no system" core_pure
check "nothing in PID 1's loop can exit" nothing_exits
check "config <- probes <- init" arrows
check "the top level holds what it should" top_level
tests/keys.py
