#include <CSRTP.h>
#include <stdlib.h>
#include <string.h>

#include "CPeers.h"

struct peer_srtp {
    srtp_t session;
};

peer_srtp *peer_srtp_open(const uint8_t *key, bool is_sender) {
    if (csrtp_initialise() != srtp_err_status_ok) return NULL;
    uint8_t copy[30];
    memcpy(copy, key, sizeof copy);
    srtp_policy_t policy;
    memset(&policy, 0, sizeof policy);
    srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtp);
    srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtcp);
    policy.ssrc.type = is_sender ? ssrc_any_outbound : ssrc_any_inbound;
    policy.key = copy;
    policy.window_size = 128;
    peer_srtp *peer = malloc(sizeof *peer);
    if (srtp_create(&peer->session, &policy) != srtp_err_status_ok) {
        free(peer);
        return NULL;
    }
    return peer;
}

int peer_srtp_protect(peer_srtp *session, uint8_t *packet, int length) {
    return srtp_protect(session->session, packet, &length) == srtp_err_status_ok ? length : -1;
}

int peer_srtp_unprotect(peer_srtp *session, uint8_t *packet, int length) {
    return srtp_unprotect(session->session, packet, &length) == srtp_err_status_ok ? length : -1;
}

void peer_srtp_close(peer_srtp *session) {
    srtp_dealloc(session->session);
    free(session);
}

const char *peer_srtp_version(void) { return srtp_get_version_string(); }
