#include "clinux_file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

int clinux_file_open_directory(const char *path, int create) {
    if (create && mkdir(path, 0700) < 0 && errno != EEXIST) return -errno;
    int descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return descriptor < 0 ? -errno : descriptor;
}

int clinux_file_is_at(int descriptor, const char *path) {
    struct stat own, there;
    if (fstat(descriptor, &own) < 0 || stat(path, &there) < 0) return 0;
    return own.st_dev == there.st_dev && own.st_ino == there.st_ino;
}

int clinux_file_open_beneath(int directory, const char *name) {
    // Not blocking, so that a FIFO in the directory cannot hold the thread.
    struct open_how how = {
        .flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
    int descriptor = (int)syscall(SYS_openat2, directory, name, &how, sizeof how);
    if (descriptor < 0 && (errno == ENOSYS || errno == EPERM)) {
        // An old kernel, or a container's filter: then no symbolic link at all.
        descriptor = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW);
    }
    if (descriptor < 0) return -errno;
    struct stat status;
    int error = fstat(descriptor, &status) < 0 ? errno : (S_ISREG(status.st_mode) ? 0 : EINVAL);
    if (error) {
        close(descriptor);
        return -error;
    }
    return descriptor;
}

int clinux_file_create(int directory, const char *name) {
    int descriptor = openat(directory, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    return descriptor < 0 ? -errno : descriptor;
}

int64_t clinux_file_length(int descriptor) {
    struct stat status;
    return fstat(descriptor, &status) < 0 ? -errno : status.st_size;
}

int clinux_file_write_at(int descriptor, const void *bytes, int64_t length, int64_t offset) {
    const char *next = bytes;
    while (length > 0) {
        ssize_t written = pwrite(descriptor, next, (size_t)length, offset);
        if (written < 0) {
            if (errno == EINTR) continue;
            return -errno;
        }
        next += written;
        offset += written;
        length -= written;
    }
    return 0;
}

int64_t clinux_file_free_bytes(int descriptor) {
    struct statvfs status;
    if (fstatvfs(descriptor, &status) < 0) return -errno;
    return (int64_t)(status.f_bavail * status.f_frsize);
}

int clinux_file_wait_readable(int descriptor, int timeout_ms) {
    struct pollfd entry = {.fd = descriptor, .events = POLLIN};
    int ready = poll(&entry, 1, timeout_ms);
    if (ready < 0) return errno == EINTR ? 0 : -errno;
    return ready;
}

int clinux_file_error_not_found(void) { return ENOENT; }
int clinux_file_error_exists(void) { return EEXIST; }
int clinux_file_error_outside(void) { return EXDEV; }
int clinux_file_error_loop(void) { return ELOOP; }
int clinux_file_error_no_space(void) { return ENOSPC; }
int clinux_file_error_quota(void) { return EDQUOT; }
