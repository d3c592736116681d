/*
 * main.c - the calls of podinit, and their options.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/value.h"
#include "init/run.h"
#include "init/sys.h"

#ifndef VERSION
#error "VERSION comes from the Makefile"
#endif

struct call {
	const char *name;
	int (*run)(char **args, struct run_options *o); /* NULL: not built yet */
	const char *usage;
	const char *help;
};

static const struct call calls[];

static const struct call *call_named(const char *name);

static int usage_error(const struct call *call, const char *what, const char *arg)
{
	fprintf(stderr, "podinit: %s: %s\nusage: podinit %s\n", what, arg, call->usage);
	return STATUS_USAGE;
}

static int flush_stdout(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	fprintf(stderr, "podinit: writing to standard output: %s\n", strerror(errno));
	return STATUS_FAILED;
}

/* ---- run ---- */

static bool take_level(struct run_options *o, const char *word)
{
	int level = level_of(word);

	if (level >= 0) {
		o->level = (enum level)level;
		o->level_given = true;
	}
	return level >= 0;
}

/* 1: taken; 0: not an option of run; -1: wrong, and *why says how. */
static int take_option(struct run_options *o, const char *arg, const char **why)
{
	if (strcmp(arg, "-g") == 0 || strcmp(arg, "--group") == 0) {
		o->group = true;
		return 1;
	}
	if (strcmp(arg, "--lenient") == 0) {
		o->lenient = true;
		return 1;
	}
	if (strncmp(arg, "--log=", 6) == 0) {
		*why = "the level must be error, warning, info or debug";
		return take_level(o, arg + 6) ? 1 : -1;
	}
	if (strncmp(arg, "--grace=", 8) == 0) {
		*why = "a duration must be a number of seconds, or have a unit: 0.5, 250ms, 5s, "
		       "2m, 1h";
		return value_seconds(arg + 8, &o->grace) == NULL ? 1 : -1;
	}
	if (strncmp(arg, "--socket=", 9) == 0) {
		*why = "the control socket is not built yet";
		return -1;
	}
	return 0;
}

static int call_run(char **args, struct run_options *o)
{
	const struct call *me = call_named("run");
	const char *level = getenv("PODINIT_LOG");

	for (; *args && (*args)[0] == '-' && strcmp(*args, "--") != 0; args++) {
		const char *why = "unknown option";
		int taken = take_option(o, *args, &why);

		if (taken <= 0)
			return usage_error(me, why, *args);
	}
	if (*args && strcmp(*args, "--") == 0) {
		if (!args[1])
			return usage_error(me, "a command must follow", "--");
		o->command = args + 1;
	} else if (*args) {
		o->file = *args;
		if (args[1])
			return usage_error(me, "one pod file at a time; options come before it",
					   args[1]);
	}
	if (!o->level_given)
		o->level = o->command ? LEVEL_WARNING : LEVEL_INFO;
	if (!o->level_given && level && *level && !take_level(o, level))
		return usage_error(me, "PODINIT_LOG must be error, warning, info or debug", level);
	return run_call(o, habitat_of());
}

/* ---- The others ---- */

static int call_check(char **args, struct run_options *o)
{
	const struct call *me = call_named("check");
	bool plan = false;

	(void)o;
	for (; *args && (*args)[0] == '-'; args++) {
		if (strcmp(*args, "--plan") != 0)
			return usage_error(me, "unknown option", *args);
		plan = true;
	}
	if (*args && args[1])
		return usage_error(me, "one pod file at a time", args[1]);
	return check_call(*args ? *args : default_file(), plan);
}

static int call_version(char **args, struct run_options *o)
{
	(void)o;
	if (*args)
		return usage_error(call_named("version"), "too many words", *args);
	puts("podinit " VERSION);
	return flush_stdout();
}

static int call_help(char **args, struct run_options *o);

static const struct call calls[] = {
	{"run", call_run, "[run] [OPTIONS] [POD.INI] | [run] [OPTIONS] -- COMMAND [ARG...]",
	 "Boots the pod of POD.INI (else $PODINIT_CONFIG, else /etc/pod.ini), or runs one command "
	 "as\n"
	 "init would.\n"
	 "  --log=LEVEL       error, warning, info or debug ($PODINIT_LOG)\n"
	 "  --grace=DURATION  from the stop signal to SIGKILL: of the pod, or of what COMMAND "
	 "leaves\n"
	 "                    behind (5s)\n"
	 "  -g, --group       signals for COMMAND go to its whole process group\n"
	 "  --lenient         what the machine cannot give is a warning, not an error\n"},
	{"check", call_check, "check [--plan] [POD.INI]",
	 "Prints everything that is wrong with a pod file and ends with 2, or with 0 if nothing "
	 "is.\n"
	 "  --plan            print how each process would be started\n"},
	{"status", NULL, "status [-o table|json]", ""},
	{"ready", NULL, "ready [--wait[=DURATION]]", ""},
	{"wait", NULL, "wait [--for=ready|completed] [--timeout=DURATION]", ""},
	{"events", NULL, "events [-f]", ""},
	{"logs", NULL, "logs [-f] [--tail=N] [-p|--previous] [CONTAINER]", ""},
	{"exec", NULL, "exec [-it] CONTAINER -- COMMAND...", ""},
	{"restart", NULL, "restart CONTAINER", ""},
	{"stop", NULL, "stop [--grace=DURATION]", ""},
	{"kube", NULL, "kube [POD.INI] [--replicas=N]", ""},
	{"version", call_version, "version", "Prints the version.\n"},
	{"help", call_help, "help [CALL]", "Prints how podinit, or one of its calls, is used.\n"},
};

enum { CALLS = sizeof calls / sizeof *calls };

static const struct call *call_named(const char *name)
{
	for (unsigned i = 0; i < CALLS; i++)
		if (strcmp(calls[i].name, name) == 0)
			return &calls[i];
	return NULL;
}

static int call_help(char **args, struct run_options *o)
{
	const struct call *call = *args ? call_named(*args) : NULL;

	(void)o;
	if (*args && (!call || args[1]))
		return usage_error(call_named("help"), call ? "too many words" : "no such call",
				   call ? args[1] : *args);
	if (call) {
		printf("usage: podinit %s\n%s", call->usage,
		       call->run ? call->help : "This call is not built yet.\n");
		return flush_stdout();
	}
	puts("podinit: PID 1 for one pod\n\nusage:");
	for (unsigned i = 0; i < CALLS; i++)
		printf("  podinit %s%s\n", calls[i].usage,
		       calls[i].run ? "" : "   (not built yet)");
	puts("\npodinit help CALL tells more of one; the manual pages are podinit(8) and "
	     "pod.ini(5).");
	return flush_stdout();
}

/* A word of its own, not a file: `podinit ./check` runs a pod file that is called check. */
static const struct call *call_of(char ***args)
{
	const char *first = **args;

	if (first && (strcmp(first, "--help") == 0 || strcmp(first, "-h") == 0))
		first = "help";
	else if (first && strcmp(first, "--version") == 0)
		first = "version";
	if (first && call_named(first)) {
		(*args)++;
		return call_named(first);
	}
	return call_named("run");
}

int main(int argc, char **argv)
{
	struct run_options options = {.argv = argv, .grace = -1};
	const struct call *call;
	int status;

	/*
	 * Before anything else.  PID 1 of a namespace has no default for SIGTERM: one that came
	 * before it is blocked would be lost, one that comes after stays pending until it is read.
	 */
	sys_block_signals(false, &options.mask);

	options.began = sys_now();
	/* A machine's PID 1 ignores its words: they are whatever the kernel had left over. */
	if (habitat_of() == HABITAT_MACHINE)
		run_machine();
	argv += argc > 0;
	call = call_of(&argv);
	if (!call->run) {
		fprintf(stderr, "podinit: %s: not built yet\n", call->name);
		return STATUS_USAGE;
	}
	status = call->run(argv, &options);
	say_close();
	return status;
}
