// The peers' libraries behind a face that all of them share: open, one frame in and out, close.
#ifndef CPEERS_H
#define CPEERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// The calling thread's CPU time in nanoseconds.
int64_t peer_cpu_now(void);

// libavcodec, one packet a frame.
typedef struct peer_avcodec peer_avcodec;
peer_avcodec *peer_avcodec_open(bool is_alaw, bool is_encoder, int frame_samples);
int peer_avcodec_encode(peer_avcodec *codec, const int16_t *samples, uint8_t *codes, int count);
int peer_avcodec_decode(peer_avcodec *codec, const uint8_t *codes, int16_t *samples, int count);
void peer_avcodec_close(peer_avcodec *codec);

// spandsp's conversion of one value at a time.
void peer_spandsp_encode(bool is_alaw, const int16_t *samples, uint8_t *codes, int count);
void peer_spandsp_decode(bool is_alaw, const uint8_t *codes, int16_t *samples, int count);

// Tables: 65,536 octets one way, 256 samples the other.
void peer_table_encode(const uint8_t *table, const int16_t *samples, uint8_t *codes, int count);
void peer_table_decode(const int16_t *table, const uint8_t *codes, int16_t *samples, int count);
void peer_copy(const void *from, void *to, size_t length);

typedef struct peer_speex peer_speex;
peer_speex *peer_speex_open(int from, int to, int quality);
int peer_speex_process(peer_speex *resampler, const int16_t *input, int count, int16_t *output, int room);
void peer_speex_close(peer_speex *resampler);

typedef struct peer_soxr peer_soxr;
/// The quality MQ, one thread.
peer_soxr *peer_soxr_open(int from, int to);
int peer_soxr_process(peer_soxr *resampler, const int16_t *input, int count, int16_t *output, int room);
void peer_soxr_close(peer_soxr *resampler);

typedef struct peer_swresample peer_swresample;
peer_swresample *peer_swresample_open(int from, int to);
int peer_swresample_process(peer_swresample *resampler, const int16_t *input, int count, int16_t *output, int room);
void peer_swresample_close(peer_swresample *resampler);

typedef struct peer_srtp peer_srtp;
/// AES_CM_128_HMAC_SHA1_80 with a master key of 30 octets.
peer_srtp *peer_srtp_open(const uint8_t *key, bool is_sender);
int peer_srtp_protect(peer_srtp *session, uint8_t *packet, int length);
int peer_srtp_unprotect(peer_srtp *session, uint8_t *packet, int length);
void peer_srtp_close(peer_srtp *session);

/// The libraries' versions, as they report them themselves.
unsigned peer_avcodec_version(void);
unsigned peer_swresample_version(void);
const char *peer_soxr_version(void);
const char *peer_srtp_version(void);

#endif
