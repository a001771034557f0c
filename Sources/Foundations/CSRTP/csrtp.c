#include "CSRTP.h"

#include <pthread.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static srtp_err_status_t result = srtp_err_status_init_fail;

static void initialise(void) {
    result = srtp_init();
}

srtp_err_status_t csrtp_initialise(void) {
    pthread_once(&once, initialise);
    return result;
}
