// epoll, timerfd, eventfd, the clocks, and plain descriptors.
#ifndef CLINUX_EVENT_H
#define CLINUX_EVENT_H

#include <stdint.h>

enum {
    CLINUX_READABLE = 1,
    CLINUX_WRITABLE = 2,
    // The peer closed its side, or the descriptor is in error. Always reported, asked for or not.
    CLINUX_HANGUP = 4,
};

struct clinux_event {
    uint64_t token;
    uint32_t readiness;
};

// CLOCK_MONOTONIC and CLOCK_REALTIME in nanoseconds.
int64_t clinux_monotonic_now(void);
int64_t clinux_realtime_now(void);

int clinux_epoll_create(void);
int clinux_epoll_add(int epoll, int descriptor, uint32_t interest, uint64_t token);
int clinux_epoll_modify(int epoll, int descriptor, uint32_t interest, uint64_t token);
int clinux_epoll_remove(int epoll, int descriptor);
// Waits for at most `timeout_ns` (negative: for ever) and fills up to `capacity` (at most 256) events.
// An interrupted wait is a wait that found nothing.
int clinux_epoll_wait(int epoll, struct clinux_event *events, int capacity, int64_t timeout_ns);

// A timer on CLOCK_MONOTONIC that fires first at `first_ns` and then each `interval_ns`, never drifting.
int clinux_timer_create(void);
int clinux_timer_set(int timer, int64_t first_ns, int64_t interval_ns);

int clinux_eventfd_create(void);
int clinux_eventfd_signal(int descriptor);

// Reads the 8-byte counter of a timer or an eventfd; 0 counts when there is nothing to read.
int clinux_counter_read(int descriptor, uint64_t *count);

// Pipe ends are close-on-exec and blocking; see clinux_set_nonblocking.
int clinux_pipe(int *read_end, int *write_end);
int clinux_set_nonblocking(int descriptor);
int clinux_close(int descriptor);

// read and write, retried when interrupted; -EAGAIN when a non-blocking descriptor has no data or no room.
int64_t clinux_read(int descriptor, void *buffer, int64_t length);
int64_t clinux_write(int descriptor, const void *buffer, int64_t length);

// Waits until the descriptor is readable (1) or the milliseconds have passed (0).
int clinux_wait_readable(int descriptor, int milliseconds);

// The errno values that callers must tell apart, and the text of any.
int clinux_would_block(void);
// Fills `text` with the system's words for `error` (positive errno).
void clinux_describe_error(int error, char *text, int length);

#endif
