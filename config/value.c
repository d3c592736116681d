#include "config/value.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <signal.h>
#include <string.h>

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_lower(char c)
{
	return (c >= 'a' && c <= 'z') || is_digit(c);
}

static const struct {
	const char *unit;
	nsec ns;
} units[] = {
	{"", NSEC_PER_SEC},       {"ms", NSEC_PER_MS},        {"s", NSEC_PER_SEC},
	{"m", 60 * NSEC_PER_SEC}, {"h", 3600 * NSEC_PER_SEC},
};

/* More than a century would not fit into a deadline. */
#define SECONDS_MAX (100LL * 365 * 24 * 3600 * NSEC_PER_SEC)

const char *value_seconds(const char *text, nsec *out)
{
	static const char wrong[] = "must be a number of seconds, or have a unit: 0.25, 250ms, 5s, "
				    "2m, 1h";
	nsec whole = 0, part = 0, unit = 0, scale = 1;
	const char *at = text;

	while (is_digit(*at) && whole < SECONDS_MAX)
		whole = whole * 10 + (*at++ - '0');
	if (*at == '.' && at > text && is_digit(at[1])) {
		for (at++; is_digit(*at); at++)
			/* Nine decimals are nanoseconds; what is finer has no meaning. */
			if (scale < NSEC_PER_SEC) {
				part = part * 10 + (*at - '0');
				scale *= 10;
			}
	}
	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (strcmp(at, units[i].unit) == 0)
			unit = units[i].ns;
	if (at == text || unit == 0)
		return wrong;
	if (whole > SECONDS_MAX / unit)
		return "is more than a hundred years";
	/* part / scale of a unit, without overflow: a unit is at most 3600e9, scale 1e9. */
	*out = whole * unit + unit / scale * part + unit % scale * part / scale;
	return NULL;
}

const char *value_count(const char *text, int64_t *out)
{
	int64_t v = 0;

	if (!*text || strlen(text) > 18 || strspn(text, "0123456789") != strlen(text))
		return "must be a whole number";
	while (*text)
		v = v * 10 + (*text++ - '0');
	*out = v;
	return NULL;
}

const char *value_bool(const char *text, bool *out)
{
	if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
		return "must be true or false";
	*out = text[0] == 't';
	return NULL;
}

const char *value_id(const char *text, uint32_t *out)
{
	int64_t v;

	/* The next one is "none" to the kernel. */
	if (value_count(text, &v) || v >= UINT32_MAX)
		return "must be a number from 0 to 4294967294";
	*out = (uint32_t)v;
	return NULL;
}

static const struct {
	const char *name;
	int number;
} signals[] = {
	{"ABRT", SIGABRT}, {"ALRM", SIGALRM}, {"BUS", SIGBUS},       {"CHLD", SIGCHLD},
	{"CLD", SIGCHLD},  {"CONT", SIGCONT}, {"FPE", SIGFPE},       {"HUP", SIGHUP},
	{"ILL", SIGILL},   {"INT", SIGINT},   {"IO", SIGIO},         {"IOT", SIGABRT},
	{"KILL", SIGKILL}, {"PIPE", SIGPIPE}, {"POLL", SIGIO},       {"PROF", SIGPROF},
	{"PWR", SIGPWR},   {"QUIT", SIGQUIT}, {"SEGV", SIGSEGV},     {"STKFLT", SIGSTKFLT},
	{"STOP", SIGSTOP}, {"SYS", SIGSYS},   {"TERM", SIGTERM},     {"TRAP", SIGTRAP},
	{"TSTP", SIGTSTP}, {"TTIN", SIGTTIN}, {"TTOU", SIGTTOU},     {"URG", SIGURG},
	{"USR1", SIGUSR1}, {"USR2", SIGUSR2}, {"VTALRM", SIGVTALRM}, {"WINCH", SIGWINCH},
	{"XCPU", SIGXCPU}, {"XFSZ", SIGXFSZ},
};

static int real_time(const char *text)
{
	bool down = strncmp(text, "RTMAX", 5) == 0;
	int64_t step = 0;

	if (!down && strncmp(text, "RTMIN", 5) != 0)
		return 0;
	text += 5;
	if (*text && (*text != (down ? '-' : '+') || value_count(text + 1, &step) || step < 1 ||
		      step > RT_MAX - RT_MIN))
		return 0;
	return down ? RT_MAX - (int)step : RT_MIN + (int)step;
}

const char *value_signal(const char *text, int *out)
{
	*out = 0;
	if (strncmp(text, "SIG", 3) == 0) {
		for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
			if (strcmp(text + 3, signals[i].name) == 0)
				*out = signals[i].number;
		if (*out == 0)
			*out = real_time(text + 3);
	}
	return *out ? NULL
		    : "must be the name of a signal: SIGTERM, SIGINT, SIGUSR1, SIGRTMIN+3, ...";
}

const char *value_name(const char *text)
{
	size_t n = strlen(text);

	for (size_t i = 0; i < n; i++)
		if (!is_lower(text[i]) && !(text[i] == '-' && i > 0 && i < n - 1))
			n = 0;
	if (n == 0 || n > NAME_LEN_MAX)
		return "a name must be 1 to 63 of a-z, 0-9 and -, and begin and end with a letter "
		       "or digit";
	return NULL;
}

const char *value_env_name(const char *text)
{
	for (const char *c = text; *c; c++)
		if (*c < ' ' || *c > '~' || *c == '=')
			return "the name of a variable must be printable ASCII without \"=\"";
	return *text ? NULL : "the name of a variable must not be empty: env.NAME = value";
}

const char *value_port_name(const char *text)
{
	size_t n = strlen(text);
	bool letter = false, ok = n >= 1 && n <= 15 && !strstr(text, "--");

	for (size_t i = 0; i < n; i++) {
		letter = letter || (is_lower(text[i]) && !is_digit(text[i]));
		ok = ok && (is_lower(text[i]) || (text[i] == '-' && i > 0 && i < n - 1));
	}
	return ok && letter ? NULL
			    : "the name of a port must be 1 to 15 of a-z, 0-9 and single -, with a "
			      "letter, and begin and end with a letter or digit";
}

const char *value_header_name(const char *text)
{
	const char *c = text;

	while (*c && *c > 0 && (isalnum((unsigned char)*c) || strchr("!#$%&'*+-.^_`|~", *c)))
		c++;
	return *text && !*c ? NULL : "the name of a header must be letters, digits and -";
}

const char *value_host_name(const char *text, bool relaxed)
{
	size_t n = strlen(text), label = 0;
	bool ok = n > 0 && n <= 253;

	if (relaxed && n > 1 && text[n - 1] == '.')
		n--;
	for (size_t i = 0; ok && i <= n; i++) {
		if (i < n && text[i] != '.') {
			bool inside = label > 0 && i + 1 < n && text[i + 1] != '.';

			label++;
			ok = is_lower(text[i]) || (text[i] == '-' && inside) ||
			     (text[i] == '_' && relaxed);
		} else {
			ok = label > 0 && label <= NAME_LEN_MAX;
			label = 0;
		}
	}
	return ok ? NULL : "it must be parts of a-z, 0-9 and - with single dots between them";
}

const char *value_host(const char *text, const char **out)
{
	struct in6_addr address;

	*out = strcmp(text, "localhost") == 0 ? "127.0.0.1" : text;
	if (inet_pton(AF_INET, *out, &address) == 1 || inet_pton(AF_INET6, *out, &address) == 1)
		return NULL;
	return "must be an IP address or localhost: probes ask no DNS";
}
