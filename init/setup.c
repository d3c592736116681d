#include "init/setup.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
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
#include "init/limits.h"
#include "init/say.h"
#include "init/seccomp.h"
#include "init/stage.h"
#include "init/sys.h"
#include "init/users.h"

static const char *const kinds[] = {"init", "sidecar", "container"};

/* ---- What is lacking ---- */

struct telling {
	const struct pod_spec *spec;
	bool lenient;
};

static void say_lack(const struct telling *t, const struct ctr_spec *c, const char *key,
		     const char *why)
{
	char text[SAY_MAX], quoted[SAY_MAX];

	snprintf(text, sizeof text, "[%s%s%s] %s: %s; %s", c ? kinds[c->kind] : "pod", c ? " " : "",
		 c ? c->name : "", key, why,
		 t->lenient ? "going on without it" : "nothing was started");
	say(t->lenient ? LEVEL_WARNING : LEVEL_ERROR, "Failed", "pod=%s message=%s", t->spec->name,
	    say_quote(quoted, sizeof quoted, text));
}

static void tell(const struct lack *lack, void *arg)
{
	say_lack(arg, lack->ctr, lack->key, lack->why);
}

static void tell_nobody(const struct lack *lack, void *arg)
{
	(void)lack;
	(void)arg;
}

bool setup_wants_mounts(const struct pod_spec *spec)
{
	struct plan_grants all_but = {.caps = ~UINT64_C(0)};

	return grants_lacking(spec, &all_but, EPERM, tell_nobody, NULL) > 0;
}

/* A limit that cannot be had is told with every key that asks for it. */
bool setup_groups(const struct pod_spec *spec, enum habitat habitat, bool lenient)
{
	char name[32], key[128], text[SAY_MAX], quoted[SAY_MAX];
	struct groups_lack lack;
	bool ok;

	/* Other podinits may stand beside it in the same cgroup. */
	snprintf(name, sizeof name, "podinit.%d", (int)getpid());
	ok = groups_open(
		&(struct groups_config){
			.spec = spec,
			.name = habitat == HABITAT_PROCESS ? name : "pod",
			.guest = habitat == HABITAT_PROCESS,
			.lenient = lenient,
		},
		&lack);
	for (unsigned c = 0; c < CONTROLLERS; c++)
		for (unsigned n = 0; lack.controllers & 1U << c &&
				     limits_key(key, sizeof key, spec, (enum controller)c, n);
		     n++) {
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
		say_lack(t, NULL, key, why);
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

	if (s->seccomp == SECCOMP_UNCONFINED || s->privileged)
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
		const struct ctr_spec *c = &t->spec->ctr[i];
		char why[256], text[512];

		if (make_filter(&filters[i], c, where->grants.caps, why, sizeof why))
			continue;
		snprintf(text, sizeof text, "%s: %s", c->security.seccomp_profile, why);
		say_lack(t, c, "securityContext.seccompProfile.localhostProfile", text);
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

static void score(const struct pod_spec *spec, struct plan_where *where)
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

static bool open_stage(const struct pod_spec *spec, bool machine)
{
	char why[STAGE_WHY_MAX], quoted[SAY_MAX];

	if (stage_open(machine, why, sizeof why) == 0)
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
	unsigned lacking;
	int err = grants_find(&where->grants);

	if (err && habitat == HABITAT_CONTAINER && setup_wants_mounts(spec) && users_enter() == 0) {
		say(LEVEL_INFO, "Sandbox", "pod=%s message=\"a user namespace\"", spec->name);
		err = grants_find(&where->grants);
	}
	lacking = grants_lacking(spec, &where->grants, err, tell, &t);
	lacking += set_sysctls(&t, habitat);
	lacking += make_filters(&t, where);
	if (lacking && !lenient)
		return false;
	find_masked(where);
	score(spec, where);
	if (uname(&uts) == 0)
		where->hostname = uts.nodename;
	spec->prepare = where->grants.mounts && needs_stage(spec);
	return !spec->prepare || open_stage(spec, habitat == HABITAT_MACHINE);
}
