/*
 * rule.h - restartPolicyRules: what an exit code is answered with.
 */
#ifndef PODINIT_CONFIG_RULE_H
#define PODINIT_CONFIG_RULE_H

#include "config/spec.h"

/* Adds the rule "ACTION In|NotIn CODE[,CODE...]".  NULL, or what is wrong with it. */
const char *rule_add(struct rules *rules, const char *text, struct arena *arena);

#endif
