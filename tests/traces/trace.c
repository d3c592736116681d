/*
 * trace.c - lets the core live a story, and tells it.
 *
 *     trace NAME.pod NAME.events
 *
 * The core gets a simulated world and a simulated clock.  Programs of the world start at once, run
 * for ever, and die of SIGTERM, unless the .events file says otherwise:
 *
 *     web runs 2s 1            each instance exits after 2 s with 1 ("runs 2s" : with 0)
 *     web deaf                 SIGTERM does nothing
 *     web obeys 3s 0           SIGTERM makes it exit 3 s later with 0
 *     web leaves               its end leaves a process behind, that obeys SIGTERM
 *     web leaves deaf          ... that does not
 *     web starts 5s            its program takes 5 s to be executed
 *     web unstartable 127      its program cannot be executed
 *     web liveness failure     each run of the probe ends so: success, failure, warning, error
 *     web liveness hang        no run of it ends
 *     web liveness slow 3s     each run takes 3 s and succeeds; "slow 3s failure" fails
 *     web runs 2s 0 oom        ... and the kernel has killed a process of it for memory
 *     web preStop hang         the same for hooks: they succeed at once unless told otherwise
 *
 *     pod prepare failure      the pod has something to prepare, and each attempt fails; also
 *                              success, hang, slow 3s, slow 3s failure; first said at the start
 *
 * Such a line may begin with a time, "10s" or "+2s" after the line above; then it holds from there.
 * Two kinds of line need one:
 *
 *     10s web exits 3          it ends now; also "web killed 9", "web exits 0 oom"
 *     10s stop 30s             the pod is asked to stop, with that grace; "stop now" ends the grace
 *     10s show probes          from here on the runs of probes are told too
 *     60s end                  the story ends here, if the pod did not end before
 *
 * And one says what should be so at its time, and is told only if it is not:
 *
 *     10s expect phase Running          also Pending, Succeeded, Failed
 *     10s expect web restarts 3         and running; waiting REASON; terminated REASON CODE;
 *                                       last REASON CODE; last none; ready yes; started no
 *     10s expect condition Ready no ContainersNotReady
 *     expect order i1.Completed i2.Started      lines that were told in this order
 *     expect at 32s web.SIGKILL                 one that was told at that moment
 *     expect never web.Started                  and "expect count web.Started 3"
 *     expect exit 1                             the pod has ended with that
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/parse.h"
#include "config/value.h"
#include "init/pod.h"
#include "init/pod_status.h"

enum { WORDS = 31, EVENTS_MAX = 4096, STEPS_MAX = 100000, TOLD_MAX = 20000 };

enum answer { ANSWER_HANG = -1 };

struct actor {
	nsec runs; /* -1: for ever */
	int code;
	bool oom;
	bool deaf, leaves, leaves_deaf;
	nsec obeys; /* -1: dies of the signal at once */
	int obeys_code;
	nsec starts;
	int unstartable; /* 0: it is not */
	int answer[HANDLERS];
	nsec slow[HANDLERS];
	bool up, left; /* of the instance at hand */
};

struct pending {
	nsec at;
	unsigned long order;
	struct event event;
	bool used;
};

static struct pod_spec spec;
static struct pod *pod;
static struct actions actions;
static struct actor actor[CTR_MAX];
static struct actor preparer; /* its first answer */
static struct pending pending[EVENTS_MAX];
static unsigned long order;
static nsec now;
static bool show_probes, over;
static bool quiet;   /* a table is told: only what was not met */
static int failures; /* of what was expected */

static void die(const char *what, const char *arg)
{
	fprintf(stderr, "trace: %s: %s\n", what, arg);
	exit(2);
}

/* ---- Telling ---- */

static const char *clock_text(nsec t)
{
	static char buf[4][32];
	static unsigned turn;
	char *b = buf[turn++ % 4], *end;

	snprintf(b, sizeof buf[0], "t+%lld.%03lld", (long long)(t / NSEC_PER_SEC),
		 (long long)(t % NSEC_PER_SEC / NSEC_PER_MS));
	end = b + strlen(b);
	while (end[-1] == '0')
		*--end = '\0';
	if (end[-1] == '.')
		*--end = '\0';
	strcpy(end, "s");
	return b;
}

/* What was told, for lines that expect something of it. */
static struct told {
	nsec at;
	char who[64], what[128];
} told[TOLD_MAX];
static unsigned n_told;

static void tell(const char *who, const char *what)
{
	if (n_told < TOLD_MAX) {
		told[n_told].at = now;
		snprintf(told[n_told].who, sizeof told->who, "%s", who);
		snprintf(told[n_told++].what, sizeof told->what, "%s",
			 what + (strncmp(what, "-> ", 3) == 0 ? 3 : 0));
	}
	if (!quiet)
		printf("%-10s %-8s %s\n", clock_text(now), who, what);
}

static void tell_report(const struct action *a)
{
	static const char *const causes[] = {[CAUSE_STARTUP] = "startup",
					     [CAUSE_LIVENESS] = "liveness",
					     [CAUSE_POST_START] = "postStart",
					     [CAUSE_TIMEOUT] = "timeout",
					     [CAUSE_RESTART_ALL] = "restart of all",
					     [CAUSE_END] = NULL};
	const char *who = spec.ctr[a->task.ctr].name, *role = role_names[a->task.role];
	char text[128];

	switch (a->reason) {
	case REASON_STARTED: snprintf(text, sizeof text, "Started, restarts %u", a->count); break;
	case REASON_READY: snprintf(text, sizeof text, "Ready"); break;
	case REASON_NOT_READY: snprintf(text, sizeof text, "NotReady"); break;
	case REASON_UNHEALTHY:
		snprintf(text, sizeof text, "%s failed, %u of %u", role, a->count, a->limit);
		break;
	case REASON_PROBE_WARNING: snprintf(text, sizeof text, "%s warning", role); break;
	case REASON_PROBE_ERROR: snprintf(text, sizeof text, "%s error", role); break;
	case REASON_FAILED_POST_START:
	case REASON_FAILED_PRE_STOP:
		snprintf(text, sizeof text, "%s%s",
			 a->reason == REASON_FAILED_POST_START ? "FailedPostStartHook"
							       : "FailedPreStopHook",
			 a->code ? ", time is up" : "");
		break;
	case REASON_KILLING:
		snprintf(text, sizeof text, "Killing%s%s, until %s",
			 causes[a->code] ? " because of " : "",
			 causes[a->code] ? causes[a->code] : "", clock_text(a->until));
		break;
	case REASON_RESTARTING_ALL: snprintf(text, sizeof text, "RestartingAllContainers"); break;
	case REASON_COMPLETED: snprintf(text, sizeof text, "Completed"); break;
	case REASON_ERROR: snprintf(text, sizeof text, "Error %d", a->code); break;
	case REASON_START_ERROR: snprintf(text, sizeof text, "StartError %d", a->code); break;
	case REASON_OOM_KILLED: snprintf(text, sizeof text, "OOMKilled %d", a->code); break;
	case REASON_BACKOFF:
		snprintf(text, sizeof text, "BackOff until %s", clock_text(a->until));
		break;
	case REASON_FAILED_MOUNT:
		snprintf(text, sizeof text, "FailedMount %u%s, until %s", a->count,
			 a->code ? ", time is up" : "", clock_text(a->until));
		tell("pod", text);
		return;
	case REASON_INITIALIZED: tell("pod", "Initialized"); return;
	case REASON_POD_READY: tell("pod", "Ready"); return;
	case REASON_POD_NOT_READY: tell("pod", "NotReady"); return;
	case REASON_STOPPING:
		snprintf(text, sizeof text, "Stopping, until %s", clock_text(a->until));
		tell("pod", text);
		return;
	case REASON_DEADLINE_EXCEEDED:
		snprintf(text, sizeof text, "DeadlineExceeded, until %s", clock_text(a->until));
		tell("pod", text);
		return;
	case REASON_SUCCEEDED: tell("pod", "Succeeded"); return;
	case REASON_FAILED:
		snprintf(text, sizeof text, "Failed, %d", a->code);
		tell("pod", text);
		return;
	case REASONS: return;
	}
	tell(who, text);
}

/* ---- The world ---- */

static void schedule(nsec at, const struct event *e)
{
	for (unsigned i = 0; i < EVENTS_MAX; i++)
		if (!pending[i].used) {
			pending[i] = (struct pending){at, order++, *e, true};
			return;
		}
	die("too many events", "");
}

static void end_instance(struct task task, nsec at, enum over_how how, int code, bool oom)
{
	struct actor *a = &actor[task.ctr];

	a->left = a->leaves && how != OVER_NEVER_BEGAN;
	/* As the shell tells it: that nothing is left comes first. */
	if (!a->left)
		schedule(at, &(struct event){.kind = EV_EMPTY, .task = task});
	schedule(at, &(struct event){
			     .kind = EV_OVER, .task = task, .how = how, .code = code, .oom = oom});
}

static void start_main(struct task task)
{
	struct actor *a = &actor[task.ctr];

	a->up = true;
	a->left = false;
	if (a->unstartable) {
		end_instance(task, now, OVER_NEVER_BEGAN, a->unstartable, false);
		return;
	}
	schedule(now + a->starts, &(struct event){.kind = EV_STARTED, .task = task});
	if (a->runs >= 0)
		end_instance(task, now + a->starts + a->runs, OVER_EXITED, a->code, a->oom);
}

static void start_probe(struct task task)
{
	const struct actor *a = &actor[task.ctr];
	struct event e = {.kind = EV_VERDICT, .task = task};

	if (a->answer[task.role] == ANSWER_HANG)
		return;
	e.result = (enum probe_result)a->answer[task.role];
	schedule(now + a->slow[task.role], &e);
}

static void start_prepare(struct task task)
{
	struct event e = {.kind = EV_OVER, .task = task, .how = OVER_EXITED};

	if (preparer.answer[0] == ANSWER_HANG)
		return;
	e.code = preparer.answer[0] != RESULT_SUCCESS;
	schedule(now + preparer.slow[0], &e);
}

static void obey(struct task task)
{
	const struct actor *a = &actor[task.ctr];

	if (a->deaf || !a->up)
		return;
	if (a->obeys >= 0)
		end_instance(task, now + a->obeys, OVER_EXITED, a->obeys_code, false);
	else
		end_instance(task, now, OVER_SIGNALLED, 128 + spec.ctr[task.ctr].stop_signal,
			     false);
}

static void die_all(struct task task)
{
	struct actor *a = &actor[task.ctr];

	if (a->up)
		schedule(now, &(struct event){.kind = EV_OVER,
					      .task = task,
					      .how = OVER_SIGNALLED,
					      .code = 137});
	schedule(now, &(struct event){.kind = EV_EMPTY, .task = task});
}

static const char *signal_text(int signo)
{
	static char text[32];

	snprintf(text, sizeof text, "SIG%s", sigabbrev_np(signo) ? sigabbrev_np(signo) : "RT");
	return text;
}

static void perform(const struct action *a)
{
	const char *who = spec.ctr[a->task.ctr].name;
	char text[64];

	switch (a->kind) {
	case ACT_START:
		if (a->task.role == ROLE_PREPARE) {
			tell("pod", "-> prepare");
			start_prepare(a->task);
			return;
		}
		if (a->task.role != ROLE_MAIN) {
			bool hook = a->task.role >= ROLE_POST_START;

			snprintf(text, sizeof text, hook ? "-> run %s" : "-> ask %s",
				 role_names[a->task.role]);
			if (show_probes || hook)
				tell(who, text);
			start_probe(a->task);
			return;
		}
		tell(who, "-> start");
		start_main(a->task);
		return;
	case ACT_CANCEL:
		snprintf(text, sizeof text, "-> cancel %s", role_names[a->task.role]);
		tell(a->task.role == ROLE_PREPARE ? "pod" : who, text);
		return;
	case ACT_SIGNAL:
		snprintf(text, sizeof text, "-> %s", signal_text(a->signal));
		tell(who, text);
		obey(a->task);
		return;
	case ACT_SIGNAL_ALL:
		snprintf(text, sizeof text, "-> %s to what it left behind", signal_text(a->signal));
		tell(who, text);
		if (!actor[a->task.ctr].leaves_deaf)
			schedule(now, &(struct event){.kind = EV_EMPTY, .task = a->task});
		return;
	case ACT_KILL:
		tell(who, "-> SIGKILL to all of it");
		die_all(a->task);
		return;
	case ACT_REPORT: tell_report(a); return;
	case ACT_END:
		snprintf(text, sizeof text, "-> end with %d", a->code);
		tell("pod", text);
		over = true;
		return;
	}
}

static void step(const struct event *e)
{
	static unsigned steps;
	const char *broken;

	if (e->kind == EV_OVER && e->task.role == ROLE_MAIN &&
	    e->task.gen == pod->ctr[e->task.ctr].gen)
		actor[e->task.ctr].up = false;
	if (++steps > STEPS_MAX)
		die("the story does not end", "");
	pod_step(pod, &spec, now, e, &actions);
	for (unsigned i = 0; i < actions.n; i++)
		perform(&actions.v[i]);
	broken = pod_check(pod, &spec);
	if (broken) {
		printf("BROKEN: %s\n", broken);
		exit(1);
	}
}

static struct pending *first_pending(void)
{
	struct pending *best = NULL;

	for (unsigned i = 0; i < EVENTS_MAX; i++)
		if (pending[i].used &&
		    (!best || pending[i].at < best->at ||
		     (pending[i].at == best->at && pending[i].order < best->order)))
			best = &pending[i];
	return best;
}

/* Lives until `t`, everything that is due then included. */
static void live_until(nsec t)
{
	while (!over) {
		struct pending *p = first_pending();
		nsec due = pod_deadline(pod, &spec);

		if (p && p->at <= t && p->at <= due) {
			now = p->at > now ? p->at : now;
			p->used = false;
			step(&p->event);
		} else if (due <= t) {
			now = due > now ? due : now;
			step(&(struct event){.kind = EV_TIME});
		} else {
			break;
		}
	}
	now = t > now && !over ? t : now;
}

/* ---- The story ---- */

static nsec seconds(const char *text)
{
	nsec t = 0;

	if (!text || value_seconds(text, &t))
		die("not a time", text ? text : "(none)");
	return t;
}

static int word_in(const char *word, const char *const *words, int n)
{
	for (int i = 0; word && i < n; i++)
		if (strcmp(word, words[i]) == 0)
			return i;
	return -1;
}

static void set_probe(struct actor *a, int probe, char **w)
{
	static const char *const results[] = {"success", "failure", "warning", "error"};

	a->slow[probe] = 0;
	a->answer[probe] = word_in(w[0], results, 4);
	if (w[0] && strcmp(w[0], "slow") == 0) {
		a->slow[probe] = seconds(w[1]);
		a->answer[probe] = w[2] ? word_in(w[2], results, 4) : RESULT_SUCCESS;
	} else if (a->answer[probe] < 0 && strcmp(w[0], "hang") != 0) {
		die("no such result", w[0]);
	}
}

static void set_actor(unsigned i, char **w)
{
	struct actor *a = &actor[i];
	struct task task = {(uint8_t)i, ROLE_MAIN, pod->ctr[i].gen};
	int probe = word_in(w[0], role_names, HANDLERS);
	int number = w[1] ? atoi(w[1]) : 0;
	bool oom = w[1] && w[2] && strcmp(w[2], "oom") == 0;

	if (probe >= 0) {
		set_probe(a, probe, w + 1);
	} else if (strcmp(w[0], "runs") == 0) {
		a->runs = strcmp(w[1], "on") == 0 ? -1 : seconds(w[1]);
		a->code = w[2] ? atoi(w[2]) : 0;
		a->oom = w[2] && w[3] && strcmp(w[3], "oom") == 0;
	} else if (strcmp(w[0], "deaf") == 0) {
		a->deaf = true;
	} else if (strcmp(w[0], "obeys") == 0) {
		a->obeys = seconds(w[1]);
		a->obeys_code = w[2] ? atoi(w[2]) : 0;
	} else if (strcmp(w[0], "leaves") == 0) {
		a->leaves = true;
		a->leaves_deaf = w[1] != NULL;
	} else if (strcmp(w[0], "starts") == 0) {
		a->starts = seconds(w[1]);
	} else if (strcmp(w[0], "unstartable") == 0) {
		a->unstartable = number;
	} else if (strcmp(w[0], "exits") == 0) {
		end_instance(task, now, OVER_EXITED, number, oom);
	} else if (strcmp(w[0], "killed") == 0) {
		end_instance(task, now, OVER_SIGNALLED, 128 + number, oom);
	} else {
		die("no such line", w[0]);
	}
}

/* ---- Expectations ---- */

static void miss(char **w)
{
	printf("#   at %s not met: expect", clock_text(now));
	for (; *w; w++)
		printf(" %s", *w);
	putchar('\n');
	failures++;
}

static const struct ctr_spec *named(const char *name, unsigned *i)
{
	for (*i = 0; *i < spec.n; ++*i)
		if (name && strcmp(spec.ctr[*i].name, name) == 0)
			return &spec.ctr[*i];
	return NULL;
}

/* "web.Started" is a line of web that begins with "Started"; "_" stands for a blank. */
static bool matches(const struct told *t, const char *token)
{
	const char *dot = strchr(token, '.');
	size_t n = dot ? (size_t)(dot - token) : 0;

	if (!dot || strlen(t->who) != n || strncmp(t->who, token, n) != 0)
		return false;
	for (const char *a = dot + 1, *b = t->what; *a; a++, b++)
		if (*a != *b && !(*a == '_' && *b == ' '))
			return false;
	return true;
}

static unsigned count_of(const char *token)
{
	unsigned n = 0;

	for (unsigned i = 0; i < n_told; i++)
		n += matches(&told[i], token);
	return n;
}

static bool met_order(char **w)
{
	unsigned i = 0;

	for (; *w; w++) {
		while (i < n_told && !matches(&told[i], *w))
			i++;
		if (i++ >= n_told)
			return false;
	}
	return true;
}

/* expect at TIME TOKEN: it was told at that very moment. */
static bool met_at(nsec at, const char *token)
{
	for (unsigned i = 0; i < n_told; i++)
		if (told[i].at == at && matches(&told[i], token))
			return true;
	return false;
}

static bool met_terminated(const struct terminated *t, char **w)
{
	return w[0] && t->is && strcmp(t->reason, w[0]) == 0 && (!w[1] || t->code == atoi(w[1]));
}

static bool yes_is(const char *word, bool is)
{
	return word && strcmp(word, is ? "yes" : "no") == 0;
}

static bool met_ctr(unsigned i, char **w)
{
	struct ctr_status st;

	pod_ctr_status(&st, pod, &spec, i);
	if (!w[0])
		return false;
	if (strcmp(w[0], "running") == 0)
		return st.state == STATE_RUNNING;
	if (strcmp(w[0], "waiting") == 0)
		return st.state == STATE_WAITING && (!w[1] || strcmp(st.reason, w[1]) == 0);
	if (strcmp(w[0], "terminated") == 0)
		return st.state == STATE_TERMINATED && met_terminated(&st.at, w + 1);
	if (strcmp(w[0], "last") == 0)
		return w[1] && strcmp(w[1], "none") == 0 ? !st.last.is
							 : met_terminated(&st.last, w + 1);
	if (strcmp(w[0], "restarts") == 0)
		return w[1] && st.restarts == (uint32_t)atoi(w[1]);
	if (strcmp(w[0], "ready") == 0)
		return yes_is(w[1], st.ready);
	return strcmp(w[0], "started") == 0 && yes_is(w[1], st.started);
}

static bool met_condition(char **w)
{
	struct condition_status st;
	int which = word_in(w[0], condition_names, CONDITIONS);

	if (which < 0)
		return false;
	pod_condition(&st, pod, &spec, (enum condition)which);
	return yes_is(w[1], st.on) && (!w[2] || (st.reason && strcmp(st.reason, w[2]) == 0));
}

static void expect(char **w)
{
	bool met = false;
	unsigned i;

	if (!w[0])
		die("expect what?", "");
	if (named(w[0], &i))
		met = met_ctr(i, w + 1);
	else if (strcmp(w[0], "phase") == 0)
		met = w[1] && strcmp(w[1], phase_names[pod_phase(pod, &spec)]) == 0;
	else if (strcmp(w[0], "condition") == 0)
		met = met_condition(w + 1);
	else if (strcmp(w[0], "order") == 0)
		met = met_order(w + 1);
	else if (strcmp(w[0], "never") == 0)
		met = w[1] && count_of(w[1]) == 0;
	else if (strcmp(w[0], "count") == 0)
		met = w[1] && w[2] && count_of(w[1]) == (unsigned)atoi(w[2]);
	else if (strcmp(w[0], "at") == 0)
		met = w[1] && w[2] && met_at(seconds(w[1]), w[2]);
	else if (strcmp(w[0], "exit") == 0)
		met = w[1] && pod->ended && pod_exit_code(pod) == atoi(w[1]);
	else
		die("no such expectation", w[0]);
	if (!met)
		miss(w);
}

/* A pod that prepares is one from the start. */
static void set_prepare(char **w)
{
	if (!spec.prepare && now > 0)
		die("too late to prepare", "");
	if (!spec.prepare) {
		spec.prepare = true;
		pod_init(pod, &spec);
	}
	if (!w[0])
		die("prepare how?", "");
	set_probe(&preparer, 0, w);
}

static void tell_line(char **w)
{
	unsigned i;

	if (strcmp(w[0], "pod") == 0 && w[1] && strcmp(w[1], "prepare") == 0) {
		set_prepare(w + 2);
	} else if (strcmp(w[0], "stop") == 0) {
		struct event e = {.kind = EV_STOP, .force = w[1] && strcmp(w[1], "now") == 0};

		tell("", e.force ? "asked to stop now" : "asked to stop");
		e.deadline = e.force ? now : now + seconds(w[1]);
		step(&e);
	} else if (strcmp(w[0], "show") == 0) {
		show_probes = true;
	} else if (strcmp(w[0], "end") == 0) {
		if (!quiet)
			printf("%-10s %s\n", clock_text(now), phase_names[pod_phase(pod, &spec)]);
		over = true;
	} else if (strcmp(w[0], "expect") == 0) {
		expect(w + 1);
	} else {
		if (!named(w[0], &i) || !w[1])
			die("no such container, or nothing about it", w[0]);
		set_actor(i, w + 1);
	}
}

static void take_line(char *line)
{
	char *w[WORDS + 1] = {0};
	unsigned n = 0;
	char **words = w;

	line[strcspn(line, "#\n")] = '\0';
	for (char *p = strtok(line, " \t"); p && n < WORDS; p = strtok(NULL, " \t"))
		w[n++] = p;
	if (n == 0)
		return;
	if (strchr("+0123456789", w[0][0])) {
		nsec t = seconds(w[0] + (w[0][0] == '+'));

		live_until(w[0][0] == '+' ? now + t : t);
		words++;
	}
	if (words[0] && (!over || strcmp(words[0], "expect") == 0))
		tell_line(words);
}

static void begin(void)
{
	memset(actor, 0, sizeof actor);
	memset(&preparer, 0, sizeof preparer);
	memset(pending, 0, sizeof pending);
	now = 0;
	n_told = 0;
	over = show_probes = false;
	for (unsigned i = 0; i < spec.n; i++)
		actor[i] = (struct actor){.runs = -1, .obeys = -1};
	free(pod);
	pod = calloc(1, pod_size(spec.n));
	if (!pod)
		die("no memory", "");
	pod_init(pod, &spec);
	if (spec.active_deadline != NSEC_NEVER)
		schedule(spec.active_deadline, &(struct event){.kind = EV_DEADLINE});
}

static void tell_problems(const char *path, const struct problems *problems)
{
	for (size_t i = 0; i < problems->n; i++) {
		char line[512];

		problem_format(line, sizeof line, path, &problems->v[i]);
		fputs(line, quiet ? stdout : stderr);
	}
}

static int tell_story(const char *path, FILE *events)
{
	struct problems problems;
	char line[512];

	if (spec_read(&spec, path, &problems) != 0) {
		tell_problems(path, &problems);
		return 2;
	}
	begin();
	while (!over && fgets(line, sizeof line, events))
		take_line(line);
	live_until(NSEC_NEVER - 1);
	if (!over)
		printf("%-10s %s\n", "for ever", phase_names[pod_phase(pod, &spec)]);
	return failures > 0;
}

/* ---- A table ---- */

static bool is_line(const char *line, const char *what)
{
	return strncmp(line, what, strlen(what)) == 0;
}

/* The row's pod: all up to a line "--". */
static bool read_pod(FILE *rows, const char *name)
{
	static char text[1 << 16];
	struct problems problems;
	char line[512];
	size_t n = 0;

	while (fgets(line, sizeof line, rows) && !is_line(line, "--"))
		n += (size_t)snprintf(text + n, sizeof text - n, "%s", line);
	if (spec_parse(&spec, "/kubelet/pod.ini", text, n, &problems) == 0)
		return true;
	printf("not ok %s: its pod file is wrong\n", name);
	tell_problems(name, &problems);
	failures++;
	return false;
}

/*
 * A table has rows of the form
 *
 *     == NAME | where it comes from | why podinit answers differently, if it does
 *     the pod file
 *     --
 *     lines of events, among them some that expect something
 */
static int tell_table(FILE *rows)
{
	char line[512], name[512] = "";
	unsigned n = 0, bad = 0, differing = 0;

	quiet = true;
	while (fgets(line, sizeof line, rows)) {
		if (!is_line(line, "== ")) {
			take_line(line);
			continue;
		}
		if (n > 0) {
			live_until(now);
			bad += failures > 0;
			printf("%s %s\n", failures ? "not ok" : "ok", name);
		}
		failures = 0;
		n++;
		line[strcspn(line, "\n")] = '\0';
		differing += strchr(line, '|') != strrchr(line, '|');
		snprintf(name, sizeof name, "%s", line + 3);
		if (read_pod(rows, name))
			begin();
		else
			over = true;
	}
	bad += failures > 0;
	if (n > 0)
		printf("%s %s\n", failures ? "not ok" : "ok", name);
	printf("# %u rows, %u as the kubelet, %u different on purpose, %u wrong\n", n,
	       n - differing, differing, bad);
	return bad > 0;
}

int main(int argc, char **argv)
{
	bool table = argc == 3 && strcmp(argv[1], "-t") == 0;
	FILE *file = argc == 3 ? fopen(argv[2], "re") : NULL;

	if (!file)
		die("usage", "trace NAME.pod NAME.events, or trace -t TABLE");
	return table ? tell_table(file) : tell_story(argv[1], file);
}
