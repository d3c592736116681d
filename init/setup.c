#include "init/setup.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "config/caps.h"
#include "init/grants.h"
#include "init/group.h"
#include "init/identity.h"
#include "init/limits.h"
#include "init/say.h"
#include "init/seccomp.h"
#include "init/stage.h"
#include "init/sys.h"
#include "init/users.h"

/* ---- What is lacking ---- */

struct telling {
	struct pod_spec *spec;
	bool lenient;
};

static void say_lack(const struct telling *t, const char *section, const char *name,
		     const char *key, const char *why)
{
	char text[SAY_MAX], quoted[SAY_MAX];

	snprintf(text, sizeof text, "[%s%s%s] %s: %s; %s", section, *name ? " " : "", name, key,
		 why, t->lenient ? "going on without it" : "nothing was started");
	say(t->lenient ? LEVEL_WARNING : LEVEL_ERROR, "Failed", "pod=%s message=%s", t->spec->name,
	    say_quote(quoted, sizeof quoted, text));
}

/* ---- Going on without ---- */

static void no_rootfs(struct pod_spec *spec, struct ctr_spec *c)
{
	(void)spec;
	c->rootfs = NULL;
}

static void no_user(struct pod_spec *spec, struct ctr_spec *c)
{
	(void)spec;
	c->security.user_given = false;
	c->security.user_name = NULL;
	c->security.user = 0;
}

static void no_group(struct pod_spec *spec, struct ctr_spec *c)
{
	(void)spec;
	c->security.group_given = false;
}

static void no_privileges(struct pod_spec *spec, struct ctr_spec *c)
{
	(void)spec;
	c->security.privileged = false;
}

static void no_filter(struct pod_spec *spec, struct ctr_spec *c)
{
	(void)spec;
	c->security.seccomp = SECCOMP_UNCONFINED;
}

/* As much as podinit itself has. */
static void own_rlimits(struct pod_spec *spec, struct ctr_spec *c)
{
	(void)spec;
	for (unsigned i = 0; i < c->security.n_rlimits; i++) {
		struct rlimit_spec *l = &c->security.rlimits[i];
		struct sys_rlimit own;

		if (sys_rlimit(l->resource, NULL, &own) < 0)
			continue;
		if (l->hard > own.hard)
			l->hard = own.hard;
		if (l->soft > l->hard)
			l->soft = l->hard;
	}
}

/* fsGroup is the last of the groups that all containers share. */
static void no_fs_group(struct pod_spec *spec, struct ctr_spec *c)
{
	(void)c;
	spec->fs_group_given = false;
	for (unsigned i = 0; i < spec->n; i++)
		if (spec->ctr[i].security.n_groups)
			spec->ctr[i].security.n_groups--;
}

static void no_groups(struct pod_spec *spec, struct ctr_spec *c)
{
	(void)c;
	for (unsigned i = 0; i < spec->n; i++) {
		struct security_spec *s = &spec->ctr[i].security;

		if (s->n_groups && spec->fs_group_given)
			s->groups[0] = spec->fs_group;
		s->n_groups = s->n_groups && spec->fs_group_given;
	}
}

/* What is made at the start of a container, and would fail there.  The rest of what may be lacking
   is left out by the plans, which know the grants. */
static const struct {
	const char *key;
	void (*drop)(struct pod_spec *spec, struct ctr_spec *c);
} droppable[] = {
	{"rootfs", no_rootfs},
	{"securityContext.runAsUser", no_user},
	{"securityContext.runAsGroup", no_group},
	{"securityContext.fsGroup", no_fs_group},
	{"securityContext.supplementalGroups", no_groups},
	{"securityContext.privileged", no_privileges},
	{"securityContext.seccompProfile.type", no_filter},
	{"securityContext.rlimits.", own_rlimits},
};

static void tell(const struct lack *lack, void *arg)
{
	const struct telling *t = arg;
	struct pod_spec *spec = t->spec;

	if (lack->volume) {
		say_lack(t, "volume", lack->volume->name, lack->key, lack->why);
		if (t->lenient) {
			spec->volume[lack->volume - spec->volume].kind = VOLUME_EMPTY_DIR;
			spec->volume[lack->volume - spec->volume].memory = true;
		}
		return;
	}
	say_lack(t, lack->ctr ? ctr_section(lack->ctr) : "pod", lack->ctr ? lack->ctr->name : "",
		 lack->key, lack->why);
	for (unsigned i = 0; t->lenient && i < sizeof droppable / sizeof *droppable; i++)
		if (strncmp(lack->key, droppable[i].key, strlen(droppable[i].key)) == 0)
			droppable[i].drop(spec,
					  lack->ctr ? &spec->ctr[lack->ctr - spec->ctr] : NULL);
}

/* ---- User namespaces ---- */

static bool users_help(const struct pod_spec *spec, const struct plan_grants *now)
{
	struct plan_grants inside;

	grants_in_users(&inside);
	return grants_lacking(spec, now, EPERM, NULL, NULL) >
	       grants_lacking(spec, &inside, EPERM, NULL, NULL);
}

bool setup_wants_users(const struct pod_spec *spec)
{
	struct plan_grants now;

	/* Who may make namespaces needs none of users for it; and to find out what else takes time.
	 */
	if (identity_own_caps() >> CAP_SYS_ADMIN & 1)
		return false;
	grants_find(&now);
	return users_help(spec, &now);
}

/* ---- Limits ---- */

/* A limit that cannot be had is told with every key that asks for it.  A request is a wish: where
   nobody shares out, none goes short. */
bool setup_groups(const struct pod_spec *spec, enum habitat habitat, bool lenient)
{
	char name[32], key[128], text[SAY_MAX], quoted[SAY_MAX];
	struct groups_lack lack;
	bool ok = true;

	/* Other podinits may stand beside it in the same cgroup. */
	snprintf(name, sizeof name, "podinit.%d", (int)getpid());
	groups_open(
		&(struct groups_config){
			.spec = spec,
			.name = habitat == HABITAT_PROCESS ? name : "pod",
			.guest = habitat == HABITAT_PROCESS,
		},
		&lack);
	for (unsigned c = 0; c < CONTROLLERS; c++)
		for (unsigned n = 0; lack.controllers & 1U << c &&
				     limits_key(key, sizeof key, spec, (enum controller)c, n);
		     n++) {
			if (strstr(key, " resources.requests."))
				continue;
			ok = lenient;
			snprintf(text, sizeof text, "%s: %s; %s", key, lack.why[c],
				 ok ? "going on without it" : "nothing was started");
			say(ok ? LEVEL_WARNING : LEVEL_ERROR, "Failed", "pod=%s message=%s",
			    spec->name, say_quote(quoted, sizeof quoted, text));
		}
	return ok;
}

/* ---- Kernel parameters ---- */

static unsigned set_sysctls(const struct telling *t, enum habitat habitat)
{
	unsigned lacking = 0;

	for (size_t i = 0; i < t->spec->sysctls.n; i++) {
		const struct pair *p = &t->spec->sysctls.v[i];
		char path[512], key[256], why[1024];
		size_t n = sizeof "/proc/sys/" - 1;

		/* A "/" of the name is a dot of a name in it, as of an interface. */
		snprintf(path, sizeof path, "/proc/sys/%s", p->name);
		for (char *at = path + n; *at; at++)
			*at = *at == '.' ? '/' : *at == '/' ? '.' : *at;
		snprintf(key, sizeof key, "securityContext.sysctls.%s", p->name);
		if (habitat == HABITAT_PROCESS)
			snprintf(why, sizeof why,
				 "the network and IPC namespaces are the caller's, "
				 "and nothing of the caller's is changed");
		else if (sys_write_file(AT_FDCWD, path, p->value) == 0)
			continue;
		else
			snprintf(why, sizeof why, "writing %s: %s%s", path, strerror(errno),
				 errno == EROFS ? " (set it from outside: docker run --sysctl)"
						: "");
		say_lack(t, "pod", "", key, why);
		lacking++;
	}
	return lacking;
}

/* ---- Filters ---- */

static bool make_filter(struct plan_filter *f, const struct ctr_spec *c, uint64_t own, char *why,
			size_t size)
{
	static struct sock_filter
		v[SECCOMP_FILE_MAX > SECCOMP_DEFAULT_MAX ? SECCOMP_FILE_MAX : SECCOMP_DEFAULT_MAX];
	const struct security_spec *s = &c->security;
	struct sock_filter *copy;
	uint16_t n;

	if (s->seccomp == SECCOMP_UNCONFINED)
		return true;
	if (s->seccomp == SECCOMP_LOCALHOST)
		n = seccomp_load_file(v, s->seccomp_profile, why, size);
	else
		n = seccomp_default(v, caps_apply(&s->caps, c->rootfs ? CAPS_DEFAULT : own) & own);
	if (n == 0)
		return false;
	copy = malloc(n * sizeof *copy);
	if (!copy) {
		snprintf(why, size, "no memory");
		return false;
	}
	memcpy(copy, v, n * sizeof *copy);
	f->v = copy;
	f->n = n;
	return true;
}

static unsigned make_filters(const struct telling *t, struct plan_where *where)
{
	struct plan_filter *filters = calloc(t->spec->n, sizeof *filters);
	unsigned lacking = 0;

	for (unsigned i = 0; filters && i < t->spec->n; i++) {
		struct ctr_spec *c = &t->spec->ctr[i];
		char why[256], text[512];

		if (make_filter(&filters[i], c, where->grants.caps, why, sizeof why))
			continue;
		snprintf(text, sizeof text, "%s: %s", c->security.seccomp_profile, why);
		say_lack(t, ctr_section(c), c->name,
			 "securityContext.seccompProfile.localhostProfile", text);
		c->security.seccomp = SECCOMP_UNCONFINED;
		lacking++;
	}
	where->filters = filters;
	return lacking;
}

/* ---- Where things are ---- */

static void find_masked(struct plan_where *where)
{
	static glob_t found;

	/* How hot a core gets tells what its neighbour computes. */
	if (glob("/sys/devices/system/cpu/cpu*/thermal_throttle", 0, NULL, &found) == 0)
		where->masked = found.gl_pathv;
}

void setup_scores(const struct pod_spec *spec, struct plan_where *where)
{
	const char **scores;
	struct sysinfo info;

	/* Who says nothing about resources leaves the order of the machine as it is. */
	if (!limits_need(spec) || sysinfo(&info) < 0 || !(scores = calloc(spec->n, sizeof *scores)))
		return;
	for (unsigned i = 0; i < spec->n; i++) {
		char *text = NULL;

		if (asprintf(&text, "%d",
			     limits_oom_score(spec, i, (int64_t)info.totalram * info.mem_unit)) > 0)
			scores[i] = text;
	}
	where->oom_score = scores;
}

static bool open_stage(const struct pod_spec *spec, const struct users *users, bool machine)
{
	char why[STAGE_WHY_MAX], quoted[SAY_MAX];

	if (stage_open(machine, users, why, sizeof why) == 0)
		return true;
	say(LEVEL_ERROR, "Failed", "pod=%s message=%s", spec->name,
	    say_quote(quoted, sizeof quoted, why));
	return false;
}

static bool needs_stage(const struct pod_spec *spec)
{
	bool needed = spec->prepare;

	for (unsigned i = 0; i < spec->n; i++)
		needed = needed || spec->ctr[i].message_path_given;
	return needed;
}

bool setup_pod(struct loop_config *config, struct pod_spec *spec, enum habitat habitat,
	       bool lenient)
{
	struct telling t = {spec, lenient};
	struct plan_where *where = &config->where;
	static struct utsname uts;
	static char cwd[PATH_MAX];
	unsigned lacking;
	int err = grants_find(&where->grants);
	bool masked = where->grants.masked_root;

	if (spec->host_users == CHOICE_NO)
		grants_make_users(&where->grants);
	if (habitat == HABITAT_CONTAINER && users_help(spec, &where->grants) &&
	    users_enter() == 0) {
		say(LEVEL_INFO, "Sandbox", "pod=%s message=\"a user namespace\"", spec->name);
		err = grants_find(&where->grants);
		where->grants.masked_root = where->grants.masked_root || masked;
	}
	lacking = grants_lacking(spec, &where->grants, err, tell, &t);
	lacking += set_sysctls(&t, habitat);
	lacking += make_filters(&t, where);
	if (lacking && !lenient)
		return false;
	find_masked(where);
	setup_scores(spec, where);
	where->cwd = getcwd(cwd, sizeof cwd);
	/* An engine may have given it another name than the pod's. */
	if (uname(&uts) == 0)
		where->hostname = spec->hostname = uts.nodename;
	spec->prepare = where->grants.mounts && needs_stage(spec);
	return !spec->prepare || open_stage(spec, &where->grants.users, habitat == HABITAT_MACHINE);
}
