/*
 * spec.h - what the pod should be: the pod file as a C structure.
 *
 * A struct pod_spec is made once, at boot, by spec_read() or spec_parse() (parse.h), and is
 * never changed afterwards: everybody else takes it as const.  All strings and arrays lie in the
 * arena of the spec and live as long as it does; spec_free() ends them all at once.
 *
 * Every field holds its final value: Kubernetes' defaults are filled in, a container's own
 * restart policy is resolved against the pod's, port names are numbers.  Nobody who reads a spec
 * asks "was it given?", but for the few fields that say so.
 *
 * Times are nanoseconds.  Section names are Kubernetes' words: an [init], a [sidecar] (an init
 * container whose restartPolicy is Always) and a [container].
 */
#ifndef PODINIT_CONFIG_SPEC_H
#define PODINIT_CONFIG_SPEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef int64_t nsec;

#define NSEC_PER_SEC INT64_C(1000000000)
#define NSEC_PER_MS  INT64_C(1000000)
#define NSEC_NEVER   INT64_MAX

/* Limits.  An error that meets one names it. */
enum {
	CTR_MAX = 128,            /* init, sidecar and main containers together */
	NAME_LEN_MAX = 63,        /* a DNS label: names of containers and of the pod */
	FILE_BYTES_MAX = 4 << 20, /* a pod file */
	WORDS_MAX = 4096,         /* words of one command */
	PROBE_TEXT_MAX = 2048,    /* bytes of an HTTP probe's path and of its headers together */
	SERVICE_MAX = 255,        /* bytes of a gRPC probe's service */
	RULES_MAX = 20,           /* restartPolicyRules of a container, as in Kubernetes */
	RULE_CODES_MAX = 255,     /* exit codes of one rule, as in Kubernetes */
	VOLUME_MAX = 128,         /* volumes of a pod */
	MOUNT_MAX = 64,           /* volumeMounts of a container */
	GROUPS_MAX = 64,          /* supplementalGroups and fsGroup together */
	RLIMITS_MAX = 16,         /* securityContext.rlimits: the kernel has no more */
	VOLUME_BYTES_MAX =
		1 << 20, /* of the files of a configMap, secret or downwardAPI, together */
};

enum ctr_kind { CTR_INIT, CTR_SIDECAR, CTR_MAIN };

enum restart_policy { POLICY_ALWAYS, POLICY_ON_FAILURE, POLICY_NEVER };

/* The order, probes before hooks, is that of the core's roles (init/pod.h). */
enum probe_kind { PROBE_STARTUP, PROBE_LIVENESS, PROBE_READINESS, PROBES };
enum hook_kind { HOOK_POST_START, HOOK_PRE_STOP, HOOKS };

enum { HANDLERS = PROBES + HOOKS };

enum handler_kind {
	HANDLER_NONE,
	HANDLER_EXEC,
	HANDLER_HTTP,
	HANDLER_TCP,
	HANDLER_GRPC,
	HANDLER_SLEEP,
};

/* What the exit code of a container is met with. */
enum rule_action { RULE_RESTART, RULE_RESTART_ALL };

/* Where the message of a container that ended comes from. */
enum message_policy { MESSAGE_FILE, MESSAGE_FALLBACK_TO_LOGS };

enum log_format { LOG_RAW, LOG_PREFIX };

/* yes or no, or nothing was said and podinit may do what the machine allows. */
enum choice { CHOICE_UNSET = -1, CHOICE_NO, CHOICE_YES };

enum volume_kind {
	VOLUME_EMPTY_DIR,
	VOLUME_HOST_PATH,
	VOLUME_FILES, /* configMap, secret, downwardAPI */
	VOLUME_DEVICE,
	VOLUME_VIRTIOFS,
	VOLUME_9P,
};

enum host_path_type {
	HOST_PATH_ANY,
	HOST_PATH_DIRECTORY,
	HOST_PATH_DIRECTORY_OR_CREATE,
	HOST_PATH_FILE,
	HOST_PATH_FILE_OR_CREATE,
	HOST_PATH_SOCKET,
	HOST_PATH_CHAR_DEVICE,
	HOST_PATH_BLOCK_DEVICE,
};

enum propagation { PROPAGATION_NONE, PROPAGATION_HOST_TO_CONTAINER, PROPAGATION_BIDIRECTIONAL };

enum seccomp_kind { SECCOMP_UNCONFINED, SECCOMP_RUNTIME_DEFAULT, SECCOMP_LOCALHOST };

enum proc_mount { PROC_UNSET, PROC_DEFAULT, PROC_UNMASKED };

enum machine_end { END_POWEROFF, END_REBOOT, END_HALT };

/* Words as a shell would split them; v[n] is NULL, so v is an argv.  n == 0: none given. */
struct words {
	char **v;
	size_t n;
};

/* One entry of a map, in the order of the file. */
struct pair {
	const char *name;
	const char *value;
};

struct pairs {
	struct pair *v;
	size_t n;
};

/* One variable of a container's environment. */
struct var {
	const char *name;
	const char *value;
	bool literal; /* env.NAME: its $(VAR) is expanded, and the command of a probe may name it */
};

struct vars {
	struct var *v;
	size_t n;
};

/* What a probe asks, or a hook does. */
struct handler {
	enum handler_kind kind; /* HANDLER_NONE: there is no such probe or hook */
	bool hook;              /* of a hook: any HTTP reply will do */
	struct words exec;      /* HANDLER_EXEC */
	const char *host;       /* HTTP, TCP and gRPC; default 127.0.0.1 */
	uint16_t port;          /* likewise; a name of ports.NAME is already looked up */
	const char *path;       /* HANDLER_HTTP; default "/", may hold a query */
	struct pairs headers;   /* HANDLER_HTTP: httpGet.httpHeaders.NAME, in file order */
	const char *service;    /* HANDLER_GRPC; "": the whole server */
	nsec sleep;             /* HANDLER_SLEEP */
};

/* It is the prober's work: it goes over the network. */
static inline bool handler_asks(const struct handler *h)
{
	return h->kind == HANDLER_HTTP || h->kind == HANDLER_TCP || h->kind == HANDLER_GRPC;
}

struct probe_spec {
	struct handler handler;
	nsec initial_delay, period, timeout;
	nsec grace; /* terminationGracePeriodSeconds of the probe; -1: the pod's */
	uint32_t success_threshold, failure_threshold;
};

struct hook_spec {
	struct handler handler;
	nsec timeout; /* NSEC_NEVER: none of its own */
};

/* One of restartPolicyRules: the first that matches an exit code decides. */
struct rule {
	enum rule_action action;
	bool not_in; /* NotIn: it matches the codes that are not listed */
	unsigned n;
	const int32_t *codes;
};

struct rules {
	struct rule *v;
	unsigned n;
};

struct backoff_spec {
	nsec initial, max, reset;
};

/* One file of a VOLUME_FILES. */
struct file_item {
	const char *name; /* relative, without "..", may hold "/" */
	const char *bytes;
	size_t n;
};

struct volume_spec {
	const char *name;
	int line;
	enum volume_kind kind;
	bool memory;        /* VOLUME_EMPTY_DIR: a tmpfs.  medium = Memory, or there is a sizeLimit,
			       which no other file system would keep to */
	bool secret;        /* VOLUME_FILES: of a secret: never to reach a disk */
	bool read_only;     /* VOLUME_DEVICE */
	int64_t size_limit; /* VOLUME_EMPTY_DIR: bytes; 0: none */
	const char *source; /* hostPath.path and image files: absolute; device.source as written if
			       it is LABEL=, UUID=, PARTLABEL= or PARTUUID=; virtiofs.tag, 9p.tag */
	enum host_path_type type;
	const char *fs_type; /* VOLUME_DEVICE; NULL: whatever is on it */
	const char *options; /* VOLUME_DEVICE: as for mount -o; NULL: none */
	uint32_t mode;       /* VOLUME_FILES: defaultMode */
	struct file_item *items;
	unsigned n_items;
};

/* One of volumeMounts. */
struct mount_spec {
	unsigned volume;      /* index into pod_spec.volume */
	const char *path;     /* in the container: absolute, without "." and ".." */
	const char *sub_path; /* in the volume: relative, in as few words; NULL: all of it */
	bool read_only;
	enum propagation propagation;
	int line;
};

/* What capabilities.add and .drop do to a set: all or none of it first, then the single ones. */
struct caps_spec {
	bool given; /* any of it */
	bool all, none;
	uint64_t add, drop; /* a bit a capability, as the kernel counts them */
};

struct rlimit_spec {
	const char *name;    /* as in the file */
	int resource;        /* RLIMIT_... */
	uint64_t soft, hard; /* UINT64_MAX: unlimited */
};

/* Who a container is and what it may: its own securityContext, else the pod's. */
struct security_spec {
	bool user_given, group_given;
	const char *user_name; /* of the container's passwd; NULL: .user is the number */
	uint32_t user, group;
	bool non_root;    /* runAsNonRoot: user 0 is an error */
	uint32_t *groups; /* supplementalGroups, then fsGroup */
	unsigned n_groups;
	struct caps_spec caps;
	bool ambient; /* added capabilities reach a user who is not root */
	bool privileged;
	bool no_new_privs; /* allowPrivilegeEscalation = false */
	bool read_only_root;
	enum proc_mount proc_mount;
	enum seccomp_kind seccomp;
	const char *seccomp_profile; /* SECCOMP_LOCALHOST: absolute path of a compiled filter */
	struct rlimit_spec *rlimits;
	unsigned n_rlimits;
};

/* Of a container, or of the pod.  -1: not given.  A request that was not given is the limit. */
struct resources_spec {
	int64_t cpu_request, cpu_limit;       /* thousandths of a CPU */
	int64_t memory_request, memory_limit; /* bytes */
	int64_t pids_limit;
};

struct ctr_spec {
	const char *name;
	enum ctr_kind kind;
	int line; /* of its section in the file, for messages */

	struct words command, args; /* as written: $(VAR) is expanded by plan.c */
	struct vars env;            /* first what envFrom brought, then the rest in file order */
	const char *working_dir;    /* absolute; NULL: podinit's own */
	bool stdin_open;            /* stdin = true: podinit's own standard input */
	bool tty;                   /* tty = true: podinit's own terminal */

	const char *rootfs; /* a directory, image file or device (absolute), LABEL=..., UUID=...;
			       NULL: podinit's own root */
	const char *image;  /* its OCI name; podinit itself has no use for it */
	const char *message_path; /* terminationMessagePath; default /dev/termination-log */
	bool message_path_given;
	struct mount_spec *mount; /* as they stand: plan.c sees to their order */
	unsigned n_mounts;
	struct security_spec security;
	struct resources_spec resources;

	enum restart_policy policy; /* resolved: the container's own, else the pod's; a sidecar's is
				       Always, and for an [init] Always means OnFailure */
	struct backoff_spec backoff; /* resolved: the container's own, else the pod's */
	int64_t max_restarts;        /* -1: no limit */
	bool essential;
	struct rules rules;

	int stop_signal; /* SIGTERM unless the file says otherwise */
	nsec timeout;    /* an [init] that runs longer has failed; NSEC_NEVER: none */
	enum message_policy message_policy;

	struct probe_spec probe[PROBES];
	struct hook_spec hook[HOOKS];
};

/* What its section is called. */
static inline const char *ctr_section(const struct ctr_spec *c)
{
	static const char *const words[] = {
		[CTR_INIT] = "init", [CTR_SIDECAR] = "sidecar", [CTR_MAIN] = "container"};

	return words[c->kind];
}

/* What role `i` of a container does: its probes, then its hooks. */
static inline const struct handler *ctr_handler(const struct ctr_spec *c, unsigned i)
{
	return i < PROBES ? &c->probe[i].handler : &c->hook[i - PROBES].handler;
}

struct pod_spec {
	const char *name;     /* a DNS label */
	const char *hostname; /* `hostname`, else the pod's name */
	bool hostname_given;
	nsec grace;           /* terminationGracePeriodSeconds */
	nsec active_deadline; /* activeDeadlineSeconds; NSEC_NEVER: none */
	bool restarts_all;    /* some rule's action is RestartAllContainers */
	enum log_format log_format;
	bool log_format_given;
	struct pairs labels, annotations;

	enum choice share_pid;  /* shareProcessNamespace */
	enum choice host_users; /* hostUsers */
	struct volume_spec *volume;
	unsigned n_volumes;
	bool fs_group_given; /* of the volumes podinit makes itself */
	uint32_t fs_group;
	bool fs_group_on_mismatch; /* fsGroupChangePolicy = OnRootMismatch */
	struct pairs sysctls;      /* names with dots, and "/" for a dot of an interface's name */
	struct resources_spec resources;

	struct pairs host_aliases; /* IP address, names with one blank between them */
	bool dns_none;             /* dnsPolicy = None: not podinit's own /etc/resolv.conf */
	struct words nameservers, searches, dns_options;

	/* Something has to be made ready before the first container starts: volumes, or the image
	   of a root. */
	bool prepare;

	struct {
		enum machine_end on_completion, on_failure;
		struct words modules; /* names, or paths of files, loaded in this order at boot */
	} machine;

	/* In file order: first [init] and [sidecar] as they stand, then [container]. */
	struct ctr_spec *ctr;
	unsigned n;

	struct arena *arena;
};

/* Its /etc/resolv.conf is asked for, and not only given. */
static inline bool pod_sets_dns(const struct pod_spec *p)
{
	return p->dns_none || p->nameservers.n || p->searches.n || p->dns_options.n;
}

#endif
