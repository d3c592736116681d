/*
 * parse.c - sections and keys into the draft of a pod, and every problem into a list.
 */
#include "config/parse.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/arena.h"
#include "config/file.h"
#include "config/finish.h"
#include "config/lines.h"
#include "config/nearest.h"
#include "config/rule.h"
#include "config/table.h"
#include "config/value.h"
#include "config/vars.h"
#include "config/words.h"

static const struct {
	const char *word;
	int kind;
	bool named;
} sections[] = {
	{"pod", SEC_POD, false},       {"machine", SEC_MACHINE, false},
	{"init", SEC_INIT, true},      {"sidecar", SEC_SIDECAR, true},
	{"container", SEC_MAIN, true}, {"volume", SEC_VOLUME, true},
};

enum { SECTIONS = sizeof sections / sizeof *sections };

/* ---- Problems ---- */

void draft_problem(struct draft *d, int line, const char *section, const char *key,
		   const char *message)
{
	struct problems *p = d->problems;
	struct problem *v;

	/* By powers of two. */
	if ((p->n & (p->n - 1)) == 0) {
		v = realloc(p->v, (p->n ? p->n * 2 : 1) * sizeof *v);
		if (!v) {
			d->failed = true;
			return;
		}
		p->v = v;
	}
	p->v[p->n] = (struct problem){line, section, key, message ? message : "no memory", p->n};
	p->n++;
}

static void complain(struct draft *d, int line, const char *key, const char *message)
{
	draft_problem(d, line, d->section, key, message);
}

/* ---- Sections ---- */

static const char *section_nearest(const char *word)
{
	struct nearest n = {.text = word};

	for (unsigned i = 0; i < SECTIONS; i++)
		nearest_try(&n, sections[i].word);
	return n.best;
}

static struct ctr_draft *ctr_named(const struct draft *d, const char *name)
{
	for (unsigned i = 0; i < d->n; i++)
		if (strcmp(d->ctr[i].spec.name, name) == 0)
			return &d->ctr[i];
	return NULL;
}

static void begin_ctr(struct draft *d, int line, const char *name)
{
	const char *wrong = value_name(name);
	const struct ctr_draft *same = wrong ? NULL : ctr_named(d, name);
	struct ctr_draft *c;

	if (wrong)
		complain(d, line, NULL, wrong);
	if (same)
		complain(d, line, NULL,
			 arena_format(d->arena, "the name is taken by line %d", same->spec.line));
	if (d->kind != SEC_MAIN && d->had_main)
		complain(d, line, NULL,
			 "every [init] and [sidecar] comes before the first [container]: move it "
			 "up");
	d->had_main = d->had_main || d->kind == SEC_MAIN;
	if (d->n == CTR_MAX) {
		if (!d->too_many)
			complain(d, line, NULL,
				 arena_format(d->arena, "more than %d containers", CTR_MAX));
		d->too_many = true;
		d->kind = 0;
		return;
	}
	c = &d->ctr[d->n++];
	draft_ctr_init(c);
	c->spec.name = name;
	c->spec.line = line;
	c->section_no = d->section_no;
	c->spec.kind = d->kind == SEC_INIT      ? CTR_INIT
		       : d->kind == SEC_SIDECAR ? CTR_SIDECAR
						: CTR_MAIN;
}

static void begin_single(struct draft *d, int line, bool *had)
{
	if (*had)
		complain(d, line, NULL, "there is one already: join the two");
	*had = true;
}

static void on_section(void *arg, int line, const char *text)
{
	struct draft *d = arg;
	size_t n = strcspn(text, " \t");
	const char *word = arena_copy(d->arena, text, n),
		   *name = text + n + strspn(text + n, " \t");
	unsigned i = 0;

	d->section = text;
	d->section_no++;
	d->kind = 0;
	if (!word) {
		d->failed = true;
		return;
	}
	while (i < SECTIONS && strcmp(sections[i].word, word) != 0)
		i++;
	if (i == SECTIONS) {
		const char *meant = section_nearest(word);

		complain(d, line, NULL,
			 meant ? arena_format(d->arena, "no such section: did you mean [%s%s]?",
					      meant, *name ? " NAME" : "")
			       : "no such section: there are [pod], [init NAME], [sidecar NAME], "
				 "[container NAME], [volume NAME] and [machine]");
		return;
	}
	d->kind = sections[i].kind;
	if (sections[i].named != (*name != '\0')) {
		complain(d, line, NULL,
			 arena_format(d->arena,
				      sections[i].named ? "a name must follow: [%s NAME]"
							: "has no name: [%s]",
				      word));
		d->kind = 0;
		/* A nameless one is one all the same for the rules of order. */
		d->had_main = d->had_main || sections[i].kind == SEC_MAIN;
		return;
	}
	switch (d->kind) {
	case SEC_POD: begin_single(d, line, &d->had_pod); break;
	case SEC_MACHINE: begin_single(d, line, &d->had_machine); break;
	case SEC_VOLUME:
		complain(d, line, NULL, "volumes are not supported yet");
		d->kind = 0;
		break;
	default: begin_ctr(d, line, name); break;
	}
}

/* ---- Keys ---- */

static bool remember(struct draft *d, int line, const char *key, bool repeatable)
{
	for (size_t i = repeatable ? 0 : d->n_given;
	     i-- > 0 && d->given[i].section == d->section_no;)
		if (strcmp(d->given[i].key, key) == 0) {
			complain(d, line, key,
				 arena_format(d->arena,
					      "given already in line %d: delete one of them",
					      d->given[i].line));
			return false;
		}
	if (d->n_given == d->room_given) {
		size_t room = d->room_given * 2 + 64;
		struct given *v = realloc(d->given, room * sizeof *v);

		if (!v) {
			d->failed = true;
			return false;
		}
		d->given = v;
		d->room_given = room;
	}
	d->given[d->n_given++] = (struct given){d->section_no, line, key};
	return true;
}

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

/* Relative to the directory of the pod file. */
const char *draft_path(struct draft *d, const char *path)
{
	const char *slash = strrchr(d->path, '/');
	char *cwd, *out;

	if (path[0] == '/')
		return path;
	if (d->path[0] == '/')
		return arena_format(d->arena, "%.*s/%s", (int)(slash - d->path), d->path, path);
	cwd = getcwd(NULL, 0);
	if (!cwd)
		return NULL;
	out = slash ? arena_format(d->arena, "%s/%.*s/%s", cwd, (int)(slash - d->path), d->path,
				   path)
		    : arena_format(d->arena, "%s/%s", cwd, path);
	free(cwd);
	return out;
}

static const char *store_word(struct draft *d, int *out, enum key_type type, const char *text)
{
	const char *const *words = table_words(type);
	struct nearest n = {.text = text};
	char list[128] = "";

	if (!*text)
		return NULL;
	if (type == TYPE_LOG && (strcmp(text, "cri") == 0 || strcmp(text, "json") == 0))
		return arena_format(d->arena, "%s is not supported yet: raw or prefix", text);
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

static const char *store_number(const struct key *k, void *at, const char *text)
{
	int64_t v = 0;
	const char *wrong;

	/* Nothing given is the default, as in Kubernetes. */
	if (!*text)
		return NULL;
	wrong = k->type == TYPE_SECONDS ? value_seconds(text, &v) : value_count(text, &v);
	if (wrong)
		return wrong;
	if (k->max && v > k->max)
		return "must be at most 2147483647";
	if (v < k->min)
		return "must be at least 0.01 seconds";
	memcpy(at, &v, sizeof v);
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
				const char *text)
{
	const char *wrong = value_header_name(name), *value;

	if (!wrong)
		wrong = words_single(&value, text, d->arena);
	return wrong ? wrong : add_pair(d, headers, name, value);
}

static const char *store_env(struct draft *d, struct vars *env, const char *name, const char *text,
			     bool literal)
{
	const char *wrong = value_env_name(name), *value;

	if (!wrong)
		wrong = words_single(&value, text, d->arena);
	return wrong ? wrong : vars_add(env, name, value, literal, d->arena);
}

static const char *store_env_file(struct draft *d, struct vars *vars, const char *text)
{
	const char *path = *text ? draft_path(d, text) : NULL;

	if (!path)
		return *text ? "no memory" : "must be a file with lines of NAME=value";
	return vars_of_file(vars, path, d->arena);
}

/* The keys of [pod] whose place is in the spec itself. */
static const char *store_pod(struct draft *d, const struct key *k, const char *text)
{
	if (strcmp(k->name, "name") == 0)
		d->spec->name = text;
	else
		d->spec->hostname = *text ? text : NULL;
	return *text ? value_name(text) : NULL;
}

static const char *store(struct draft *d, const struct key *k, const char *entry, char *base,
			 const char *raw)
{
	const char *text, *wrong;
	void *at = base + k->at;

	switch (k->type) {
	case TYPE_LATER: return "not supported yet";
	case TYPE_NEVER: return arena_format(d->arena, "podinit does not have this: %s", k->help);
	case TYPE_WORDS: return words_split(at, raw, d->arena);
	case TYPE_ENV: return store_env(d, at, entry, raw, true);
	case TYPE_FROM: return store_env(d, at, entry, raw, false);
	case TYPE_HEADERS: return store_header(d, at, entry, raw);
	default: break;
	}
	wrong = words_single(&text, raw, d->arena);
	if (wrong)
		return wrong;
	switch (k->type) {
	case TYPE_POLICY:
	case TYPE_LOG:
	case TYPE_MESSAGE:
	case TYPE_END: return store_word(d, at, k->type, text);
	case TYPE_SECONDS:
	case TYPE_COUNT: return store_number(k, at, text);
	case TYPE_BOOL: return *text ? value_bool(text, at) : NULL;
	case TYPE_SIGNAL: return *text ? value_signal(text, at) : NULL;
	case TYPE_RULES: return rule_add(at, text, d->arena);
	case TYPE_FILE: return store_env_file(d, at, text);
	case TYPE_PORTS: return store_port(d, at, entry, text);
	case TYPE_LABELS:
		return add_pair(d, k->at ? &d->spec->annotations : &d->spec->labels, entry, text);
	case TYPE_SCHEME:
		if (strcmp(text, "HTTPS") == 0)
			return "podinit speaks no TLS: use exec or tcpSocket";
		return *text && strcmp(text, "HTTP") != 0 ? "must be HTTP" : NULL;
	case TYPE_DIR:
		*(const char **)at = *text ? draft_path(d, text) : NULL;
		return *text && !*(const char **)at ? "no memory" : NULL;
	default: break;
	}
	if (k->sections == SEC_POD)
		return store_pod(d, k, text);
	*(const char **)at = *text ? text : NULL;
	return NULL;
}

static void unknown_key(struct draft *d, int line, const char *key, const struct found *f)
{
	const char *message;

	if (f->elsewhere)
		message = "does not belong into a section of this kind";
	else if (f->nearest)
		message = arena_format(d->arena, "no such key: did you mean %s?", f->nearest);
	else
		message = "no such key: pod.ini(5) lists them";
	complain(d, line, key, message);
}

/* Where in the draft the keys of this section go. */
static char *base_of(struct draft *d, const struct found *f)
{
	if (d->kind & (SEC_POD | SEC_MACHINE))
		return (char *)d;
	if (f->handler >= 0)
		return (char *)&d->ctr[d->n - 1].handler[f->handler];
	return (char *)&d->ctr[d->n - 1];
}

static void on_key(void *arg, int line, const char *key, const char *value)
{
	struct draft *d = arg;
	struct found f;
	char buf[128];
	const char *wrong;

	if (!d->section) {
		if (!d->had_key_without_section)
			complain(d, line, key,
				 "stands before the first section: [pod] or "
				 "[container NAME] must come first");
		d->had_key_without_section = true;
		return;
	}
	if (d->kind == 0)
		return;
	table_find(&f, d->kind, key, buf, sizeof buf);
	if (!f.key) {
		unknown_key(d, line, key, &f);
		return;
	}
	if (f.key->type == TYPE_SECONDS && strcmp(key, "terminationGracePeriodSeconds") == 0) {
		/* The one number of [pod] whose place is in the spec. */
		const char *text;

		wrong = words_single(&text, value, d->arena);
		if (!wrong)
			wrong = store_number(f.key, &d->spec->grace, text);
	} else {
		wrong = store(d, f.key, f.entry, base_of(d, &f), value);
	}
	/* The type is checked first, then whether it may be here at all. */
	if (wrong)
		complain(d, line, key, wrong);
	remember(d, line, key, f.key->type == TYPE_RULES || f.key->type == TYPE_FILE);
}

static void on_problem(void *arg, int line, const char *message)
{
	struct draft *d = arg;

	draft_problem(d, line, d->section, NULL, message);
	if ((d->kind & SEC_CTR) && d->n > 0)
		d->ctr[d->n - 1].broken = true;
}

/* ---- The whole ---- */

static int by_line(const void *a, const void *b)
{
	const struct problem *x = a, *y = b;

	if (x->line != y->line)
		return (x->line > y->line) - (x->line < y->line);
	return (x->order > y->order) - (x->order < y->order);
}

int spec_parse(struct pod_spec *spec, const char *path, const char *bytes, size_t n,
	       struct problems *problems)
{
	struct draft d = {.spec = spec, .path = path, .problems = problems};
	const struct line_user user = {&d, on_section, on_key, on_problem};

	memset(spec, 0, sizeof *spec);
	memset(problems, 0, sizeof *problems);
	d.arena = arena_new();
	/* One arena for both: messages quote the file. */
	problems->arena = d.arena;
	d.ctr = calloc(CTR_MAX, sizeof *d.ctr);
	if (d.arena && d.ctr) {
		draft_init(&d);
		d.failed = lines_read(bytes, n, d.arena, &user) < 0 || d.failed;
		if (!d.failed)
			draft_finish(&d);
	}
	if (!d.arena || !d.ctr || d.failed)
		draft_problem(&d, 0, NULL, NULL, "no memory to read the file");
	free(d.ctr);
	free(d.given);
	if (problems->n == 0) {
		spec->arena = d.arena;
		problems->arena = NULL;
		return 0;
	}
	qsort(problems->v, problems->n, sizeof *problems->v, by_line);
	memset(spec, 0, sizeof *spec);
	return -1;
}

static int cannot_read(struct problems *problems, const char *message)
{
	struct draft d = {.problems = problems};

	memset(problems, 0, sizeof *problems);
	draft_problem(&d, 0, NULL, NULL, message);
	return -1;
}

int spec_read(struct pod_spec *spec, const char *path, struct problems *problems)
{
	char *bytes;
	size_t n;
	int err = file_read(&bytes, &n, path, FILE_BYTES_MAX);

	memset(spec, 0, sizeof *spec);
	if (err)
		return cannot_read(problems,
				   err == EFBIG ? "the file is larger than 4 MiB" : strerror(err));
	err = spec_parse(spec, path, bytes, n, problems);
	free(bytes);
	return err;
}

void spec_free(struct pod_spec *spec)
{
	arena_free(spec->arena);
	memset(spec, 0, sizeof *spec);
}

void problems_free(struct problems *problems)
{
	free(problems->v);
	arena_free(problems->arena);
	memset(problems, 0, sizeof *problems);
}

size_t problem_format(char *buf, size_t size, const char *path, const struct problem *p)
{
	char line[16] = "";
	int n;

	if (p->line > 0)
		snprintf(line, sizeof line, ":%d", p->line);
	n = snprintf(buf, size, "%s%s:%s%s%s%s%s%s %s\n", path, line, p->section ? " [" : "",
		     p->section ? p->section : "", p->section ? "]" : "", p->key ? " " : "",
		     p->key ? p->key : "", p->key || p->section ? ":" : "", p->message);
	if (n < 0)
		n = 0;
	if ((size_t)n >= size) {
		n = (int)size - 1;
		buf[n - 1] = '\n';
	}
	return (size_t)n;
}
