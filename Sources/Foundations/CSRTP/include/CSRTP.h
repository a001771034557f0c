#ifndef CSRTP_H
#define CSRTP_H

#include <srtp2/srtp.h>

/// Makes libsrtp2's tables, once a process and whoever asks first: `srtp_init` may not run in two threads at once.
/// Later calls wait for the first and return its result.
srtp_err_status_t csrtp_initialise(void);

#endif
