/* Pod files as strings, and what is expected of them: for the tests of config/. */
#ifndef PODINIT_TESTS_PODFILE_H
#define PODINIT_TESTS_PODFILE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "config/parse.h"

static struct pod_spec spec;
static struct problems problems;

static int parse_bytes(const char *text, size_t n)
{
	spec_free(&spec);
	problems_free(&problems);
	return spec_parse(&spec, "/dir/shop.ini", text, n, &problems);
}

static void print_problems(void)
{
	for (size_t i = 0; i < problems.n; i++) {
		char line[1024];

		problem_format(line, sizeof line, "shop.ini", &problems.v[i]);
		fputs(line, stderr);
	}
}

static void good(const char *text)
{
	if (parse_bytes(text, strlen(text)) != 0) {
		print_problems();
		fail();
	}
}

/* The file has exactly these problems, each found in the line that is printed for it. */
static void bad(const char *text, const char *const *want, size_t n)
{
	assert_int_equal(parse_bytes(text, strlen(text)), -1);
	if (problems.n != n)
		print_problems();
	assert_int_equal(problems.n, n);
	for (size_t i = 0; i < n; i++) {
		char line[1024];

		problem_format(line, sizeof line, "shop.ini", &problems.v[i]);
		if (!strstr(line, want[i])) {
			print_problems();
			fail_msg("no \"%s\" in \"%s\"", want[i], line);
		}
	}
}

#define BAD(text, ...)                                                                             \
	bad(text, (const char *const[]){__VA_ARGS__},                                              \
	    sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

#define A "[container a]\ncommand = true\n"

#endif
