# apt.sh: download from the Debian mirrors this machine already uses. Sourced by the scripts beside it.
#
# All of apt's state (lists, caches, configuration) is private, in a directory of ours: nothing of the machine's is
# changed, no root is needed, and the machine's own package lists may be empty or old. What is kept of the machine's
# configuration is where it downloads from and how: its sources, keys, proxies and the rest of Acquire.
# shellcheck shell=sh

# private_apt DIR TYPE: from here on apt-get and apt-cache work with DIR. TYPE is deb (binary packages) or deb-src.
# Afterwards APT_CONFIG is set and the lists are up to date as far as the mirrors can be reached.
private_apt() {
	mkdir -p "$1/none" "$1/sources" "$1/state/lists/partial" "$1/cache/archives/partial"
	cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null |
		sed -n -E "/cdrom:/d; s/^[[:space:]]*deb(-src)?([[:space:]])/$2\2/p" | sort -u >"$1/sources/all.list"
	for stanzas in /etc/apt/sources.list.d/*.sources; do
		[ -f "$stanzas" ] || continue
		sed -E "s/^Types:.*/Types: $2/I" "$stanzas" >"$1/sources/${stanzas##*/}"
	done
	{
		apt-config dump | grep -E '^(Acquire|APT::Architectures?)[: ]' || true
		cat <<-END
			Acquire::Languages "none";
			Dir::Etc::Main "/dev/null";
			Dir::Etc::Parts "$1/none";
			Dir::Etc::SourceList "/dev/null";
			Dir::Etc::SourceParts "$1/sources";
			Dir::Etc::Preferences "/dev/null";
			Dir::Etc::PreferencesParts "$1/none";
			Dir::State "$1/state";
			Dir::State::Status "/var/lib/dpkg/status";
			Dir::Cache "$1/cache";
			APT::Sandbox::User "root";
		END
	} >"$1/apt.conf"
	export APT_CONFIG="$1/apt.conf"
	# A mirror that fails is no reason to stop: another one, or last week's list, may do. Who asks next finds out.
	apt-get -qq update >"$1/update.log" 2>&1 || true
}
