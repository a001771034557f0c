// What Swift needs of c-ares: its header, and a few functions where the plain C types would need pointers to pointers.

#ifndef TRUNKLINE_CCARES_SHIMS_H
#define TRUNKLINE_CCARES_SHIMS_H

#include <ares.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

enum {
    CCARES_CLASS_IN = 1,
    CCARES_TYPE_SRV = 33,
    CCARES_TYPE_NAPTR = 35,
    CCARES_NO_SOCKET = -1,
};

// A channel whose sockets are reported to `changed`. NULL when c-ares cannot start. `servers` is a list such as
// `192.0.2.1:53,[2001:db8::1]:53`; NULL takes the system's.
static inline ares_channel ccares_open(
    int timeout_in_milliseconds, int tries, const char *servers, ares_sock_state_cb changed, void *context) {
    struct ares_options options;
    memset(&options, 0, sizeof options);
    options.timeout = timeout_in_milliseconds;
    options.tries = tries;
    options.sock_state_cb = changed;
    options.sock_state_cb_data = context;
    ares_channel channel = NULL;
    if (ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS) {
        return NULL;
    }
    if (ares_init_options(&channel, &options, ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB) !=
        ARES_SUCCESS) {
        ares_library_cleanup();
        return NULL;
    }
    if (servers != NULL && ares_set_servers_ports_csv(channel, servers) != ARES_SUCCESS) {
        ares_destroy(channel);
        ares_library_cleanup();
        return NULL;
    }
    return channel;
}

// Every query that is still open ends with ARES_EDESTRUCTION before this returns.
static inline void ccares_close(ares_channel channel) {
    ares_destroy(channel);
    ares_library_cleanup();
}

// IPv4 and IPv6 addresses, in the order of RFC 6724.
static inline void ccares_addresses(ares_channel channel, const char *name, ares_addrinfo_callback done, void *context) {
    struct ares_addrinfo_hints hints;
    memset(&hints, 0, sizeof hints);
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    ares_getaddrinfo(channel, name, NULL, &hints, done, context);
}

// Milliseconds until c-ares wants to be called although no socket is ready; -1 when it waits for nothing.
static inline long ccares_milliseconds_left(ares_channel channel) {
    struct timeval left;
    if (ares_timeout(channel, NULL, &left) == NULL) {
        return -1;
    }
    return (long)left.tv_sec * 1000 + (left.tv_usec + 999) / 1000;
}

// Copies the octets of one address and returns their number: 4, 16, or 0 for an address of another kind.
static inline int ccares_octets(const struct ares_addrinfo_node *node, unsigned char octets[16]) {
    if (node->ai_family == AF_INET && node->ai_addrlen >= (ares_socklen_t)sizeof(struct sockaddr_in)) {
        memcpy(octets, &((const struct sockaddr_in *)(const void *)node->ai_addr)->sin_addr, 4);
        return 4;
    }
    if (node->ai_family == AF_INET6 && node->ai_addrlen >= (ares_socklen_t)sizeof(struct sockaddr_in6)) {
        memcpy(octets, &((const struct sockaddr_in6 *)(const void *)node->ai_addr)->sin6_addr, 16);
        return 16;
    }
    return 0;
}

// The length of the encoded name at `offset`; 0 when the message is broken there.
static inline long ccares_name_length(const unsigned char *message, int length, long offset) {
    if (offset >= length) {
        return 0;
    }
    char *text = NULL;
    long count = 0;
    if (ares_expand_name(message + offset, message, length, &text, &count) != ARES_SUCCESS) {
        return 0;
    }
    ares_free_string(text);
    return count;
}

// The least time to live, in seconds, of the answer section (RFC 1035 section 4.1): c-ares parses SRV and NAPTR records
// without theirs. -1 for a message without answers, or one that ends too early.
static inline long ccares_least_ttl(const unsigned char *message, int length) {
    if (length < 12) {
        return -1;
    }
    int questions = message[4] << 8 | message[5];
    int answers = message[6] << 8 | message[7];
    long offset = 12;
    for (int index = 0; index < questions; index++) {
        long name = ccares_name_length(message, length, offset);
        if (name == 0) {
            return -1;
        }
        offset += name + 4;
    }
    long least = -1;
    for (int index = 0; index < answers; index++) {
        long name = ccares_name_length(message, length, offset);
        if (name == 0 || offset + name + 10 > length) {
            return -1;
        }
        const unsigned char *fixed = message + offset + name;
        // RFC 2181 section 8: a value with the most significant bit set counts as zero.
        long ttl = fixed[4] & 0x80 ? 0 : (long)fixed[4] << 24 | fixed[5] << 16 | fixed[6] << 8 | fixed[7];
        if (least < 0 || ttl < least) {
            least = ttl;
        }
        offset += name + 10 + (fixed[8] << 8 | fixed[9]);
    }
    return least;
}

#endif
