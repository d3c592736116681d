/*
 * redirect.h - where a Location leads: what a URL reference means, seen from the page it came with.
 *
 * Pure.  As in a browser, but for one thing: podinit follows only to the host it asked.
 */
#ifndef PODINIT_PROBES_REDIRECT_H
#define PODINIT_PROBES_REDIRECT_H

#include "probes/http.h"

enum redirect {
	REDIRECT_FOLLOW,
	REDIRECT_ELSEWHERE, /* another host, or a scheme that is neither http nor https */
	REDIRECT_TLS,       /* https on the same host: podinit speaks no TLS */
	REDIRECT_MALFORMED,
};

/*
 * Resolves `location` as found at `t`, a page of `probe`.  With REDIRECT_FOLLOW, *t is the new
 * place (its count of redirects is the caller's); otherwise it is unchanged.
 */
enum redirect redirect_resolve(struct http_target *t, const struct handler *handler,
			       const char *location);

#endif
