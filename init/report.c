#include "init/report.h"

#include <stdio.h>
#include <string.h>

#include "init/say.h"

/* What follows the name: each a function of its own would be one line long. */
enum shape {
	SHAPE_STARTED,
	SHAPE_PLAIN,
	SHAPE_PROBE,
	SHAPE_HOOK,
	SHAPE_KILLING,
	SHAPE_EXIT,
	SHAPE_BACKOFF,
	SHAPE_MOUNT,
	SHAPE_STOPPING,
	SHAPE_DEADLINE,
	SHAPE_POD,
	SHAPE_POD_EXIT,
};

static const struct {
	const char *name;
	enum level level;
	enum shape shape;
} table[REASONS] = {
	[REASON_STARTED] = {"Started", LEVEL_INFO, SHAPE_STARTED},
	[REASON_READY] = {"Ready", LEVEL_INFO, SHAPE_PLAIN},
	[REASON_NOT_READY] = {"NotReady", LEVEL_WARNING, SHAPE_PLAIN},
	[REASON_UNHEALTHY] = {"Unhealthy", LEVEL_WARNING, SHAPE_PROBE},
	[REASON_PROBE_WARNING] = {"ProbeWarning", LEVEL_WARNING, SHAPE_PROBE},
	[REASON_PROBE_ERROR] = {"ProbeError", LEVEL_WARNING, SHAPE_PROBE},
	[REASON_FAILED_POST_START] = {"FailedPostStartHook", LEVEL_WARNING, SHAPE_HOOK},
	[REASON_FAILED_PRE_STOP] = {"FailedPreStopHook", LEVEL_WARNING, SHAPE_HOOK},
	[REASON_KILLING] = {"Killing", LEVEL_INFO, SHAPE_KILLING},
	[REASON_COMPLETED] = {"Completed", LEVEL_INFO, SHAPE_EXIT},
	[REASON_ERROR] = {"Error", LEVEL_WARNING, SHAPE_EXIT},
	[REASON_START_ERROR] = {"StartError", LEVEL_ERROR, SHAPE_EXIT},
	[REASON_OOM_KILLED] = {"OOMKilled", LEVEL_WARNING, SHAPE_EXIT},
	[REASON_BACKOFF] = {"BackOff", LEVEL_WARNING, SHAPE_BACKOFF},
	[REASON_RESTARTING_ALL] = {"RestartingAllContainers", LEVEL_WARNING, SHAPE_PLAIN},
	[REASON_FAILED_MOUNT] = {"FailedMount", LEVEL_WARNING, SHAPE_MOUNT},
	[REASON_INITIALIZED] = {"Initialized", LEVEL_INFO, SHAPE_POD},
	[REASON_POD_READY] = {"Ready", LEVEL_INFO, SHAPE_POD},
	[REASON_POD_NOT_READY] = {"NotReady", LEVEL_WARNING, SHAPE_POD},
	[REASON_STOPPING] = {"Stopping", LEVEL_INFO, SHAPE_STOPPING},
	[REASON_DEADLINE_EXCEEDED] = {"DeadlineExceeded", LEVEL_ERROR, SHAPE_DEADLINE},
	[REASON_SUCCEEDED] = {"Succeeded", LEVEL_INFO, SHAPE_POD_EXIT},
	[REASON_FAILED] = {"Failed", LEVEL_ERROR, SHAPE_POD_EXIT},
};

const char *duration(char buf[DURATION_MAX], nsec t)
{
	char *end;

	snprintf(buf, DURATION_MAX, "%lld.%03llds", (long long)(t / NSEC_PER_SEC),
		 (long long)(t % NSEC_PER_SEC / NSEC_PER_MS));
	/* Without zeros that say nothing. */
	end = buf + strlen(buf) - 1;
	while (end[-1] == '0')
		end--;
	if (end[-1] == '.')
		end--;
	memcpy(end, "s", 2);
	return buf;
}

/* In the kubelet's words where it has some. */
static void say_killing(const struct pod_spec *spec, const struct action *a, enum level level,
			nsec left)
{
	static const char *const why[] = {
		[CAUSE_NONE] = "Stopping container %s%s",
		[CAUSE_STARTUP] = "Container %s failed startup probe%s",
		[CAUSE_LIVENESS] = "Container %s failed liveness probe%s",
		[CAUSE_POST_START] = "FailedPostStartHook in container %s%s",
		[CAUSE_TIMEOUT] = "Init container %s ran longer than timeoutSeconds%s",
		[CAUSE_RESTART_ALL] = "Stopping container %s to restart all containers%s",
		[CAUSE_END] = "Stopping container %s%s",
	};
	const struct ctr_spec *cs = &spec->ctr[a->task.ctr];
	bool probe = a->code == CAUSE_STARTUP || a->code == CAUSE_LIVENESS;
	char grace[DURATION_MAX], text[128];

	snprintf(text, sizeof text, why[a->code], cs->name,
		 probe && cs->policy != POLICY_NEVER ? ", will be restarted" : "");
	say(level, "Killing", "container=%s grace=%s message=\"%s\"", cs->name,
	    duration(grace, left), text);
}

static void say_ctr(const struct ctr_spec *cs, const struct action *a, nsec now, pid_t pid,
		    const char *detail)
{
	const char *name = table[a->reason].name;
	enum level level = table[a->reason].level;
	char left[DURATION_MAX], quoted[256];

	say_quote(quoted, sizeof quoted, detail);
	switch (table[a->reason].shape) {
	case SHAPE_STARTED:
		say(level, name, "container=%s pid=%d restartCount=%u", cs->name, (int)pid,
		    a->count);
		break;
	case SHAPE_PROBE:
		if (a->limit > 0)
			say(level, name, "container=%s probe=%s failures=%u/%u message=%s",
			    cs->name, role_names[a->task.role], a->count, a->limit, quoted);
		else
			say(level, name, "container=%s probe=%s message=%s", cs->name,
			    role_names[a->task.role], quoted);
		break;
	case SHAPE_HOOK:
		say(level, name, "container=%s message=%s", cs->name,
		    a->code ? "\"it did not end in time\"" : quoted);
		break;
	case SHAPE_EXIT:
		if (*detail)
			say(level, name, "container=%s exitCode=%d message=%s", cs->name, a->code,
			    quoted);
		else
			say(level, name, "container=%s exitCode=%d", cs->name, a->code);
		break;
	case SHAPE_BACKOFF:
		say(level, name,
		    "container=%s restartCount=%u message=\"back-off %s restarting failed "
		    "container\"",
		    cs->name, a->count, duration(left, a->until - now));
		break;
	default: say(level, name, "container=%s", cs->name); break;
	}
}

/* The attempt knows best what failed; without a word is one that never began: of that, Failed
 * tells. */
static void say_mount(const struct pod_spec *spec, const struct action *a, enum level level,
		      nsec left, const char *detail)
{
	const char *why = *detail ? detail : "it could not be started";
	char retry[DURATION_MAX], quoted[SAY_MAX - 200];

	say_quote(quoted, sizeof quoted, why);
	say(level, table[a->reason].name, "pod=%s attempt=%u retryIn=%s message=%s", spec->name,
	    a->count, duration(retry, left), quoted);
}

void report_say(const struct pod_spec *spec, const struct action *a, nsec now, pid_t pid,
		const char *detail)
{
	enum level level = table[a->reason].level;
	const char *name = table[a->reason].name;
	nsec left = a->until > now ? a->until - now : 0;
	char grace[DURATION_MAX];

	switch (table[a->reason].shape) {
	case SHAPE_KILLING: say_killing(spec, a, level, left); break;
	case SHAPE_STOPPING:
		say(level, name, "pod=%s grace=%s", spec->name, duration(grace, left));
		break;
	case SHAPE_MOUNT: say_mount(spec, a, level, left, detail); break;
	case SHAPE_DEADLINE:
		say(level, name,
		    "pod=%s grace=%s message=\"Pod was active longer than "
		    "activeDeadlineSeconds\"",
		    spec->name, duration(grace, left));
		break;
	case SHAPE_POD: say(level, name, "pod=%s", spec->name); break;
	case SHAPE_POD_EXIT: say(level, name, "pod=%s exitCode=%d", spec->name, a->code); break;
	default: say_ctr(&spec->ctr[a->task.ctr], a, now, pid, detail); break;
	}
}

void report_message(const struct pod_spec *spec, unsigned ctr, const char *text)
{
	char quoted[SAY_MAX - 200], last[sizeof quoted / 2];
	size_t n = strlen(text);

	while (n > 0 && text[n - 1] == '\n')
		n--;
	if (n == 0)
		return;
	if (n >= sizeof last) {
		text += n - (sizeof last - 1);
		n = sizeof last - 1;
	}
	memcpy(last, text, n);
	last[n] = '\0';
	say_quote(quoted, sizeof quoted, last);
	say(LEVEL_WARNING, "TerminationMessage", "container=%s message=%s", spec->ctr[ctr].name,
	    quoted);
}
