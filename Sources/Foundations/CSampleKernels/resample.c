#include "CSampleKernels.h"

#if defined(__x86_64__)

#include <immintrin.h>
#include <string.h>

#define AVX2 __attribute__((target("avx2,fma")))

// Sixteen-bit samples to floats, dealt out to one stream for each phase of the input.
AVX2 static void split(const int16_t *input, size_t groups, size_t decimation, float *streams) {
    for (size_t phase = 0; phase < decimation; phase++) {
        float *stream = streams + phase * CSK_STREAM_STRIDE + CSK_HISTORY;
        for (size_t group = 0; group < groups; group++) stream[group] = input[group * decimation + phase];
    }
}

// A run of 32 outputs stays in four registers while the taps go by. Runs go past the block's end into the room that
// stream and phase have there, so that a sample's arithmetic does not depend on its place in the block.
AVX2 static void run_subfilter(const float *source, const float *taps, size_t tap_count, bool adds, size_t groups,
                               float *target) {
    for (size_t start = 0; start < groups; start += 32) {
        const float *x = source + start;
        float *y = target + start;
        __m256 a = adds ? _mm256_loadu_ps(y) : _mm256_setzero_ps();
        __m256 b = adds ? _mm256_loadu_ps(y + 8) : _mm256_setzero_ps();
        __m256 c = adds ? _mm256_loadu_ps(y + 16) : _mm256_setzero_ps();
        __m256 d = adds ? _mm256_loadu_ps(y + 24) : _mm256_setzero_ps();
        for (size_t tap = 0; tap < tap_count; tap++) {
            __m256 factor = _mm256_broadcast_ss(&taps[tap]);
            a = _mm256_fmadd_ps(factor, _mm256_loadu_ps(x + tap), a);
            b = _mm256_fmadd_ps(factor, _mm256_loadu_ps(x + tap + 8), b);
            c = _mm256_fmadd_ps(factor, _mm256_loadu_ps(x + tap + 16), c);
            d = _mm256_fmadd_ps(factor, _mm256_loadu_ps(x + tap + 24), d);
        }
        _mm256_storeu_ps(y, a);
        _mm256_storeu_ps(y + 8, b);
        _mm256_storeu_ps(y + 16, c);
        _mm256_storeu_ps(y + 24, d);
    }
}

AVX2 static inline __m256i rounded(const float *values) {
    // Both halves to 32 bits by the rounding mode (nearest, ties to even), then saturated to 16 and put in order.
    __m256i low = _mm256_cvtps_epi32(_mm256_loadu_ps(values));
    __m256i high = _mm256_cvtps_epi32(_mm256_loadu_ps(values + 8));
    return _mm256_permute4x64_epi64(_mm256_packs_epi32(low, high), 0xD8);
}

// Rounds, saturates, and puts the output phases in turn.
AVX2 static void join(const float *phases, size_t interpolation, size_t groups, int16_t *output) {
    int16_t lanes[6][CSK_PHASE_STRIDE] __attribute__((aligned(32)));
    if (interpolation == 1) {
        size_t group = 0;
        for (; group + 16 <= groups; group += 16) {
            _mm256_storeu_si256((__m256i *)(output + group), rounded(phases + group));
        }
        if (group < groups) {
            _mm256_store_si256((__m256i *)lanes[0], rounded(phases + group));
            memcpy(output + group, lanes[0], (groups - group) * sizeof(int16_t));
        }
        return;
    }
    for (size_t phase = 0; phase < interpolation; phase++) {
        for (size_t group = 0; group < groups; group += 16) {
            _mm256_store_si256((__m256i *)&lanes[phase][group], rounded(phases + phase * CSK_PHASE_STRIDE + group));
        }
    }
    switch (interpolation) {
        case 2:
            for (size_t group = 0; group < groups; group++) {
                output[2 * group] = lanes[0][group];
                output[2 * group + 1] = lanes[1][group];
            }
            break;
        case 3:
            for (size_t group = 0; group < groups; group++) {
                output[3 * group] = lanes[0][group];
                output[3 * group + 1] = lanes[1][group];
                output[3 * group + 2] = lanes[2][group];
            }
            break;
        default:
            for (size_t group = 0; group < groups; group++) {
                for (size_t phase = 0; phase < interpolation; phase++) {
                    output[interpolation * group + phase] = lanes[phase][group];
                }
            }
            break;
    }
}

AVX2 void csk_resample_avx2(
    const csk_subfilter *subfilters, size_t subfilter_count, const float *coefficients, int32_t interpolation,
    int32_t decimation, float *streams, float *phases, const int16_t *input, size_t groups, int16_t *output) {
    split(input, groups, (size_t)decimation, streams);
    for (size_t index = 0; index < subfilter_count; index++) {
        const csk_subfilter *subfilter = &subfilters[index];
        const float *source = streams + (size_t)subfilter->stream * CSK_STREAM_STRIDE + CSK_HISTORY - subfilter->lagMax;
        run_subfilter(source, coefficients + subfilter->coefficients, (size_t)subfilter->taps, !subfilter->isFirst, groups,
                      phases + (size_t)subfilter->phase * CSK_PHASE_STRIDE);
    }
    join(phases, (size_t)interpolation, groups, output);
    for (int32_t stream = 0; stream < decimation; stream++) {
        float *start = streams + (size_t)stream * CSK_STREAM_STRIDE;
        memmove(start, start + groups, CSK_HISTORY * sizeof(float));
    }
}

#endif
