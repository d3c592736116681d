/*
 * hosts.c - hostAliases, dnsPolicy and dnsConfig: what goes into /etc/hosts and /etc/resolv.conf.
 */
#include "config/hosts.h"

#include <arpa/inet.h>
#include <string.h>

#include "config/arena.h"
#include "config/finish.h"
#include "config/value.h"
#include "config/words.h"

enum { NAMESERVERS_MAX = 3, SEARCHES_MAX = 32, SEARCH_CHARS_MAX = 2048 }; /* as in Kubernetes */

static bool is_address(const char *text)
{
	struct in6_addr address;

	return inet_pton(AF_INET, text, &address) == 1 || inet_pton(AF_INET6, text, &address) == 1;
}

const char *hosts_names(const char **out, const char *ip, const char *text, struct arena *arena)
{
	struct words names;
	const char *wrong = words_split(&names, text, arena);
	char *to = arena_alloc(arena, strlen(text) + 1);

	*out = to;
	if (wrong || !to)
		return wrong ? wrong : "no memory";
	if (!is_address(ip))
		return "must be hostAliases.IP = NAMES with an IP address";
	if (names.n == 0)
		return "must have a name";
	for (size_t i = 0; i < names.n; i++) {
		if (value_host_name(names.v[i], false))
			return arena_format(arena, "%s is no host name: %s", names.v[i],
					    value_host_name(names.v[i], false));
		if (i > 0)
			*to++ = ' ';
		to = stpcpy(to, names.v[i]);
	}
	return NULL;
}

static void check_searches(struct draft *d)
{
	const struct words *w = &d->spec.searches;
	size_t chars = w->n > 0 ? w->n - 1 : 0;

	for (size_t i = 0; i < w->n; i++) {
		const char *wrong =
			strcmp(w->v[i], ".") == 0 ? NULL : value_host_name(w->v[i], true);

		chars += strlen(w->v[i]);
		if (wrong)
			draft_complain(
				d, &d->pod, "dnsConfig.searches",
				arena_format(d->arena, "%s is no domain: %s", w->v[i], wrong));
	}
	if (w->n > SEARCHES_MAX || chars > SEARCH_CHARS_MAX)
		draft_complain(d, &d->pod, "dnsConfig.searches",
			       arena_format(d->arena, "more than %d domains or %d characters",
					    SEARCHES_MAX, SEARCH_CHARS_MAX));
}

void draft_finish_hosts(struct draft *d)
{
	struct pod_spec *s = &d->spec;
	const struct words *w = &s->nameservers;

	s->dns_none = d->dns_policy == 1;
	for (size_t i = 0; i < w->n; i++)
		if (!is_address(w->v[i]))
			draft_complain(d, &d->pod, "dnsConfig.nameservers",
				       arena_format(d->arena, "%s is no IP address", w->v[i]));
	if (w->n > NAMESERVERS_MAX)
		draft_complain(d, &d->pod, "dnsConfig.nameservers",
			       arena_format(d->arena, "more than %d: no more are ever asked",
					    NAMESERVERS_MAX));
	/* A list that could not be read was complained about. */
	if (s->dns_none && w->n == 0 && (w->v || !draft_given(d, &d->pod, "dnsConfig.nameservers")))
		draft_complain(d, &d->pod, "dnsPolicy",
			       "None needs a server to ask: dnsConfig.nameservers = IP");
	check_searches(d);
	for (size_t i = 0; i < s->dns_options.n; i++)
		if (strchr(":", s->dns_options.v[i][0]))
			draft_complain(d, &d->pod, "dnsConfig.options",
				       "an option has a name: ndots:2, edns0");
}
