#include "config/volumes.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "config/arena.h"
#include "config/file.h"
#include "config/finish.h"
#include "config/paths.h"
#include "config/vars.h"

/* ---- Files ---- */

/* What is visible of such a volume are links into "..data", so no name may begin like it. */
static const char *check_name(const char *name)
{
	if (!*name || *name == '/' || path_climbs(name) || strlen(name) >= PATH_MAX)
		return "the name of a file must be a relative path without \"..\"";
	if (strncmp(name, "..", 2) == 0)
		return "the name of a file must not begin with \"..\"";
	for (const char *at = name; *at; at += *at == '/') {
		size_t n = strcspn(at, "/");

		if (n == 0 || n > NAME_MAX || (n == 1 && *at == '.') || (at[n] && !at[n + 1]))
			return "the name of a file must be parts of 1 to 255 bytes with single / "
			       "between them, and no \".\"";
		at += n;
	}
	return NULL;
}

static const char *add(struct draft *d, struct volume_draft *v, const struct item_draft *item)
{
	const char *wrong = check_name(item->file.name);

	if (wrong)
		return wrong;
	if ((v->n & (v->n - 1)) == 0) {
		struct item_draft *grown =
			arena_alloc(d->arena, (v->n ? v->n * 2 : 1) * sizeof *grown);

		if (!grown)
			return "no memory";
		if (v->n)
			memcpy(grown, v->item, v->n * sizeof *grown);
		v->item = grown;
	}
	v->item[v->n++] = *item;
	return NULL;
}

static const char *read_item(struct draft *d, struct item_draft *item, const char *text)
{
	const char *path = *text ? path_here(d, text) : NULL;
	char *bytes;
	size_t n;
	int err;

	if (!path)
		return *text ? "no memory" : "must be the path of a file";
	err = file_read(&bytes, &n, path, VOLUME_BYTES_MAX);
	if (err)
		return err == EFBIG ? arena_format(d->arena, "%s is larger than %d bytes", path,
						   VOLUME_BYTES_MAX)
				    : arena_format(d->arena, "%s: %s", path, strerror(err));
	item->file.bytes = arena_copy(d->arena, bytes, n);
	item->file.n = n;
	free(bytes);
	return item->file.bytes ? NULL : "no memory";
}

const char *volume_add_text(struct draft *d, struct volume_draft *v, const char *key,
			    const char *name, const char *text)
{
	struct item_draft item = {{name, text, strlen(text)}, key, NULL, d->line};
	size_t n = strlen(name);
	const char *wrong;

	if (n <= 5 || strcmp(name + n - 5, ".path") != 0)
		return add(d, v, &item);
	item.file.name = arena_copy(d->arena, name, n - 5);
	wrong = item.file.name ? read_item(d, &item, text) : "no memory";
	return wrong ? wrong : add(d, v, &item);
}

const char *volume_add_field(struct draft *d, struct volume_draft *v, const char *key,
			     const char *name, const char *from)
{
	struct item_draft item = {{name, "", 0}, key, from, d->line};

	return add(d, v, &item);
}

/* What a downwardAPI file tells.  Limits are those of the pod, and where it has but one container,
   of that one. */
static const char *tell(struct draft *d, struct item_draft *item)
{
	struct resources_spec resources = draft_resources(d, d->n == 1 ? &d->ctr[0] : NULL);
	const char *wrong = NULL, *text;

	if (strcmp(item->from, "metadata.labels") == 0)
		text = vars_map(&d->spec.labels, d->arena);
	else if (strcmp(item->from, "metadata.annotations") == 0)
		text = vars_map(&d->spec.annotations, d->arena);
	else
		wrong = vars_downward(&text, item->from, &d->spec, &resources, d->arena);
	if (!wrong && !text)
		wrong = "no memory";
	if (!wrong)
		item->file = (struct file_item){item->file.name, text, strlen(text)};
	return wrong;
}

/* As strcmp() does, but that "/" comes first: what is in a directory follows it. */
static int compare(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	if (*a == *b || !*a || !*b)
		return (*a != '\0') - (*b != '\0');
	if (*a == '/' || *b == '/')
		return (*b == '/') - (*a == '/');
	return (unsigned char)*a - (unsigned char)*b;
}

static int by_name(const void *a, const void *b)
{
	const struct item_draft *x = a, *y = b;
	int order = compare(x->file.name, y->file.name);

	return order ? order : (x->line > y->line) - (x->line < y->line);
}

/* No file may be another, or be a directory of another. */
static void check_collisions(struct draft *d, const struct volume_draft *v)
{
	struct item_draft *sorted = arena_alloc(d->arena, v->n * sizeof *sorted + 1);

	if (!sorted) {
		d->failed = true;
		return;
	}
	if (v->n)
		memcpy(sorted, v->item, v->n * sizeof *sorted);
	qsort(sorted, v->n, sizeof *sorted, by_name);
	for (unsigned i = 1; i < v->n; i++) {
		const struct item_draft *one = &sorted[i - 1], *two = &sorted[i];
		size_t n = strlen(one->file.name);

		if (strncmp(one->file.name, two->file.name, n) == 0 &&
		    (two->file.name[n] == '\0' || two->file.name[n] == '/'))
			draft_problem(d, two->line, v->place.text, two->key,
				      arena_format(d->arena, "the file of line %d is in the way",
						   one->line));
	}
}

/* Octal as it is written in YAML.  JSON's decimal 420 would be another mode without a word. */
static const char *read_mode(const char *text, uint32_t *out)
{
	size_t n = strlen(text);
	uint32_t v = 0;

	if (n < 2 || n > 5 || *text != '0' || strspn(text, "01234567") != n)
		return "must be octal and begin with 0: 0644";
	for (; *text; text++)
		v = v * 8 + (uint32_t)(*text - '0');
	*out = v;
	return v <= 0777 ? NULL : "must be at most 0777";
}

static void finish_files(struct draft *d, struct volume_draft *v, const char *word)
{
	struct file_item *items = arena_alloc(d->arena, v->n * sizeof *items + 1);
	const char *wrong;
	size_t bytes = 0;

	if (!items) {
		d->failed = true;
		return;
	}
	for (unsigned i = 0; i < v->n; i++) {
		wrong = v->item[i].from ? tell(d, &v->item[i]) : NULL;
		if (wrong)
			draft_problem(d, v->item[i].line, v->place.text, v->item[i].key, wrong);
		items[i] = v->item[i].file;
		bytes += items[i].n;
	}
	if (bytes > VOLUME_BYTES_MAX)
		draft_complain(d, &v->place, word,
			       arena_format(d->arena, "its files have more than %d bytes",
					    VOLUME_BYTES_MAX));
	check_collisions(d, v);
	v->spec.items = items;
	v->spec.n_items = v->n;
	v->spec.secret = strcmp(word, "secret") == 0;
	v->spec.mode = 0644;
	wrong = v->mode ? read_mode(v->mode, &v->spec.mode) : NULL;
	if (wrong)
		draft_complain(d, &v->place, arena_format(d->arena, "%s.defaultMode", word), wrong);
}

/* ---- The other kinds ---- */

static void finish_empty_dir(struct volume_draft *v)
{
	v->spec.memory = v->medium >= 0 || v->spec.size_limit > 0;
}

static void finish_host_path(struct draft *d, struct volume_draft *v)
{
	v->spec.type = (enum host_path_type)(v->type + 1); /* -1: nothing was said */
	if (!v->host_path)
		return;
	if (path_climbs(v->host_path))
		draft_complain(d, &v->place, "hostPath.path", "must have no \"..\"");
	v->spec.source = path_here(d, v->host_path);
}

static void finish_device(struct draft *d, struct volume_draft *v)
{
	if (!v->device)
		return;
	v->spec.source = path_source(d, v->device);
	if (v->device[strlen(v->device) - 1] == '=')
		draft_complain(d, &v->place, "device.source", "has nothing behind the \"=\"");
}

/* ---- The whole ---- */

static const struct {
	const char *word;
	enum volume_kind kind;
	const char *needs; /* what it is nothing without */
} kinds[] = {
	{"emptyDir", VOLUME_EMPTY_DIR, NULL},
	{"hostPath", VOLUME_HOST_PATH, "hostPath.path"},
	{"configMap", VOLUME_FILES, "configMap.items"},
	{"secret", VOLUME_FILES, "secret.items"},
	{"downwardAPI", VOLUME_FILES, "downwardAPI.items"},
	{"device", VOLUME_DEVICE, "device.source"},
	{"virtiofs", VOLUME_VIRTIOFS, "virtiofs.tag"},
	{"9p", VOLUME_9P, "9p.tag"},
};

enum { KINDS = sizeof kinds / sizeof *kinds };

/* Which of the kinds it is; none at all is an empty directory, as in Kubernetes.  KINDS: several.
 */
static unsigned choose(struct draft *d, const struct volume_draft *v)
{
	unsigned found = 0, n = 0;

	for (unsigned i = 0; i < KINDS; i++) {
		if (!draft_given(d, &v->place, kinds[i].word))
			continue;
		if (n++ == 0)
			found = i;
		else
			draft_complain(d, &v->place, kinds[i].word,
				       arena_format(d->arena,
						    "a volume is of one kind, and this one is "
						    "of %s already",
						    kinds[found].word));
	}
	return n > 1 ? KINDS : found;
}

static void finish_volume(struct draft *d, struct volume_draft *v)
{
	unsigned k = choose(d, v);
	const char *word;
	bool missing = false;

	if (k == KINDS)
		return;
	word = kinds[k].word;
	v->spec.kind = kinds[k].kind;
	switch (v->spec.kind) {
	case VOLUME_EMPTY_DIR: finish_empty_dir(v); break;
	case VOLUME_HOST_PATH:
		finish_host_path(d, v);
		missing = !v->host_path;
		break;
	case VOLUME_FILES:
		finish_files(d, v, word);
		missing = v->n == 0;
		break;
	case VOLUME_DEVICE:
		finish_device(d, v);
		missing = !v->device;
		break;
	case VOLUME_VIRTIOFS:
		v->spec.source = v->virtiofs;
		missing = !v->virtiofs;
		break;
	case VOLUME_9P:
		v->spec.source = v->p9;
		missing = !v->p9;
		break;
	}
	/* It may be there, and wrong. */
	if (missing && !v->place.refused)
		draft_complain(d, &v->place, word,
			       arena_format(d->arena, "needs %s%s", kinds[k].needs,
					    v->spec.kind == VOLUME_FILES ? ".FILE = TEXT" : ""));
}

void draft_finish_volumes(struct draft *d)
{
	struct pod_spec *s = &d->spec;

	s->volume = arena_alloc(d->arena, d->n_volumes * sizeof *s->volume + 1);
	if (!s->volume) {
		d->failed = true;
		return;
	}
	s->n_volumes = d->n_volumes;
	for (unsigned i = 0; i < d->n_volumes; i++) {
		finish_volume(d, &d->volume[i]);
		s->volume[i] = d->volume[i].spec;
	}
}
