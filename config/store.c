#include "config/store.h"

#include <stdio.h>
#include <string.h>

#include "config/arena.h"
#include "config/hosts.h"
#include "config/limits.h"
#include "config/mounts.h"
#include "config/nearest.h"
#include "config/paths.h"
#include "config/quantity.h"
#include "config/rule.h"
#include "config/value.h"
#include "config/vars.h"
#include "config/volumes.h"
#include "config/words.h"

/* ---- Single values ---- */

/* Words that Kubernetes has and podinit does not, or not yet. */
static const struct {
	enum key_type type;
	const char *word, *why;
} refused[] = {
	{TYPE_LOG, "cri", "cri is not supported yet: raw or prefix"},
	{TYPE_LOG, "json", "json is not supported yet: raw or prefix"},
	{TYPE_DNS, "ClusterFirst", "there is no cluster whose DNS could be asked: Default or None"},
	{TYPE_DNS, "ClusterFirstWithHostNet",
	 "there is no cluster whose DNS could be asked: Default or None"},
	{TYPE_MEDIUM, "HugePages", "podinit does not have huge pages: leave it empty, or Memory"},
};

static const char *store_word(struct draft *d, int *out, enum key_type type, const char *text)
{
	const char *const *words = table_words(type);
	struct nearest n = {.text = text};
	char list[128] = "";

	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
		if (refused[i].type == type && strcmp(refused[i].word, text) == 0)
			return refused[i].why;
	for (int i = 0; words[i]; i++) {
		if (strcmp(words[i], text) == 0) {
			*out = i;
			return NULL;
		}
		nearest_try(&n, words[i]);
		snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", i ? ", " : "",
			 words[i]);
	}
	return n.best ? arena_format(d->arena, "must be one of %s: did you mean %s?", list, n.best)
		      : arena_format(d->arena, "must be one of %s", list);
}

static const char *read_number(enum key_type type, const char *text, int64_t *v)
{
	switch (type) {
	case TYPE_SECONDS: return value_seconds(text, v);
	case TYPE_BYTES: return quantity_parse(text, 0, v);
	case TYPE_CPU: return quantity_parse(text, 3, v);
	default: return value_count(text, v);
	}
}

static const char *store_number(struct draft *d, const struct key *k, int64_t *at, const char *text)
{
	int64_t v = 0;
	const char *wrong = read_number(k->type, text, &v);

	if (wrong)
		return wrong;
	if (k->max && v > k->max)
		return k->type == TYPE_SECONDS
			       ? "must be at most 2147483647"
			       : arena_format(d->arena, "must be at most %lld", (long long)k->max);
	if (v < k->min)
		return "must be at least 0.01 seconds";
	*at = v;
	return NULL;
}

static const char *store_choice(int *at, const char *text)
{
	bool yes;
	const char *wrong = value_bool(text, &yes);

	if (!wrong)
		*at = yes ? CHOICE_YES : CHOICE_NO;
	return wrong;
}

static const char *store_scheme(const char *text)
{
	if (strcmp(text, "HTTPS") == 0)
		return "podinit speaks no TLS: use exec or tcpSocket";
	return strcmp(text, "HTTP") != 0 ? "must be HTTP" : NULL;
}

/* Nothing given is the default, as in Kubernetes. */
static const char *store_single(struct draft *d, const struct key *k, void *at, const char *text)
{
	if (!*text)
		return NULL;
	switch (k->type) {
	case TYPE_NAME: *(const char **)at = text; return value_name(text);
	case TYPE_SECONDS:
	case TYPE_COUNT:
	case TYPE_BYTES:
	case TYPE_CPU: return store_number(d, k, at, text);
	case TYPE_BOOL: return value_bool(text, at);
	case TYPE_CHOICE: return store_choice(at, text);
	case TYPE_SIGNAL: return value_signal(text, at);
	case TYPE_SCHEME: return store_scheme(text);
	case TYPE_TEXT: *(const char **)at = text; return NULL;
	default: return store_word(d, at, k->type, text);
	}
}

/* ---- Entries of maps, and what may be repeated ---- */

static const char *add_pair(struct draft *d, struct pairs *pairs, const char *name,
			    const char *value)
{
	if ((pairs->n & (pairs->n - 1)) == 0) {
		size_t room = pairs->n ? pairs->n * 2 : 1;
		struct pair *v = arena_alloc(d->arena, room * sizeof *v);

		if (!v)
			return "no memory";
		if (pairs->n)
			memcpy(v, pairs->v, pairs->n * sizeof *v);
		pairs->v = v;
	}
	pairs->v[pairs->n++] = (struct pair){name, value};
	return NULL;
}

static const char *store_port(struct draft *d, struct pairs *ports, const char *name,
			      const char *text)
{
	const char *wrong = value_port_name(name), *slash = strchrnul(text, '/');
	const char *number = arena_copy(d->arena, text, (size_t)(slash - text));
	int64_t port;

	if (wrong)
		return wrong;
	if (*slash && strcmp(slash, "/TCP") != 0 && strcmp(slash, "/UDP") != 0 &&
	    strcmp(slash, "/SCTP") != 0)
		return "the protocol must be TCP, UDP or SCTP: 8080/UDP";
	if (!number || value_count(number, &port) || port < 1 || port > 65535)
		return "must be a port from 1 to 65535, as 8080 or 8080/UDP";
	return add_pair(d, ports, name, number);
}

static const char *store_header(struct draft *d, struct pairs *headers, const char *name,
				const char *value)
{
	const char *wrong = value_header_name(name);

	return wrong ? wrong : add_pair(d, headers, name, value);
}

static const char *store_env(struct draft *d, struct vars *env, const char *name, const char *value,
			     bool literal)
{
	const char *wrong = value_env_name(name);

	return wrong ? wrong : vars_add(env, name, value, literal, d->arena);
}

static const char *store_env_file(struct draft *d, struct vars *vars, const char *text)
{
	const char *path = *text ? path_here(d, text) : NULL;

	if (!path)
		return *text ? "no memory" : "must be a file with lines of NAME=value";
	return vars_of_file(vars, path, d->arena);
}

static const char *store_sysctl(struct draft *d, struct pairs *sysctls, const char *entry,
				const char *value)
{
	const char *name, *wrong = sysctl_name(&name, entry, d->arena);

	/* One that is spelled alike has a message of its own. */
	for (size_t i = 0; i < sysctls->n && !wrong; i++)
		if (strcmp(sysctls->v[i].name, name) == 0)
			return arena_format(d->arena, "%s is given twice: delete one of them",
					    name);
	return wrong ? wrong : add_pair(d, sysctls, name, value);
}

static const char *store_alias(struct draft *d, struct pairs *aliases, const char *ip,
			       const char *raw)
{
	const char *names, *wrong = hosts_names(&names, ip, raw, d->arena);

	return wrong ? wrong : add_pair(d, aliases, ip, names);
}

/* A list that could not be read is empty, so that nobody finds its halves wrong too. */
static const char *store_list(struct words *list, const char *raw, struct arena *arena)
{
	const char *wrong = words_split(list, raw, arena);

	if (wrong)
		*list = (struct words){0};
	return wrong;
}

/* ---- All of them ---- */

const char *store(struct draft *d, const struct key *k, const char *key, const char *entry,
		  void *base, const char *raw)
{
	void *at = (char *)base + k->at;
	const char *text, *wrong;

	switch (k->type) {
	case TYPE_LATER: return "not supported yet";
	case TYPE_NEVER: return arena_format(d->arena, "podinit does not have this: %s", k->help);
	case TYPE_WORDS: return words_split(at, raw, d->arena);
	case TYPE_LIST: return store_list(at, raw, d->arena);
	case TYPE_ALIAS: return store_alias(d, at, entry, raw);
	default: break;
	}
	wrong = words_single(&text, raw, d->arena);
	if (wrong)
		return wrong;
	switch (k->type) {
	case TYPE_ENV: return store_env(d, at, entry, text, true);
	case TYPE_FROM: return store_env(d, at, entry, text, false);
	case TYPE_HEADERS: return store_header(d, at, entry, text);
	case TYPE_PORTS: return store_port(d, at, entry, text);
	case TYPE_MAP: return add_pair(d, at, entry, text);
	case TYPE_SYSCTL: return store_sysctl(d, at, entry, text);
	case TYPE_RLIMIT: return rlimit_add(at, entry, text, d->arena);
	case TYPE_MOUNT: return mount_add(d, at, entry, text);
	case TYPE_ITEM: return volume_add_text(d, at, key, entry, text);
	case TYPE_FIELD: return volume_add_field(d, at, key, entry, text);
	case TYPE_RULES: return rule_add(at, text, d->arena);
	case TYPE_FILE: return store_env_file(d, at, text);
	default: return store_single(d, k, at, text);
	}
}
