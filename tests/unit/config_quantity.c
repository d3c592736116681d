/* Kubernetes' quantities, exactly. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "config/quantity.h"

static void test_amounts(void **state)
{
	static const struct {
		const char *text;
		int64_t bytes, milli; /* -1: is refused */
	} rows[] = {
		/* Proves: K8s 1.2.15 */
		{"0", 0, 0},
		{"1", 1, 1000},
		{"+1", 1, 1000},
		{"500m", 1, 500},
		{"1500m", 2, 1500},
		{"0.1m", 1, 1},
		{"1n", 1, 1},
		{"0n", 0, 0},
		{"1000001u", 2, 1001},
		{"1.5", 2, 1500},
		{"1.", 1, 1000},
		{".5", 1, 500},
		{"1.0005", 2, 1001},
		{"1k", 1000, 1000000},
		{"1.5G", 1500000000, 1500000000000},
		{"64Mi", 67108864, 67108864000},
		{"0.5Ki", 512, 512000},
		{"1.0001Ki", 1025, 1024103},
		{"0.0000000000000000000000001Ki", 1, 1},
		{"1e3", 1000, 1000000},
		{"1E3", 1000, 1000000},
		{"1E+3", 1000, 1000000},
		{"1500e-3", 2, 1500},
		{"1e-30", 1, 1},
		{"0e99999999999", 0, 0},
		{"1E", 1000000000000000000, -1},
		{"7Ei", 8070450532247928832, -1},
		{"7.9999999999999999999999999Ei", -1, -1},
		{"8Ei", -1, -1},
		{"9223372036854775807", INT64_MAX, -1},
		{"9223372036854775808", -1, -1},
		{"9223372036854775806.5", INT64_MAX, -1},
		{"9223372036854775807.5", -1, -1},
		{"18446744073709551617", -1, -1},
		{"9.223372036854775807e18", INT64_MAX, -1},
		{"1e19", -1, -1},
		{"1e99999999999", -1, -1},
		{"00000000000000000000000000000001", 1, 1000},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		int64_t bytes = -1, milli = -1;
		const char *one = quantity_parse(rows[i].text, 0, &bytes);
		const char *two = quantity_parse(rows[i].text, 3, &milli);

		if (bytes != rows[i].bytes || milli != rows[i].milli)
			fail_msg("%s: %lld and %lld", rows[i].text, (long long)bytes,
				 (long long)milli);
		assert_true((one == NULL) == (rows[i].bytes >= 0));
		assert_true((two == NULL) == (rows[i].milli >= 0));
		if (one)
			assert_string_equal(one, "is too large");
	}
}

static void test_what_is_no_quantity(void **state)
{
	static const char *const wrong[] = {"",    ".",   "m",    "Mi",    "1 Mi", "1MB",  "1mi",
					    "1e",  "1e+", "1e1m", "1e1.5", "1..2", "0x1",  "1Kib",
					    "++1", "1,5", "+",    "1-",    " 1",   "1e++1"};
	int64_t v = 42;

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		const char *message = quantity_parse(wrong[i], 0, &v);

		if (!message || !strstr(message, "must be a quantity"))
			fail_msg("\"%s\": %s", wrong[i], message ? message : "accepted");
	}
	assert_int_equal(v, 42);
	assert_string_equal(quantity_parse("-1", 0, &v), "must not be negative");
	assert_non_null(strstr(quantity_parse("1K", 0, &v), "write k (1000) or Ki (1024)"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_amounts),
		cmocka_unit_test(test_what_is_no_quantity),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
