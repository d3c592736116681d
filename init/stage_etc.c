/*
 * The generated files of /etc: hosts, hostname and resolv.conf.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/stage_part.h"
#include "init/sys.h"

/* As in Kubernetes, since resolvers take no more (K8s 8.8.5). */
enum { NAMESERVERS_MAX = 3, SEARCHES_MAX = 32, SEARCH_BYTES_MAX = 2048, OPTIONS_MAX = 32 };

/* What Kubernetes writes of itself (K8s 8.8.2).  Tabs as there. */
static const char hosts_head[] = "# Written by podinit: changes are lost.\n"
				 "127.0.0.1\tlocalhost\n"
				 "::1\tlocalhost ip6-localhost ip6-loopback\n"
				 "fe00::0\tip6-localnet\n"
				 "fe00::0\tip6-mcastprefix\n"
				 "fe00::1\tip6-allnodes\n"
				 "fe00::2\tip6-allrouters\n";

/*
 * Nobody has told podinit an address of the pod: it stands in a network that somebody else made.
 * Its own name is what its containers and probes call it by.  Looked up, that address still gives
 * "localhost": the first line counts.
 */
static void print_hosts(FILE *f, const struct pod_spec *spec)
{
	fprintf(f, "%s127.0.0.1\t%s\n", hosts_head, spec->hostname);
	if (spec->host_aliases.n > 0)
		fputs("\n# hostAliases\n", f);
	for (size_t i = 0; i < spec->host_aliases.n; i++) {
		fprintf(f, "%s\t", spec->host_aliases.v[i].name);
		for (const char *c = spec->host_aliases.v[i].value; *c; c++)
			fputc(*c == ' ' ? '\t' : *c, f);
		fputc('\n', f);
	}
}

static void print_hostname(FILE *f, const struct pod_spec *spec)
{
	fprintf(f, "%s\n", spec->hostname);
}

/* ---- resolv.conf ---- */

struct list {
	const char *v[SEARCHES_MAX];
	unsigned n, max;
	size_t bytes; /* with the blanks between */
};

struct resolv {
	struct list nameserver, search, option;
};

/* Up to a colon they are the same. */
static bool same_option(const char *a, const char *b)
{
	size_t n = strcspn(a, ":");

	return n == strcspn(b, ":") && strncmp(a, b, n) == 0;
}

static void add(struct list *l, const char *word)
{
	size_t n = strlen(word) + 1;

	for (unsigned i = 0; i < l->n; i++)
		if (strcmp(l->v[i], word) == 0)
			return;
	if (l->n == l->max || l->bytes + n > SEARCH_BYTES_MAX)
		return;
	l->bytes += n;
	l->v[l->n++] = word;
}

static void add_option(struct list *l, const char *word)
{
	for (unsigned i = 0; i < l->n; i++)
		if (same_option(l->v[i], word)) {
			l->v[i] = word;
			return;
		}
	add(l, word);
}

/* One line of podinit's own, which is cut into its words. */
static void read_line(struct resolv *r, char *line)
{
	char *at = NULL, *key = strtok_r(line, " \t", &at), *word;
	bool search;

	if (!key)
		return;
	search = strcmp(key, "search") == 0 || strcmp(key, "domain") == 0;
	/* The last of them counts. */
	if (search)
		r->search.n = 0, r->search.bytes = 0;
	while ((word = strtok_r(NULL, " \t", &at))) {
		if (search)
			add(&r->search, word);
		else if (strcmp(key, "nameserver") == 0)
			add(&r->nameserver, word);
		else if (strcmp(key, "options") == 0)
			add_option(&r->option, word);
	}
}

static void print_list(FILE *f, const char *key, const struct list *l)
{
	for (unsigned i = 0; i < l->n; i++)
		fprintf(f, "%s%s%s", i ? "" : key, " ", l->v[i]);
	if (l->n > 0)
		fputc('\n', f);
}

static void print_resolv(FILE *f, const struct pod_spec *spec)
{
	static char own[16384];
	struct resolv r = {.nameserver.max = NAMESERVERS_MAX,
			   .search.max = SEARCHES_MAX,
			   .option.max = OPTIONS_MAX};
	char *at = NULL;

	if (!spec->dns_none && sys_read_file(AT_FDCWD, "/etc/resolv.conf", own, sizeof own) > 0)
		for (char *l = strtok_r(own, "\n", &at); l; l = strtok_r(NULL, "\n", &at))
			read_line(&r, l);
	for (size_t i = 0; i < spec->nameservers.n; i++)
		add(&r.nameserver, spec->nameservers.v[i]);
	for (size_t i = 0; i < spec->searches.n; i++)
		add(&r.search, spec->searches.v[i]);
	for (size_t i = 0; i < spec->dns_options.n; i++)
		add_option(&r.option, spec->dns_options.v[i]);
	print_list(f, "search", &r.search);
	for (unsigned i = 0; i < r.nameserver.n; i++)
		fprintf(f, "nameserver %s\n", r.nameserver.v[i]);
	print_list(f, "options", &r.option);
}

/* ---- All of a container's ---- */

static const struct {
	const char *name;
	void (*print)(FILE *f, const struct pod_spec *spec);
	mode_t mode;
} files[] = {
	{"hosts", print_hosts, 0644},
	{"hostname", print_hostname, 0644},
	{"resolv.conf", print_resolv, 0644},
	{"message", NULL, 0666},
};

static int write_file(int dir, unsigned i, const struct pod_spec *spec)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);
	int err = f ? 0 : errno;

	if (f && files[i].print)
		files[i].print(f, spec);
	if (f && fclose(f) != 0)
		err = errno;
	if (!err)
		err = stage_write(dir, files[i].name, text, n, files[i].mode);
	free(text);
	return err;
}

int stage_make_etc(const struct pod_spec *spec, const char *at, const struct stage_why *why)
{
	int err = stage_remove(AT_FDCWD, at), dir = -1;

	if (!err && mkdir(at, 0755) < 0)
		err = errno;
	if (!err)
		dir = open(at, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (err || dir < 0)
		return stage_fail(why, err ? err : errno, "making %s: %s", at,
				  strerror(err ? err : errno));
	for (unsigned i = 0; i < sizeof files / sizeof *files && !err; i++) {
		err = write_file(dir, i, spec);
		if (err)
			stage_fail(why, err, "writing its %s: %s", files[i].name, strerror(err));
	}
	close(dir);
	if (!err && stage_first_user()) {
		err = stage_give(at, stage_first_user());
		if (err)
			stage_fail(why, err, "giving %s to the pod's users: %s", at, strerror(err));
	}
	return err;
}
