#include <libavcodec/avcodec.h>
#include <spandsp/telephony.h>
#include <spandsp/bit_operations.h>
#include <spandsp/g711.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "CPeers.h"

int64_t peer_cpu_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

struct peer_avcodec {
    AVCodecContext *context;
    AVFrame *frame;
    AVPacket *packet;
};

peer_avcodec *peer_avcodec_open(bool is_alaw, bool is_encoder, int frame_samples) {
    enum AVCodecID id = is_alaw ? AV_CODEC_ID_PCM_ALAW : AV_CODEC_ID_PCM_MULAW;
    const AVCodec *codec = is_encoder ? avcodec_find_encoder(id) : avcodec_find_decoder(id);
    if (!codec) return NULL;
    peer_avcodec *peer = calloc(1, sizeof *peer);
    peer->context = avcodec_alloc_context3(codec);
    peer->context->sample_rate = 8000;
    peer->context->sample_fmt = AV_SAMPLE_FMT_S16;
    av_channel_layout_default(&peer->context->ch_layout, 1);
    peer->frame = av_frame_alloc();
    peer->packet = av_packet_alloc();
    if (avcodec_open2(peer->context, codec, NULL) < 0) {
        peer_avcodec_close(peer);
        return NULL;
    }
    if (is_encoder) {
        peer->frame->nb_samples = frame_samples;
        peer->frame->format = AV_SAMPLE_FMT_S16;
        peer->frame->sample_rate = 8000;
        av_channel_layout_default(&peer->frame->ch_layout, 1);
        av_frame_get_buffer(peer->frame, 0);
    } else {
        av_new_packet(peer->packet, frame_samples);
    }
    return peer;
}

int peer_avcodec_encode(peer_avcodec *codec, const int16_t *samples, uint8_t *codes, int count) {
    memcpy(codec->frame->data[0], samples, (size_t)count * sizeof *samples);
    if (avcodec_send_frame(codec->context, codec->frame) < 0) return -1;
    if (avcodec_receive_packet(codec->context, codec->packet) < 0) return -1;
    int size = codec->packet->size;
    memcpy(codes, codec->packet->data, (size_t)size);
    av_packet_unref(codec->packet);
    return size;
}

int peer_avcodec_decode(peer_avcodec *codec, const uint8_t *codes, int16_t *samples, int count) {
    memcpy(codec->packet->data, codes, (size_t)count);
    if (avcodec_send_packet(codec->context, codec->packet) < 0) return -1;
    if (avcodec_receive_frame(codec->context, codec->frame) < 0) return -1;
    int decoded = codec->frame->nb_samples;
    memcpy(samples, codec->frame->data[0], (size_t)decoded * sizeof *samples);
    return decoded;
}

void peer_avcodec_close(peer_avcodec *codec) {
    av_packet_free(&codec->packet);
    av_frame_free(&codec->frame);
    avcodec_free_context(&codec->context);
    free(codec);
}

void peer_spandsp_encode(bool is_alaw, const int16_t *samples, uint8_t *codes, int count) {
    if (is_alaw) {
        for (int index = 0; index < count; index++) codes[index] = linear_to_alaw(samples[index]);
    } else {
        for (int index = 0; index < count; index++) codes[index] = linear_to_ulaw(samples[index]);
    }
}

void peer_spandsp_decode(bool is_alaw, const uint8_t *codes, int16_t *samples, int count) {
    if (is_alaw) {
        for (int index = 0; index < count; index++) samples[index] = alaw_to_linear(codes[index]);
    } else {
        for (int index = 0; index < count; index++) samples[index] = ulaw_to_linear(codes[index]);
    }
}

void peer_table_encode(const uint8_t *table, const int16_t *samples, uint8_t *codes, int count) {
    for (int index = 0; index < count; index++) codes[index] = table[(uint16_t)samples[index]];
}

void peer_table_decode(const int16_t *table, const uint8_t *codes, int16_t *samples, int count) {
    for (int index = 0; index < count; index++) samples[index] = table[codes[index]];
}

// Kept from being inlined and removed, as the other contenders are.
__attribute__((noinline)) void peer_copy(const void *from, void *to, size_t length) {
    memcpy(to, from, length);
    __asm__ volatile("" : : "r"(to) : "memory");
}

unsigned peer_avcodec_version(void) { return avcodec_version(); }
