#include "config/caps.h"

#include <string.h>
#include <strings.h>

#include "config/nearest.h"

const char *const caps_names[CAPS] = {
	"CHOWN",
	"DAC_OVERRIDE",
	"DAC_READ_SEARCH",
	"FOWNER",
	"FSETID",
	"KILL",
	"SETGID",
	"SETUID",
	"SETPCAP",
	"LINUX_IMMUTABLE",
	"NET_BIND_SERVICE",
	"NET_BROADCAST",
	"NET_ADMIN",
	"NET_RAW",
	"IPC_LOCK",
	"IPC_OWNER",
	"SYS_MODULE",
	"SYS_RAWIO",
	"SYS_CHROOT",
	"SYS_PTRACE",
	"SYS_PACCT",
	"SYS_ADMIN",
	"SYS_BOOT",
	"SYS_NICE",
	"SYS_RESOURCE",
	"SYS_TIME",
	"SYS_TTY_CONFIG",
	"MKNOD",
	"LEASE",
	"AUDIT_WRITE",
	"AUDIT_CONTROL",
	"SETFCAP",
	"MAC_OVERRIDE",
	"MAC_ADMIN",
	"SYSLOG",
	"WAKE_ALARM",
	"BLOCK_SUSPEND",
	"AUDIT_READ",
	"PERFMON",
	"BPF",
	"CHECKPOINT_RESTORE",
};

static const char *without_prefix(const char *name)
{
	return strncasecmp(name, "CAP_", 4) == 0 ? name + 4 : name;
}

int caps_find(const char *name)
{
	name = without_prefix(name);
	for (int i = 0; i < CAPS; i++)
		if (strcasecmp(caps_names[i], name) == 0)
			return i;
	return -1;
}

const char *caps_nearest(const char *name)
{
	struct nearest n = {.text = without_prefix(name)};

	for (int i = 0; i < CAPS; i++)
		nearest_try(&n, caps_names[i]);
	return n.best;
}

uint64_t caps_apply(const struct caps_spec *spec, uint64_t base)
{
	if (spec->all)
		base = CAPS_ALL;
	if (spec->none)
		base = 0;
	return (base | spec->add) & ~spec->drop;
}
