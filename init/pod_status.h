/*
 * pod_status.h - the state of the pod as Kubernetes would tell it: phase, conditions, and for each
 * container its state, its last state, restarts, started and ready.
 *
 * Pure functions of the core's state; nothing is kept for them but when a condition last changed.
 * Texts that are not constant (what a container left as its termination message) are the shell's.
 *
 * Where podinit differs: a container is Running until nothing of it is left, and a pod that was
 * asked to stop has Succeeded if each main container ended with 0 or by the stop signal, so that
 * the phase and podinit's exit status never disagree.
 */
#ifndef PODINIT_INIT_POD_STATUS_H
#define PODINIT_INIT_POD_STATUS_H

#include "init/pod.h"

enum phase { PHASE_PENDING, PHASE_RUNNING, PHASE_SUCCEEDED, PHASE_FAILED };

enum phase pod_phase(const struct pod *pod, const struct pod_spec *spec);

/* "Pending", ... */
extern const char *const phase_names[];

/* The reason of the phase, or NULL: "DeadlineExceeded". */
const char *pod_phase_reason(const struct pod *pod);

enum condition {
	COND_POD_SCHEDULED,
	COND_READY_TO_START,
	COND_INITIALIZED,
	COND_CONTAINERS_READY,
	COND_READY,
	COND_RESTARTING, /* only a pod with a RestartAllContainers rule has it */
	CONDITIONS
};

extern const char *const condition_names[CONDITIONS];

struct condition_status {
	bool on;
	nsec since;         /* it last changed; 0: it has been so from the start */
	const char *reason; /* NULL: none */
};

void pod_condition(struct condition_status *out, const struct pod *pod, const struct pod_spec *spec,
		   enum condition which);

/* Container i is one of those that the message of a false condition lists. */
bool pod_is_incomplete(const struct pod *pod, const struct pod_spec *spec, unsigned i);
bool pod_is_unready(const struct pod *pod, const struct pod_spec *spec, unsigned i);

enum state_kind { STATE_WAITING, STATE_RUNNING, STATE_TERMINATED };

/* How an instance ended. */
struct terminated {
	bool is;            /* there is such an instance */
	const char *reason; /* Completed, Error, OOMKilled, StartError, ... */
	int code;
	nsec began, ended; /* began: 0 if it never did */
};

struct ctr_status {
	enum state_kind state;
	const char *reason;   /* STATE_WAITING: ContainerCreating, CrashLoopBackOff, ... */
	nsec began;           /* STATE_RUNNING */
	struct terminated at; /* STATE_TERMINATED */
	struct terminated last;
	uint32_t restarts;
	bool started, ready;
};

void pod_ctr_status(struct ctr_status *out, const struct pod *pod, const struct pod_spec *spec,
		    unsigned i);

#endif
