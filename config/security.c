/*
 * security.c - who a container is and what it may: its own securityContext, else the pod's.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "config/arena.h"
#include "config/caps.h"
#include "config/finish.h"
#include "config/paths.h"
#include "config/value.h"

#define KEY(name) "securityContext." name

/* ---- The user and the groups ---- */

/* A numeric id is never looked up by name, so a name does not begin with a digit. */
static const char *read_user(struct security_spec *s, const char *text)
{
	const char *at = text;

	if (isdigit((unsigned char)*text))
		return value_id(text, &s->user);
	while (*at && *at > 0 && (isalnum((unsigned char)*at) || strchr("._-", *at)))
		at++;
	if (*at || *text == '-' || *text == '.')
		return "must be a number from 0 to 4294967294, or the name of a user";
	s->user_name = text;
	return NULL;
}

static void finish_user(struct draft *d, struct ctr_draft *c)
{
	const char *user = c->security.user ? c->security.user : d->security.user;
	int64_t group = c->security.group >= 0 ? c->security.group : d->security.group;
	int non_root = c->security.non_root >= 0 ? c->security.non_root : d->security.non_root;
	struct security_spec *s = &c->spec.security;
	const char *wrong = user ? read_user(s, user) : NULL;

	s->user_given = user != NULL;
	s->group_given = group >= 0;
	s->group = group >= 0 ? (uint32_t)group : 0;
	s->non_root = non_root == CHOICE_YES;
	if (wrong) {
		/* The pod's was complained about. */
		if (c->security.user)
			draft_complain(d, &c->place, KEY("runAsUser"), wrong);
		return;
	}
	/* Whose number is not known yet is looked at when it is. */
	if (s->non_root && s->user == 0 && !s->user_name && (s->user_given || c->spec.rootfs))
		draft_complain(d, &c->place, KEY("runAsNonRoot"),
			       "the user is 0, which is root: give another runAsUser");
}

static void finish_groups(struct draft *d)
{
	uint32_t *v = arena_alloc(d->arena, GROUPS_MAX * sizeof *v), id;
	unsigned n = 0;

	d->spec.fs_group_given = d->fs_group >= 0;
	d->spec.fs_group = d->fs_group >= 0 ? (uint32_t)d->fs_group : 0;
	d->spec.fs_group_on_mismatch = d->fs_group_change == 1;
	if (d->groups.n + d->spec.fs_group_given > GROUPS_MAX) {
		draft_complain(d, &d->pod, KEY("supplementalGroups"),
			       arena_format(d->arena, "more than %d groups, fsGroup included",
					    GROUPS_MAX));
		return;
	}
	if (!v) {
		d->failed = true;
		return;
	}
	for (size_t i = 0; i < d->groups.n; i++) {
		const char *wrong = value_id(d->groups.v[i], &id);

		if (wrong)
			draft_complain(
				d, &d->pod, KEY("supplementalGroups"),
				arena_format(d->arena, "%s: a group %s", d->groups.v[i], wrong));
		else
			v[n++] = id;
	}
	if (d->spec.fs_group_given)
		v[n++] = d->spec.fs_group;
	for (unsigned i = 0; i < d->n; i++) {
		d->ctr[i].spec.security.groups = v;
		d->ctr[i].spec.security.n_groups = n;
	}
}

/* ---- Capabilities ---- */

static void finish_caps(struct draft *d, struct ctr_draft *c, const char *key,
			const struct words *words, bool *all, uint64_t *mask)
{
	for (size_t i = 0; i < words->n; i++) {
		const char *name = words->v[i], *meant;
		int cap = caps_find(name);

		c->spec.security.caps.given = true;
		if (strcasecmp(name, "ALL") == 0) {
			*all = true;
		} else if (cap >= 0) {
			*mask |= UINT64_C(1) << cap;
		} else {
			meant = caps_nearest(name);
			draft_complain(d, &c->place, key,
				       meant ? arena_format(d->arena,
							    "there is no capability %s: did you "
							    "mean %s?",
							    name, meant)
					     : arena_format(d->arena,
							    "there is no capability %s: see "
							    "capabilities(7)",
							    name));
		}
	}
}

static void finish_privileges(struct draft *d, struct ctr_draft *c)
{
	struct security_spec *s = &c->spec.security;
	struct caps_spec *caps = &s->caps;

	finish_caps(d, c, KEY("capabilities.add"), &c->caps_add, &caps->all, &caps->add);
	finish_caps(d, c, KEY("capabilities.drop"), &c->caps_drop, &caps->none, &caps->drop);
	s->no_new_privs = c->escalation == CHOICE_NO;
	if (s->no_new_privs && s->privileged)
		draft_complain(d, &c->place, KEY("allowPrivilegeEscalation"),
			       "cannot be false where privileged is true");
	if (s->no_new_privs && caps->add & UINT64_C(1) << caps_find("SYS_ADMIN"))
		draft_complain(d, &c->place, KEY("allowPrivilegeEscalation"),
			       "cannot be false where capabilities.add has SYS_ADMIN");
	s->proc_mount = c->proc_mount < 0    ? PROC_UNSET
			: c->proc_mount == 0 ? PROC_DEFAULT
					     : PROC_UNMASKED;
}

/* ---- seccomp ---- */

static void check_seccomp(struct draft *d, const struct place *p, const struct security_draft *s)
{
	bool local = s->seccomp == SECCOMP_LOCALHOST;

	if (local && !s->profile)
		draft_complain(d, p, KEY("seccompProfile.type"),
			       "Localhost needs a seccompProfile.localhostProfile: which file?");
	if (!local && s->profile)
		draft_complain(d, p, KEY("seccompProfile.localhostProfile"),
			       "is for seccompProfile.type = Localhost");
}

static void finish_seccomp(struct draft *d, struct ctr_draft *c)
{
	const struct security_draft *from = c->security.seccomp >= 0 ? &c->security : &d->security;
	struct security_spec *s = &c->spec.security;

	check_seccomp(d, &c->place, &c->security);
	/* A privileged container is unconfined, whatever is said of it. */
	if (from->seccomp < 0 || s->privileged)
		return;
	s->seccomp = (enum seccomp_kind)from->seccomp;
	if (s->seccomp == SECCOMP_LOCALHOST && from->profile)
		s->seccomp_profile = path_here(d, from->profile);
}

/* ---- The whole ---- */

void draft_finish_pod_security(struct draft *d)
{
	struct security_spec unused = {0};
	const char *wrong = d->security.user ? read_user(&unused, d->security.user) : NULL;

	if (wrong)
		draft_complain(d, &d->pod, KEY("runAsUser"), wrong);
	check_seccomp(d, &d->pod, &d->security);
	finish_groups(d);
}

void draft_finish_security(struct draft *d, struct ctr_draft *c)
{
	finish_user(d, c);
	finish_privileges(d, c);
	finish_seccomp(d, c);
}
