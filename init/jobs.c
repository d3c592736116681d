#include "init/jobs.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool jobs_open(struct jobs *jobs, unsigned containers)
{
	jobs->n = containers * ROLES + JOBS_SPARE;
	jobs->high = 0;
	jobs->v = calloc(jobs->n, sizeof *jobs->v);
	return jobs->v != NULL;
}

struct job *jobs_add(struct jobs *jobs)
{
	for (unsigned i = 0; i < jobs->n; i++) {
		struct job *j = &jobs->v[i];

		if (j->used)
			continue;
		memset(j, 0, sizeof *j);
		j->used = true;
		j->pidfd = j->errfd = j->group.dir = j->group.watch = -1;
		if (i >= jobs->high)
			jobs->high = i + 1;
		return j;
	}
	return NULL;
}

void jobs_remove(struct jobs *jobs, struct job *job)
{
	if (job->pidfd >= 0)
		close(job->pidfd);
	if (job->errfd >= 0)
		close(job->errfd);
	group_close(&job->group);
	job->used = false;
	while (jobs->high > 0 && !jobs->v[jobs->high - 1].used)
		jobs->high--;
}

struct job *jobs_of_task(struct jobs *jobs, struct task task)
{
	for (unsigned i = 0; i < jobs->high; i++) {
		struct job *j = &jobs->v[i];

		if (j->used && j->task.ctr == task.ctr && j->task.role == task.role &&
		    j->task.gen == task.gen)
			return j;
	}
	return NULL;
}

struct job *jobs_of_pid(struct jobs *jobs, pid_t pid)
{
	for (unsigned i = 0; i < jobs->high; i++)
		if (jobs->v[i].used && jobs->v[i].pid == pid && jobs->v[i].pidfd >= 0)
			return &jobs->v[i];
	return NULL;
}
