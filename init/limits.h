/*
 * limits.h - what `resources` of the pod and of its containers mean to the kernel: the text of each
 * cgroup v2 interface file, and the oom_score_adj of each container.
 *
 * The formulas are the kubelet's and those of the container runtimes it calls.  Everything here is
 * a pure function of the pod file; group.c writes the files.  Nothing allocates, nothing is kept.
 *
 * A quantity of 0 is, as in Kubernetes, none at all.
 */
#ifndef PODINIT_INIT_LIMITS_H
#define PODINIT_INIT_LIMITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/spec.h"

/* The controllers of cgroup v2 that podinit knows; a set of them has bit 1 << CONTROL_... */
enum controller { CONTROL_CPU, CONTROL_MEMORY, CONTROL_PIDS, CONTROLLERS };

extern const char *const controller_names[CONTROLLERS];

/* What is written to one file of a cgroup. */
struct limit {
	const char *file;
	bool optional; /* kernels without the file are fine */
	char text[32];
};

/* In the order they are to be written in. */
struct limits {
	struct limit v[6];
	unsigned n;
};

/* The controllers it takes to do what the file asks for. */
unsigned limits_need(const struct pod_spec *spec);

/*
 * The key that asks for `controller`, as messages name it: "[container web]
 * resources.limits.memory".  The n-th such key, from 0; NULL: there are no more.  It is written
 * into buf and returned.
 */
const char *limits_key(char *buf, size_t size, const struct pod_spec *spec,
		       enum controller controller, unsigned n);

/* The files of a container's cgroup, or of the pod's, that belong to one of `controllers`. */
void limits_of_ctr(struct limits *out, const struct pod_spec *spec, unsigned ctr,
		   unsigned controllers);
void limits_of_pod(struct limits *out, const struct pod_spec *spec, unsigned controllers);

/* Kubernetes' thousandths of a CPU as cgroup v1 counted them, and those as a cpu.weight. */
unsigned limits_shares(int64_t milli);
unsigned limits_weight(unsigned shares);

/* The class of the pod: the better its promise, the later the kernel's choice in a shortage. */
enum qos { QOS_GUARANTEED, QOS_BURSTABLE, QOS_BEST_EFFORT };

enum qos limits_qos(const struct pod_spec *spec);

/* The oom_score_adj of a container; `capacity` is the memory of the machine in bytes. */
int limits_oom_score(const struct pod_spec *spec, unsigned ctr, int64_t capacity);

#endif
