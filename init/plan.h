/*
 * plan.h - how a process of the pod is started, as data: decided before the fork, executed after.
 *
 * A plan is a list of steps.  It is made at boot, so that nothing is computed or allocated when a
 * container starts; the child of spawn() walks it.  Making one is a pure function of the pod file
 * and of the environment podinit was started with; `podinit check --plan` prints them.
 */
#ifndef PODINIT_INIT_PLAN_H
#define PODINIT_INIT_PLAN_H

#include <stdio.h>

#include "config/spec.h"
#include "init/pod.h"
#include "init/users.h"

struct sock_filter;

/*
 * In the order they are taken.  Those from STEP_TREE to STEP_RETURN make what the container sees,
 * in a mount namespace of its own (root.c); STEP_JOIN does the same for a probe or hook of it.
 */
enum step_kind {
	STEP_SESSION,   /* a session of its own */
	STEP_KEYRING,   /* a session keyring of its own, with nothing in it */
	STEP_OOM_SCORE, /* .text */
	STEP_RLIMIT,    /* .limit; .own: only raised */
	STEP_JOIN,      /* the namespaces of the container's main process */
	STEP_OWNER,     /* what is made from here on belongs to user and group .flags */
	STEP_TREE,      /* .from, and .data in it, is held for the STEP_BIND that asks for it */
	STEP_PRIVATE,   /* no mount made from here on travels out */
	STEP_OWN_ROOT,  /* the root is podinit's own */
	STEP_DIR_ROOT,  /* the root is .text, a mount of the stage */
	STEP_OVERLAY,   /* the root is an overlay on .from (options: .data), made at .text */
	STEP_PROC,      /* a new proc on .text, which no link may stand for; sysfs: STEP_SYS */
	STEP_SYS,
	STEP_MOUNT, /* a file system .from on .text with .flags and .data */
	STEP_NODES, /* the devices and links of /dev, and an empty file .data in it */
	STEP_BIND,  /* tree number .tree on .text, with .flags (MOUNT_ATTR_) and .propagation.  If
		       .data, that is what of .text is below tree number .in (.own: the root), from
		       where it is looked for, and no link may stand on the way */
	STEP_MASK,  /* nothing of .text is to be seen */
	STEP_READONLY, /* .text cannot be written; .own: only that mount, not what is on it */
	STEP_PIVOT,    /* what was made becomes "/", and nothing else can be reached */
	STEP_RETURN,   /* back to the working directory; nothing else was changed for good */
	STEP_INPUT,    /* standard input: /dev/null (.text: the container's), or podinit's own */
	STEP_OUTPUT,   /* standard output and error: to the logger, or podinit's own */
	STEP_TERMINAL, /* podinit's own terminal becomes the session's; .own: the foreground process
			  group of it becomes the container's */
	STEP_USERS,    /* into the pod's user namespace, whose root is .flags */
	STEP_WORKDIR,  /* .text: the directory; .own: made if it is not there */
	STEP_FILTER,   /* the seccomp filter: here if it takes a privilege, else as the last but one
			*/
	STEP_BOUND, /* capabilities that can never be had: all but .flags; .own: if podinit may */
	STEP_USER,  /* user and groups */
	STEP_CAPS,  /* capabilities: .flags, of which .ambient survive execution */
	STEP_NO_NEW_PRIVS,
	STEP_FILES,    /* the limit of descriptors is the one podinit was given; not where the file
			  sets it */
	STEP_FORK,     /* the rest is a child's, in the PID namespace of STEP_JOIN */
	STEP_DEATHSIG, /* SIGKILL when podinit dies: where no PID namespace sees to it */
	STEP_SIGNALS,  /* every disposition default, nothing blocked */
	STEP_EXEC,     /* argv, looked for along .text */
	STEP_KINDS
};

struct step_data {
	enum step_kind kind;
	bool own;  /* STEP_INPUT, STEP_OUTPUT: podinit's own */
	bool wish; /* STEP_BIND: left out where it has no place and none can be made */
	bool kept; /* STEP_BIND: nothing is made where it lies */
	unsigned tree, in;
	const char *text, *from, *data;
	uint64_t flags;
	union {
		uint64_t propagation, ambient;
		const struct rlimit_spec *limit;
	};
};

/* A compiled seccomp filter; n == 0: none. */
struct plan_filter {
	const struct sock_filter *v;
	uint16_t n;
};

/* Trees a plan holds at most: volumes, and what podinit itself binds beside them. */
enum { MARK_MAX = 128, PLAN_TREES_MAX = MOUNT_MAX + 16 };

struct plan {
	struct step_data *v;
	unsigned n, room;
	uint64_t clone; /* namespaces of its own: CLONE_NEW... */
	uint64_t join;  /* namespaces of its container's main process */
	char **argv;
	char **envp; /* ends with the slot `mark` and NULL */
	char *mark;  /* MARK_MAX bytes for "PODINIT_CONTAINER=...": spawn() fills it in */
	char *home;  /* HOME_MAX + 5 bytes for "HOME=..." likewise; NULL: it is set already */
	const struct security_spec *security;
	struct plan_filter filter;
	bool own_user; /* what the file does not say of the user is as podinit's own */
};

/* What this machine, or the container podinit runs in, lets it do.  grants.h finds it out. */
struct plan_grants {
	bool mounts; /* mount and cgroup namespaces, and mounts in them */
	bool pids;   /* PID namespaces, with a proc of their own */
	bool disks;  /* file systems of devices, images and other machines */
	bool whole;  /* its capabilities count: podinit's user namespace is that of its network */
	bool masked_root; /* root here is another user outside */
	/* What can be had anew; elsewhere podinit's own is bound in its place. */
	bool nodes, sysfs, mqueue;
	bool tty_group;     /* terminals may belong to group 5, as elsewhere */
	bool cgroup2;       /* podinit has one on /sys/fs/cgroup, and so may a container */
	bool shm;           /* podinit has a /dev/shm, which the pod then shares */
	bool queues;        /* podinit has a /dev/mqueue */
	int no_users;       /* errno: why its pod could have none; 0: it has, or nobody tried */
	uint64_t caps;      /* podinit's own */
	struct users users; /* of the pod: its containers' capabilities count there alone */
};

/* What of the surroundings a plan depends on. */
struct plan_where {
	char *const *environ; /* podinit's own environment */
	bool machine;         /* then none of it but PATH, HOME and TERM is handed on */
	bool deathsig;        /* podinit is no PID 1 */
	bool logger;          /* output goes through the logger */
	struct plan_grants grants;
	const char *cwd;      /* podinit's working directory; NULL: it has no path */
	const char *hostname; /* as uname(2) tells it */
	char *const *masked;  /* paths of /sys to be masked beside the usual ones, then NULL; NULL:
				 none */
	const char *const *oom_score;      /* of each container; NULL: as podinit's */
	const struct plan_filter *filters; /* of each container; NULL: to be printed, not walked */
};

/* The role of the container is a process: its main one, or a probe or hook that executes one. */
bool plan_exists(const struct pod_spec *spec, unsigned ctr, enum role role);

/*
 * The plan of such a role.  Allocates, and aborts the boot by
 * returning false when there is no memory.  What it allocates is never freed.
 */
bool plan_make(struct plan *plan, const struct pod_spec *spec, unsigned ctr, enum role role,
	       const struct plan_where *where);

/* plan_steps.c: the steps of it, once the environment is known.  False: no memory. */
bool plan_add_steps(struct plan *plan, const struct pod_spec *spec, unsigned ctr, enum role role,
		    const struct plan_where *where);

/* Prints it, a step a line. */
void plan_print(FILE *out, const struct plan *plan);

/* "PODINIT_CONTAINER=NAME.GENERATION", or "...=NAME.ROLE.GENERATION" for another; the name of a
   cgroup is the part behind the "=". */
void plan_mark(char mark[MARK_MAX], const struct pod_spec *spec, struct task task);

/*
 * In a child of podinit: makes unreadable the mark that podinit itself was started with, if it runs
 * inside a container of another podinit.  /proc shows this memory, and the child would be taken for
 * a process of a container of that name.
 */
void plan_unmark(char *const environ_[]);

#endif
