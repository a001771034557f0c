// TCP as the bot links use it, and names to addresses without holding up the caller.
#ifndef CLINUX_SOCKET_H
#define CLINUX_SOCKET_H

#include <stdint.h>

// 4 or 16 bytes of address in network order.
struct clinux_address {
    uint8_t bytes[16];
    int32_t length;
    uint16_t port;
};

// Starts connecting: a non-blocking, close-on-exec socket without Nagle's delay. It becomes writable when the attempt
// has ended; then clinux_socket_error tells how.
int clinux_tcp_connect(const struct clinux_address *address);
// The same to a Unix socket, whose queue may be full (EAGAIN).
int clinux_unix_connect(const char *path);
// 0 when connected, else the negated errno of the attempt.
int clinux_socket_error(int descriptor);
// Buffer sizes in bytes as the kernel counts them (it doubles what is asked); 0 leaves a side alone.
int clinux_socket_set_buffers(int descriptor, int send, int receive);
// A listening TCP socket on 127.0.0.1 with a port of the kernel's choice, for tests and local tools.
int clinux_tcp_listen_loopback(uint16_t *port);
// A listening TCP socket on an address; `port` is the one it got, which is the address's own unless that is 0.
int clinux_tcp_listen(const struct clinux_address *address, uint16_t *port);
// A non-blocking, close-on-exec connection from a listener, or -EAGAIN.
int clinux_tcp_accept(int listener);
// Sends FIN; the other direction stays open.
int clinux_shutdown_write(int descriptor);

// One look-up by glibc's own resolver threads. Free it with clinux_resolve_release, at any time.
struct clinux_resolution;
struct clinux_resolution *clinux_resolve_start(const char *name);
// 1 when it is done, 0 while it runs.
int clinux_resolve_done(struct clinux_resolution *resolution);
// Copies up to `capacity` addresses (port 0) and returns their count, or -1 when the name has none.
int clinux_resolve_take(struct clinux_resolution *resolution, struct clinux_address *addresses, int capacity);
// Returns 1 when it was freed; 0 while a resolver thread still works on it: call again later.
int clinux_resolve_release(struct clinux_resolution *resolution);

#endif
