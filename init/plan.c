#include "init/plan.h"

#include <stdlib.h>
#include <string.h>

#include "config/caps.h"
#include "init/env.h"
#include "init/exec.h"
#include "init/identity.h"

#define MARK "PODINIT_CONTAINER="

/* Words between podinit's own manager and podinit, or between podinit and its containers. */
static bool is_private(const char *entry)
{
	return strncmp(entry, "NOTIFY_SOCKET=", 14) == 0 || strncmp(entry, "LISTEN_", 7) == 0 ||
	       strncmp(entry, "PODINIT_", 8) == 0;
}

/* A container with a root of its own begins with what every container has; HOME comes of its
   passwd. */
static bool env_of_root(struct env *env, const struct ctr_spec *cs, const struct plan_where *where)
{
	return env_put(env, "PATH", 4, DEFAULT_PATH) &&
	       env_put(env, "HOSTNAME", 8, where->hostname ? where->hostname : "localhost") &&
	       (!cs->tty || env_put(env, "TERM", 4, "xterm"));
}

static bool env_inherit(struct env *env, const struct ctr_spec *cs, const struct plan_where *where)
{
	if (cs->rootfs)
		return env_of_root(env, cs, where);
	if (where->machine) {
		const char *term = env_get(where->environ, "TERM");

		return env_put(env, "PATH", 4, DEFAULT_PATH) && env_put(env, "HOME", 4, "/root") &&
		       env_put(env, "TERM", 4, term ? term : "linux");
	}
	for (char *const *e = where->environ; *e; e++) {
		const char *eq = strchr(*e, '=');

		if (eq && eq > *e && !is_private(*e) &&
		    !env_put(env, *e, (size_t)(eq - *e), eq + 1))
			return false;
	}
	return true;
}

/* A value sees what is defined so far: the inherited variables, those of envFrom and the lines
   above it.  What the file does not spell out is taken as it is. */
static bool env_of_file(struct env *env, struct env *literal, const struct ctr_spec *cs)
{
	for (size_t i = 0; i < cs->env.n; i++) {
		const struct var *v = &cs->env.v[i];
		size_t len = strlen(v->name);
		char *value = v->literal ? env_expand(v->value, env_lookup, env) : NULL;
		bool ok = v->literal ? value && env_put(env, v->name, len, value) &&
					       env_put(literal, v->name, len, value)
				     : env_put(env, v->name, len, v->value);

		free(value);
		if (!ok)
			return false;
	}
	return true;
}

/* ---- Plans ---- */

/* Without `env` the words are taken as they are. */
static bool add_words(char **argv, size_t *n, const struct words *words, struct env *env)
{
	for (size_t i = 0; i < words->n; i++)
		if (!(argv[(*n)++] = env ? env_expand(words->v[i], env_lookup, env) : words->v[i]))
			return false;
	argv[*n] = NULL;
	return true;
}

/* Who is at home where is known when the container has its root. */
static bool add_home(struct plan *plan, struct env *env, const struct ctr_spec *cs)
{
	char **entry;

	if (!cs->rootfs || env_find(env, "HOME", 4))
		return true;
	plan->home = calloc(1, sizeof "HOME=" + HOME_MAX);
	if (!plan->home || !env_put(env, "HOME", 4, "/"))
		return false;
	entry = env_find(env, "HOME", 4);
	memcpy(plan->home, *entry, strlen(*entry) + 1);
	free(*entry);
	*entry = plan->home;
	return true;
}

bool plan_exists(const struct pod_spec *spec, unsigned ctr, enum role role)
{
	return role == ROLE_MAIN || ctr_handler(&spec->ctr[ctr], role)->kind == HANDLER_EXEC;
}

bool plan_make(struct plan *plan, const struct pod_spec *spec, unsigned ctr, enum role role,
	       const struct plan_where *where)
{
	const struct ctr_spec *cs = &spec->ctr[ctr];
	const struct words *command =
		role == ROLE_MAIN ? &cs->command : &ctr_handler(cs, role)->exec;
	struct env env = {0}, literal = {0};
	char **entry;
	size_t n = 0;
	bool ok;

	memset(plan, 0, sizeof *plan);
	plan->mark = calloc(1, MARK_MAX);
	plan->argv = calloc(command->n + cs->args.n + 1, sizeof *plan->argv);
	ok = plan->mark && plan->argv && env_inherit(&env, cs, where) &&
	     env_of_file(&env, &literal, cs) && add_home(plan, &env, cs) &&
	     env_put(&env, "PODINIT_CONTAINER", 17, "") &&
	     /* A probe's command sees the variables the file spells out, a hook's none, as in
		Kubernetes. */
	     add_words(plan->argv, &n, command,
		       role == ROLE_MAIN        ? &env
		       : role < ROLE_POST_START ? &literal
						: NULL) &&
	     (role != ROLE_MAIN || add_words(plan->argv, &n, &cs->args, &env));
	for (size_t i = 0; i < literal.n; i++)
		free(literal.v[i]);
	free(literal.v);
	plan->envp = env.v;
	if (!ok)
		return false;
	entry = env_find(&env, "PODINIT_CONTAINER", 17);
	free(*entry);
	*entry = plan->mark;
	env.v[env.n] = NULL;
	plan_mark(plan->mark, spec, (struct task){(uint8_t)ctr, (uint8_t)role, 0});
	return plan_add_steps(plan, spec, ctr, role, where);
}

void plan_mark(char mark[MARK_MAX], const struct pod_spec *spec, struct task task)
{
	const char *name = spec->ctr[task.ctr].name;

	if (task.role == ROLE_MAIN)
		snprintf(mark, MARK_MAX, MARK "%s.%u", name, task.gen);
	else
		snprintf(mark, MARK_MAX, MARK "%s.%s.%u", name, role_names[task.role], task.gen);
}

void plan_unmark(char *const environ_[])
{
	for (; *environ_; environ_++)
		if (strncmp(*environ_, MARK, strlen(MARK)) == 0)
			memset(*environ_, 'x', strlen(MARK));
}

static void print_word(FILE *out, const char *word)
{
	if (*word && strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				  "-_./:=@%+,") == strlen(word)) {
		fprintf(out, " %s", word);
		return;
	}
	fputs(" '", out);
	for (; *word; word++)
		if (*word == '\'')
			fputs("'\\''", out);
		else
			fputc(*word, out);
	fputc('\'', out);
}

/* What a step is called, when it is done as podinit's own or not. */
static const char *const words[STEP_KINDS][2] = {
	[STEP_SESSION] = {"session  new", NULL},
	[STEP_KEYRING] = {"keyring  new", NULL},
	[STEP_OOM_SCORE] = {"oom     ", NULL},
	[STEP_RLIMIT] = {"rlimit  ", "raise   "},
	[STEP_JOIN] = {"join     the container's namespaces", NULL},
	[STEP_TREE] = {"hold    ", NULL},
	[STEP_PRIVATE] = {"mounts   private", NULL},
	[STEP_OWNER] = {"owner   ", NULL},
	[STEP_OWN_ROOT] = {"root     podinit's own", NULL},
	[STEP_DIR_ROOT] = {"root    ", NULL},
	[STEP_OVERLAY] = {"overlay ", NULL},
	[STEP_PROC] = {"proc    ", NULL},
	[STEP_SYS] = {"sysfs   ", NULL},
	[STEP_MOUNT] = {"mount   ", "mount   "},
	[STEP_NODES] = {"links   ", "devices "},
	[STEP_BIND] = {"bind    ", "bind    "},
	[STEP_MASK] = {"mask    ", NULL},
	[STEP_READONLY] = {"readonly", "readonly"},
	[STEP_PIVOT] = {"pivot    into the root", NULL},
	[STEP_RETURN] = {"return   to the working directory", NULL},
	[STEP_USERS] = {"users    the pod's user namespace", NULL},
	[STEP_INPUT] = {"input    /dev/null", "input    podinit's own"},
	[STEP_OUTPUT] = {"output   to the logger", "output   podinit's own"},
	[STEP_TERMINAL] = {"terminal podinit's own", "terminal podinit's own"},
	[STEP_WORKDIR] = {"workdir ", "workdir "},
	[STEP_FILTER] = {"seccomp  filter", NULL},
	[STEP_BOUND] = {"bound   ", "bound   "},
	[STEP_USER] = {"user    ", NULL},
	[STEP_CAPS] = {"caps    ", NULL},
	[STEP_NO_NEW_PRIVS] = {"no_new_privs", NULL},
	[STEP_FILES] = {"files    as podinit was given", NULL},
	[STEP_FORK] = {"fork     into the container's PID namespace", NULL},
	[STEP_DEATHSIG] = {"deathsig KILL", NULL},
	[STEP_SIGNALS] = {"signals  default, none blocked", NULL},
	[STEP_EXEC] = {"exec    ", NULL},
};

static void print_caps(FILE *out, uint64_t caps)
{
	if ((caps & CAPS_ALL) == CAPS_ALL)
		fputs(" ALL", out);
	else if (!(caps & CAPS_ALL))
		fputs(" none", out);
	else
		for (unsigned c = 0; c < CAPS; c++)
			if (caps >> c & 1)
				print_word(out, caps_names[c]);
}

static void print_user(FILE *out, const struct security_spec *s)
{
	if (s->user_name)
		print_word(out, s->user_name);
	else if (s->user_given)
		fprintf(out, " %u", s->user);
	if (s->group_given)
		fprintf(out, ":%u", s->group);
	for (unsigned i = 0; i < s->n_groups; i++)
		fprintf(out, "%s%u", i ? "," : " groups ", s->groups[i]);
}

void plan_print(FILE *out, const struct plan *plan)
{
	for (unsigned i = 0; i < plan->n; i++) {
		const struct step_data *s = &plan->v[i];

		fprintf(out, "  %s", words[s->kind][s->own]);
		if (s->kind == STEP_BOUND || s->kind == STEP_CAPS)
			print_caps(out, s->flags);
		else if (s->kind == STEP_OWNER)
			fprintf(out, " %llu", (unsigned long long)s->flags);
		else if (s->kind == STEP_USER)
			print_user(out, plan->security);
		else if (s->kind == STEP_EXEC)
			for (char **w = plan->argv; *w; w++)
				print_word(out, *w);
		else if (s->kind == STEP_RLIMIT)
			fprintf(out, " %s %llu:%llu", s->limit->name,
				(unsigned long long)s->limit->soft,
				(unsigned long long)s->limit->hard);
		else if (s->kind == STEP_BIND) {
			print_word(out, s->from);
			print_word(out, s->text);
			if (s->data && !s->own)
				fprintf(out, " in %.*s", (int)(s->data - s->text - 1), s->text);
		} else {
			const char *said[] = {s->text, s->from, s->data};

			for (unsigned k = 0; k < 3; k++)
				if (said[k])
					print_word(out, said[k]);
		}
		fputc('\n', out);
	}
}
