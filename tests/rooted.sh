#!/bin/sh
# rooted.sh COMMAND...: runs it where "/" is a mount point, as container runtimes need it.  That it is
# one already, but in a chroot: there it becomes one, in a mount namespace that ends with COMMAND.
set -eu
if awk '$5 == "/" { found = 1 } END { exit !found }' /proc/self/mountinfo; then
	exec "$@"
fi
# shellcheck disable=SC2016 # it is the inner shell that expands
exec unshare -m --propagation unchanged sh -c '
	root=$(mktemp -d)
	mount -t tmpfs none "$root"
	mount --make-private "$root"
	mkdir "$root/root"
	mount --rbind / "$root/root"
	exec chroot "$root/root" sh -c "cd \"\$0\" && exec \"\$@\"" "$@"' sh "$PWD" "$@"
