/*
 * orphans.c - makes N orphans that exit at once, waits until PID 1 has reaped them, and counts the
 * zombies that are left.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int zombies(void)
{
	struct dirent *d;
	DIR *proc = opendir("/proc");
	int n = 0;

	while (proc && (d = readdir(proc))) {
		char path[300], line[512];
		FILE *f;

		snprintf(path, sizeof path, "/proc/%s/stat", d->d_name);
		f = d->d_name[0] >= '0' && d->d_name[0] <= '9' ? fopen(path, "r") : NULL;
		if (f && fgets(line, sizeof line, f) && strstr(line, ") Z "))
			n++;
		if (f)
			fclose(f);
	}
	if (proc)
		closedir(proc);
	return n;
}

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 1000, made = 0, left = 1;

	while (made < n) {
		pid_t maker = fork();

		if (maker < 0)
			continue;
		if (maker == 0) {
			int k = 0;

			for (int i = 0; i < 200; i++) {
				pid_t pid = fork();

				if (pid == 0)
					_exit(0);
				k += pid > 0;
			}
			_exit(k);
		}
		int status;

		waitpid(maker, &status, 0);
		made += WEXITSTATUS(status);
	}
	for (int i = 0; i < 500 && (left = zombies()) > 0; i++)
		nanosleep(&(struct timespec){0, 20000000}, NULL);
	printf("%d orphans, %d zombies left\n", made, left);
	return 0;
}
