/*
 * pods.c - random pods: every kind of container, probe, hook, policy and rule.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "tests/sim/sim.h"

static struct ctr_spec ctr[SIM_CTRS];
static struct rule rules[SIM_CTRS][2];
static int32_t codes[SIM_CTRS][2][2];
static const char *const names[SIM_CTRS] = {"a", "b", "c", "d", "e", "f", "g"};
static char *exec_words[] = {"x", NULL};

static nsec pick(const nsec *v, unsigned n)
{
	unsigned i = draw(n);

	return v[i];
}

#define PICK(...) pick((const nsec[]){__VA_ARGS__}, sizeof((nsec[]){__VA_ARGS__}) / sizeof(nsec))

static void draw_handler(struct handler *h, bool hook)
{
	unsigned kind = draw(hook ? 3 : 2);

	memset(h, 0, sizeof *h);
	h->hook = hook;
	h->kind = kind == 0 ? HANDLER_EXEC : kind == 1 ? HANDLER_HTTP : HANDLER_SLEEP;
	h->exec = (struct words){exec_words, 1};
	h->host = "127.0.0.1";
	h->path = "/";
	h->port = 80;
	if (kind == 2)
		h->sleep = PICK(0, S, 3 * S);
}

static void draw_probe(struct probe_spec *p, unsigned kind)
{
	memset(p, 0, sizeof *p);
	p->grace = -1;
	if (!once_in(3))
		return;
	draw_handler(&p->handler, false);
	p->initial_delay = PICK(0, 0, 0, 500 * MS, 3 * S, 12 * S);
	p->period = PICK(500 * MS, S, 2 * S, 10 * S);
	p->timeout = PICK(250 * MS, S, S, 3 * S);
	p->failure_threshold = 1 + draw(3);
	p->success_threshold = 1;
	if (kind == PROBE_READINESS)
		p->success_threshold = 1 + draw(3);
	else if (once_in(4))
		p->grace = PICK(100 * MS, S, 8 * S, 50 * S);
}

static void draw_hook(struct hook_spec *h)
{
	memset(h, 0, sizeof *h);
	h->timeout = NSEC_NEVER;
	if (!once_in(4))
		return;
	draw_handler(&h->handler, true);
	if (once_in(2))
		h->timeout = PICK(500 * MS, 2 * S, 6 * S);
}

static void draw_rules(struct ctr_spec *c, unsigned i)
{
	if (!once_in(5))
		return;
	c->rules.v = rules[i];
	c->rules.n = 1 + draw(2);
	for (unsigned r = 0; r < c->rules.n; r++) {
		struct rule *rule = &rules[i][r];

		rule->action = once_in(3) ? RULE_RESTART_ALL : RULE_RESTART;
		rule->not_in = once_in(4);
		rule->n = 1 + draw(2);
		rule->codes = codes[i][r];
		for (unsigned k = 0; k < rule->n; k++)
			codes[i][r][k] = (int32_t)PICK(0, 1, 2, 42, 143);
		if (rule->action == RULE_RESTART_ALL)
			sim_spec.restarts_all = true;
	}
}

static void draw_ctr(unsigned i, enum ctr_kind kind, enum restart_policy pod_policy,
		     const struct backoff_spec *backoff)
{
	struct ctr_spec *c = &ctr[i];

	memset(c, 0, sizeof *c);
	c->name = names[i];
	c->kind = kind;
	c->command = (struct words){exec_words, 1};
	c->policy = once_in(3) ? (enum restart_policy)draw(3) : pod_policy;
	if (kind == CTR_SIDECAR)
		c->policy = POLICY_ALWAYS;
	if (kind == CTR_INIT && c->policy == POLICY_ALWAYS)
		c->policy = POLICY_ON_FAILURE;
	c->backoff = *backoff;
	c->max_restarts = once_in(4) ? (int64_t)draw(4) : -1;
	if (kind == CTR_MAIN && once_in(5))
		c->essential = c->policy != POLICY_ALWAYS || c->max_restarts >= 0;
	draw_rules(c, i);
	c->stop_signal = once_in(4) ? SIGINT : SIGTERM;
	c->timeout = NSEC_NEVER;
	if (kind == CTR_INIT && once_in(4))
		c->timeout = PICK(S, 5 * S);
	for (unsigned k = 0; k < HOOKS; k++)
		c->hook[k].timeout = NSEC_NEVER;
	if (kind == CTR_INIT)
		return;
	for (unsigned k = 0; k < PROBES; k++)
		draw_probe(&c->probe[k], k);
	for (unsigned k = 0; k < HOOKS; k++)
		draw_hook(&c->hook[k]);
}

void pods_draw(void)
{
	static const struct backoff_spec backoffs[] = {
		{10 * S, 300 * S, 600 * S}, {S, 4 * S, 20 * S}, {20 * S, 10 * S, 60 * S}};
	unsigned before = draw(4), mains = 1 + draw(3);
	enum restart_policy policy = (enum restart_policy)draw(3);
	const struct backoff_spec *backoff = &backoffs[draw(3)];

	memset(&sim_spec, 0, sizeof sim_spec);
	sim_spec.name = "sim";
	sim_spec.ctr = ctr;
	sim_spec.n = before + mains;
	sim_spec.grace = PICK(0, S, 3 * S, 5 * S, 30 * S);
	sim_spec.prepare = once_in(4);
	sim_spec.active_deadline = once_in(6) ? PICK(S, 8 * S, 100 * S) : NSEC_NEVER;
	for (unsigned i = 0; i < before + mains; i++) {
		enum ctr_kind kind = i >= before ? CTR_MAIN : CTR_INIT;

		if (i < before && once_in(2))
			kind = CTR_SIDECAR;
		draw_ctr(i, kind, policy, backoff);
	}
}

/* ---- As a pod file ---- */

static const char *const policies[] = {"Always", "OnFailure", "Never"};

static void print_time(const char *key, const char *rest, nsec t)
{
	if (t >= 0 && t != NSEC_NEVER)
		printf("%s%s = %lldms\n", key, rest, (long long)(t / MS));
}

static void print_handler(const char *key, const struct handler *h)
{
	switch (h->kind) {
	case HANDLER_EXEC: printf("%s.exec.command = x\n", key); break;
	case HANDLER_HTTP: printf("%s.httpGet.port = 80\n", key); break;
	case HANDLER_SLEEP: print_time(key, ".sleep.seconds", h->sleep); break;
	default: break;
	}
}

static void print_rules(const struct rules *r)
{
	for (unsigned i = 0; i < r->n; i++) {
		printf("restartPolicyRules = %s %s ",
		       r->v[i].action == RULE_RESTART ? "Restart" : "RestartAllContainers",
		       r->v[i].not_in ? "NotIn" : "In");
		for (unsigned k = 0; k < r->v[i].n; k++)
			printf("%s%d", k ? "," : "", r->v[i].codes[k]);
		putchar('\n');
	}
}

static void print_ctr(const struct ctr_spec *c)
{
	static const char *const kinds[] = {"init", "sidecar", "container"};
	static const char *const probes[] = {"startupProbe", "livenessProbe", "readinessProbe"};
	static const char *const hooks[] = {"lifecycle.postStart", "lifecycle.preStop"};

	printf("[%s %s]\ncommand = x\n", kinds[c->kind], c->name);
	if (c->kind != CTR_SIDECAR)
		printf("restartPolicy = %s\n", policies[c->policy]);
	print_rules(&c->rules);
	if (c->max_restarts >= 0)
		printf("maxRestarts = %lld\n", (long long)c->max_restarts);
	if (c->essential)
		puts("essential = true");
	if (c->stop_signal != SIGTERM)
		puts("lifecycle.stopSignal = SIGINT");
	print_time("timeoutSeconds", "", c->timeout);
	for (unsigned k = 0; k < PROBES; k++) {
		const struct probe_spec *p = &c->probe[k];

		if (p->handler.kind == HANDLER_NONE)
			continue;
		print_handler(probes[k], &p->handler);
		print_time(probes[k], ".initialDelaySeconds", p->initial_delay);
		print_time(probes[k], ".periodSeconds", p->period);
		print_time(probes[k], ".timeoutSeconds", p->timeout);
		print_time(probes[k], ".terminationGracePeriodSeconds", p->grace);
		printf("%s.failureThreshold = %u\n%s.successThreshold = %u\n", probes[k],
		       p->failure_threshold, probes[k], p->success_threshold);
	}
	for (unsigned k = 0; k < HOOKS; k++) {
		print_handler(hooks[k], &c->hook[k].handler);
		if (c->hook[k].handler.kind != HANDLER_NONE)
			print_time(hooks[k], ".timeoutSeconds", c->hook[k].timeout);
	}
}

void pods_print(void)
{
	printf("[pod]\n");
	if (sim_spec.prepare)
		puts("# with something to prepare");
	print_time("terminationGracePeriodSeconds", "", sim_spec.grace);
	print_time("activeDeadlineSeconds", "", sim_spec.active_deadline);
	print_time("restartBackoff.initialSeconds", "", ctr[0].backoff.initial);
	print_time("restartBackoff.maxSeconds", "", ctr[0].backoff.max);
	print_time("restartBackoff.resetSeconds", "", ctr[0].backoff.reset);
	for (unsigned i = 0; i < sim_spec.n; i++)
		print_ctr(&ctr[i]);
}
