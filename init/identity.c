#include "init/identity.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- passwd and group ---- */

/* The texts of /etc/passwd and, behind it, /etc/group.  Only children touch them, so that they are
   memory of nobody else. */
static char files[2 * (IDENTITY_FILE_MAX + 1)];

/* Reads a file of the image whole: its length.  One that is not there reads as empty; one that is
   no plain file is ENXIO, as open() itself says of a socket. */
static ssize_t slurp(const char *path, char *to)
{
	/* A FIFO must not make us wait, and a device must not be touched. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), err = 0;
	struct stat st;
	ssize_t n, have = 0;

	*to = '\0';
	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR ? 0 : -1;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		err = ENXIO;
	else if (st.st_size > IDENTITY_FILE_MAX)
		err = EFBIG;
	while (!err && have < st.st_size &&
	       (n = read(fd, to + have, (size_t)(st.st_size - have))) > 0)
		have += n;
	to[have] = '\0';
	close(fd);
	errno = err;
	return err ? -1 : have;
}

/* Splits the line at *text into fields at ":" and moves *text behind it.  How many; the others are
   empty. */
static unsigned fields(char **text, char *field[], unsigned max)
{
	char *line = *text, *end = strchrnul(line, '\n');
	unsigned n = 0;

	*text = *end ? end + 1 : end;
	*end = '\0';
	while (line && n < max) {
		field[n++] = line;
		line = strchr(line, ':');
		if (line)
			*line++ = '\0';
	}
	for (unsigned i = n; i < max; i++)
		field[i] = end;
	return n;
}

/* A user or group id.  The last number means "none" to the kernel. */
static bool number(const char *text, uint32_t *out)
{
	uint64_t v = 0;

	for (const char *at = text; *at; at++) {
		if (*at < '0' || *at > '9' || v > UINT32_MAX)
			return false;
		v = v * 10 + (uint64_t)(*at - '0');
	}
	*out = (uint32_t)v;
	return *text && v < UINT32_MAX;
}

/* The entry of a user, by name, or by number where there is no name.  True: there is one, and *name
   is what it is called. */
static bool find_user(struct identity *id, char *text, const char *wanted, const char **name)
{
	char *f[7];
	uint32_t user, group;

	while (*text)
		if (fields(&text, f, 7) >= 4 && number(f[2], &user) && number(f[3], &group) &&
		    (wanted ? strcmp(f[0], wanted) == 0 : user == id->user)) {
			id->user = user;
			id->group = group;
			if (f[5][0] == '/' && strlen(f[5]) < sizeof id->home)
				memcpy(id->home, f[5], strlen(f[5]) + 1);
			*name = f[0];
			return true;
		}
	return false;
}

static void add_group(struct identity *id, uint32_t group)
{
	for (unsigned i = 0; i < id->n_groups; i++)
		if (id->groups[i] == group)
			return;
	if (id->n_groups < sizeof id->groups / sizeof *id->groups)
		id->groups[id->n_groups++] = group;
}

static void add_memberships(struct identity *id, char *text, const char *name)
{
	size_t len = strlen(name);
	char *f[4], *end;
	uint32_t group;

	while (*text)
		if (fields(&text, f, 4) == 4 && number(f[2], &group))
			for (char *at = f[3]; *at; at = *end ? end + 1 : end) {
				end = strchrnul(at, ',');
				if (end > at && (size_t)(end - at) == len &&
				    memcmp(at, name, len) == 0)
					add_group(id, group);
			}
}

static void keep_own(struct identity *id, const struct security_spec *s)
{
	gid_t own[64];
	int n = getgroups(64, own);

	if (!s->group_given)
		id->group = getgid();
	add_group(id, id->group);
	for (int i = 0; i < n; i++)
		add_group(id, own[i]);
}

int identity_find(struct identity *id, const struct security_spec *s, bool own)
{
	bool same;
	const char *name = NULL;
	char *groups;
	ssize_t n;
	bool found;

	memset(id, 0, sizeof *id);
	id->home[0] = '/';
	id->user = s->user_given || !own ? s->user : geteuid();
	n = slurp("/etc/passwd", files);
	if (n < 0)
		return -1;
	groups = files + n + 1;
	found = find_user(id, files, s->user_given ? s->user_name : NULL, &name);
	if (!found && s->user_given && s->user_name) {
		errno = ENOENT;
		return -1;
	}
	/* Who asks to be who podinit is keeps what podinit has. */
	same = own && id->user == geteuid();
	if (s->group_given)
		id->group = s->group;
	if (same)
		keep_own(id, s);
	else
		add_group(id, id->group);
	for (unsigned i = 0; i < s->n_groups; i++)
		add_group(id, s->groups[i]);
	id->n_asked = id->n_groups;
	if (found && !same && slurp("/etc/group", groups) >= 0)
		add_memberships(id, groups, name);
	if (s->non_root && id->user == 0) {
		errno = EPERM;
		return -1;
	}
	return 0;
}

/* ---- Changes ---- */

static int get_caps(struct __user_cap_header_struct *head, struct __user_cap_data_struct set[2])
{
	*head = (struct __user_cap_header_struct){_LINUX_CAPABILITY_VERSION_3, 0};
	return (int)syscall(SYS_capget, head, set);
}

int identity_own_files(uint32_t first)
{
	struct __user_cap_header_struct head;
	struct __user_cap_data_struct set[2];

	setfsgid(first);
	setfsuid(first);
	/* They do not say whether they did it; of a number that is none, they say what is. */
	if ((uint32_t)setfsgid((gid_t)-1) != first || (uint32_t)setfsuid((uid_t)-1) != first) {
		errno = EPERM;
		return -1;
	}
	/* With root's number its capabilities over files went out of effect. */
	if (get_caps(&head, set) < 0)
		return -1;
	set[0].effective = set[0].permitted;
	set[1].effective = set[1].permitted;
	return (int)syscall(SYS_capset, &head, set);
}

/* libcap would ask before it acts, and for each capability; the child has no time for that. */
int identity_bound(uint64_t caps)
{
	if (prctl(PR_SET_KEEPCAPS, 1) < 0)
		return -1;
	for (unsigned long c = 0; c < 64; c++) {
		if (caps >> c & 1 || prctl(PR_CAPBSET_DROP, c, 0, 0, 0) == 0)
			continue;
		if (errno == EINVAL)
			break; /* the kernel counts no further */
		if (prctl(PR_CAPBSET_READ, c, 0, 0, 0) != 0)
			return -1;
	}
	return 0;
}

int identity_groups(const uint32_t *groups, unsigned n, unsigned n_asked)
{
	gid_t own[64];
	int n_own, err = setgroups(n, groups);

	/* Its user namespace lacks one: of those that nobody asked for, perhaps. */
	if (err < 0 && errno == EINVAL)
		err = setgroups(n_asked, groups);
	if (err == 0)
		return 0;
	n_own = getgroups(64, own);
	if (errno != EPERM || n_own < 0)
		return -1;
	for (unsigned i = 0; i < n_asked; i++) {
		bool has = groups[i] == getegid();

		for (int k = 0; k < n_own; k++)
			has = has || own[k] == groups[i];
		if (!has) {
			errno = EPERM;
			return -1;
		}
	}
	return 0;
}

int identity_take(const struct identity *id)
{
	return identity_groups(id->groups, id->n_groups, id->n_asked) < 0 ||
			       setresgid(id->group, id->group, id->group) < 0 ||
			       setresuid(id->user, id->user, id->user) < 0
		       ? -1
		       : 0;
}

int identity_caps(uint64_t caps, uint64_t ambient)
{
	struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct set[2];
	int err;

	ambient &= caps;
	for (unsigned i = 0; i < 2; i++)
		set[i] = (struct __user_cap_data_struct){
			.effective = (uint32_t)(caps >> 32 * i),
			.permitted = (uint32_t)(caps >> 32 * i),
			.inheritable = (uint32_t)(ambient >> 32 * i),
		};
	err = syscall(SYS_capset, &head, set) < 0 ||
	      prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0;
	for (unsigned long c = 0; !err && c < 64; c++)
		err = ambient >> c & 1 && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, c, 0, 0) < 0;
	return err ? -1 : 0;
}

uint64_t identity_own_caps(void)
{
	cap_t set = cap_get_proc();
	cap_flag_value_t on;
	uint64_t caps = 0;

	for (cap_value_t c = 0; set && c < 64; c++)
		if (cap_get_flag(set, c, CAP_PERMITTED, &on) == 0 && on == CAP_SET)
			caps |= UINT64_C(1) << c;
	cap_free(set);
	return caps;
}
