#include "config/table.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "config/nearest.h"

#define POD(field)  offsetof(struct draft, field)
#define CTR(field)  offsetof(struct ctr_draft, field)
#define PART(field) offsetof(struct handler_draft, field)
#define VOL(field)  offsetof(struct volume_draft, field)

#define FOREVER    (INT64_C(2147483647) * NSEC_PER_SEC)
#define INT32_MAX_ INT64_C(2147483647)
#define PIDS       INT64_C(4194304) /* the kernel has no more */

#define NO_CLUSTER "podinit runs one pod on one machine: there is no cluster to ask"
#define NO_NET     "the pod's network is the one podinit stands in"

#define NO_LSM "podinit loads no policy of SELinux or AppArmor"
#define NO_QUOTA                                                                                   \
	"nothing would keep a container to it: an emptyDir with a sizeLimit is kept to its size"
#define NO_HUGE   "podinit hands out no huge pages"
#define NO_MAPS   "there is no cluster that keeps one: configMap.items.FILE = TEXT, or secret.items"
#define NO_CLAIM  "there is no cluster that hands out volumes: use device, hostPath or virtiofs"
#define NO_NET_FS "podinit mounts nothing from the network: mount it first and use hostPath"

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
	V = SEC_VOLUME,
};

static const struct key keys[] = {
	/* clang-format off */
	{P, "name", TYPE_NAME, POD(spec.name), 0, 0, ""},
	{P, "hostname", TYPE_NAME, POD(spec.hostname), 0, 0, ""},
	{P, "restartPolicy", TYPE_POLICY, POD(policy), 0, 0, ""},
	{P, "terminationGracePeriodSeconds", TYPE_SECONDS, POD(spec.grace), 0, FOREVER, ""},
	{P, "activeDeadlineSeconds", TYPE_SECONDS, POD(active_deadline), SECONDS_MIN, FOREVER, ""},
	{P, "restartBackoff.initialSeconds", TYPE_SECONDS, POD(backoff.initial), SECONDS_MIN, FOREVER, ""},
	{P, "restartBackoff.maxSeconds", TYPE_SECONDS, POD(backoff.max), SECONDS_MIN, FOREVER, ""},
	{P, "restartBackoff.resetSeconds", TYPE_SECONDS, POD(backoff.reset), SECONDS_MIN, FOREVER, ""},
	{P, "log.format", TYPE_LOG, POD(log_format), 0, 0, ""},
	{P, "labels.*", TYPE_MAP, POD(spec.labels), 0, 0, ""},
	{P, "annotations.*", TYPE_MAP, POD(spec.annotations), 0, 0, ""},
	{P, "shareProcessNamespace", TYPE_CHOICE, POD(spec.share_pid), 0, 0, ""},
	{P, "hostUsers", TYPE_CHOICE, POD(spec.host_users), 0, 0, ""},
	{P, "hostAliases.*", TYPE_ALIAS, POD(spec.host_aliases), 0, 0, ""},
	{P, "dnsPolicy", TYPE_DNS, POD(dns_policy), 0, 0, ""},
	{P, "dnsConfig.nameservers", TYPE_LIST, POD(spec.nameservers), 0, 0, ""},
	{P, "dnsConfig.searches", TYPE_LIST, POD(spec.searches), 0, 0, ""},
	{P, "dnsConfig.options", TYPE_LIST, POD(spec.dns_options), 0, 0, ""},
	{P, "securityContext.runAsUser", TYPE_TEXT, POD(security.user), 0, 0, ""},
	{P, "securityContext.runAsGroup", TYPE_COUNT, POD(security.group), 0, ID_MAX, ""},
	{P, "securityContext.runAsNonRoot", TYPE_CHOICE, POD(security.non_root), 0, 0, ""},
	{P, "securityContext.supplementalGroups", TYPE_LIST, POD(groups), 0, 0, ""},
	{P, "securityContext.fsGroup", TYPE_COUNT, POD(fs_group), 0, ID_MAX, ""},
	{P, "securityContext.fsGroupChangePolicy", TYPE_FS_GROUP, POD(fs_group_change), 0, 0, ""},
	{P, "securityContext.sysctls.*", TYPE_SYSCTL, POD(spec.sysctls), 0, 0, ""},
	{P, "securityContext.seccompProfile.type", TYPE_SECCOMP, POD(security.seccomp), 0, 0, ""},
	{P, "securityContext.seccompProfile.localhostProfile", TYPE_TEXT, POD(security.profile), 0, 0, ""},
	{P, "resources.limits.cpu", TYPE_CPU, POD(spec.resources.cpu_limit), 0, 0, ""},
	{P, "resources.limits.memory", TYPE_BYTES, POD(spec.resources.memory_limit), 0, 0, ""},
	{P, "resources.limits.pids", TYPE_COUNT, POD(spec.resources.pids_limit), 0, PIDS, ""},
	{P, "resources.requests.cpu", TYPE_CPU, POD(spec.resources.cpu_request), 0, 0, ""},
	{P, "resources.requests.memory", TYPE_BYTES, POD(spec.resources.memory_request), 0, 0, ""},
	{M, "onCompletion", TYPE_END, POD(on_completion), 0, 0, ""},
	{M, "onFailure", TYPE_END, POD(on_failure), 0, 0, ""},
	{M, "modules", TYPE_LIST, POD(spec.machine.modules), 0, 0, ""},

	{C, "command", TYPE_WORDS, CTR(spec.command), 0, 0, ""},
	{C, "args", TYPE_WORDS, CTR(spec.args), 0, 0, ""},
	{C, "env.*", TYPE_ENV, CTR(spec.env), 0, 0, ""},
	{C, "envFrom", TYPE_FILE, CTR(env_from), 0, 0, ""},
	{C, "valueFrom.*", TYPE_FROM, CTR(spec.env), 0, 0, ""},
	{C, "workingDir", TYPE_TEXT, CTR(spec.working_dir), 0, 0, ""},
	{C, "stdin", TYPE_BOOL, CTR(spec.stdin_open), 0, 0, ""},
	{C, "tty", TYPE_BOOL, CTR(spec.tty), 0, 0, ""},
	{C, "rootfs", TYPE_TEXT, CTR(spec.rootfs), 0, 0, ""},
	{C, "image", TYPE_TEXT, CTR(spec.image), 0, 0, ""},
	{C, "volumeMounts.*", TYPE_MOUNT, 0, 0, 0, ""},
	{C, "securityContext.runAsUser", TYPE_TEXT, CTR(security.user), 0, 0, ""},
	{C, "securityContext.runAsGroup", TYPE_COUNT, CTR(security.group), 0, ID_MAX, ""},
	{C, "securityContext.runAsNonRoot", TYPE_CHOICE, CTR(security.non_root), 0, 0, ""},
	{C, "securityContext.capabilities.add", TYPE_LIST, CTR(caps_add), 0, 0, ""},
	{C, "securityContext.capabilities.drop", TYPE_LIST, CTR(caps_drop), 0, 0, ""},
	{C, "securityContext.ambient", TYPE_BOOL, CTR(spec.security.ambient), 0, 0, ""},
	{C, "securityContext.privileged", TYPE_BOOL, CTR(spec.security.privileged), 0, 0, ""},
	{C, "securityContext.allowPrivilegeEscalation", TYPE_CHOICE, CTR(escalation), 0, 0, ""},
	{C, "securityContext.readOnlyRootFilesystem", TYPE_BOOL, CTR(spec.security.read_only_root), 0, 0, ""},
	{C, "securityContext.procMount", TYPE_PROC, CTR(proc_mount), 0, 0, ""},
	{C, "securityContext.seccompProfile.type", TYPE_SECCOMP, CTR(security.seccomp), 0, 0, ""},
	{C, "securityContext.seccompProfile.localhostProfile", TYPE_TEXT, CTR(security.profile), 0, 0, ""},
	{C, "securityContext.rlimits.*", TYPE_RLIMIT, CTR(spec.security), 0, 0, ""},
	{C, "resources.limits.cpu", TYPE_CPU, CTR(spec.resources.cpu_limit), 0, 0, ""},
	{C, "resources.limits.memory", TYPE_BYTES, CTR(spec.resources.memory_limit), 0, 0, ""},
	{C, "resources.limits.pids", TYPE_COUNT, CTR(spec.resources.pids_limit), 0, PIDS, ""},
	{C, "resources.requests.cpu", TYPE_CPU, CTR(spec.resources.cpu_request), 0, 0, ""},
	{C, "resources.requests.memory", TYPE_BYTES, CTR(spec.resources.memory_request), 0, 0, ""},
	{C, "restartPolicy", TYPE_POLICY, CTR(policy), 0, 0, ""},
	{C, "restartPolicyRules", TYPE_RULES, CTR(spec.rules), 0, 0, ""},
	{C, "maxRestarts", TYPE_COUNT, CTR(spec.max_restarts), 0, INT32_MAX_, ""},
	{SEC_MAIN, "essential", TYPE_BOOL, CTR(spec.essential), 0, 0, ""},
	{C, "restartBackoff.initialSeconds", TYPE_SECONDS, CTR(backoff.initial), SECONDS_MIN, FOREVER, ""},
	{C, "restartBackoff.maxSeconds", TYPE_SECONDS, CTR(backoff.max), SECONDS_MIN, FOREVER, ""},
	{C, "restartBackoff.resetSeconds", TYPE_SECONDS, CTR(backoff.reset), SECONDS_MIN, FOREVER, ""},
	{C, "terminationMessagePath", TYPE_TEXT, CTR(spec.message_path), 0, 0, ""},
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

	{V, "emptyDir.medium", TYPE_MEDIUM, VOL(medium), 0, 0, ""},
	{V, "emptyDir.sizeLimit", TYPE_BYTES, VOL(spec.size_limit), 0, 0, ""},
	{V, "hostPath.path", TYPE_TEXT, VOL(host_path), 0, 0, ""},
	{V, "hostPath.type", TYPE_HOST_PATH, VOL(type), 0, 0, ""},
	{V, "configMap.items.*", TYPE_ITEM, 0, 0, 0, ""},
	{V, "configMap.defaultMode", TYPE_TEXT, VOL(mode), 0, 0, ""},
	{V, "secret.items.*", TYPE_ITEM, 0, 0, 0, ""},
	{V, "secret.defaultMode", TYPE_TEXT, VOL(mode), 0, 0, ""},
	{V, "downwardAPI.items.*", TYPE_FIELD, 0, 0, 0, ""},
	{V, "downwardAPI.defaultMode", TYPE_TEXT, VOL(mode), 0, 0, ""},
	{V, "device.source", TYPE_TEXT, VOL(device), 0, 0, ""},
	{V, "device.fsType", TYPE_TEXT, VOL(spec.fs_type), 0, 0, ""},
	{V, "device.options", TYPE_TEXT, VOL(spec.options), 0, 0, ""},
	{V, "device.readOnly", TYPE_BOOL, VOL(spec.read_only), 0, 0, ""},
	{V, "virtiofs.tag", TYPE_TEXT, VOL(virtiofs), 0, 0, ""},
	{V, "9p.tag", TYPE_TEXT, VOL(p9), 0, 0, ""},

	/* What comes later. */
	{P, "log.directory", TYPE_LATER, 0, 0, 0, ""},
	{P, "log.maxSize", TYPE_LATER, 0, 0, 0, ""},
	{P, "log.maxFiles", TYPE_LATER, 0, 0, 0, ""},
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
	{PC, "securityContext.seLinuxOptions.*", TYPE_NEVER, 0, 0, 0, NO_LSM},
	{P, "securityContext.seLinuxChangePolicy", TYPE_NEVER, 0, 0, 0, NO_LSM},
	{PC, "securityContext.appArmorProfile.*", TYPE_NEVER, 0, 0, 0, NO_LSM},
	{PC, "securityContext.windowsOptions.*", TYPE_NEVER, 0, 0, 0, "it is Linux"},
	{P, "securityContext.supplementalGroupsPolicy", TYPE_NEVER, 0, 0, 0, "a user has the groups of the container's /etc/group too, which is Merge"},
	{PC, "resources.claims.*", TYPE_NEVER, 0, 0, 0, NO_CLUSTER},
	{PC, "resources.limits.ephemeral-storage", TYPE_NEVER, 0, 0, 0, NO_QUOTA},
	{PC, "resources.requests.ephemeral-storage", TYPE_NEVER, 0, 0, 0, NO_QUOTA},
	{PC, "resources.limits.hugepages-*", TYPE_NEVER, 0, 0, 0, NO_HUGE},
	{PC, "resources.requests.hugepages-*", TYPE_NEVER, 0, 0, 0, NO_HUGE},
	{PC, "resources.requests.pids", TYPE_NEVER, 0, 0, 0, "nobody sets processes aside: give resources.limits.pids"},
	{V, "emptyDir", TYPE_NEVER, 0, 0, 0, "a [volume NAME] without any key is an empty directory"},
	{V, "configMap.name", TYPE_NEVER, 0, 0, 0, NO_MAPS},
	{V, "configMap.optional", TYPE_NEVER, 0, 0, 0, NO_MAPS},
	{V, "secret.secretName", TYPE_NEVER, 0, 0, 0, NO_MAPS},
	{V, "secret.optional", TYPE_NEVER, 0, 0, 0, NO_MAPS},
	{V, "projected.*", TYPE_NEVER, 0, 0, 0, "make each source a volume of its own: configMap, secret, downwardAPI"},
	{V, "image.*", TYPE_NEVER, 0, 0, 0, "podinit pulls no images: device.source takes an image file"},
	{V, "persistentVolumeClaim.*", TYPE_NEVER, 0, 0, 0, NO_CLAIM},
	{V, "ephemeral.*", TYPE_NEVER, 0, 0, 0, NO_CLAIM},
	{V, "csi.*", TYPE_NEVER, 0, 0, 0, NO_CLAIM},
	{V, "local.*", TYPE_NEVER, 0, 0, 0, NO_CLAIM},
	{V, "nfs.*", TYPE_NEVER, 0, 0, 0, NO_NET_FS},
	{V, "iscsi.*", TYPE_NEVER, 0, 0, 0, NO_NET_FS},
	{V, "fc.*", TYPE_NEVER, 0, 0, 0, NO_NET_FS},
	{V, "gitRepo.*", TYPE_NEVER, 0, 0, 0, "an [init] container can fetch what is needed"},
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
	enum { MOST = 8 };
	static const char *const words[][MOST] = {
		[TYPE_POLICY] = {"Always", "OnFailure", "Never"},
		[TYPE_LOG] = {"raw", "prefix"},
		[TYPE_END] = {"poweroff", "reboot", "halt"},
		[TYPE_MESSAGE] = {"File", "FallbackToLogsOnError"},
		[TYPE_DNS] = {"Default", "None"},
		[TYPE_FS_GROUP] = {"Always", "OnRootMismatch"},
		[TYPE_SECCOMP] = {"Unconfined", "RuntimeDefault", "Localhost"},
		[TYPE_PROC] = {"Default", "Unmasked"},
		[TYPE_MEDIUM] = {"Memory"},
		[TYPE_HOST_PATH] = {"Directory", "DirectoryOrCreate", "File", "FileOrCreate",
				    "Socket", "CharDevice", "BlockDevice"},
	};

	return words[type];
}
