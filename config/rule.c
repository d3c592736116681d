#include "config/rule.h"

#include <string.h>

#include "config/arena.h"
#include "config/value.h"

#define FORM "must be ACTION In|NotIn CODE[,CODE...], as \"Restart In 42,43\""

static bool eat(const char **text, const char *word)
{
	size_t n = strlen(word);

	if (strncmp(*text, word, n) != 0 || !strchr(" \t", (*text)[n]) || !(*text)[n])
		return false;
	*text += n;
	*text += strspn(*text, " \t");
	return true;
}

static const char *codes(struct rule *r, const char *text, struct arena *arena)
{
	int32_t *v = arena_alloc(arena, RULE_CODES_MAX * sizeof *v);

	if (!v)
		return "no memory";
	r->codes = v;
	for (;;) {
		size_t n = strcspn(text, " \t,");
		const char *number = arena_copy(arena, text, n);
		int64_t code;

		if (!number || value_count(number, &code))
			return FORM;
		if (code > 255)
			return "an exit code is at most 255";
		if (r->n == RULE_CODES_MAX)
			return arena_format(arena, "a rule has at most %d codes", RULE_CODES_MAX);
		v[r->n++] = (int32_t)code;
		text += n + strspn(text + n, " \t");
		if (!*text)
			return NULL;
		if (*text++ != ',')
			return FORM;
		text += strspn(text, " \t");
	}
}

const char *rule_add(struct rules *rules, const char *text, struct arena *arena)
{
	struct rule r = {0};

	if (!rules->v && !(rules->v = arena_alloc(arena, RULES_MAX * sizeof *rules->v)))
		return "no memory";
	if (rules->n == RULES_MAX)
		return arena_format(arena, "a container has at most %d rules", RULES_MAX);
	if (eat(&text, "Restart"))
		r.action = RULE_RESTART;
	else if (eat(&text, "RestartAllContainers"))
		r.action = RULE_RESTART_ALL;
	else
		return "the action must be Restart or RestartAllContainers, as \"Restart In 42\"";
	if (eat(&text, "NotIn"))
		r.not_in = true;
	else if (!eat(&text, "In"))
		return FORM;
	rules->v[rules->n++] = r;
	return codes(&rules->v[rules->n - 1], text, arena);
}
