#include "config/table.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "config/nearest.h"

#define POD(field)  offsetof(struct draft, field)
#define CTR(field)  offsetof(struct ctr_draft, field)
#define PART(field) offsetof(struct handler_draft, field)

#define FOREVER    (INT64_C(2147483647) * NSEC_PER_SEC)
#define INT32_MAX_ INT64_C(2147483647)

#define NO_CLUSTER "podinit runs one pod on one machine: there is no cluster to ask"
#define NO_NET     "the pod's network is the one podinit stands in"

#define NO_HOOKS  "an init container has no hooks; it is done when it ends. A [sidecar] has"
#define NO_PROBES "an init container has no probes; it is done when it ends. A [sidecar] has"

const char *const handler_names[HANDLERS] = {"startupProbe", "livenessProbe", "readinessProbe",
					     "lifecycle.postStart", "lifecycle.preStop"};

/* What the first word of a row's name stands for: a bit a handler. */
static const struct {
	const char *word;
	unsigned handlers;
} groups[] = {{"Probe.", 0x07}, {"Hook.", 0x18}, {"Each.", 0x1f}};

enum {
	P = SEC_POD,
	M = SEC_MACHINE,
	I = SEC_INIT,
	C = SEC_CTR,
	R = SEC_SIDECAR | SEC_MAIN,
	PC = SEC_POD | SEC_CTR,
};

static const struct key keys[] = {
	/* clang-format off */
	{P, "name", TYPE_TEXT, 0, 0, 0, "a DNS label"}, /* stored by parse.c */
	{P, "hostname", TYPE_TEXT, 0, 0, 0, "a DNS label"},
	{P, "restartPolicy", TYPE_POLICY, POD(policy), 0, 0, ""},
	{P, "terminationGracePeriodSeconds", TYPE_SECONDS, 0, 0, FOREVER, ""},
	{P, "activeDeadlineSeconds", TYPE_SECONDS, POD(active_deadline), SECONDS_MIN, FOREVER, ""},
	{P, "restartBackoff.initialSeconds", TYPE_SECONDS, POD(backoff.initial), SECONDS_MIN, FOREVER, ""},
	{P, "restartBackoff.maxSeconds", TYPE_SECONDS, POD(backoff.max), SECONDS_MIN, FOREVER, ""},
	{P, "restartBackoff.resetSeconds", TYPE_SECONDS, POD(backoff.reset), SECONDS_MIN, FOREVER, ""},
	{P, "log.format", TYPE_LOG, POD(log_format), 0, 0, ""},
	{P, "labels.*", TYPE_LABELS, 0, 0, 0, ""},
	{P, "annotations.*", TYPE_LABELS, 1, 0, 0, ""},
	{M, "onCompletion", TYPE_END, POD(on_completion), 0, 0, ""},
	{M, "onFailure", TYPE_END, POD(on_failure), 0, 0, ""},

	{C, "command", TYPE_WORDS, CTR(spec.command), 0, 0, ""},
	{C, "args", TYPE_WORDS, CTR(spec.args), 0, 0, ""},
	{C, "env.*", TYPE_ENV, CTR(spec.env), 0, 0, ""},
	{C, "envFrom", TYPE_FILE, CTR(env_from), 0, 0, ""},
	{C, "valueFrom.*", TYPE_FROM, CTR(spec.env), 0, 0, ""},
	{C, "workingDir", TYPE_DIR, CTR(spec.working_dir), 0, 0, ""},
	{C, "stdin", TYPE_BOOL, CTR(spec.stdin_open), 0, 0, ""},
	{C, "restartPolicy", TYPE_POLICY, CTR(policy), 0, 0, ""},
	{C, "restartPolicyRules", TYPE_RULES, CTR(spec.rules), 0, 0, ""},
	{C, "maxRestarts", TYPE_COUNT, CTR(spec.max_restarts), 0, INT32_MAX_, ""},
	{SEC_MAIN, "essential", TYPE_BOOL, CTR(spec.essential), 0, 0, ""},
	{C, "restartBackoff.initialSeconds", TYPE_SECONDS, CTR(backoff.initial), SECONDS_MIN, FOREVER, ""},
	{C, "restartBackoff.maxSeconds", TYPE_SECONDS, CTR(backoff.max), SECONDS_MIN, FOREVER, ""},
	{C, "restartBackoff.resetSeconds", TYPE_SECONDS, CTR(backoff.reset), SECONDS_MIN, FOREVER, ""},
	{C, "terminationMessagePolicy", TYPE_MESSAGE, CTR(message_policy), 0, 0, ""},
	{I, "timeoutSeconds", TYPE_SECONDS, CTR(spec.timeout), 0, FOREVER, ""},
	{C, "ports.*", TYPE_PORTS, CTR(ports), 0, 0, ""},

	{R, "Each.exec.command", TYPE_WORDS, PART(handler.exec), 0, 0, ""},
	{R, "Each.httpGet.path", TYPE_TEXT, PART(handler.path), 0, 0, ""},
	{R, "Each.httpGet.port", TYPE_TEXT, PART(http_port), 0, 0, ""},
	{R, "Each.httpGet.host", TYPE_TEXT, PART(http_host), 0, 0, ""},
	{R, "Each.httpGet.scheme", TYPE_SCHEME, 0, 0, 0, ""},
	{R, "Each.httpGet.httpHeaders.*", TYPE_HEADERS, PART(handler.headers), 0, 0, ""},
	{R, "Each.timeoutSeconds", TYPE_SECONDS, PART(timeout), 0, FOREVER, ""},
	{R, "Probe.tcpSocket.port", TYPE_TEXT, PART(tcp_port), 0, 0, ""},
	{R, "Probe.tcpSocket.host", TYPE_TEXT, PART(tcp_host), 0, 0, ""},
	{R, "Probe.grpc.port", TYPE_TEXT, PART(grpc_port), 0, 0, ""},
	{R, "Probe.grpc.service", TYPE_TEXT, PART(handler.service), 0, 0, ""},
	{R, "Probe.initialDelaySeconds", TYPE_SECONDS, PART(initial_delay), 0, FOREVER, ""},
	{R, "Probe.periodSeconds", TYPE_SECONDS, PART(period), 0, FOREVER, ""},
	{R, "Probe.successThreshold", TYPE_COUNT, PART(success), 0, INT32_MAX_, ""},
	{R, "Probe.failureThreshold", TYPE_COUNT, PART(failure), 0, INT32_MAX_, ""},
	{R, "Probe.terminationGracePeriodSeconds", TYPE_SECONDS, PART(grace), SECONDS_MIN, FOREVER, ""},
	{R, "Hook.sleep.seconds", TYPE_SECONDS, PART(sleep), 0, FOREVER, ""},
	{R, "lifecycle.stopSignal", TYPE_SIGNAL, CTR(spec.stop_signal), 0, 0, ""},

	/* What comes later. */
	{P, "shareProcessNamespace", TYPE_LATER, 0, 0, 0, ""},
	{P, "hostUsers", TYPE_LATER, 0, 0, 0, ""},
	{P, "hostAliases.*", TYPE_LATER, 0, 0, 0, ""},
	{P, "dnsConfig.*", TYPE_LATER, 0, 0, 0, ""},
	{P, "dnsPolicy", TYPE_LATER, 0, 0, 0, ""},
	{P, "log.directory", TYPE_LATER, 0, 0, 0, ""},
	{P, "log.maxSize", TYPE_LATER, 0, 0, 0, ""},
	{P, "log.maxFiles", TYPE_LATER, 0, 0, 0, ""},
	{PC, "securityContext.*", TYPE_LATER, 0, 0, 0, ""},
	{PC, "resources.*", TYPE_LATER, 0, 0, 0, ""},
	{C, "rootfs", TYPE_LATER, 0, 0, 0, ""},
	{C, "image", TYPE_LATER, 0, 0, 0, ""},
	{C, "volumeMounts.*", TYPE_LATER, 0, 0, 0, ""},
	{C, "tty", TYPE_LATER, 0, 0, 0, ""},
	{C, "terminationMessagePath", TYPE_LATER, 0, 0, 0, ""},
	{M, "modules", TYPE_LATER, 0, 0, 0, ""},
	{M, "network.*", TYPE_LATER, 0, 0, 0, ""},
	{M, "watchdog.*", TYPE_LATER, 0, 0, 0, ""},

	/* What Kubernetes has and podinit does not. */
	{P, "namespace", TYPE_NEVER, 0, 0, 0, NO_CLUSTER},
	{P, "nodeName", TYPE_NEVER, 0, 0, 0, NO_CLUSTER},
	{P, "nodeSelector.*", TYPE_NEVER, 0, 0, 0, NO_CLUSTER},
	{P, "affinity.*", TYPE_NEVER, 0, 0, 0, NO_CLUSTER},
	{P, "tolerations.*", TYPE_NEVER, 0, 0, 0, NO_CLUSTER},
	{P, "topologySpreadConstraints.*", TYPE_NEVER, 0, 0, 0, NO_CLUSTER},
	{P, "schedulerName", TYPE_NEVER, 0, 0, 0, NO_CLUSTER},
	{P, "schedulingGates.*", TYPE_NEVER, 0, 0, 0, NO_CLUSTER},
	{P, "priority", TYPE_NEVER, 0, 0, 0, NO_CLUSTER},
	{P, "priorityClassName", TYPE_NEVER, 0, 0, 0, NO_CLUSTER},
	{P, "preemptionPolicy", TYPE_NEVER, 0, 0, 0, NO_CLUSTER},
	{P, "runtimeClassName", TYPE_NEVER, 0, 0, 0, "podinit is the runtime: there is no other to choose"},
	{P, "overhead.*", TYPE_NEVER, 0, 0, 0, NO_CLUSTER},
	{P, "serviceAccountName", TYPE_NEVER, 0, 0, 0, NO_CLUSTER},
	{P, "automountServiceAccountToken", TYPE_NEVER, 0, 0, 0, NO_CLUSTER},
	{P, "imagePullSecrets.*", TYPE_NEVER, 0, 0, 0, "podinit pulls no images"},
	{P, "enableServiceLinks", TYPE_NEVER, 0, 0, 0, NO_CLUSTER},
	{P, "readinessGates.*", TYPE_NEVER, 0, 0, 0, NO_CLUSTER},
	{P, "resourceClaims.*", TYPE_NEVER, 0, 0, 0, NO_CLUSTER},
	{P, "ephemeralContainers.*", TYPE_NEVER, 0, 0, 0, "nobody could add one to a running pod"},
	{P, "hostNetwork", TYPE_NEVER, 0, 0, 0, NO_NET},
	{P, "hostPID", TYPE_NEVER, 0, 0, 0, "podinit itself is the host of the pod"},
	{P, "hostIPC", TYPE_NEVER, 0, 0, 0, "podinit itself is the host of the pod"},
	{P, "subdomain", TYPE_NEVER, 0, 0, 0, NO_CLUSTER},
	{P, "setHostnameAsFQDN", TYPE_NEVER, 0, 0, 0, "there is no cluster domain; use hostname"},
	{P, "hostnameOverride", TYPE_NEVER, 0, 0, 0, "use hostname"},
	{P, "os.*", TYPE_NEVER, 0, 0, 0, "it is Linux"},
	{C, "imagePullPolicy", TYPE_NEVER, 0, 0, 0, "podinit pulls no images"},
	{C, "stdinOnce", TYPE_NEVER, 0, 0, 0, "nobody attaches to a container; use stdin"},
	{C, "resizePolicy.*", TYPE_NEVER, 0, 0, 0, NO_CLUSTER},
	{C, "volumeDevices.*", TYPE_NEVER, 0, 0, 0, "a device is a volume: [volume NAME]"},
	{R, "Hook.tcpSocket.*", TYPE_NEVER, 0, 0, 0, "Kubernetes accepts it and then always fails it: use exec or httpGet"},
	{I, "lifecycle.*", TYPE_NEVER, 0, 0, 0, NO_HOOKS},
	{I, "startupProbe.*", TYPE_NEVER, 0, 0, 0, NO_PROBES},
	{I, "livenessProbe.*", TYPE_NEVER, 0, 0, 0, NO_PROBES},
	{I, "readinessProbe.*", TYPE_NEVER, 0, 0, 0, NO_PROBES},
	/* clang-format on */
};

enum { KEYS = sizeof keys / sizeof *keys };

/* What of `name` is left behind the pattern's fixed part: "" for a key, the entry for a map. */
static const char *match(const char *pattern, const char *name)
{
	size_t n = strlen(pattern);

	if (pattern[n - 1] != '*')
		return strcmp(pattern, name) == 0 ? "" : NULL;
	return strncmp(pattern, name, n - 1) == 0 ? name + n - 1 : NULL;
}

/* Which handler `name` is about, and what it says of it: "livenessProbe.x" is "x" of the second.
   -1: it is about none. */
static int handler_of(const char *name, const char **rest)
{
	for (int h = 0; h < HANDLERS; h++) {
		size_t n = strlen(handler_names[h]);

		if (strncmp(name, handler_names[h], n) == 0 && name[n] == '.') {
			*rest = name + n + 1;
			return h;
		}
	}
	return -1;
}

/* The handlers the row is about, and *name without the word that says so.  0: about none. */
static unsigned handlers_of(const struct key *k, const char **name)
{
	*name = k->name;
	for (unsigned g = 0; g < sizeof groups / sizeof *groups; g++) {
		size_t n = strlen(groups[g].word);

		if (strncmp(k->name, groups[g].word, n) == 0) {
			*name = k->name + n;
			return groups[g].handlers;
		}
	}
	return 0;
}

static void suggest(struct found *f, int section, const char *name, char *buf, size_t size)
{
	struct nearest n = {.text = name};
	char candidate[128];

	for (unsigned i = 0; i < KEYS; i++) {
		const char *rest;
		unsigned handlers = handlers_of(&keys[i], &rest);

		if (!(keys[i].sections & section) || keys[i].type == TYPE_NEVER)
			continue;
		for (unsigned h = 0; h < (handlers ? HANDLERS : 1); h++) {
			const char *before = n.best;

			if (handlers && !(handlers & 1U << h))
				continue;
			snprintf(candidate, sizeof candidate, "%s%s%s",
				 handlers ? handler_names[h] : "", handlers ? "." : "", rest);
			/* A map is compared by its own name: the entry may be anything. */
			nearest_try(&n, candidate);
			if (n.best != before || n.best == candidate) {
				snprintf(buf, size, "%s", candidate);
				n.best = buf;
			}
		}
	}
	f->nearest = n.best;
}

void table_find(struct found *f, int section, const char *name, char *buf, size_t size)
{
	const char *rest = name;
	int handler = handler_of(name, &rest);

	*f = (struct found){.handler = -1};
	for (unsigned i = 0; i < KEYS; i++) {
		const char *pattern, *entry;
		unsigned handlers = handlers_of(&keys[i], &pattern);

		if (handlers && (handler < 0 || !(handlers & 1U << handler)))
			continue;
		entry = match(pattern, handlers ? rest : name);
		if (!entry)
			continue;
		if (!(keys[i].sections & section)) {
			f->elsewhere = f->elsewhere || keys[i].type != TYPE_NEVER;
			continue;
		}
		f->key = &keys[i];
		f->handler = handlers ? handler : -1;
		f->entry = entry;
		f->elsewhere = false;
		return;
	}
	suggest(f, section, name, buf, size);
}

const char *const *table_words(enum key_type type)
{
	static const char *const policies[] = {"Always", "OnFailure", "Never", NULL};
	static const char *const formats[] = {"raw", "prefix", NULL};
	static const char *const messages[] = {"File", "FallbackToLogsOnError", NULL};
	static const char *const ends[] = {"poweroff", "reboot", "halt", NULL};

	switch (type) {
	case TYPE_POLICY: return policies;
	case TYPE_LOG: return formats;
	case TYPE_MESSAGE: return messages;
	default: return ends;
	}
}
