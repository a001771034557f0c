// Files for prompts and recordings: opening without leaving a directory, writing at a place, free space.
#ifndef CLINUX_FILE_H
#define CLINUX_FILE_H

#include <stdint.h>

// Opens a directory for the calls below; with `create`, makes it first (mode 0700) when only its last part is missing.
int clinux_file_open_directory(const char *path, int create);
// Whether `path` leads to what `descriptor` has open: 1 or 0.
int clinux_file_is_at(int descriptor, const char *path);
// Opens a regular file beneath `directory` for reading. Symbolic links are followed only while they stay beneath it
// (-EXDEV, or -ELOOP where the kernel cannot tell); what is no regular file is -EINVAL.
int clinux_file_open_beneath(int directory, const char *name);
// Makes a file that must not exist yet, not even as a symbolic link (-EEXIST), for writing, with mode 0600.
int clinux_file_create(int directory, const char *name);
// The length of an open file in bytes.
int64_t clinux_file_length(int descriptor);
// Writes all of `length` bytes at `offset`, however often the kernel stops short.
int clinux_file_write_at(int descriptor, const void *bytes, int64_t length, int64_t offset);
// Bytes that an unprivileged process may still use on the file system of `descriptor`.
int64_t clinux_file_free_bytes(int descriptor);
// Waits until `descriptor` is readable (1), `timeout_ms` have passed (0), or a signal came (0).
int clinux_file_wait_readable(int descriptor, int timeout_ms);

// The errors that callers tell apart, as positive errno values.
int clinux_file_error_not_found(void);
int clinux_file_error_exists(void);
int clinux_file_error_outside(void);
int clinux_file_error_loop(void);
int clinux_file_error_no_space(void);
int clinux_file_error_quota(void);

#endif
