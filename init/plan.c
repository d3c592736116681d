#include "init/plan.h"

#include <stdlib.h>
#include <string.h>

#include "init/exec.h"

#define MARK "PODINIT_CONTAINER="

const char *const role_names[ROLES] = {
	[ROLE_STARTUP] = "startup",     [ROLE_LIVENESS] = "liveness",
	[ROLE_READINESS] = "readiness", [ROLE_POST_START] = "postStart",
	[ROLE_PRE_STOP] = "preStop",    [ROLE_MAIN] = "main",
};

/* ---- $(VAR) ---- */

struct text {
	char *v;
	size_t n, room;
	bool failed;
};

static void put(struct text *t, const char *s, size_t n)
{
	if (t->n + n + 1 > t->room && !t->failed) {
		size_t room = (t->n + n + 1) * 2;
		char *v = realloc(t->v, room);

		t->failed = v == NULL;
		if (v) {
			t->v = v;
			t->room = room;
		}
	}
	if (t->failed)
		return;
	memcpy(t->v + t->n, s, n);
	t->n += n;
	t->v[t->n] = '\0';
}

char *plan_expand(const char *text, const char *(*lookup)(const char *name, size_t len, void *arg),
		  void *arg)
{
	struct text out = {0};

	put(&out, "", 0);
	while (*text) {
		const char *dollar = strchrnul(text, '$');

		put(&out, text, (size_t)(dollar - text));
		text = dollar;
		if (text[0] == '$' && text[1] == '$') {
			put(&out, "$", 1);
			text += 2;
		} else if (text[0] == '$' && text[1] == '(' && strchr(text, ')')) {
			const char *end = strchr(text, ')');
			const char *value = lookup(text + 2, (size_t)(end - text) - 2, arg);

			if (value)
				put(&out, value, strlen(value));
			else
				put(&out, text, (size_t)(end + 1 - text));
			text = end + 1;
		} else if (text[0] == '$') {
			put(&out, "$", 1);
			text++;
		}
	}
	if (!out.failed)
		return out.v;
	free(out.v);
	return NULL;
}

/* ---- The environment ---- */

/* Entries "NAME=value"; the last of a name counts, and takes the place of the earlier one. */
struct env {
	char **v;
	size_t n, room;
};

static char **env_find(const struct env *env, const char *name, size_t len)
{
	for (size_t i = env->n; i-- > 0;)
		if (strncmp(env->v[i], name, len) == 0 && env->v[i][len] == '=')
			return &env->v[i];
	return NULL;
}

static const char *env_lookup(const char *name, size_t len, void *arg)
{
	char **entry = len > 0 ? env_find(arg, name, len) : NULL;

	return entry ? *entry + len + 1 : NULL;
}

static bool env_put(struct env *env, const char *name, size_t len, const char *value)
{
	size_t size = len + strlen(value) + 2;
	char **old = env_find(env, name, len);
	char *entry = malloc(size);

	if (!entry)
		return false;
	memcpy(entry, name, len);
	entry[len] = '=';
	memcpy(entry + len + 1, value, size - len - 1);
	if (old) {
		*old = entry;
		return true;
	}
	/* Two more: the mark, and the NULL at the end. */
	if (env->n + 3 > env->room) {
		size_t room = env->n * 2 + 16;
		char **v = realloc(env->v, room * sizeof *v);

		if (!v) {
			free(entry);
			return false;
		}
		env->v = v;
		env->room = room;
	}
	env->v[env->n++] = entry;
	return true;
}

/* Words between podinit's own manager and podinit, or between podinit and its containers. */
static bool is_private(const char *entry)
{
	return strncmp(entry, "NOTIFY_SOCKET=", 14) == 0 || strncmp(entry, "LISTEN_", 7) == 0 ||
	       strncmp(entry, "PODINIT_", 8) == 0;
}

static bool env_inherit(struct env *env, const struct plan_where *where)
{
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
		char *value = v->literal ? plan_expand(v->value, env_lookup, env) : NULL;
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
		if (!(argv[(*n)++] = env ? plan_expand(words->v[i], env_lookup, env) : words->v[i]))
			return false;
	argv[*n] = NULL;
	return true;
}

static void add_step(struct plan *plan, enum step_kind kind, const char *text, bool own)
{
	plan->v[plan->n++] = (struct step_data){kind, text, own};
}

static void add_steps(struct plan *plan, const struct ctr_spec *cs, enum role role,
		      const struct plan_where *where)
{
	const char *path = env_get(plan->envp, "PATH");

	add_step(plan, STEP_SESSION, NULL, false);
	if (where->deathsig)
		add_step(plan, STEP_DEATHSIG, NULL, false);
	add_step(plan, STEP_INPUT, NULL, role == ROLE_MAIN && cs->stdin_open);
	add_step(plan, STEP_OUTPUT, NULL, !where->logger);
	if (cs->working_dir)
		add_step(plan, STEP_WORKDIR, cs->working_dir, false);
	add_step(plan, STEP_SIGNALS, NULL, false);
	add_step(plan, STEP_EXEC, path ? path : DEFAULT_PATH, false);
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
	ok = plan->mark && plan->argv && env_inherit(&env, where) &&
	     env_of_file(&env, &literal, cs) && env_put(&env, "PODINIT_CONTAINER", 17, "") &&
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
	add_steps(plan, cs, role, where);
	return true;
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

void plan_print(FILE *out, const struct plan *plan)
{
	static const char *const words[STEP_KINDS][2] = {
		[STEP_SESSION] = {"session  new", NULL},
		[STEP_DEATHSIG] = {"deathsig KILL", NULL},
		[STEP_INPUT] = {"input    /dev/null", "input    podinit's own"},
		[STEP_OUTPUT] = {"output   to the logger", "output   podinit's own"},
		[STEP_WORKDIR] = {"workdir ", NULL},
		[STEP_SIGNALS] = {"signals  default, none blocked", NULL},
		[STEP_EXEC] = {"exec    ", NULL},
	};

	for (unsigned i = 0; i < plan->n; i++) {
		const struct step_data *s = &plan->v[i];

		fprintf(out, "  %s", words[s->kind][s->own]);
		if (s->kind == STEP_EXEC)
			for (char **w = plan->argv; *w; w++)
				print_word(out, *w);
		else if (s->text)
			print_word(out, s->text);
		fputc('\n', out);
	}
}
