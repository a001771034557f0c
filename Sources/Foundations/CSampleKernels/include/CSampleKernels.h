// Kernels over samples for processors with AVX2, chosen at run time. Each has a twin in the room PCM that is its oracle in
// the tests and its fallback; nothing here exists on other processors.
#ifndef CSAMPLEKERNELS_H
#define CSAMPLEKERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// The resampler's working memory; the twin in Swift uses the same sizes.
enum {
    /// Groups in a block.
    CSK_GROUPS_MAX = 160,
    /// Old samples before the block.
    CSK_HISTORY = 40,
    /// Floats a stream: the history, a block, and room for whole vectors past its end.
    CSK_STREAM_STRIDE = 40 + 160 + 8,
    /// Floats an output phase: a block, which is a whole number of runs of vectors.
    CSK_PHASE_STRIDE = 160,
};

/// One short filter of a polyphase resampler: from an input phase's stream to an output phase.
typedef struct {
    int32_t phase;
    int32_t stream;
    /// How far back the oldest tap looks.
    int32_t lagMax;
    int32_t taps;
    /// Where the taps begin among all coefficients, that of the oldest sample first.
    int32_t coefficients;
    /// Whether this is the first sub-filter of its output phase: it sets, the others add.
    bool isFirst;
} csk_subfilter;

#if defined(__x86_64__)

/// Whether the processor and the system can run the kernels below (AVX2 and FMA).
static inline bool csk_has_avx2(void) {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

// ITU-T G.711. Each reads `count` values from its first argument and writes `count` to its second; they must not overlap.
void csk_alaw_encode_avx2(const int16_t *samples, uint8_t *codes, size_t count);
void csk_alaw_decode_avx2(const uint8_t *codes, int16_t *samples, size_t count);
void csk_mulaw_encode_avx2(const int16_t *samples, uint8_t *codes, size_t count);
void csk_mulaw_decode_avx2(const uint8_t *codes, int16_t *samples, size_t count);

/// Converts `groups` (at most CSK_GROUPS_MAX) groups of `decimation` samples into as many groups of `interpolation`
/// samples. The sub-filters come in the order of their phases. `streams` (decimation * CSK_STREAM_STRIDE floats) carries
/// the past from call to call; `phases` (interpolation * CSK_PHASE_STRIDE floats) is scratch.
void csk_resample_avx2(
    const csk_subfilter *subfilters, size_t subfilter_count, const float *coefficients, int32_t interpolation,
    int32_t decimation, float *streams, float *phases, const int16_t *input, size_t groups, int16_t *output);

#endif

#endif
