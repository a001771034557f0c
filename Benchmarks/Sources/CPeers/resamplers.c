#include <libavutil/channel_layout.h>
#include <libavutil/opt.h>
#include <libswresample/swresample.h>
#include <soxr.h>
#include <speex/speex_resampler.h>
#include <stdlib.h>

#include "CPeers.h"

struct peer_speex {
    SpeexResamplerState *state;
};

peer_speex *peer_speex_open(int from, int to, int quality) {
    int error = 0;
    SpeexResamplerState *state = speex_resampler_init(1, (spx_uint32_t)from, (spx_uint32_t)to, quality, &error);
    if (!state) return NULL;
    peer_speex *peer = malloc(sizeof *peer);
    peer->state = state;
    return peer;
}

int peer_speex_process(peer_speex *resampler, const int16_t *input, int count, int16_t *output, int room) {
    spx_uint32_t consumed = (spx_uint32_t)count;
    spx_uint32_t written = (spx_uint32_t)room;
    int error = speex_resampler_process_int(resampler->state, 0, input, &consumed, output, &written);
    return error ? -1 : (int)written;
}

void peer_speex_close(peer_speex *resampler) {
    speex_resampler_destroy(resampler->state);
    free(resampler);
}

struct peer_soxr {
    soxr_t state;
};

peer_soxr *peer_soxr_open(int from, int to) {
    soxr_error_t error = NULL;
    soxr_io_spec_t samples = soxr_io_spec(SOXR_INT16_I, SOXR_INT16_I);
    soxr_quality_spec_t quality = soxr_quality_spec(SOXR_MQ, 0);
    soxr_runtime_spec_t runtime = soxr_runtime_spec(1);
    soxr_t state = soxr_create(from, to, 1, &error, &samples, &quality, &runtime);
    if (error) return NULL;
    peer_soxr *peer = malloc(sizeof *peer);
    peer->state = state;
    return peer;
}

int peer_soxr_process(peer_soxr *resampler, const int16_t *input, int count, int16_t *output, int room) {
    size_t consumed = 0, written = 0;
    soxr_error_t error = soxr_process(
        resampler->state, input, (size_t)count, &consumed, output, (size_t)room, &written);
    return error ? -1 : (int)written;
}

void peer_soxr_close(peer_soxr *resampler) {
    soxr_delete(resampler->state);
    free(resampler);
}

struct peer_swresample {
    SwrContext *state;
};

peer_swresample *peer_swresample_open(int from, int to) {
    AVChannelLayout mono = AV_CHANNEL_LAYOUT_MONO;
    SwrContext *state = NULL;
    if (swr_alloc_set_opts2(&state, &mono, AV_SAMPLE_FMT_S16, to, &mono, AV_SAMPLE_FMT_S16, from, 0, NULL) < 0) {
        return NULL;
    }
    if (swr_init(state) < 0) {
        swr_free(&state);
        return NULL;
    }
    peer_swresample *peer = malloc(sizeof *peer);
    peer->state = state;
    return peer;
}

int peer_swresample_process(peer_swresample *resampler, const int16_t *input, int count, int16_t *output, int room) {
    const uint8_t *from[] = {(const uint8_t *)input};
    uint8_t *to[] = {(uint8_t *)output};
    return swr_convert(resampler->state, to, room, from, count);
}

void peer_swresample_close(peer_swresample *resampler) {
    swr_free(&resampler->state);
    free(resampler);
}

unsigned peer_swresample_version(void) { return swresample_version(); }
const char *peer_soxr_version(void) { return soxr_version(); }
