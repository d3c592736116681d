/*
 * value.h - single values: text to number, and whether a text is what it should be.
 *
 * Each function returns NULL, or what is wrong and what would be right.  Messages are constant.
 */
#ifndef PODINIT_CONFIG_VALUE_H
#define PODINIT_CONFIG_VALUE_H

#include "config/spec.h"

/* Seconds with decimals, or with a unit: 0.25, 250ms, 5s, 2m, 1h. */
const char *value_seconds(const char *text, nsec *out);

/* A whole number from 0 on. */
const char *value_count(const char *text, int64_t *out);

const char *value_bool(const char *text, bool *out);

/* The number of a user or a group. */
const char *value_id(const char *text, uint32_t *out);

/* What is called SIGRTMIN everywhere but in musl, which keeps one more for itself. */
enum { RT_MIN = 34, RT_MAX = 64 };

/* "SIGTERM", "SIGRTMIN+3": its number on Linux. */
const char *value_signal(const char *text, int *out);

/* A DNS label: what Kubernetes wants names to be. */
const char *value_name(const char *text);

/* The name of an environment variable: printable ASCII without "=". */
const char *value_env_name(const char *text);

/* The name of a port: a service name of at most 15 characters. */
const char *value_port_name(const char *text);

/* The name of an HTTP header. */
const char *value_header_name(const char *text);

/* A DNS name, of hosts, or with "_" and a "." at its end too. */
const char *value_host_name(const char *text, bool relaxed);

/* An IP address, or "localhost", which becomes 127.0.0.1. */
const char *value_host(const char *text, const char **out);

#endif
