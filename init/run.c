#include "init/run.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "config/parse.h"
#include "init/group.h"
#include "init/halt.h"
#include "init/keeper.h"
#include "init/loop.h"
#include "init/machine.h"
#include "init/modules.h"
#include "init/process.h"
#include "init/self.h"
#include "init/setup.h"
#include "init/sys.h"
#include "init/wrap.h"

extern char **environ;

/*
 * PID 1 of the machine may tell the kernel what ctrl-alt-del does; PID 1 of another namespace is
 * refused.  This needs no /proc, which a machine does not have yet, and on a machine it is what has
 * to be done anyway: ctrl-alt-del becomes a SIGINT.
 */
enum habitat habitat_of(void)
{
	if (getpid() != 1)
		return HABITAT_PROCESS;
	return reboot(RB_DISABLE_CAD) == 0 ? HABITAT_MACHINE : HABITAT_CONTAINER;
}

const char *default_file(void)
{
	const char *file = getenv("PODINIT_CONFIG");

	return file && *file ? file : "/etc/pod.ini";
}

/* ---- Reading the file ---- */

static bool read_spec(struct pod_spec *spec, const char *file, bool to_log)
{
	struct problems problems = {0};
	int err = spec_read(spec, file, &problems);

	for (size_t i = 0; i < problems.n; i++) {
		char line[2048], quoted[SAY_MAX];

		problem_format(line, sizeof line, file, &problems.v[i]);
		if (!to_log) {
			fputs(line, stderr);
			continue;
		}
		line[strcspn(line, "\n")] = '\0';
		say(LEVEL_ERROR, "InvalidConfig", "message=%s",
		    say_quote(quoted, sizeof quoted, line));
	}
	problems_free(&problems);
	return err == 0;
}

int check_call(const char *file, bool plan)
{
	struct pod_spec spec = {0};
	/* As where podinit may do everything. */
	struct plan_where where = {
		.environ = environ,
		.grants = {.mounts = true,
			   .pids = true,
			   .disks = true,
			   .whole = true,
			   .nodes = true,
			   .sysfs = true,
			   .mqueue = true,
			   .tty_group = true,
			   .cgroup2 = true,
			   .shm = true,
			   .caps = ~UINT64_C(0)},
	};

	if (!read_spec(&spec, file, false)) {
		spec_free(&spec);
		return STATUS_USAGE;
	}
	where.logger = keeper_wanted(&spec, KEEPER_LOGGER);
	setup_scores(&spec, &where);
	if (spec.host_users == CHOICE_NO)
		where.grants.users.first = USERS_FIRST;
	for (unsigned i = 0; plan && i < spec.n; i++)
		for (unsigned r = 0; r < ROLES; r++) {
			struct plan p;

			if (!plan_exists(&spec, i, (enum role)r))
				continue;
			if (!plan_make(&p, &spec, i, (enum role)r, &where))
				return STATUS_FAILED;
			printf("%s %s\n", spec.ctr[i].name, role_names[r]);
			plan_print(stdout, &p);
		}
	spec_free(&spec);
	if (fflush(stdout) != 0) {
		fprintf(stderr, "podinit: writing the plan: %s\n", strerror(errno));
		return STATUS_FAILED;
	}
	return 0;
}

/* ---- Running ---- */

static int run_pod(const struct pod_spec *spec, const struct loop_config *config,
		   struct loop_result *result)
{
	const char *what;
	int err = loop_open(config, &what);

	if (err) {
		say(LEVEL_ERROR, "Failed", "pod=%s message=\"%s: %s; nothing was started\"",
		    spec->name, what, strerror(err));
		return STATUS_FAILED;
	}
	*result = loop_run();
	return result->code;
}

/* What the file asks for by name is done, or nothing starts. */
static bool set_hostname(const struct pod_spec *spec, const struct run_options *o, bool own_uts)
{
	struct utsname uts;

	if (!own_uts && (!spec->hostname_given ||
			 (uname(&uts) == 0 && strcmp(uts.nodename, spec->hostname) == 0)))
		return true;
	if ((own_uts || unshare(CLONE_NEWUTS) == 0) &&
	    sethostname(spec->hostname, strlen(spec->hostname)) == 0)
		return true;
	say(o->lenient ? LEVEL_WARNING : LEVEL_ERROR, "Failed",
	    "pod=%s message=\"[pod] hostname: podinit has no UTS namespace of its own here: it "
	    "takes "
	    "CAP_SYS_ADMIN (run as root, or docker run --privileged), or let the container's "
	    "runtime "
	    "set it (docker run --hostname %s); %s\"",
	    spec->name, spec->hostname, o->lenient ? "going on without it" : "nothing was started");
	return o->lenient;
}

static bool wants_terminal(const struct pod_spec *spec)
{
	for (unsigned i = 0; i < spec->n; i++)
		if (spec->ctr[i].tty)
			return true;
	return false;
}

static int run_process(struct pod_spec *spec, const struct run_options *o,
		       struct loop_config *config)
{
	struct loop_result result;
	enum process_side side;
	int status, err;
	bool ok;

	/* The outer process, which the inner one cannot see, makes the cgroups and clears up behind
	   it. */
	ok = setup_groups(spec, HABITAT_PROCESS, o->lenient);
	side = process_enter(spec->hostname_given || setup_wants_users(spec), wants_terminal(spec),
			     &status, &err);
	switch (side) {
	case PROCESS_OUTER:
		/* Whoever comes after it reads the terminal again. */
		if (wants_terminal(spec))
			tcsetpgrp(STDIN_FILENO, getpgrp());
		return status;
	case PROCESS_INNER:
	case PROCESS_GUEST:
		say_open(o->level, o->began);
		say(LEVEL_INFO, "Sandbox", "pod=%s message=\"own PID, mount%s and UTS namespaces\"",
		    spec->name, side == PROCESS_GUEST ? ", user" : "");
		ok = set_hostname(spec, o, true) && ok;
		break;
	case PROCESS_ALONE:
		say(LEVEL_INFO, "Sandbox",
		    "pod=%s message=\"no namespaces (%s): a child subreaper\"", spec->name,
		    strerror(err));
		ok = set_hostname(spec, o, false) && ok;
		config->where.deathsig = true;
		break;
	}
	/* Everything that is lacking is told, not just the first. */
	ok = setup_pod(config, spec, HABITAT_PROCESS, o->lenient) && ok;
	if (!ok)
		return STATUS_FAILED;
	return run_pod(spec, config, &result);
}

/* A standard descriptor that came closed must not become some file of podinit's own. */
static void fill_descriptors(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

/* On a machine there is nobody whom a changed binary could deceive: it ends with its PID 1. */
static void leave_binary(const struct pod_spec *spec, char *const argv[])
{
	bool needed = false;
	int err;

	for (unsigned i = 0; i < spec->n; i++)
		needed = needed || spec->ctr[i].rootfs;
	err = needed ? self_seal(argv) : 0;
	if (err)
		say(LEVEL_WARNING, "Sandbox",
		    "pod=%s message=\"podinit's own binary stays in reach of its containers: %s\"",
		    spec->name, strerror(err));
}

int run_call(const struct run_options *o, enum habitat habitat)
{
	struct loop_config config = {.grace = o->grace, .where = {.environ = environ}};
	static struct pod_spec spec;
	struct loop_result result;
	int status = STATUS_FAILED;

	say_open(o->level, o->began);
	if (o->command)
		return wrap_run(&(struct wrap){
			.argv = o->command,
			.group = o->group,
			.grace = o->grace >= 0 ? o->grace : 5 * NSEC_PER_SEC,
			.mask = &o->mask,
		});
	fill_descriptors();
	if (!read_spec(&spec, o->file ? o->file : default_file(), false)) {
		if (!o->file)
			fputs("podinit: no pod file was given: podinit POD.INI, or set "
			      "PODINIT_CONFIG; see podinit help run\n",
			      stderr);
		return STATUS_USAGE;
	}
	leave_binary(&spec, o->argv);
	sys_cloexec_from(STDERR_FILENO + 1);
	config.spec = &spec;
	if (habitat == HABITAT_PROCESS) {
		status = run_process(&spec, o, &config);
	} else {
		bool named = set_hostname(&spec, o, false),
		     limited = setup_groups(&spec, habitat, o->lenient);

		if (setup_pod(&config, &spec, habitat, o->lenient) && named && limited)
			status = run_pod(&spec, &config, &result);
	}
	groups_close();
	return status;
}

/* ---- Machines ---- */

static enum machine_end end_of(const struct pod_spec *spec, int code, const struct loop_result *r)
{
	/* A power that fails, or a hand at the keyboard, outranks what the file says. */
	if (r->end == HOW_REBOOT)
		return END_REBOOT;
	if (r->end == HOW_POWEROFF)
		return END_POWEROFF;
	/* Being asked to stop is no failure. */
	return code == 0 || r->asked ? spec->machine.on_completion : spec->machine.on_failure;
}

void run_machine(void)
{
	static struct machine_options options;
	static struct pod_spec spec;
	struct loop_config config = {.grace = -1, .machine = true};
	struct loop_result result = {0};
	int code = STATUS_USAGE;

	machine_boot(&options);
	config.where.environ = environ;
	config.where.machine = true;
	config.spec = &spec;
	if (read_spec(&spec, options.config, true)) {
		machine_hostname(spec.hostname);
		modules_load(&spec.machine.modules);
		code = setup_groups(&spec, HABITAT_MACHINE, false) &&
				       setup_pod(&config, &spec, HABITAT_MACHINE, false)
			       ? run_pod(&spec, &config, &result)
			       : STATUS_FAILED;
	}
	if (options.shell && code != 0 && !result.asked)
		halt_shell();
	halt_machine(end_of(&spec, code, &result));
}
