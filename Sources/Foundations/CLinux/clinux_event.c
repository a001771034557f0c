#include "clinux_event.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

static int64_t now_of(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

int64_t clinux_monotonic_now(void) { return now_of(CLOCK_MONOTONIC); }
int64_t clinux_realtime_now(void) { return now_of(CLOCK_REALTIME); }

static struct timespec timespec_of(int64_t nanoseconds) {
    struct timespec time = {.tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000};
    return time;
}

int clinux_epoll_create(void) {
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    return epoll < 0 ? -errno : epoll;
}

static int control(int epoll, int operation, int descriptor, uint32_t interest, uint64_t token) {
    struct epoll_event event = {.data.u64 = token};
    if (interest & CLINUX_READABLE) event.events |= EPOLLIN | EPOLLRDHUP;
    if (interest & CLINUX_WRITABLE) event.events |= EPOLLOUT;
    return epoll_ctl(epoll, operation, descriptor, &event) < 0 ? -errno : 0;
}

int clinux_epoll_add(int epoll, int descriptor, uint32_t interest, uint64_t token) {
    return control(epoll, EPOLL_CTL_ADD, descriptor, interest, token);
}

int clinux_epoll_modify(int epoll, int descriptor, uint32_t interest, uint64_t token) {
    return control(epoll, EPOLL_CTL_MOD, descriptor, interest, token);
}

int clinux_epoll_remove(int epoll, int descriptor) {
    return control(epoll, EPOLL_CTL_DEL, descriptor, 0, 0);
}

int clinux_epoll_wait(int epoll, struct clinux_event *events, int capacity, int64_t timeout_ns) {
    struct epoll_event found[256];
    if (capacity > 256) capacity = 256;
    struct timespec timeout = timespec_of(timeout_ns < 0 ? 0 : timeout_ns);
    int count = epoll_pwait2(epoll, found, capacity, timeout_ns < 0 ? NULL : &timeout, NULL);
    if (count < 0 && errno == ENOSYS) {
        // Before Linux 5.11: whole milliseconds, rounded up so that the wait never ends early.
        int64_t milliseconds = (timeout_ns + 999999) / 1000000;
        if (milliseconds > 1000000000) milliseconds = 1000000000;
        count = epoll_wait(epoll, found, capacity, timeout_ns < 0 ? -1 : (int)milliseconds);
    }
    if (count < 0) return errno == EINTR ? 0 : -errno;
    for (int i = 0; i < count; i++) {
        uint32_t readiness = 0;
        if (found[i].events & EPOLLIN) readiness |= CLINUX_READABLE;
        if (found[i].events & EPOLLOUT) readiness |= CLINUX_WRITABLE;
        if (found[i].events & (EPOLLHUP | EPOLLERR | EPOLLRDHUP)) readiness |= CLINUX_HANGUP;
        events[i].token = found[i].data.u64;
        events[i].readiness = readiness;
    }
    return count;
}

int clinux_timer_create(void) {
    int timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    return timer < 0 ? -errno : timer;
}

int clinux_timer_set(int timer, int64_t first_ns, int64_t interval_ns) {
    struct itimerspec times = {.it_value = timespec_of(first_ns), .it_interval = timespec_of(interval_ns)};
    return timerfd_settime(timer, TFD_TIMER_ABSTIME, &times, NULL) < 0 ? -errno : 0;
}

int clinux_eventfd_create(void) {
    int descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return descriptor < 0 ? -errno : descriptor;
}

int clinux_eventfd_signal(int descriptor) {
    uint64_t one = 1;
    // A full counter (EAGAIN) already wakes its reader, so it is no failure.
    return write(descriptor, &one, sizeof one) < 0 && errno != EAGAIN ? -errno : 0;
}

int clinux_counter_read(int descriptor, uint64_t *count) {
    *count = 0;
    if (read(descriptor, count, sizeof *count) == sizeof *count) return 0;
    *count = 0;
    return errno == EAGAIN || errno == EINTR ? 0 : -errno;
}

int clinux_pipe(int *read_end, int *write_end) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0) return -errno;
    *read_end = ends[0];
    *write_end = ends[1];
    return 0;
}

int clinux_set_nonblocking(int descriptor) {
    int flags = fcntl(descriptor, F_GETFL);
    if (flags < 0) return -errno;
    return fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) < 0 ? -errno : 0;
}

int clinux_close(int descriptor) {
    // Linux frees the descriptor even when close is interrupted, so a retry could close a stranger's.
    return close(descriptor) < 0 && errno != EINTR ? -errno : 0;
}

int64_t clinux_read(int descriptor, void *buffer, int64_t length) {
    ssize_t count;
    do count = read(descriptor, buffer, (size_t)length);
    while (count < 0 && errno == EINTR);
    return count < 0 ? -errno : count;
}

int64_t clinux_write(int descriptor, const void *buffer, int64_t length) {
    ssize_t count;
    do count = write(descriptor, buffer, (size_t)length);
    while (count < 0 && errno == EINTR);
    return count < 0 ? -errno : count;
}

int clinux_wait_readable(int descriptor, int milliseconds) {
    struct pollfd polled = {.fd = descriptor, .events = POLLIN};
    int count = poll(&polled, 1, milliseconds);
    if (count < 0) return errno == EINTR ? 0 : -errno;
    return count;
}

int clinux_would_block(void) { return EAGAIN; }

void clinux_describe_error(int error, char *text, int length) {
    char words[128];
    // The GNU form returns its text, which may or may not be in `words`.
    const char *found = strerror_r(error, words, sizeof words);
    if (length > 0) {
        strncpy(text, found, (size_t)length - 1);
        text[length - 1] = 0;
    }
}
