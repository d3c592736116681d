#include "config/finish.h"

#include <stdio.h>
#include <string.h>

#include "config/arena.h"
#include "config/value.h"

#define MINIMUM (10 * NSEC_PER_MS)

static const char *const kinds[] = {"init", "sidecar", "container"};
static const char *const probes[PROBES] = {"startupProbe", "livenessProbe", "readinessProbe"};

void draft_init(struct draft *d)
{
	d->policy = POLICY_ALWAYS;
	d->log_format = -1;
	d->on_completion = d->on_failure = END_POWEROFF;
	d->backoff =
		(struct backoff_draft){10 * NSEC_PER_SEC, 300 * NSEC_PER_SEC, 600 * NSEC_PER_SEC};
	d->spec->grace = 30 * NSEC_PER_SEC;
}

void draft_ctr_init(struct ctr_draft *c)
{
	memset(c, 0, sizeof *c);
	c->policy = -1;
	c->spec.max_restarts = -1;
	c->backoff = (struct backoff_draft){-1, -1, -1};
	for (unsigned p = 0; p < PROBES; p++)
		c->probe[p].spec.grace = -1;
}

/* The first key of a container that is `key` or stands below it, as livenessProbe.periodSeconds
   stands below livenessProbe. */
static const struct given *given(const struct draft *d, const struct ctr_draft *c, const char *key)
{
	size_t n = strlen(key);

	for (size_t i = 0; i < d->n_given; i++) {
		const struct given *g = &d->given[i];

		if (g->section == c->section_no && strncmp(g->key, key, n) == 0 &&
		    (g->key[n] == '\0' || g->key[n] == '.'))
			return g;
	}
	return NULL;
}

static void complain(struct draft *d, const struct ctr_draft *c, const char *key,
		     const char *message)
{
	const char *section = arena_format(d->arena, "%s %s", kinds[c->spec.kind], c->spec.name);

	const struct given *g = key ? given(d, c, key) : NULL;

	draft_problem(d, g ? g->line : c->spec.line, section, key, message);
}

static const char *probe_key(struct draft *d, unsigned p, const char *rest)
{
	return arena_format(d->arena, "%s.%s", probes[p], rest);
}

/* ---- Probes ---- */

static const char *port_of(const struct ctr_draft *c, const char *text, uint16_t *out)
{
	int64_t v;

	for (size_t i = 0; i < c->ports.n; i++)
		if (strcmp(c->ports.v[i].name, text) == 0)
			text = c->ports.v[i].value;
	if (value_count(text, &v) != NULL)
		return "must be a port from 1 to 65535, or the name of a ports.NAME of this "
		       "container";
	if (v < 1 || v > 65535)
		return "must be a port from 1 to 65535";
	*out = (uint16_t)v;
	return NULL;
}

static void finish_address(struct draft *d, struct ctr_draft *c, unsigned p, bool http)
{
	struct probe_draft *pd = &c->probe[p];
	const char *port = http ? pd->http_port : pd->tcp_port;
	const char *host = http ? pd->http_host : pd->tcp_host;
	const char *kind = http ? "httpGet" : "tcpSocket";
	const char *wrong;

	pd->spec.handler = http ? HANDLER_HTTP : HANDLER_TCP;
	wrong = port ? port_of(c, port, &pd->spec.port) : "is missing: which port?";
	if (wrong)
		complain(d, c, probe_key(d, p, arena_format(d->arena, "%s.port", kind)), wrong);
	wrong = value_host(host ? host : "127.0.0.1", &pd->spec.host);
	if (wrong)
		complain(d, c, probe_key(d, p, arena_format(d->arena, "%s.host", kind)), wrong);
}

static void finish_http(struct draft *d, struct ctr_draft *c, unsigned p)
{
	struct probe_spec *s = &c->probe[p].spec;
	size_t n;

	finish_address(d, c, p, true);
	if (!s->path)
		s->path = "/";
	else if (s->path[0] != '/')
		s->path = arena_format(d->arena, "/%s", s->path);
	if (!s->path)
		return;
	n = strlen(s->path);
	for (const char *at = s->path; *at; at++)
		if (*at <= ' ' || *at == 0x7f) {
			complain(d, c, probe_key(d, p, "httpGet.path"),
				 "must have no blanks: write %20");
			break;
		}
	for (size_t i = 0; i < s->headers.n; i++)
		n += strlen(s->headers.v[i].name) + strlen(s->headers.v[i].value) + 4;
	if (n > PROBE_TEXT_MAX)
		complain(d, c, probe_key(d, p, "httpGet.path"),
			 arena_format(d->arena, "path and headers are longer than %d bytes",
				      PROBE_TEXT_MAX));
}

/* 0 and nothing mean the default, as in Kubernetes. */
static void finish_times(struct draft *d, struct ctr_draft *c, unsigned p)
{
	struct probe_spec *s = &c->probe[p].spec;

	if (s->period == 0)
		s->period = 10 * NSEC_PER_SEC;
	if (s->timeout == 0)
		s->timeout = NSEC_PER_SEC;
	if (s->period < MINIMUM)
		complain(d, c, probe_key(d, p, "periodSeconds"), "must be at least 0.01 seconds");
	if (s->timeout < MINIMUM)
		complain(d, c, probe_key(d, p, "timeoutSeconds"), "must be at least 0.01 seconds");
	s->success_threshold = c->probe[p].success ? (uint32_t)c->probe[p].success : 1;
	s->failure_threshold = c->probe[p].failure ? (uint32_t)c->probe[p].failure : 3;
	if (p != PROBE_READINESS && s->success_threshold != 1)
		complain(d, c, probe_key(d, p, "successThreshold"),
			 "must be 1 for a liveness or startup probe");
	if (p == PROBE_READINESS && s->grace >= 0)
		complain(d, c, probe_key(d, p, "terminationGracePeriodSeconds"),
			 "a readiness probe ends nothing: leave it out");
}

static void finish_probe(struct draft *d, struct ctr_draft *c, unsigned p)
{
	struct probe_draft *pd = &c->probe[p];
	bool exec = pd->spec.exec.n > 0;
	bool http = pd->http_port || pd->http_host || pd->spec.path || pd->spec.headers.n;
	bool tcp = pd->tcp_port || pd->tcp_host;

	if (!exec && !http && !tcp) {
		/* A gRPC probe was refused already. */
		if (c->spec.kind != CTR_INIT && given(d, c, probes[p]) &&
		    !given(d, c, probe_key(d, p, "grpc")))
			complain(d, c, probes[p],
				 "must have one of exec.command, httpGet.port, tcpSocket.port");
		return;
	}
	if (exec + http + tcp > 1)
		complain(d, c, probes[p], "must have only one of exec, httpGet and tcpSocket");
	if (exec)
		pd->spec.handler = HANDLER_EXEC;
	else if (http)
		finish_http(d, c, p);
	else
		finish_address(d, c, p, false);
	if (exec && strchr(pd->spec.exec.v[0], '/'))
		pd->spec.exec.v[0] = (char *)(uintptr_t)draft_path(d, pd->spec.exec.v[0]);
	finish_times(d, c, p);
	c->spec.probe[p] = pd->spec;
}

/* ---- Containers ---- */

static void finish_policy(struct draft *d, struct ctr_draft *c)
{
	struct ctr_spec *s = &c->spec;

	s->policy =
		c->policy >= 0 ? (enum restart_policy)c->policy : (enum restart_policy)d->policy;
	if (s->kind == CTR_SIDECAR) {
		if (c->policy >= 0 && c->policy != POLICY_ALWAYS)
			complain(d, c, "restartPolicy",
				 "a sidecar is an init container whose policy is Always; for "
				 "another "
				 "policy make it an [init] or a [container]");
		s->policy = POLICY_ALWAYS;
	}
	if (s->kind == CTR_INIT && s->policy == POLICY_ALWAYS)
		s->policy = POLICY_ON_FAILURE;
	if (s->essential && s->policy == POLICY_ALWAYS && s->max_restarts < 0)
		complain(d, c, "essential",
			 "it can never end: give it another restartPolicy, or maxRestarts");
}

static nsec first_given(nsec own, nsec pod)
{
	return own >= 0 ? own : pod;
}

static void finish_command(struct draft *d, struct ctr_draft *c)
{
	struct words *command = &c->spec.command;

	if (command->n > 0) {
		if (!*command->v[0])
			complain(d, c, "command", "its first word is empty");
		else if (strchr(command->v[0], '/') && command->v[0][0] != '$')
			command->v[0] = (char *)(uintptr_t)draft_path(d, command->v[0]);
		return;
	}
	/* One that was given and wrong was complained about. */
	if (c->broken || (given(d, c, "command") && !command->v))
		return;
	if (c->spec.args.n)
		complain(d, c, "args",
			 "there is no image whose entrypoint they could be for: give a command");
	else
		complain(d, c, NULL, "must have a command");
}

static void finish_ctr(struct draft *d, struct ctr_draft *c)
{
	struct ctr_spec *s = &c->spec;

	finish_command(d, c);
	finish_policy(d, c);
	s->backoff.initial = first_given(c->backoff.initial, d->backoff.initial);
	s->backoff.max = first_given(c->backoff.max, d->backoff.max);
	s->backoff.reset = first_given(c->backoff.reset, d->backoff.reset);
	for (unsigned p = 0; p < PROBES; p++)
		finish_probe(d, c, p);
}

/* ---- The pod ---- */

/* shop.ini is the pod "shop"; what a name may not hold becomes "-", so "My Pod.ini" is "my-pod". */
static void name_by_file(struct draft *d)
{
	const char *slash = strrchr(d->path, '/'), *base = slash ? slash + 1 : d->path;
	const char *dot = strrchr(base, '.');
	char name[NAME_LEN_MAX + 1];
	size_t n = 0;

	for (; *base && base != dot && n < NAME_LEN_MAX; base++) {
		char c = *base >= 'A' && *base <= 'Z' ? (char)(*base - 'A' + 'a') : *base;
		bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');

		if (plain || n > 0)
			name[n++] = plain ? c : '-';
	}
	while (n > 0 && name[n - 1] == '-')
		n--;
	d->spec->name = n > 0 ? arena_copy(d->arena, name, n) : "pod";
}

void draft_finish(struct draft *d)
{
	struct pod_spec *spec = d->spec;
	const struct ctr_draft *with_stdin = NULL;
	unsigned mains = 0;

	if (!spec->name || !*spec->name)
		name_by_file(d);
	spec->hostname_given = spec->hostname != NULL;
	if (!spec->hostname)
		spec->hostname = spec->name;
	spec->log_format_given = d->log_format >= 0;
	spec->log_format = d->log_format == LOG_RAW ? LOG_RAW : LOG_PREFIX;
	spec->machine.on_completion = (enum machine_end)d->on_completion;
	spec->machine.on_failure = (enum machine_end)d->on_failure;
	for (unsigned i = 0; i < d->n; i++) {
		finish_ctr(d, &d->ctr[i]);
		mains += d->ctr[i].spec.kind == CTR_MAIN;
		if (d->ctr[i].spec.stdin_open && with_stdin)
			complain(d, &d->ctr[i], "stdin",
				 "only one container can have podinit's standard input");
		if (d->ctr[i].spec.stdin_open)
			with_stdin = &d->ctr[i];
	}
	if (mains == 0 && !d->had_main)
		draft_problem(d, 0, NULL, NULL,
			      "there is no [container NAME] section: a pod has at least one");
	spec->ctr = arena_alloc(d->arena, d->n * sizeof *spec->ctr + 1);
	if (!spec->ctr) {
		d->failed = true;
		return;
	}
	spec->n = d->n;
	for (unsigned i = 0; i < d->n; i++)
		spec->ctr[i] = d->ctr[i].spec;
}
