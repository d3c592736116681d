/*
 * handlers.c - the probes and hooks of a container: which handler, defaults, and rules.
 */
#include <string.h>

#include "config/arena.h"
#include "config/finish.h"
#include "config/paths.h"
#include "config/table.h"
#include "config/value.h"

static const char *key_of(struct draft *d, unsigned h, const char *rest)
{
	return arena_format(d->arena, "%s.%s", handler_names[h], rest);
}

static const char *port_of(const struct ctr_draft *c, const char *text, bool named, uint16_t *out)
{
	int64_t v;

	for (size_t i = 0; named && i < c->ports.n; i++)
		if (strcmp(c->ports.v[i].name, text) == 0)
			text = c->ports.v[i].value;
	if (value_count(text, &v) != NULL)
		return named ? "must be a port from 1 to 65535, or the name of a ports.NAME of "
			       "this container"
			     : "must be a port from 1 to 65535";
	if (v < 1 || v > 65535)
		return "must be a port from 1 to 65535";
	*out = (uint16_t)v;
	return NULL;
}

static void finish_address(struct draft *d, struct ctr_draft *c, unsigned h)
{
	struct handler_draft *hd = &c->handler[h];
	static const char *const words[] = {
		[HANDLER_HTTP] = "httpGet", [HANDLER_TCP] = "tcpSocket", [HANDLER_GRPC] = "grpc"};
	const char *word = words[hd->handler.kind], *port = hd->grpc_port, *host = NULL, *wrong;

	if (hd->handler.kind == HANDLER_HTTP) {
		port = hd->http_port;
		host = hd->http_host;
	} else if (hd->handler.kind == HANDLER_TCP) {
		port = hd->tcp_port;
		host = hd->tcp_host;
	}
	wrong = port ? port_of(c, port, hd->handler.kind != HANDLER_GRPC, &hd->handler.port)
		     : "is missing: which port?";
	if (wrong)
		draft_complain(d, &c->place, key_of(d, h, arena_format(d->arena, "%s.port", word)),
			       wrong);
	wrong = value_host(host ? host : "127.0.0.1", &hd->handler.host);
	if (wrong)
		draft_complain(d, &c->place, key_of(d, h, arena_format(d->arena, "%s.host", word)),
			       wrong);
}

static void finish_http(struct draft *d, struct ctr_draft *c, unsigned h)
{
	struct handler *s = &c->handler[h].handler;
	size_t n;

	if (!s->path)
		s->path = "/";
	else if (s->path[0] != '/')
		s->path = arena_format(d->arena, "/%s", s->path);
	if (!s->path)
		return;
	n = strlen(s->path);
	for (const char *at = s->path; *at; at++)
		if (*at <= ' ' || *at == 0x7f) {
			draft_complain(d, &c->place, key_of(d, h, "httpGet.path"),
				       "must have no blanks: write %20");
			break;
		}
	for (size_t i = 0; i < s->headers.n; i++)
		n += strlen(s->headers.v[i].name) + strlen(s->headers.v[i].value) + 4;
	if (n > PROBE_TEXT_MAX)
		draft_complain(d, &c->place, key_of(d, h, "httpGet.path"),
			       arena_format(d->arena, "path and headers are longer than %d bytes",
					    PROBE_TEXT_MAX));
}

static void finish_grpc(struct draft *d, struct ctr_draft *c, unsigned h)
{
	struct handler *s = &c->handler[h].handler;

	if (!s->service)
		s->service = "";
	if (strlen(s->service) > SERVICE_MAX)
		draft_complain(d, &c->place, key_of(d, h, "grpc.service"),
			       arena_format(d->arena, "is longer than %d bytes", SERVICE_MAX));
}

/* False: there is none, or there are two. */
static bool choose(struct draft *d, struct ctr_draft *c, unsigned h)
{
	struct handler_draft *hd = &c->handler[h];
	struct handler *s = &hd->handler;
	bool hook = h >= PROBES;
	const struct {
		bool given;
		enum handler_kind kind;
	} kinds[] = {
		{s->exec.n > 0, HANDLER_EXEC},
		{hd->http_port || hd->http_host || s->path || s->headers.n, HANDLER_HTTP},
		{hd->tcp_port || hd->tcp_host, HANDLER_TCP},
		{hd->grpc_port || s->service, HANDLER_GRPC},
		{hd->sleep >= 0, HANDLER_SLEEP},
	};
	unsigned n = 0;

	s->kind = HANDLER_NONE;
	for (unsigned i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (kinds[i].given && n++ == 0)
			s->kind = kinds[i].kind;
	if (n > 1)
		draft_complain(d, &c->place, handler_names[h],
			       hook ? "must have only one of exec, httpGet and sleep"
				    : "must have only one of exec, httpGet, tcpSocket and grpc");
	/* One that was refused was complained about; so was a probe where there can be none. */
	if (n == 0 && c->spec.kind != CTR_INIT && draft_given(d, &c->place, handler_names[h]) &&
	    !draft_given(d, &c->place, key_of(d, h, "tcpSocket")))
		draft_complain(d, &c->place, handler_names[h],
			       hook ? "must have one of exec.command, httpGet.port, sleep.seconds"
				    : "must have one of exec.command, httpGet.port, "
				      "tcpSocket.port, grpc.port");
	return n == 1;
}

static void at_least(struct draft *d, struct ctr_draft *c, unsigned h, const char *key, nsec t)
{
	draft_at_least(d, &c->place, key_of(d, h, key), t);
}

/* 0 and nothing mean the default, as in Kubernetes. */
static void finish_probe(struct draft *d, struct ctr_draft *c, unsigned h)
{
	const struct handler_draft *hd = &c->handler[h];
	struct probe_spec *s = &c->spec.probe[h];

	s->handler = hd->handler;
	s->initial_delay = hd->initial_delay;
	s->period = hd->period ? hd->period : 10 * NSEC_PER_SEC;
	s->timeout = hd->timeout > 0 ? hd->timeout : NSEC_PER_SEC;
	s->grace = hd->grace;
	s->success_threshold = hd->success ? (uint32_t)hd->success : 1;
	s->failure_threshold = hd->failure ? (uint32_t)hd->failure : 3;
	at_least(d, c, h, "periodSeconds", s->period);
	at_least(d, c, h, "timeoutSeconds", s->timeout);
	if (h != PROBE_READINESS && s->success_threshold != 1)
		draft_complain(d, &c->place, key_of(d, h, "successThreshold"),
			       "must be 1 for a liveness or startup probe");
	if (h == PROBE_READINESS && s->grace >= 0)
		draft_complain(d, &c->place, key_of(d, h, "terminationGracePeriodSeconds"),
			       "a readiness probe ends nothing: leave it out");
}

static void finish_hook(struct draft *d, struct ctr_draft *c, unsigned h)
{
	struct handler_draft *hd = &c->handler[h];
	struct hook_spec *s = &c->spec.hook[h - PROBES];

	hd->handler.hook = true;
	hd->handler.sleep = hd->sleep;
	s->handler = hd->handler;
	s->timeout = hd->timeout > 0 ? hd->timeout : NSEC_NEVER;
	at_least(d, c, h, "timeoutSeconds", s->timeout);
	if (hd->handler.kind == HANDLER_SLEEP && hd->sleep > d->spec.grace)
		draft_complain(d, &c->place, key_of(d, h, "sleep.seconds"),
			       "must not be longer than terminationGracePeriodSeconds");
}

void draft_finish_handlers(struct draft *d, struct ctr_draft *c)
{
	for (unsigned h = 0; h < HANDLERS; h++) {
		struct handler *s = &c->handler[h].handler;

		if (!choose(d, c, h))
			continue;
		if (handler_asks(s))
			finish_address(d, c, h);
		if (s->kind == HANDLER_HTTP)
			finish_http(d, c, h);
		if (s->kind == HANDLER_GRPC)
			finish_grpc(d, c, h);
		if (s->kind == HANDLER_EXEC && !c->spec.rootfs && strchr(s->exec.v[0], '/'))
			s->exec.v[0] = (char *)(uintptr_t)path_here(d, s->exec.v[0]);
		if (h < PROBES)
			finish_probe(d, c, h);
		else
			finish_hook(d, c, h);
	}
}
