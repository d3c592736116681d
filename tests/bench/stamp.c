/*
 * stamp.c - the program in the containers of the bench.
 *
 *     stamp           what time it is, in ns of CLOCK_MONOTONIC, on standard output
 *     stamp stay      the same, and stays
 *     stamp view      what this container is: its mounts, user, groups and capabilities
 *     stamp end       ends
 */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int stamp(void)
{
	struct timespec t;
	char text[32];
	int n;

	clock_gettime(CLOCK_MONOTONIC, &t);
	n = snprintf(text, sizeof text, "%lld\n", t.tv_sec * 1000000000LL + t.tv_nsec);
	return write(STDOUT_FILENO, text, (size_t)n) != n;
}

/* Of each mount what does not differ from one container to the next. */
static void view_mounts(void)
{
	char line[4096], at[1024], options[256], type[64];
	FILE *f = fopen("/proc/self/mountinfo", "r");

	while (f && fgets(line, sizeof line, f)) {
		const char *dash = strstr(line, " - ");

		if (dash && sscanf(line, "%*s %*s %*s %*s %1023s %255s", at, options) == 2 &&
		    sscanf(dash, " - %63s", type) == 1)
			printf("%s %s %s%s\n", at, type, options,
			       strstr(line, ":") < dash && strstr(line, "master:") ? " slave" : "");
	}
}

static int view(void)
{
	static const char *const keys[] = {
		"Uid:",    "Gid:",    "Groups:", "CapInh:", "CapPrm:", "CapEff:",
		"CapBnd:", "CapAmb:", "NSpid:",  "SigBlk:", "SigIgn:"};
	char line[4096];
	FILE *f;

	view_mounts();
	f = fopen("/proc/self/status", "r");
	while (f && fgets(line, sizeof line, f))
		for (unsigned i = 0; i < sizeof keys / sizeof *keys; i++)
			if (strncmp(line, keys[i], strlen(keys[i])) == 0)
				fputs(line, stdout);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return stamp();
	if (strcmp(argv[1], "view") == 0)
		return view();
	if (strcmp(argv[1], "stay") == 0 && stamp() == 0)
		pause();
	return 0;
}
