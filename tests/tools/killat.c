/*
 * killat.c - sends SIGTERM to a program N milliseconds after its first instruction.
 *
 *     killat [-p] N PROGRAM ARG...
 *
 * With -p the program is PID 1 of a new PID namespace.  The first instruction is to block SIGTERM,
 * which /proc shows: before, SIGTERM would end the program, and be lost to PID 1.  Prints the exit
 * status, or "never blocked SIGTERM", or "still running" after twenty seconds, and then kills it.
 */
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void sleep_ms(long ms)
{
	struct timespec t = {ms / 1000, ms % 1000 * 1000000};

	nanosleep(&t, NULL);
}

/*
 * The program has blocked SIGTERM.  Looks as often as it can: what happens in the first millisecond
 * matters.  A program that sleeps in sigwaitinfo() has its signals unblocked for that time, so one
 * that was executed and sleeps counts too.
 */
static int blocks_term(pid_t pid)
{
	char path[64], line[256];
	unsigned long long mask = 0;
	int executed = 0, sleeps = 0;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof line, f)) {
		if (strncmp(line, "Name:", 5) == 0)
			executed = strstr(line, "killat") == NULL;
		if (strncmp(line, "State:", 6) == 0)
			sleeps = strstr(line, "S (sleeping)") != NULL;
		if (strncmp(line, "SigBlk:", 7) == 0)
			mask = strtoull(line + 7, NULL, 16);
	}
	if (f)
		fclose(f);
	return (mask >> (SIGTERM - 1) & 1) || (executed && sleeps);
}

int main(int argc, char **argv)
{
	unsigned long flags = SIGCHLD;
	int status = 0;
	int looks = 0;
	pid_t pid;

	if (argc > 1 && strcmp(argv[1], "-p") == 0) {
		flags |= CLONE_NEWPID;
		argv++;
		argc--;
	}
	if (argc < 3)
		return 2;
	pid = (pid_t)syscall(SYS_clone, flags, NULL, NULL, NULL, 0UL);
	if (pid == 0) {
		execv(argv[2], argv + 2);
		_exit(127);
	}
	while (!blocks_term(pid))
		if (++looks > 200000) {
			puts("never blocked SIGTERM");
			kill(pid, SIGKILL);
			return 1;
		}
	sleep_ms(atol(argv[1]));
	kill(pid, SIGTERM);
	for (int i = 0; i < 2000; i++) {
		if (waitpid(pid, &status, WNOHANG) == pid) {
			if (WIFEXITED(status))
				printf("%d\n", WEXITSTATUS(status));
			else
				printf("signal %d\n", WTERMSIG(status));
			return 0;
		}
		sleep_ms(10);
	}
	kill(pid, SIGKILL);
	puts("still running");
	return 1;
}
