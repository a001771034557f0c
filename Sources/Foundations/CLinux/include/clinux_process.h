// Children: started by argv only (no shell), in a process group of their own, ended with their parent, reaped by pidfd.
#ifndef CLINUX_PROCESS_H
#define CLINUX_PROCESS_H

#include <stdint.h>

struct clinux_spawn_request {
    // Both end with a null pointer. `arguments[0]` is searched in PATH of `environment` when it has no slash.
    char *const *arguments;
    char *const *environment;
    // Null: the parent's.
    const char *working_directory;
    int standard_input;
    int standard_output;
    int standard_error;
};

struct clinux_child {
    int32_t process;
    int32_t pidfd;
};

enum {
    CLINUX_EXIT_RUNNING = 0,
    CLINUX_EXIT_CODE = 1,
    CLINUX_EXIT_SIGNAL = 2,
};

struct clinux_exit {
    int32_t kind;
    // The exit code or the signal's number.
    int32_t value;
};

// Starts a child. It gets SIGKILL when the calling *thread* ends, so call from a thread that outlives it.
// Signal mask, dispositions and scheduling class are reset; every descriptor above 2 is closed at exec.
// A failed exec (no such file, no permission) is reported here and leaves no child behind.
int clinux_spawn(const struct clinux_spawn_request *request, struct clinux_child *child);

// Looks whether the child has ended, without waiting. With `reap` its zombie is taken away as well.
int clinux_child_status(int pidfd, int reap, struct clinux_exit *status);
// Signals the whole process group of a child that has not been reaped yet.
int clinux_child_signal_group(int32_t process, int signal);
// The value of a variable of this process's environment, or null. Valid until the environment changes.
const char *clinux_environment_value(const char *name);
int clinux_sigterm(void);
int clinux_sigkill(void);

#endif
