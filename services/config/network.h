/*
 * What counts as one address when people who are not known are counted: of IPv4 the whole,
 * of IPv6 the first 56 bits. Providers give a site a /56 or more (RIPE-690, 4.2), so that
 * whoever has one address of it has all of them, a fresh one for each attempt.
 */
#ifndef OST_CONFIG_NETWORK_H
#define OST_CONFIG_NETWORK_H

enum { OST_NETWORK_BYTES = 7 };

#endif
