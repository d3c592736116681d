#include "probes/redirect.h"

#include <string.h>
#include <strings.h>

/* The longest path a page can have: that of the pod file, then a Location merged with it. */
enum { MERGED_MAX = PROBE_TEXT_MAX + HTTP_LINE_MAX };

static bool is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Bytes of "scheme" in "scheme:...", or 0. */
static size_t scheme_len(const char *s)
{
	size_t n = 0;

	if (!is_alpha(*s))
		return 0;
	while (is_alpha(s[n]) || (s[n] >= '0' && s[n] <= '9') || s[n] == '+' || s[n] == '-' ||
	       s[n] == '.')
		n++;
	return s[n] == ':' ? n : 0;
}

struct authority {
	const char *host;
	size_t host_len;
	unsigned port; /* 0: none is named */
};

static bool read_port(const char *s, const char *end, unsigned *port)
{
	unsigned n = 0;

	if (s == end)
		return true; /* "host:" is as good as "host" */
	for (; s < end; s++) {
		if (*s < '0' || *s > '9')
			return false;
		n = n * 10 + (unsigned)(*s - '0');
		if (n > 65535)
			return false;
	}
	*port = n;
	return n > 0;
}

/* [user@]host[:port]; an IPv6 address stands in brackets. */
static bool read_authority(const char *s, size_t n, struct authority *a)
{
	const char *end = s + n;
	const char *at = memrchr(s, '@', n);
	const char *rest;

	if (at)
		s = at + 1;
	memset(a, 0, sizeof *a);
	if (s < end && *s == '[') {
		rest = memchr(s, ']', (size_t)(end - s));
		if (!rest)
			return false;
		a->host = s + 1;
		a->host_len = (size_t)(rest - a->host);
		rest++;
	} else {
		rest = memchr(s, ':', (size_t)(end - s));
		if (!rest)
			rest = end;
		a->host = s;
		a->host_len = (size_t)(rest - s);
	}
	if (rest == end)
		return true;
	return *rest == ':' && read_port(rest + 1, end, &a->port);
}

/* Takes "." and ".." out of the path that begins with '/' and ends before a query. */
static void remove_dots(char *path)
{
	size_t n = strcspn(path, "?");
	char *query = path + n;
	char *in = path, *out = path;

	while (in < query) {
		size_t len = 1 + strcspn(in + 1, "/?"); /* one "/segment" */
		bool last = in + len >= query;

		if (len == 2 && in[1] == '.') {
			if (last)
				*out++ = '/';
		} else if (len == 3 && in[1] == '.' && in[2] == '.') {
			while (out > path && *--out != '/')
				;
			if (last)
				*out++ = '/';
		} else {
			memmove(out, in, len);
			out += len;
		}
		in += len;
	}
	memmove(out, query, strlen(query) + 1);
}

/* Sets the path of t to `base` bytes of `from` and then `more`.  False: too long. */
static bool set_path(struct http_target *t, const char *from, size_t base, const char *more)
{
	char merged[MERGED_MAX + 2];
	size_t more_len = strcspn(more, "#");
	size_t n = 0;

	if (base + more_len + 2 > sizeof merged)
		return false;
	if ((base > 0 ? *from : *more) != '/')
		merged[n++] = '/';
	memcpy(merged + n, from, base);
	memcpy(merged + n + base, more, more_len);
	merged[n + base + more_len] = '\0';
	remove_dots(merged);
	n = strlen(merged);
	if (n >= sizeof t->path)
		return false;
	memcpy(t->path, merged, n + 1);
	return true;
}

/* A reference without a host, RFC 3986 5.2.2. */
static bool resolve_path(struct http_target *t, const char *current, const char *ref)
{
	size_t path = strcspn(current, "?#");

	if (*ref == '/')
		return set_path(t, "", 0, ref);
	if (*ref == '?')
		return set_path(t, current, path, ref);
	if (*ref == '#' || *ref == '\0')
		return set_path(t, current, strcspn(current, "#"), "");
	while (path > 0 && current[path - 1] != '/')
		path--;
	return set_path(t, current, path, ref);
}

/* `ref` begins behind the "//". */
static enum redirect resolve_host(struct http_target *t, const struct handler *handler,
				  const char *ref, bool tls)
{
	size_t n = strcspn(ref, "/?#");
	struct authority a;

	if (!read_authority(ref, n, &a))
		return REDIRECT_MALFORMED;
	if (a.host_len != strlen(handler->host) ||
	    strncasecmp(a.host, handler->host, a.host_len) != 0)
		return REDIRECT_ELSEWHERE;
	if (tls)
		return REDIRECT_TLS;
	if (!set_path(t, "", 0, ref + n))
		return REDIRECT_MALFORMED;
	t->port = a.port ? (uint16_t)a.port : 80;
	t->moved = true;
	return REDIRECT_FOLLOW;
}

enum redirect redirect_resolve(struct http_target *t, const struct handler *handler,
			       const char *location)
{
	size_t scheme = scheme_len(location);
	bool http = scheme == 4 && strncasecmp(location, "http", 4) == 0;
	bool https = scheme == 5 && strncasecmp(location, "https", 5) == 0;
	const char *rest = location + (scheme ? scheme + 1 : 0);

	for (const char *p = location; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return REDIRECT_MALFORMED;
	if (scheme && !http && !https)
		return REDIRECT_ELSEWHERE;
	if (strncmp(rest, "//", 2) == 0)
		return resolve_host(t, handler, rest + 2, https);
	if (scheme)
		return REDIRECT_ELSEWHERE; /* "http:x" names no host */
	if (!resolve_path(t, *t->path ? t->path : handler->path, location))
		return REDIRECT_MALFORMED;
	t->moved = false;
	return REDIRECT_FOLLOW;
}
