/*
 * bench.c - podinit against its peers, side by side in one run.
 *
 *     bench ROUNDS ORPHANS IDLE_SECONDS NAME=PROGRAM...
 *
 * Every PROGRAM is called as "PROGRAM -- COMMAND..."; the name "bare" stands for no program at all.
 * Rounds are interleaved, so that the noise of the machine meets all alike; medians are printed,
 * and each as a ratio to podinit's.  This program is its own COMMAND, by the words of `parts`.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX = 16, BATCH = 200 };

static const char *self;

struct candidate {
	const char *name, *program;
};

static int64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/* ---- The command's side: it talks on descriptor 3, and waits on descriptor 4. ---- */

static void tell(int64_t v)
{
	if (write(3, &v, sizeof v) != sizeof v)
		_exit(1);
}

static void wait_for_end(void)
{
	char c;

	if (read(4, &c, 1) < 0)
		_exit(1);
}

static int part_stamp(int n)
{
	(void)n;
	tell(now());
	return 0;
}

static int part_idle(int n)
{
	(void)n;
	tell(0);
	wait_for_end();
	return 0;
}

/* Orphans by the batch: a child makes them and exits, so that PID 1 inherits them. */
static int part_orphans(int n)
{
	for (int made = 0; made < n; made += BATCH) {
		pid_t maker = fork();

		if (maker == 0) {
			for (int i = 0; i < BATCH; i++)
				if (fork() == 0)
					_exit(0);
			_exit(0);
		}
		waitpid(maker, NULL, 0);
	}
	tell(n);
	wait_for_end();
	return 0;
}

static const struct {
	const char *word;
	int (*run)(int n);
} parts[] = {{"stamp", part_stamp}, {"idle", part_idle}, {"orphans", part_orphans}};

/* ---- The bench's side ---- */

struct run {
	pid_t pid;
	int from, to;
};

static struct run start(const struct candidate *c, const char *part, const char *arg,
			unsigned long flags)
{
	const char *argv[] = {c->program, "--", self, part, arg, NULL};
	const char **a = c->program ? argv : argv + 2;
	int from[2], to[2];
	struct run r;

	if (pipe(from) < 0 || pipe(to) < 0)
		die("pipe");
	r.pid = (pid_t)syscall(SYS_clone, flags | SIGCHLD, NULL, NULL, NULL, 0UL);
	if (r.pid < 0)
		die("clone");
	if (r.pid == 0) {
		int f = fcntl(from[1], F_DUPFD, 10), t = fcntl(to[0], F_DUPFD, 10);

		dup2(f, 3);
		dup2(t, 4);
		syscall(SYS_close_range, 5, ~0U, 0);
		execv(a[0], (char *const *)(uintptr_t)a);
		_exit(127);
	}
	close(from[1]);
	close(to[0]);
	r.from = from[0];
	r.to = to[1];
	return r;
}

static int64_t answer(const struct run *r)
{
	int64_t v;

	if (read(r->from, &v, sizeof v) != sizeof v) {
		fprintf(stderr, "bench: a command did not answer\n");
		exit(1);
	}
	return v;
}

static void finish(struct run *r)
{
	close(r->to);
	close(r->from);
	waitpid(r->pid, NULL, 0);
}

static long field(pid_t pid, const char *file, const char *key)
{
	char path[64], line[256];
	long v = -1;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, file);
	f = fopen(path, "r");
	if (!f)
		die(path);
	while (v < 0 && fgets(line, sizeof line, f))
		if (strncmp(line, key, strlen(key)) == 0)
			v = strtol(line + strlen(key), NULL, 10);
	fclose(f);
	return v;
}

static int64_t cpu(pid_t pid)
{
	return field(pid, "schedstat", "");
}

static int64_t bench_launch(const struct candidate *c, const char *arg)
{
	int64_t began = now();
	struct run r = start(c, "stamp", arg, CLONE_NEWPID);
	int64_t t = answer(&r) - began;

	finish(&r);
	return t;
}

static int64_t bench_orphans(const struct candidate *c, const char *arg)
{
	struct run r = start(c, "orphans", arg, CLONE_NEWPID);
	int64_t used, last;

	answer(&r);
	/* Until it has nothing left to do. */
	used = cpu(r.pid);
	do {
		last = used;
		nanosleep(&(struct timespec){0, 20000000}, NULL);
		used = cpu(r.pid);
	} while (used != last);
	finish(&r);
	return used / strtol(arg, NULL, 10);
}

static int64_t bench_memory(const struct candidate *c, const char *arg)
{
	struct run r = start(c, "idle", arg, CLONE_NEWPID);
	int64_t v;

	answer(&r);
	nanosleep(&(struct timespec){0, 50000000}, NULL);
	v = field(r.pid, "smaps_rollup", "Private_Dirty:");
	finish(&r);
	return v;
}

static int64_t bench_wakeups(const struct candidate *c, const char *arg)
{
	struct run r = start(c, "idle", "0", CLONE_NEWPID);
	int64_t before, v;

	answer(&r);
	nanosleep(&(struct timespec){0, 200000000}, NULL);
	before = field(r.pid, "status", "voluntary_ctxt_switches:");
	nanosleep(&(struct timespec){strtol(arg, NULL, 10), 0}, NULL);
	v = field(r.pid, "status", "voluntary_ctxt_switches:") - before;
	finish(&r);
	return v;
}

static int by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

struct bench {
	const char *what, *unit, *arg;
	int64_t (*run)(const struct candidate *c, const char *arg);
	int rounds;
	double scale;
	int with_bare;
};

static void run_bench(const struct bench *b, const struct candidate *c, int n)
{
	int64_t *v[MAX], base;

	for (int i = 0; i < n; i++)
		v[i] = calloc((size_t)b->rounds, sizeof *v[i]);
	for (int r = 0; r < b->rounds; r++)
		for (int i = 0; i < n; i++)
			if (c[i].program || b->with_bare)
				v[i][r] = b->run(&c[i], b->arg);
	for (int i = 0; i < n; i++)
		qsort(v[i], (size_t)b->rounds, sizeof **v, by_value);
	base = v[0][b->rounds / 2];
	printf("%s (%s, median of %d)\n", b->what, b->unit, b->rounds);
	for (int i = 0; i < n; i++) {
		int64_t median = v[i][b->rounds / 2];

		if (!c[i].program && !b->with_bare)
			continue;
		printf("  %-16s %10.2f", c[i].name, (double)median / b->scale);
		if (base > 0)
			printf("  %6.2f x", (double)median / (double)base);
		putchar('\n');
	}
	fflush(stdout);
}

int main(int argc, char **argv)
{
	struct candidate c[MAX];
	int n = 0;

	for (size_t i = 0; argc == 3 && i < sizeof parts / sizeof *parts; i++)
		if (strcmp(argv[1], parts[i].word) == 0)
			return parts[i].run(atoi(argv[2]));
	if (argc < 5) {
		fprintf(stderr, "usage: bench ROUNDS ORPHANS IDLE_SECONDS NAME=PROGRAM...\n");
		return 2;
	}
	self = realpath("/proc/self/exe", NULL);
	for (int i = 4; i < argc && n < MAX; i++, n++) {
		char *eq = strchr(argv[i], '=');

		c[n].program = eq && eq[1] ? eq + 1 : NULL;
		if (eq)
			*eq = '\0';
		c[n].name = argv[i];
	}
	int rounds = atoi(argv[1]);
	const struct bench benches[] = {
		{"launch of one command", "us", "0", bench_launch, rounds, 1e3, 1},
		{"CPU of PID 1 for one orphan", "us", argv[2], bench_orphans, 7, 1e3, 0},
		{"private memory of PID 1", "KiB", "0", bench_memory, 5, 1, 0},
		{"wake-ups while idle", argv[3], argv[3], bench_wakeups, 1, 1, 0},
	};

	for (size_t i = 0; i < sizeof benches / sizeof *benches; i++)
		run_bench(&benches[i], c, n);
	return 0;
}
