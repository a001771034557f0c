// Threads of our own: start, join, name, scheduling class.
#ifndef CLINUX_THREAD_H
#define CLINUX_THREAD_H

#include <stdint.h>

// Starts a joinable thread that calls `body(context)` with every signal blocked. `handle` receives its identity.
int clinux_thread_start(void (*body)(void *), void *context, uint64_t *handle);
int clinux_thread_join(uint64_t handle);
int clinux_thread_detach(uint64_t handle);
// At most 15 bytes; the rest is cut.
int clinux_thread_set_name(const char *name);
// Puts the calling thread into SCHED_FIFO; children do not inherit it.
int clinux_thread_set_realtime(int priority);
// Sets the nice value of the calling thread only.
int clinux_thread_set_nice(int nice);
int clinux_online_processors(void);
// A write to a closed socket or pipe is then an error (EPIPE), not the end of the process.
int clinux_ignore_sigpipe(void);
// Lets the process have as many descriptors as its hard limit says; returns how many that are.
int64_t clinux_raise_descriptor_limit(void);
// How many descriptors the process may still open, at most; `limit` receives how many it may have.
int64_t clinux_descriptors_left(int64_t *limit);
// EMFILE.
int clinux_error_too_many_descriptors(void);

#endif
