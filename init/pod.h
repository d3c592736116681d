/*
 * pod.h - the life of the pod as a pure function: events in, actions out.
 *
 * The code behind this header makes no system call, reads no clock, allocates nothing and never
 * sees a pid, a descriptor or a path.  It is handed the time, and it names work by task:
 * (container, role, generation).  The shell (loop.c) turns actions into system calls, and what
 * comes of them back into events.
 *
 * struct pod holds no pointer: it is a header and one record for each container of the spec.
 * It can be copied, compared and saved as bytes, and the same events always give the same actions.
 * The spec is an argument, not a member; it must be the same one for the whole life of a pod.
 *
 * Nothing here can fail.  What can fail is an action, and its failure comes back as an event.
 */
#ifndef PODINIT_INIT_POD_H
#define PODINIT_INIT_POD_H

#include "config/spec.h"

/* What a task is for.  The probes come first, then the hooks, as in ctr_handler().  ROLES are those
   of a container; preparing (spec->prepare) is the pod's own, and its task is {0, ROLE_PREPARE,
   generation}. */
enum role {
	ROLE_STARTUP,
	ROLE_LIVENESS,
	ROLE_READINESS,
	ROLE_POST_START,
	ROLE_PRE_STOP,
	ROLE_MAIN,
	ROLES,
	ROLE_PREPARE = ROLES
};

extern const char *const role_names[ROLES + 1];

/*
 * Each run of a role gets a generation of its own, so a late end of an older run is known for what
 * it is: counted in pod.stale, never obeyed.
 */
struct task {
	uint8_t ctr, role;
	uint32_t gen;
};

/* How a task ended. */
enum over_how {
	OVER_EXITED,      /* .code is its exit code */
	OVER_SIGNALLED,   /* .code is 128 + the signal */
	OVER_NEVER_BEGAN, /* its program was never executed: .code is 125, 126 or 127 */
	OVER_NO_VERDICT,  /* a probe that was lost through no fault of the container's */
};

enum probe_result { RESULT_SUCCESS, RESULT_FAILURE, RESULT_WARNING, RESULT_ERROR };

/* How a machine ends after a stop that was asked for. */
enum end_how { HOW_COMPLETION, HOW_POWEROFF, HOW_REBOOT };

enum event_kind {
	EV_TIME,    /* pod_deadline() has come */
	EV_STARTED, /* a main task's program runs */
	EV_OVER,    /* a task is over: .how and .code, and of a main .oom */
	EV_EMPTY,   /* main: no process of that generation is left.  May come before its EV_OVER; is
		       implied by OVER_NEVER_BEGAN */
	EV_VERDICT, /* a probe or hook task is over, with a .result */
	EV_STOP,    /* the pod is asked to end: .deadline, .force, .end */
	EV_DEADLINE, /* activeDeadlineSeconds are over.  The shell counts them, on a clock that
			goes on while the machine is suspended */
};

struct event {
	enum event_kind kind;
	struct task task;
	enum over_how how;
	int code;
	bool oom; /* EV_OVER of a main: the kernel killed a process of it for memory */
	enum probe_result result;
	nsec deadline;    /* EV_STOP: the end of the grace; a later one changes nothing */
	bool force;       /* EV_STOP: the grace is over now */
	enum end_how end; /* EV_STOP */
};

enum action_kind {
	ACT_START,      /* begin .task; a main answers EV_STARTED, EV_OVER and EV_EMPTY; a probe
			   or hook EV_VERDICT or EV_OVER, preparing EV_OVER.  A hook that sleeps is
			   no task */
	ACT_CANCEL,     /* nobody waits for .task, no main, any more: end all of it */
	ACT_SIGNAL,     /* send .signal to the main process of .task */
	ACT_SIGNAL_ALL, /* send .signal to every process left of .task */
	ACT_KILL,       /* SIGKILL to every process of .task; EV_OVER and EV_EMPTY still come */
	ACT_REPORT,     /* say .reason, with what of .code, .count, .until it has */
	ACT_END,        /* nothing is left: end, with pod_exit_code() */
};

/* Why a container is stopped. */
enum cause {
	CAUSE_NONE,
	CAUSE_STARTUP, /* its startup probe failed */
	CAUSE_LIVENESS,
	CAUSE_POST_START, /* its postStart hook failed */
	CAUSE_TIMEOUT,    /* an [init] ran longer than its timeoutSeconds */
	CAUSE_RESTART_ALL,
	CAUSE_END, /* the pod ends */
};

/* The names are those of Kubernetes' events and of its reasons for a terminated container. */
enum reason {
	REASON_STARTED, /* .count: restarts */
	REASON_READY,
	REASON_NOT_READY,
	REASON_UNHEALTHY,         /* .task: the probe; .count of .limit failures in a row */
	REASON_PROBE_WARNING,     /* .task: the probe */
	REASON_PROBE_ERROR,       /* .task: the probe; counts neither way */
	REASON_FAILED_POST_START, /* .task: the hook; .code: 1 if its time was up */
	REASON_FAILED_PRE_STOP,   /* likewise */
	REASON_KILLING,           /* .code: enum cause; .until: the grace ends */
	REASON_COMPLETED,         /* the main process exited with 0 */
	REASON_ERROR,             /* the main process ended otherwise: .code */
	REASON_START_ERROR,       /* its program could not be executed: .code */
	REASON_OOM_KILLED,        /* it ended, and lost a process to the lack of memory: .code */
	REASON_BACKOFF,           /* .until: the next start; .count: restarts so far */
	REASON_RESTARTING_ALL,    /* the exit of .task starts all of the pod anew */
	REASON_FAILED_MOUNT, /* pod: .task failed; .code as of hooks; .count so far; .until: next */
	REASON_INITIALIZED,  /* pod: every init container has done its part */
	REASON_POD_READY,    /* pod: every sidecar and main container is ready */
	REASON_POD_NOT_READY,
	REASON_STOPPING,          /* pod: it was asked to stop; .until: the grace ends */
	REASON_DEADLINE_EXCEEDED, /* pod: activeDeadlineSeconds are over; .until likewise */
	REASON_SUCCEEDED,         /* pod: it has ended; .code */
	REASON_FAILED,
	REASONS
};

struct action {
	enum action_kind kind;
	struct task task;
	enum reason reason;
	int code, signal;
	uint32_t count, limit;
	nsec until;
};

/* Far more than one step can need: tests assert it, and pod_step() never writes beyond it. */
enum { ACTIONS_MAX = CTR_MAX * 16 + 8 };

struct actions {
	unsigned n;
	struct action v[ACTIONS_MAX + 1];
};

enum ctr_state {
	CTR_WAITING,  /* its turn has not come, or its back-off runs until .due */
	CTR_STARTING, /* ACT_START is out */
	CTR_RUNNING,
	CTR_STOPPING,  /* its preStop runs, or it waits for its turn, until .due; then, signalled,
			  it is killed at .due */
	CTR_LINGERING, /* the main process is over, others of it are not; killed at .due */
	CTR_KILLING,   /* killed; waits for EV_OVER and EV_EMPTY */
	CTR_DONE,      /* ended for good */
};

/* The run of one probe against one instance of its container. */
struct probe_state {
	nsec due;           /* the next run begins */
	nsec limit;         /* the run at hand is given up */
	uint32_t gen;       /* of the newest run */
	uint32_t good, bad; /* in a row */
	uint32_t running;   /* a run is at hand */
};

/* The run of one hook. */
struct hook_state {
	nsec limit;       /* its own time is up */
	uint32_t gen;     /* of the newest run */
	uint32_t running; /* a run is at hand */
};

/* How an instance ended. */
struct record {
	nsec began, ended; /* began: 0 if it never did */
	int32_t code;
	uint8_t how, cause; /* enum over_how, enum cause */
	uint8_t oom;        /* the kernel killed a process of it for memory */
	uint8_t pad;        /* so that every byte is written, and states compare as bytes */
};

/* What comes before the first container: volumes, mainly.  It is done once in the life of a pod. */
struct prepare_state {
	nsec due;         /* the next attempt begins */
	nsec limit;       /* the attempt at hand is given up */
	nsec delay;       /* between the last attempt that failed and the next one */
	uint32_t gen;     /* attempts so far */
	uint32_t running; /* one is at hand */
};

struct ctr {
	uint8_t state; /* enum ctr_state */
	/* Facts about the world, apart from .state, which is our intention. */
	uint8_t live;      /* ACT_START given, EV_OVER not seen */
	uint8_t populated; /* ACT_START given, EV_EMPTY not seen */
	uint8_t begun;     /* EV_STARTED seen */
	uint8_t started, ready;
	uint8_t signalled; /* told to stop, by us */
	uint8_t failed;    /* CTR_DONE: it failed for good */
	uint8_t waited;    /* CTR_DONE: the end of the pod met it in CTR_WAITING */
	uint8_t again;     /* CTR_WAITING or CTR_DONE: not started since all was started anew */
	uint8_t cause;     /* enum cause of the instance at hand */
	uint32_t gen;      /* starts so far; the generation of the main task */
	nsec began;        /* the instance at hand was executed */
	nsec due;
	nsec delay;                /* before the next restart but one: 0 for the first */
	struct record last, older; /* of the last instance that ended, and of the one before */
	struct probe_state probe[PROBES];
	struct hook_state hook[HOOKS];
};

/* What changes between true and false, and when it last did.  See pod_status.h. */
struct flag {
	nsec since;
	uint64_t on;
};

struct pod {
	uint32_t n;      /* containers */
	uint32_t next;   /* the first container that was never let start; n: all were */
	uint32_t stale;  /* events that came too late to matter */
	int32_t code;    /* the first failure, or what decided the pod; -1: none yet */
	uint8_t ending;  /* no container starts any more */
	uint8_t asked;   /* by EV_STOP */
	uint8_t forced;  /* the grace is over */
	uint8_t decided; /* .code is final: an init or an essential container ended the pod, or its
			    deadline */
	uint8_t deadlined;  /* it was the deadline */
	uint8_t restarting; /* RestartAllContainers: all is being stopped to start anew */
	uint8_t ended;
	uint8_t end;  /* enum end_how */
	nsec kill_at; /* .ending: the end of the grace */
	struct prepare_state prepare;
	struct flag prepared; /* from the start, if there is nothing to prepare */
	struct flag initialized, ready, restarting_all;
	struct ctr ctr[];
};

/* How many bytes the state of a pod of n containers takes. */
size_t pod_size(unsigned n);

/* Makes the state of a pod of which nothing has begun. */
void pod_init(struct pod *pod, const struct pod_spec *spec);

/* Absorbs one event at time `now` and fills *out with what must be done, in order. */
void pod_step(struct pod *pod, const struct pod_spec *spec, nsec now, const struct event *event,
	      struct actions *out);

/* When pod_step() must be called with EV_TIME if nothing happens before.  NSEC_NEVER: not. */
nsec pod_deadline(const struct pod *pod, const struct pod_spec *spec);

/* The generation of the run of a probe or hook, or of the preparation (whatever `ctr`), that is at
   hand, or 0. */
uint32_t pod_running(const struct pod *pod, unsigned ctr, enum role role);

/* Once pod.ended: 0, or the status podinit ends with. */
int pod_exit_code(const struct pod *pod);

/* NULL, or the text of the first invariant that does not hold. */
const char *pod_check(const struct pod *pod, const struct pod_spec *spec);

#endif
