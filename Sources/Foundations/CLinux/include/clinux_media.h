// UDP as the media plane uses it: bound pairs, many datagrams a call, when each of them arrived.
#ifndef CLINUX_MEDIA_H
#define CLINUX_MEDIA_H

#include <stdint.h>

#include "clinux_socket.h"

enum {
    // Datagrams that one clinux_media_receive can take.
    CLINUX_MEDIA_BATCH = 32,
};

struct clinux_datagram {
    struct clinux_address source;
    // Bytes of the datagram that lie in its slot.
    int32_t length;
    // 1 when the datagram was longer than its slot.
    int32_t is_truncated;
    // When the kernel took it from the wire, on CLOCK_MONOTONIC in nanoseconds.
    int64_t arrival_ns;
};

// A non-blocking, close-on-exec UDP socket bound to `local`, whose packets leave with the DSCP value `dscp` (46 is
// Expedited Forwarding, RFC 3246) and whose receive buffer holds about `receive_buffer` bytes.
int clinux_media_bind(const struct clinux_address *local, int receive_buffer, int dscp);

// The bound port.
int clinux_media_port(int descriptor);

// Takes up to `count` (at most CLINUX_MEDIA_BATCH) datagrams; datagram i lies at `buffer + i * slot`. Returns how many,
// 0 when none waits.
int clinux_media_receive(int descriptor, struct clinux_datagram *datagrams, int count, uint8_t *buffer, int slot);

// Sends one datagram. An ICMP answer to an earlier one is not an error of this one.
int clinux_media_send(int descriptor, const uint8_t *bytes, int length, const struct clinux_address *destination);

// The errno values that the media plane tells apart.
int clinux_address_in_use(void);
int clinux_too_many_descriptors(int error);

#endif
