/*
 * isolate.c - how long a fully isolated container takes from the decision to start it to the first
 * instruction of its program: podinit's own code against the floor (floor.h) and against engines.
 *
 *     isolate start ROUNDS ROOT [NAME GOAL WORDS... ,]...
 *     isolate many ROUNDS N ROOT PODINIT ONE_BY_ONE.INI AT_ONCE.INI
 *
 * ROOT is a directory with /stamp (stamp.c) in it.  This program is PID 1 where it measures, as
 * podinit is: in a PID namespace and a private mount namespace, by podinit's own hand.  Rounds are
 * interleaved, so that the noise of the machine meets all alike; medians are printed, and each as a
 * ratio to podinit's.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "config/parse.h"
#include "init/process.h"
#include "init/say.h"
#include "init/setup.h"
#include "init/spawn.h"
#include "init/stage.h"
#include "init/sys.h"
#include "tests/bench/floor.h"

enum { MAX = 16, ROUNDS_MAX = 1000 };

extern char **environ;

struct candidate {
	const char *name;
	double goal; /* of its median to podinit's; 0: none.  The floor's is podinit's to its own */
	const struct plan *plan;
	const struct floor *floor;
	char **argv;
	int64_t *v;
	bool broken;
};

static struct pod_spec spec;
static struct loop_config config;

__attribute__((format(printf, 1, 2))) static _Noreturn void die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("isolate: ", stderr);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(1);
}

/* ---- Starting ---- */

static pid_t start_plan(const struct plan *plan, int out, int null)
{
	struct wires wires = {.in = null, .out = out, .err = out, .cgroup = -1, .join = -1};
	struct spawned s;
	int err = spawn(&s, plan, &spec, (struct task){0, ROLE_MAIN, 1}, &wires);

	if (err)
		die("spawn: %s", strerror(err));
	/* podinit looks at these when they become ready, while the container starts. */
	close(s.pidfd);
	close(s.errfd);
	return s.pid;
}

static pid_t start_command(char **argv, int out)
{
	pid_t pid = fork();

	if (pid == 0) {
		sigset_t none;

		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		dup2(out, STDOUT_FILENO);
		execvp(argv[0], argv);
		_exit(127);
	}
	return pid;
}

static pid_t start(const struct candidate *c, int out, int null)
{
	if (c->plan)
		return start_plan(c->plan, out, null);
	return c->floor ? floor_start(c->floor, out) : start_command(c->argv, out);
}

/* What the container prints, to the end of it and of all that was started with it.  When the
   decision fell is *began. */
static size_t run(const struct candidate *c, int64_t *began, char *text, size_t size)
{
	static int null = -1;
	size_t have = 0;
	int fds[2];
	ssize_t n;

	if (null < 0)
		null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (pipe2(fds, O_CLOEXEC) < 0)
		die("pipe: %s", strerror(errno));
	*began = sys_now();
	start(c, fds[1], null);
	close(fds[1]);
	while (have < size - 1 && (n = read(fds[0], text + have, size - 1 - have)) > 0)
		have += (size_t)n;
	text[have] = '\0';
	close(fds[0]);
	while (wait(NULL) > 0 || errno == EINTR)
		continue;
	return have;
}

/* ---- One after the other, in turns ---- */

static int by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static int64_t median(int64_t *v, int n)
{
	qsort(v, (size_t)n, sizeof *v, by_value);
	return v[n / 2];
}

static void settle(void)
{
	/* What a dead container leaves to the kernel is not the next one's. */
	nanosleep(&(struct timespec){0, 3000000}, NULL);
}

static void one(struct candidate *c, int round)
{
	char text[64];
	int64_t began;

	if (c->broken)
		return;
	if (run(c, &began, text, sizeof text) == 0) {
		printf("  %s does not run here\n", c->name);
		c->broken = true;
		return;
	}
	c->v[round] = strtoll(text, NULL, 10) - began;
	settle();
}

/* The machine is faster in one round than in another: the ratio is that of the rounds, to podinit
   (or, for the floor, of podinit to it). */
static void tell(const struct candidate *c, const int64_t *own, int rounds)
{
	int64_t *v = malloc((size_t)rounds * sizeof *v),
		*ratio = malloc((size_t)rounds * sizeof *v);
	bool floor = c->floor != NULL;
	double middle, r;

	if (!v || !ratio)
		die("no memory");
	for (int i = 0; i < rounds; i++) {
		v[i] = c->v[i];
		ratio[i] = 1000 * (floor ? own[i] : v[i]) / (floor ? v[i] : own[i]);
	}
	r = (double)median(ratio, rounds) / 1000;
	middle = (double)median(v, rounds) / 1e3;
	printf("  %-12s %10.1f  least %10.1f", c->name, middle, (double)v[0] / 1e3);
	if (c->v != own)
		printf(floor ? "  podinit takes %5.2f x" : "  %5.2f x podinit", r);
	if (c->goal > 0)
		printf("  (goal: at %s %.2f: %s)", floor ? "most" : "least", c->goal,
		       (floor ? r <= c->goal : r >= c->goal) ? "met" : "NOT met");
	putchar('\n');
	free(v);
	free(ratio);
}

static void compare(const char *what, struct candidate *c, int n, int rounds)
{
	for (int i = 0; i < n; i++) {
		c[i].broken = false;
		c[i].v = calloc((size_t)rounds, sizeof *c[i].v);
		if (!c[i].v)
			die("no memory");
	}
	for (int r = 0; r < rounds; r++)
		for (int i = 0; i < n; i++)
			one(&c[(i + r) % n], r);
	printf("%s (us, median of %d)\n", what, rounds);
	for (int i = 0; i < n; i++)
		if (!c[i].broken)
			tell(&c[i], c[0].v, rounds);
	fflush(stdout);
	for (int i = 0; i < n; i++)
		free(c[i].v);
}

/* ---- The pod ---- */

static void enter(void)
{
	int status, err;
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	fflush(stdout);
	switch (process_enter(true, false, &status, &err)) {
	case PROCESS_OUTER: exit(status);
	case PROCESS_ALONE: die("no namespaces: %s; run it as root", strerror(err));
	case PROCESS_GUEST: die("a user namespace only; run it as root");
	case PROCESS_INNER: break;
	}
}

static void make_pod(const char *root)
{
	char text[1024], why[STAGE_WHY_MAX];
	struct problems problems = {0};
	int n = snprintf(text, sizeof text,
			 "[pod]\nrestartPolicy = Never\n"
			 "[container a]\nrootfs = %s\ncommand = /stamp\n"
			 "[container b]\nrootfs = %s\ncommand = /stamp\n"
			 "securityContext.readOnlyRootFilesystem = true\n"
			 "[container c]\nrootfs = %s\ncommand = /stamp view\n"
			 "[container d]\nrootfs = %s\ncommand = /stamp view\n"
			 "securityContext.readOnlyRootFilesystem = true\n",
			 root, root, root, root);

	if (spec_parse(&spec, "/bench.ini", text, (size_t)n, &problems) != 0)
		die("the pod file has an error: %s", problems.n ? problems.v[0].message : "");
	config = (struct loop_config){
		.spec = &spec, .grace = -1, .where = {.environ = environ, .logger = true}};
	spawn_open();
	if (!setup_pod(&config, &spec, HABITAT_PROCESS, false))
		die("there is no pod");
	if (stage_prepare(&spec, why, sizeof why) != 0)
		die("%s", why);
}

static struct plan *plan_of(unsigned ctr)
{
	struct plan *p = calloc(1, sizeof *p);

	if (!p || !plan_make(p, &spec, ctr, ROLE_MAIN, &config.where))
		die("no memory");
	return p;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The lines of what the container prints, in order: mounts are made in more than one. */
static char *view(const struct candidate *c)
{
	static char text[65536];
	char *line[512] = {NULL}, *sorted = calloc(1, sizeof text), *save;
	size_t n = 0;
	int64_t began;

	run(c, &began, text, sizeof text);
	for (char *l = strtok_r(text, "\n", &save); l && n < 512; l = strtok_r(NULL, "\n", &save))
		line[n++] = l;
	qsort(line, n, sizeof *line, by_text);
	for (size_t i = 0; sorted && i < n; i++)
		strcat(strcat(sorted, line[i]), "\n");
	return sorted;
}

/* Both are the same container, or the ratio means nothing. */
static void same_view(const struct floor *f, unsigned ctr)
{
	char *argv[] = {(char *)"/stamp", (char *)"view", NULL};
	struct floor viewing = *f;
	char *own, *floor;

	viewing.argv = argv;
	own = view(&(struct candidate){.plan = plan_of(ctr)});
	floor = view(&(struct candidate){.floor = &viewing});
	if (!own || !floor || !*own || strcmp(own, floor) != 0)
		die("the floor makes another container than podinit.\npodinit's:\n%s\nthe "
		    "floor's:\n%s",
		    own, floor);
	free(own);
	free(floor);
}

static int add_peers(struct candidate *c, int n, char **argv)
{
	while (argv[0] && argv[1] && argv[2] && n < MAX) {
		c[n] = (struct candidate){.name = argv[0], .goal = atof(argv[1]), .argv = argv + 2};
		for (argv += 2; *argv && strcmp(*argv, ",") != 0; argv++)
			continue;
		if (*argv)
			*argv++ = NULL;
		n++;
	}
	return n;
}

/* ---- Many of one pod ---- */

/* From the first decision to the last stamp in `text`, of which there are to be `n`. */
static int64_t until_last(char *text, int64_t began, int n)
{
	int64_t last = 0;
	char *save;

	for (char *l = strtok_r(text, "\n", &save); l; l = strtok_r(NULL, "\n", &save), n--) {
		/* Behind the name of the container, if there is one. */
		const char *bar = strchr(l, '|');
		int64_t t = strtoll(bar ? bar + 1 : l, NULL, 10);

		last = t > last ? t : last;
	}
	if (n != 0)
		die("%d containers of the pod did not run", n);
	return last - began;
}

/* Reads the lines of `n` containers; who stays is then told to go. */
static int64_t gather(int fds[2], int64_t began, int n, pid_t pid, int signo)
{
	static char text[65536];
	size_t have = 0;
	int lines = 0;
	ssize_t got;

	close(fds[1]);
	while (lines < n && (got = read(fds[0], text + have, sizeof text - 1 - have)) > 0)
		for (; got > 0; got--)
			lines += text[have++] == '\n';
	text[have] = '\0';
	kill(pid, signo);
	close(fds[0]);
	while (wait(NULL) > 0 || errno == EINTR)
		continue;
	return until_last(text, began, n);
}

static int64_t many_floor(const struct floor *f, int n, bool at_once)
{
	static char *stay[] = {(char *)"/stamp", (char *)"stay", NULL};
	struct floor staying = *f;
	int64_t began = sys_now();
	int fds[2];

	staying.argv = at_once ? stay : f->argv;
	if (pipe2(fds, O_CLOEXEC) < 0)
		die("pipe: %s", strerror(errno));
	for (int i = 0; i < n; i++) {
		pid_t pid = floor_start(&staying, fds[1]);

		if (!at_once)
			waitpid(pid, NULL, 0);
	}
	/* All there are: this is PID 1. */
	return gather(fds, began, n, -1, SIGKILL);
}

static int64_t many_podinit(char **argv, int n)
{
	int64_t began = sys_now();
	int fds[2];
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) < 0)
		die("pipe: %s", strerror(errno));
	pid = start_command(argv, fds[1]);
	return gather(fds, began, n, pid, SIGTERM);
}

static void many(const struct floor *f, int rounds, int n, char **argv, bool at_once)
{
	int64_t own[ROUNDS_MAX] = {0}, floor[ROUNDS_MAX] = {0}, ratio[ROUNDS_MAX] = {0};

	for (int r = 0; r < rounds; r++) {
		own[r] = many_podinit(argv, n);
		settle();
		floor[r] = many_floor(f, n, at_once);
		settle();
		ratio[r] = 1000 * own[r] / floor[r];
	}
	printf("%d containers of one pod, %s, podinit's own boot counted (us each, median of %d)\n",
	       n, at_once ? "at once" : "one after the other", rounds);
	printf("  podinit      %10.1f\n", (double)median(own, rounds) / 1e3 / n);
	printf("  floor        %10.1f  podinit takes %5.2f x\n",
	       (double)median(floor, rounds) / 1e3 / n, (double)median(ratio, rounds) / 1000);
	fflush(stdout);
}

/* ---- The calls ---- */

static struct floor enter_pod(const char *root)
{
	static char *stamp[] = {(char *)"/stamp", NULL}, image[STAGE_PATH_MAX];
	struct floor f = {.root = root, .argv = stamp};

	enter();
	make_pod(root);
	f.stage = stage_dir();
	f.root = stage_root(&spec, 0, image);
	f.cgroup2 = config.where.grants.cgroup2;
	f.masked = config.where.masked;
	f.envp = plan_of(0)->envp;
	floor_prepare(&f);
	return f;
}

static int call_start(char **argv)
{
	struct floor f = enter_pod(argv[1]), fixed = f;
	int rounds = atoi(argv[0]), n;
	struct candidate c[MAX];
	char view_of_b[STAGE_PATH_MAX];

	fixed.read_only = true;
	fixed.root = stage_view(&spec, 1, view_of_b);
	same_view(&f, 2);
	same_view(&fixed, 3);
	c[0] = (struct candidate){.name = "podinit", .plan = plan_of(0)};
	c[1] = (struct candidate){.name = "floor", .goal = 1.15, .floor = &f};
	compare("start of an isolated container", c, 2, rounds);
	c[0].plan = plan_of(1);
	c[1].floor = &fixed;
	compare("the same with readOnlyRootFilesystem", c, 2, rounds);
	n = add_peers(c, 1, argv + 2);
	compare("the same against whole engines", c, n, rounds / 10 + 1);
	return 0;
}

static int call_many(char **argv)
{
	struct floor f = enter_pod(argv[2]);
	int rounds = atoi(argv[0]), n = atoi(argv[1]);
	char *words[] = {argv[3], (char *)"run", (char *)"--log=error", NULL, NULL};

	if (rounds > ROUNDS_MAX)
		die("at most %d rounds", ROUNDS_MAX);
	words[3] = argv[4];
	many(&f, rounds, n, words, false);
	words[3] = argv[5];
	many(&f, rounds, n, words, true);
	return 0;
}

int main(int argc, char **argv)
{
	say_open(LEVEL_WARNING, sys_now());
	if (argc >= 4 && strcmp(argv[1], "start") == 0)
		return call_start(argv + 2);
	if (argc == 8 && strcmp(argv[1], "many") == 0)
		return call_many(argv + 2);
	fprintf(stderr, "usage: isolate start ROUNDS ROOT [NAME GOAL WORDS... ,]...\n"
			"       isolate many ROUNDS N ROOT PODINIT ONE_BY_ONE.INI AT_ONCE.INI\n");
	return 2;
}
