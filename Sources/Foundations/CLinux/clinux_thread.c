#include "clinux_thread.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

struct start {
    void (*body)(void *);
    void *context;
};

static void *run(void *argument) {
    struct start start = *(struct start *)argument;
    free(argument);
    start.body(start.context);
    return NULL;
}

int clinux_thread_start(void (*body)(void *), void *context, uint64_t *handle) {
    struct start *start = malloc(sizeof *start);
    if (!start) return -ENOMEM;
    start->body = body;
    start->context = context;
    // The new thread inherits this mask: signals are for the threads that the runtime set up for them.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_t thread;
    int error = pthread_create(&thread, NULL, run, start);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error) {
        free(start);
        return -error;
    }
    *handle = (uint64_t)thread;
    return 0;
}

int clinux_thread_join(uint64_t handle) { return -pthread_join((pthread_t)handle, NULL); }

int clinux_thread_detach(uint64_t handle) { return -pthread_detach((pthread_t)handle); }

int clinux_thread_set_name(const char *name) {
    char cut[16];
    strncpy(cut, name, sizeof cut - 1);
    cut[sizeof cut - 1] = 0;
    return -pthread_setname_np(pthread_self(), cut);
}

int clinux_thread_set_realtime(int priority) {
    struct sched_param parameters = {.sched_priority = priority};
    return -pthread_setschedparam(pthread_self(), SCHED_FIFO | SCHED_RESET_ON_FORK, &parameters);
}

int clinux_thread_set_nice(int nice) {
    return setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), nice) < 0 ? -errno : 0;
}

int clinux_online_processors(void) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) < 0) return 1;
    return CPU_COUNT(&set);
}

int64_t clinux_raise_descriptor_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return -errno;
    if (limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        if (setrlimit(RLIMIT_NOFILE, &limit) < 0) return -errno;
    }
    return limit.rlim_cur > INT64_MAX ? INT64_MAX : (int64_t)limit.rlim_cur;
}

int clinux_ignore_sigpipe(void) {
    struct sigaction action = {.sa_handler = SIG_IGN};
    return sigaction(SIGPIPE, &action, NULL) < 0 ? -errno : 0;
}

int64_t clinux_descriptors_left(int64_t *limit) {
    struct rlimit bound;
    if (getrlimit(RLIMIT_NOFILE, &bound) < 0) bound.rlim_cur = 0;
    *limit = bound.rlim_cur > INT32_MAX ? INT32_MAX : (int64_t)bound.rlim_cur;
    // Since Linux 6.2 the size of this directory is the number of its entries. Looking costs no descriptor.
    struct stat status;
    if (stat("/proc/self/fd", &status) == 0 && status.st_size > 0) {
        return status.st_size < *limit ? *limit - status.st_size : 0;
    }
    // Otherwise the lowest number that is free, which the kernel always gives: all below it are open.
    int lowest = eventfd(0, EFD_CLOEXEC);
    if (lowest < 0) return 0;
    close(lowest);
    return lowest < *limit ? *limit - lowest : 0;
}

int clinux_error_too_many_descriptors(void) { return EMFILE; }
