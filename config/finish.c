#include "config/finish.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "config/arena.h"
#include "config/paths.h"
#include "config/vars.h"

static const struct security_draft no_security = {NULL, -1, CHOICE_UNSET, -1, NULL};
static const struct resources_spec no_resources = {-1, -1, -1, -1, -1};

void draft_init(struct draft *d)
{
	d->policy = POLICY_ALWAYS;
	d->log_format = -1;
	d->on_completion = d->on_failure = END_POWEROFF;
	d->backoff =
		(struct backoff_draft){10 * NSEC_PER_SEC, 300 * NSEC_PER_SEC, 600 * NSEC_PER_SEC};
	d->active_deadline = NSEC_NEVER;
	d->security = no_security;
	d->fs_group = d->fs_group_change = d->dns_policy = -1;
	d->spec.share_pid = d->spec.host_users = CHOICE_UNSET;
	d->spec.resources = no_resources;
	d->spec.grace = 30 * NSEC_PER_SEC;
}

void draft_ctr_init(struct ctr_draft *c)
{
	memset(c, 0, sizeof *c);
	c->policy = -1;
	c->spec.max_restarts = -1;
	c->backoff = (struct backoff_draft){-1, -1, -1};
	c->spec.stop_signal = SIGTERM;
	c->message_policy = MESSAGE_FILE;
	c->security = no_security;
	c->escalation = c->proc_mount = -1;
	c->spec.resources = no_resources;
	for (unsigned h = 0; h < HANDLERS; h++)
		c->handler[h].grace = c->handler[h].sleep = c->handler[h].timeout = -1;
}

const struct given *draft_given(const struct draft *d, const struct place *p, const char *key)
{
	size_t n = strlen(key);

	for (size_t i = 0; i < d->n_given; i++) {
		const struct given *g = &d->given[i];

		if (g->section == p->section && strncmp(g->key, key, n) == 0 &&
		    (g->key[n] == '\0' || g->key[n] == '.'))
			return g;
	}
	return NULL;
}

void draft_complain(struct draft *d, const struct place *p, const char *key, const char *message)
{
	const struct given *g = key ? draft_given(d, p, key) : NULL;

	draft_problem(d, g ? g->line : p->line, p->text, key, message);
}

void draft_at_least(struct draft *d, const struct place *p, const char *key, nsec t)
{
	if (t < SECONDS_MIN)
		draft_complain(d, p, key, "must be at least 0.01 seconds");
}

/* ---- Containers ---- */

static void finish_policy(struct draft *d, struct ctr_draft *c)
{
	struct ctr_spec *s = &c->spec;

	s->policy =
		c->policy >= 0 ? (enum restart_policy)c->policy : (enum restart_policy)d->policy;
	if (s->kind == CTR_SIDECAR) {
		if (c->policy >= 0 && c->policy != POLICY_ALWAYS)
			draft_complain(d, &c->place, "restartPolicy",
				       "a sidecar is an init container whose policy is Always; for "
				       "another "
				       "policy make it an [init] or a [container]");
		s->policy = POLICY_ALWAYS;
	}
	if (s->kind == CTR_INIT && s->policy == POLICY_ALWAYS)
		s->policy = POLICY_ON_FAILURE;
	if (s->rules.n > 0 && c->policy < 0 && s->kind != CTR_SIDECAR)
		draft_complain(d, &c->place, "restartPolicyRules",
			       "rules are exceptions from the container's own restartPolicy: give "
			       "it one");
	for (unsigned i = 0; i < s->rules.n; i++)
		if (s->rules.v[i].action == RULE_RESTART_ALL)
			d->spec.restarts_all = true;
	if (s->essential && s->policy == POLICY_ALWAYS && s->max_restarts < 0)
		draft_complain(d, &c->place, "essential",
			       "it can never end: give it another restartPolicy, or maxRestarts");
}

static nsec first_given(nsec own, nsec pod)
{
	return own >= 0 ? own : pod;
}

static void finish_command(struct draft *d, struct ctr_draft *c)
{
	struct words *command = &c->spec.command;

	if (command->n > 0) {
		if (!*command->v[0])
			draft_complain(d, &c->place, "command", "its first word is empty");
		else if (!c->spec.rootfs && strchr(command->v[0], '/') && command->v[0][0] != '$')
			command->v[0] = (char *)(uintptr_t)path_here(d, command->v[0]);
		return;
	}
	/* One that was given and wrong was complained about. */
	if (c->place.broken || (draft_given(d, &c->place, "command") && !command->v))
		return;
	if (c->spec.args.n)
		draft_complain(
			d, &c->place, "args",
			"there is no image whose entrypoint they could be for: give a command");
	else
		draft_complain(d, &c->place, NULL, "must have a command");
}

/* envFrom comes first, whatever its place in the file, and everything else is on top of it. */
static void finish_env(struct draft *d, struct ctr_draft *c)
{
	struct vars all = c->env_from, *own = &c->spec.env;
	struct resources_spec resources = draft_resources(d, c);
	const char *wrong = NULL;

	for (size_t i = 0; i < own->n; i++) {
		const struct var *v = &own->v[i];
		const char *value = v->value;

		if (!v->literal) {
			const char *key = arena_format(d->arena, "valueFrom.%s", v->name);

			if (draft_given(d, &c->place, arena_format(d->arena, "env.%s", v->name)))
				draft_complain(d, &c->place, key,
					       "env has the same name: delete one of them");
			wrong = vars_downward(&value, v->value, &d->spec, &resources, d->arena);
			if (wrong)
				draft_complain(d, &c->place, key, wrong);
		}
		if (vars_add(&all, v->name, value, v->literal, d->arena))
			d->failed = true;
	}
	*own = all;
}

/* The root, and the paths in it.  Without one they are podinit's own. */
static void finish_paths(struct draft *d, struct ctr_draft *c)
{
	struct ctr_spec *s = &c->spec;
	const char *wrong = NULL;

	if (s->rootfs)
		s->rootfs = path_source(d, s->rootfs);
	if (s->rootfs && s->rootfs[strlen(s->rootfs) - 1] == '=')
		draft_complain(d, &c->place, "rootfs", "has nothing behind the \"=\"");
	if (s->image && strpbrk(s->image, " \t"))
		draft_complain(d, &c->place, "image", "must be a name without blanks");
	if (s->working_dir && s->rootfs)
		wrong = path_inside(&s->working_dir, s->working_dir, d->arena);
	else if (s->working_dir)
		s->working_dir = path_here(d, s->working_dir);
	if (wrong)
		draft_complain(d, &c->place, "workingDir", wrong);
	s->message_path_given = s->message_path != NULL;
	if (!s->message_path)
		s->message_path = "/dev/termination-log";
	wrong = path_inside(&s->message_path, s->message_path, d->arena);
	if (wrong)
		draft_complain(d, &c->place, "terminationMessagePath", wrong);
}

static void finish_ctr(struct draft *d, struct ctr_draft *c)
{
	struct ctr_spec *s = &c->spec;

	finish_paths(d, c);
	finish_command(d, c);
	finish_policy(d, c);
	s->backoff.initial = first_given(c->backoff.initial, d->backoff.initial);
	s->backoff.max = first_given(c->backoff.max, d->backoff.max);
	s->backoff.reset = first_given(c->backoff.reset, d->backoff.reset);
	if (s->timeout == 0)
		s->timeout = NSEC_NEVER;
	draft_at_least(d, &c->place, "timeoutSeconds", s->timeout);
	s->message_policy = (enum message_policy)c->message_policy;
	draft_finish_resources(d, c);
	draft_finish_security(d, c);
	draft_finish_mounts(d, c);
	finish_env(d, c);
	draft_finish_handlers(d, c);
}

/* ---- The pod ---- */

/* shop.ini is the pod "shop"; what a name may not hold becomes "-", so "My Pod.ini" is "my-pod". */
static void name_by_file(struct draft *d)
{
	const char *slash = strrchr(d->path, '/'), *base = slash ? slash + 1 : d->path;
	const char *dot = strrchr(base, '.');
	char name[NAME_LEN_MAX + 1];
	size_t n = 0;

	for (; *base && base != dot && n < NAME_LEN_MAX; base++) {
		char c = *base >= 'A' && *base <= 'Z' ? (char)(*base - 'A' + 'a') : *base;
		bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');

		if (plain || n > 0)
			name[n++] = plain ? c : '-';
	}
	while (n > 0 && name[n - 1] == '-')
		n--;
	d->spec.name = n > 0 ? arena_copy(d->arena, name, n) : "pod";
}

/* One container can have podinit's standard input, its terminal, or both. */
static void finish_terminal(struct draft *d)
{
	const struct ctr_draft *first = NULL;

	for (unsigned i = 0; i < d->n; i++) {
		const struct ctr_draft *c = &d->ctr[i];

		if (!c->spec.stdin_open && !c->spec.tty)
			continue;
		if (first)
			draft_complain(d, &c->place, c->spec.tty ? "tty" : "stdin",
				       arena_format(d->arena,
						    "only one container can have podinit's %s, and "
						    "line %d gave it away",
						    c->spec.tty ? "terminal" : "standard input",
						    first->place.line));
		else
			first = c;
	}
}

/* Whether there is work between the start of podinit and that of the first container. */
static bool prepares(const struct pod_spec *s)
{
	bool found = s->n_volumes > 0 || s->host_aliases.n > 0 || pod_sets_dns(s);

	for (unsigned i = 0; i < s->n; i++)
		found = found || s->ctr[i].rootfs;
	return found;
}

static void finish_pod(struct draft *d)
{
	struct pod_spec *spec = &d->spec;
	struct words *modules = &spec->machine.modules;

	if (!spec->name)
		name_by_file(d);
	spec->hostname_given = spec->hostname != NULL;
	if (!spec->hostname)
		spec->hostname = spec->name;
	spec->active_deadline = d->active_deadline;
	spec->log_format_given = d->log_format >= 0;
	spec->log_format = d->log_format == LOG_RAW ? LOG_RAW : LOG_PREFIX;
	spec->machine.on_completion = (enum machine_end)d->on_completion;
	spec->machine.on_failure = (enum machine_end)d->on_failure;
	for (size_t i = 0; i < modules->n; i++)
		if (strchr(modules->v[i], '/'))
			modules->v[i] = (char *)(uintptr_t)path_here(d, modules->v[i]);
	draft_finish_hosts(d);
	draft_finish_pod_security(d);
}

void draft_finish(struct draft *d)
{
	struct pod_spec *spec = &d->spec;
	unsigned mains = 0;

	finish_pod(d);
	for (unsigned i = 0; i < d->n; i++) {
		finish_ctr(d, &d->ctr[i]);
		mains += d->ctr[i].spec.kind == CTR_MAIN;
	}
	finish_terminal(d);
	draft_finish_pod_resources(d);
	draft_finish_volumes(d);
	if (mains == 0 && !d->had_main)
		draft_problem(d, 0, NULL, NULL,
			      "there is no [container NAME] section: a pod has at least one");
	spec->ctr = arena_alloc(d->arena, d->n * sizeof *spec->ctr + 1);
	if (!spec->ctr) {
		d->failed = true;
		return;
	}
	spec->n = d->n;
	for (unsigned i = 0; i < d->n; i++)
		spec->ctr[i] = d->ctr[i].spec;
	spec->prepare = prepares(spec);
}
