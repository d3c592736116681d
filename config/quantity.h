/*
 * quantity.h - Kubernetes' quantities: 500m, 64Mi, 1.5G, 1e3.
 */
#ifndef PODINIT_CONFIG_QUANTITY_H
#define PODINIT_CONFIG_QUANTITY_H

#include <stdint.h>

/*
 * *out is the amount in units of 1/10^decimals (0: bytes, 3: thousandths of a CPU), rounded up as
 * in Kubernetes.  NULL, or what is wrong with it, which is constant; nothing wraps.
 */
const char *quantity_parse(const char *text, int decimals, int64_t *out);

#endif
