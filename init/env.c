#include "init/env.h"

#include <stdlib.h>
#include <string.h>

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

char *env_expand(const char *text, const char *(*lookup)(const char *name, size_t len, void *arg),
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

char **env_find(const struct env *env, const char *name, size_t len)
{
	for (size_t i = env->n; i-- > 0;)
		if (strncmp(env->v[i], name, len) == 0 && env->v[i][len] == '=')
			return &env->v[i];
	return NULL;
}

const char *env_lookup(const char *name, size_t len, void *arg)
{
	char **entry = len > 0 ? env_find(arg, name, len) : NULL;

	return entry ? *entry + len + 1 : NULL;
}

bool env_put(struct env *env, const char *name, size_t len, const char *value)
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
