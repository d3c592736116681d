/*
 * parse.c - sections and keys into the draft of a pod, and every problem into a list.
 */
#include "config/parse.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/arena.h"
#include "config/file.h"
#include "config/finish.h"
#include "config/lines.h"
#include "config/nearest.h"
#include "config/store.h"
#include "config/table.h"
#include "config/value.h"

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

static void begin(struct draft *d, struct place *p, int line)
{
	*p = (struct place){.section = d->section_no, .line = line, .text = d->section};
	d->place = p;
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
	begin(d, &c->place, line);
	c->spec.kind = d->kind == SEC_INIT      ? CTR_INIT
		       : d->kind == SEC_SIDECAR ? CTR_SIDECAR
						: CTR_MAIN;
}

static void begin_volume(struct draft *d, int line, const char *name)
{
	const char *wrong = value_name(name);
	struct volume_draft *v;

	if (wrong)
		complain(d, line, NULL, wrong);
	for (unsigned i = 0; i < d->n_volumes && !wrong; i++)
		if (strcmp(d->volume[i].spec.name, name) == 0)
			complain(d, line, NULL,
				 arena_format(d->arena, "the name is taken by line %d",
					      d->volume[i].spec.line));
	if (d->n_volumes == VOLUME_MAX) {
		if (!d->too_many_volumes)
			complain(d, line, NULL,
				 arena_format(d->arena, "more than %d volumes", VOLUME_MAX));
		d->too_many_volumes = true;
		d->kind = 0;
		return;
	}
	v = &d->volume[d->n_volumes++];
	memset(v, 0, sizeof *v);
	v->spec.name = name;
	v->spec.line = line;
	begin(d, &v->place, line);
	v->medium = v->type = -1;
}

static void begin_single(struct draft *d, int line, struct place *p)
{
	if (p->section > 0)
		complain(d, line, NULL, "there is one already: join the two");
	begin(d, p, line);
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
	case SEC_POD: begin_single(d, line, &d->pod); break;
	case SEC_MACHINE: begin_single(d, line, &d->machine); break;
	case SEC_VOLUME: begin_volume(d, line, name); break;
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
	if (d->kind == SEC_VOLUME)
		return (char *)&d->volume[d->n_volumes - 1];
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
	d->line = line;
	wrong = store(d, f.key, key, f.entry, base_of(d, &f), value);
	/* The type is checked first, then whether it may be here at all. */
	if (wrong) {
		complain(d, line, key, wrong);
		d->place->refused = true;
	}
	remember(d, line, key,
		 f.key->type == TYPE_RULES || f.key->type == TYPE_FILE ||
			 f.key->type == TYPE_MOUNT);
}

static void on_problem(void *arg, int line, const char *message)
{
	struct draft *d = arg;

	draft_problem(d, line, d->section, NULL, message);
	if (d->kind)
		d->place->broken = true;
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
	struct draft d = {.path = path, .problems = problems};
	const struct line_user user = {&d, on_section, on_key, on_problem};

	memset(spec, 0, sizeof *spec);
	memset(problems, 0, sizeof *problems);
	d.arena = arena_new();
	/* One arena for both: messages quote the file. */
	problems->arena = d.arena;
	d.ctr = calloc(CTR_MAX, sizeof *d.ctr);
	d.volume = calloc(VOLUME_MAX, sizeof *d.volume);
	if (d.arena && d.ctr && d.volume) {
		draft_init(&d);
		d.failed = lines_read(bytes, n, d.arena, &user) < 0 || d.failed;
		if (!d.failed)
			draft_finish(&d);
	}
	if (!d.arena || !d.ctr || !d.volume || d.failed)
		draft_problem(&d, 0, NULL, NULL, "no memory to read the file");
	free(d.ctr);
	free(d.volume);
	free(d.given);
	if (problems->n == 0) {
		*spec = d.spec;
		spec->arena = d.arena;
		problems->arena = NULL;
		return 0;
	}
	qsort(problems->v, problems->n, sizeof *problems->v, by_line);
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
