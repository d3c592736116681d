/*
 * killat.c - sends SIGTERM to a program N milliseconds after it was executed.
 *
 *     killat [-p] N PROGRAM ARG...
 *
 * With -p the program is PID 1 of a new PID namespace.  SIGTERM is blocked across the exec, so that
 * one that comes before the program's first instruction is not lost.  Prints the exit status, or
 * "still running" after twenty seconds, and then kills it.
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

int main(int argc, char **argv)
{
	unsigned long flags = SIGCHLD;
	int status = 0;
	sigset_t term;
	pid_t pid;

	if (argc > 1 && strcmp(argv[1], "-p") == 0) {
		flags |= CLONE_NEWPID;
		argv++;
		argc--;
	}
	if (argc < 3)
		return 2;
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_BLOCK, &term, NULL);
	pid = (pid_t)syscall(SYS_clone, flags, NULL, NULL, NULL, 0UL);
	if (pid == 0) {
		execv(argv[2], argv + 2);
		_exit(127);
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
