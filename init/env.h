/*
 * env.h - an environment while it is put together, and Kubernetes' $(VAR).
 *
 * For boot: it allocates, and what it allocates is the environment of a plan, which is never freed.
 */
#ifndef PODINIT_INIT_ENV_H
#define PODINIT_INIT_ENV_H

#include <stdbool.h>
#include <stddef.h>

/* Entries "NAME=value", with room for two more: the last of a name counts, and takes the place of
   the earlier one. */
struct env {
	char **v;
	size_t n, room;
};

/* False: no memory. */
bool env_put(struct env *env, const char *name, size_t len, const char *value);

/* The entry of NAME, or NULL. */
char **env_find(const struct env *env, const char *name, size_t len);

/* The value of NAME in the struct env `env`, or NULL: for env_expand(). */
const char *env_lookup(const char *name, size_t len, void *env);

/*
 * Kubernetes' $(VAR) in `text`: $(NAME) becomes lookup(NAME), or stays when that is NULL; $$
 * becomes $, so $$(NAME) becomes the text $(NAME); what was put in is not looked at again.
 * Allocated; NULL: no memory.
 */
char *env_expand(const char *text, const char *(*lookup)(const char *name, size_t len, void *arg),
		 void *arg);

#endif
