#include "init/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/logger.h"
#include "init/plan.h"
#include "init/privs.h"
#include "init/say.h"
#include "init/sys.h"
#include "probes/probe.h"

#define RESTART_EVERY NSEC_PER_SEC

extern char **environ;

static const char *const names[KEEPERS] = {"logger", "prober"};

static bool wants_prefix(const struct pod_spec *spec)
{
	return spec->log_format_given ? spec->log_format == LOG_PREFIX : spec->n > 1;
}

static bool wants_tail(const struct ctr_spec *c)
{
	return c->message_policy == MESSAGE_FALLBACK_TO_LOGS;
}

/* podinit's own output would not be its own: it could not open it anew, as /dev/stdout, and a
   terminal that it is could be read. */
static bool is_stranger(const struct pod_spec *spec, const struct ctr_spec *c)
{
	return !c->tty && (c->rootfs || c->security.user_given || spec->host_users == CHOICE_NO);
}

/* One container alone writes to podinit's own output, unless somebody has to read it. */
static bool wants_logger(const struct pod_spec *spec)
{
	const struct ctr_spec *c = &spec->ctr[0];

	return spec->n > 1 || wants_prefix(spec) || wants_tail(c) || is_stranger(spec, c);
}

static bool wants_prober(const struct pod_spec *spec)
{
	for (unsigned i = 0; i < spec->n; i++)
		for (unsigned h = 0; h < HANDLERS; h++)
			if (handler_asks(ctr_handler(&spec->ctr[i], h)))
				return true;
	return false;
}

bool keeper_wanted(const struct pod_spec *spec, enum keeper_kind kind)
{
	return kind == KEEPER_LOGGER ? wants_logger(spec) : wants_prober(spec);
}

static int make_pipes(struct keepers *k)
{
	k->output = calloc(k->spec->n, sizeof *k->output);
	if (!k->output)
		return ENOMEM;
	for (unsigned i = 0; i < k->spec->n; i++)
		for (unsigned s = 0; s < 2; s++) {
			int fds[2];

			if (pipe2(fds, O_CLOEXEC) < 0)
				return errno;
			k->output[i].read[s] = fds[0];
			k->output[i].write[s] = fds[1];
			/* The logger's end alone: containers must find a blocking pipe. */
			fcntl(fds[0], F_SETFL, O_NONBLOCK);
		}
	return 0;
}

int keepers_open(struct keepers *k, const struct pod_spec *spec)
{
	memset(k, 0, sizeof *k);
	k->spec = spec;
	for (unsigned i = 0; i < KEEPERS; i++) {
		k->v[i].pidfd = k->v[i].sock = -1;
		k->v[i].wanted = keeper_wanted(spec, (enum keeper_kind)i);
	}
	return k->v[KEEPER_LOGGER].wanted ? make_pipes(k) : 0;
}

/*
 * Closes all but the standard descriptors and `keep`, which is sorted.  A helper started late has
 * copies of everything PID 1 has open by then; what PID 1 closes must not live on here.
 */
static void close_all_but(const int *keep, unsigned n)
{
	int from = STDERR_FILENO + 1;

	for (unsigned i = 0; i < n; i++) {
		if (keep[i] > from)
			syscall(SYS_close_range, from, keep[i] - 1, 0);
		if (keep[i] >= from)
			from = keep[i] + 1;
	}
	syscall(SYS_close_range, from, ~0U, 0);
}

static int by_number(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static void logger_main(const struct keepers *k, int sock)
{
	static struct logger_source source[2 * CTR_MAX];
	int keep[2 * CTR_MAX + 1];
	unsigned n = 0;
	for (unsigned i = 0; i < k->spec->n; i++)
		for (unsigned s = 0; s < 2; s++, n++) {
			keep[n] = k->output[i].read[s];
			source[n].fd = keep[n];
			source[n].to = (uint8_t)(s + 1);
			source[n].name = k->spec->ctr[i].name;
			source[n].tail = wants_tail(&k->spec->ctr[i]);
		}
	keep[n] = sock;
	qsort(keep, n + 1, sizeof *keep, by_number);
	close_all_but(keep, n + 1);
	logger_run(source, n, sock, wants_prefix(k->spec), STDOUT_FILENO, STDERR_FILENO);
}

static void keeper_main(const struct keepers *k, enum keeper_kind kind, int sock, pid_t parent)
{
	prctl(PR_SET_NAME, names[kind]);
	/* If PID 1 is gone already, so is the reason to live. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(0);
	plan_unmark(environ);
	privs_drop();
	if (kind == KEEPER_LOGGER) {
		logger_main(k, sock);
	} else {
		close_all_but(&sock, 1);
		prober_run(k->spec, sock);
	}
	_exit(0);
}

bool keeper_start(struct keepers *k, enum keeper_kind kind, nsec now)
{
	struct keeper *me = &k->v[kind];
	pid_t parent = getpid();
	int socks[2];
	pid_t pid;

	me->again = now + RESTART_EVERY;
	if (sys_socketpair(socks) < 0)
		return false;
	pid = sys_fork(0, -1, &me->pidfd);
	if (pid == 0)
		keeper_main(k, kind, socks[1], parent);
	close(socks[1]);
	if (pid < 0) {
		close(socks[0]);
		say(LEVEL_WARNING, "Failed", "helper=%s message=\"cannot start it: %s\"",
		    names[kind], strerror(errno));
		return false;
	}
	me->pid = pid;
	me->sock = socks[0];
	return true;
}

bool keepers_flush(struct keepers *k, unsigned ctr)
{
	uint16_t message = (uint16_t)ctr;

	/* A full socket means that the logger is busy or stuck; a line that stays unfinished is
	   the smaller harm. */
	return k->v[KEEPER_LOGGER].sock >= 0 &&
	       send(k->v[KEEPER_LOGGER].sock, &message, sizeof message,
		    MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)sizeof message;
}

static void wait_end(struct keeper *k, nsec patience)
{
	struct pollfd p = {.fd = k->pidfd, .events = POLLIN};

	if (poll(&p, 1, (int)(patience / NSEC_PER_MS)) != 1) {
		sys_pidfd_kill(k->pidfd, SIGKILL);
		/* One that hangs in the kernel must not hold the end of the pod. */
		poll(&p, 1, 1000);
	}
	waitpid(k->pid, NULL, WNOHANG);
	k->pid = 0;
}

void keepers_close(struct keepers *k, nsec patience)
{
	for (unsigned i = 0; i < KEEPERS; i++) {
		struct keeper *me = &k->v[i];

		if (me->pid == 0)
			continue;
		close(me->sock);
		me->sock = -1;
		wait_end(me, i == KEEPER_LOGGER ? patience : 0);
	}
}
