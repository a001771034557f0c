#include "clinux_process.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *path_of(char *const *environment) {
    for (; *environment; environment++) {
        const char *entry = *environment;
        if (entry[0] == 'P' && entry[1] == 'A' && entry[2] == 'T' && entry[3] == 'H' && entry[4] == '=') return entry + 5;
    }
    return "/usr/local/bin:/usr/bin:/bin";
}

// execve along PATH. Runs between vfork and exec: no allocation, no locks.
static void execute(char *const *arguments, char *const *environment) {
    const char *name = arguments[0];
    for (const char *c = name; *c; c++)
        if (*c == '/') {
            execve(name, arguments, environment);
            return;
        }
    int error = ENOENT;
    const char *directory = path_of(environment);
    while (*directory) {
        char candidate[4096];
        size_t length = 0;
        while (*directory && *directory != ':' && length < sizeof candidate - 2) candidate[length++] = *directory++;
        while (*directory && *directory != ':') directory++;
        if (*directory == ':') directory++;
        if (length == 0) candidate[length++] = '.';
        candidate[length++] = '/';
        size_t i = 0;
        while (name[i] && length < sizeof candidate - 1) candidate[length++] = name[i++];
        if (name[i]) continue;
        candidate[length] = 0;
        execve(candidate, arguments, environment);
        if (errno == EACCES) error = EACCES;
        if (errno != ENOENT && errno != ENOTDIR && errno != EACCES) return;
    }
    errno = error;
}

// The child's half, on the parent's memory and stack until exec: async-signal-safe calls only.
static int become(const struct clinux_spawn_request *request, pid_t parent) {
    struct sigaction reset = {.sa_handler = SIG_DFL};
    for (int signal = 1; signal < NSIG; signal++) sigaction(signal, &reset, NULL);
    if (setpgid(0, 0) < 0) return errno;
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0) return errno;
    if (getppid() != parent) return ECHILD;
    struct sched_param normal = {0};
    sched_setscheduler(0, SCHED_OTHER, &normal);
    setpriority(PRIO_PROCESS, 0, 0);
    if (request->working_directory && chdir(request->working_directory) < 0) return errno;
    // Moved above 2 first, so that no dup2 overwrites a descriptor that a later one needs.
    int input = fcntl(request->standard_input, F_DUPFD_CLOEXEC, 3);
    int output = fcntl(request->standard_output, F_DUPFD_CLOEXEC, 3);
    int error = fcntl(request->standard_error, F_DUPFD_CLOEXEC, 3);
    if (input < 0 || output < 0 || error < 0) return errno;
    if (dup2(input, 0) < 0 || dup2(output, 1) < 0 || dup2(error, 2) < 0) return errno;
    // Ours are O_CLOEXEC already; this also covers what a library may have opened without it.
    syscall(SYS_close_range, 3u, ~0u, CLOSE_RANGE_CLOEXEC);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execute(request->arguments, request->environment);
    return errno;
}

int clinux_spawn(const struct clinux_spawn_request *request, struct clinux_child *child) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t parent = getpid();
    // vfork copies no page tables, so that no media thread pays for a child with page faults.
    volatile int failure = 0;
    pid_t process = vfork();
    if (process == 0) {
        failure = become(request, parent);
        _exit(127);
    }
    int error = process < 0 ? errno : failure;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (process < 0) return -error;
    if (error) {
        waitpid(process, NULL, 0);
        return -error;
    }
    int pidfd = (int)syscall(SYS_pidfd_open, process, 0);
    if (pidfd < 0) {
        error = errno;
        kill(process, SIGKILL);
        waitpid(process, NULL, 0);
        return -error;
    }
    child->process = process;
    child->pidfd = pidfd;
    return 0;
}

int clinux_child_status(int pidfd, int reap, struct clinux_exit *status) {
    siginfo_t found = {0};
    int options = WEXITED | WNOHANG | (reap ? 0 : WNOWAIT);
    if (waitid((idtype_t)P_PIDFD, (id_t)pidfd, &found, options) < 0) return -errno;
    status->kind = CLINUX_EXIT_RUNNING;
    status->value = 0;
    if (found.si_pid == 0) return 0;
    status->kind = found.si_code == CLD_EXITED ? CLINUX_EXIT_CODE : CLINUX_EXIT_SIGNAL;
    status->value = found.si_status;
    return 0;
}

int clinux_child_signal_group(int32_t process, int signal) { return kill(-process, signal) < 0 ? -errno : 0; }

const char *clinux_environment_value(const char *name) { return getenv(name); }

int clinux_sigterm(void) { return SIGTERM; }
int clinux_sigkill(void) { return SIGKILL; }
