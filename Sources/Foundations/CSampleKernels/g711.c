#include "CSampleKernels.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))
// The last values, short of a whole vector, go through the same arithmetic one at a time.

static inline uint8_t alaw_encode_one(int16_t sample) {
    int sign = sample >> 15;
    int magnitude = (sample ^ sign) >> 4;
    int code = magnitude;
    for (int segment = 1; segment < 7; segment++) {
        int line = (magnitude >> segment) + 16 * segment;
        code = line < code ? line : code;
    }
    return (uint8_t)(code ^ (sign & 0x80) ^ 0xD5);
}

static inline int16_t alaw_decode_one(uint8_t code) {
    int upright = code ^ 0x55;
    int exponent = (upright >> 4) & 7;
    int mantissa = ((upright & 15) << 1) + (exponent > 0 ? 33 : 1);
    int magnitude = (mantissa << (exponent > 0 ? exponent - 1 : 0)) << 3;
    return (int16_t)(upright & 0x80 ? magnitude : -magnitude);
}

static inline uint8_t mulaw_encode_one(int16_t sample) {
    int sign = sample >> 15;
    int magnitude = ((sample ^ sign) >> 2) + 33;
    magnitude = magnitude > 8191 ? 8191 : magnitude;
    int code = (magnitude >> 1) - 16;
    for (int segment = 1; segment < 8; segment++) {
        int line = (magnitude >> (segment + 1)) + 16 * (segment - 1);
        code = line < code ? line : code;
    }
    return (uint8_t)(code ^ (sign & 0x80) ^ 0xFF);
}

static inline int16_t mulaw_decode_one(uint8_t code) {
    int upright = code ^ 0xFF;
    int exponent = (upright >> 4) & 7;
    int magnitude = (((((upright & 15) << 1) + 33) << exponent) - 33) << 2;
    return (int16_t)(upright & 0x80 ? -magnitude : magnitude);
}

#define LINE(segment, offset) \
    code = _mm256_min_epi16(code, _mm256_add_epi16(_mm256_srli_epi16(magnitude, segment), _mm256_set1_epi16(offset)))

AVX2 static inline __m256i alaw_codes(__m256i sample) {
    __m256i sign = _mm256_srai_epi16(sample, 15);
    __m256i magnitude = _mm256_srli_epi16(_mm256_xor_si256(sample, sign), 4);
    __m256i code = magnitude;
    LINE(1, 16);
    LINE(2, 32);
    LINE(3, 48);
    LINE(4, 64);
    LINE(5, 80);
    LINE(6, 96);
    return _mm256_xor_si256(code, _mm256_and_si256(sign, _mm256_set1_epi16(0x80)));
}

AVX2 static inline __m256i mulaw_codes(__m256i sample) {
    __m256i sign = _mm256_srai_epi16(sample, 15);
    __m256i magnitude = _mm256_srli_epi16(_mm256_xor_si256(sample, sign), 2);
    magnitude = _mm256_min_epi16(_mm256_add_epi16(magnitude, _mm256_set1_epi16(33)), _mm256_set1_epi16(8191));
    __m256i code = _mm256_sub_epi16(_mm256_srli_epi16(magnitude, 1), _mm256_set1_epi16(16));
    LINE(2, 0);
    LINE(3, 16);
    LINE(4, 32);
    LINE(5, 48);
    LINE(6, 64);
    LINE(7, 80);
    LINE(8, 96);
    return _mm256_xor_si256(code, _mm256_and_si256(sign, _mm256_set1_epi16(0x80)));
}

#undef LINE

AVX2 static inline void store_codes(uint8_t *codes, __m256i first, __m256i second, int inversion) {
    // The pack works within each half, so the middle quarters change places afterwards.
    __m256i packed = _mm256_permute4x64_epi64(_mm256_packus_epi16(first, second), 0xD8);
    _mm256_storeu_si256((__m256i *)codes, _mm256_xor_si256(packed, _mm256_set1_epi8((char)inversion)));
}

AVX2 void csk_alaw_encode_avx2(const int16_t *samples, uint8_t *codes, size_t count) {
    size_t index = 0;
    for (; index + 32 <= count; index += 32) {
        __m256i first = alaw_codes(_mm256_loadu_si256((const __m256i *)(samples + index)));
        __m256i second = alaw_codes(_mm256_loadu_si256((const __m256i *)(samples + index + 16)));
        store_codes(codes + index, first, second, 0xD5);
    }
    for (; index < count; index++) codes[index] = alaw_encode_one(samples[index]);
}

AVX2 void csk_mulaw_encode_avx2(const int16_t *samples, uint8_t *codes, size_t count) {
    size_t index = 0;
    for (; index + 32 <= count; index += 32) {
        __m256i first = mulaw_codes(_mm256_loadu_si256((const __m256i *)(samples + index)));
        __m256i second = mulaw_codes(_mm256_loadu_si256((const __m256i *)(samples + index + 16)));
        store_codes(codes + index, first, second, 0xFF);
    }
    for (; index < count; index++) codes[index] = mulaw_encode_one(samples[index]);
}

// Expansion: the exponent chooses the mantissa's offset and its power of two from a 16-byte table each.

AVX2 void csk_alaw_decode_avx2(const uint8_t *codes, int16_t *samples, size_t count) {
    const __m256i offsets = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(1, 33, 33, 33, 33, 33, 33, 33, 1, 33, 33, 33, 33, 33, 33, 33));
    const __m256i powers = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(1, 1, 2, 4, 8, 16, 32, 64, 1, 1, 2, 4, 8, 16, 32, 64));
    size_t index = 0;
    for (; index + 16 <= count; index += 16) {
        __m256i code = _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)(codes + index)));
        __m256i upright = _mm256_xor_si256(code, _mm256_set1_epi16(0x55));
        __m256i exponent = _mm256_or_si256(_mm256_srli_epi16(upright, 4), _mm256_set1_epi16((short)0x8000));
        __m256i mantissa = _mm256_slli_epi16(_mm256_and_si256(upright, _mm256_set1_epi16(15)), 1);
        mantissa = _mm256_add_epi16(mantissa, _mm256_shuffle_epi8(offsets, exponent));
        __m256i magnitude = _mm256_mullo_epi16(mantissa, _mm256_shuffle_epi8(powers, exponent));
        magnitude = _mm256_slli_epi16(magnitude, 3);
        // Bit 7 becomes the sign of a 16-bit lane whose other bits keep it from being zero.
        __m256i sign = _mm256_or_si256(_mm256_slli_epi16(upright, 8), _mm256_set1_epi16(1));
        sign = _mm256_xor_si256(sign, _mm256_set1_epi16((short)0x8000));
        _mm256_storeu_si256((__m256i *)(samples + index), _mm256_sign_epi16(magnitude, sign));
    }
    for (; index < count; index++) samples[index] = alaw_decode_one(codes[index]);
}

AVX2 void csk_mulaw_decode_avx2(const uint8_t *codes, int16_t *samples, size_t count) {
    // The shuffle fills only the low byte of each lane, so 128 is read as the unsigned 128 that it is.
    const __m256i powers = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(1, 2, 4, 8, 16, 32, 64, (char)128, 1, 2, 4, 8, 16, 32, 64, (char)128));
    size_t index = 0;
    for (; index + 16 <= count; index += 16) {
        __m256i code = _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)(codes + index)));
        __m256i upright = _mm256_xor_si256(code, _mm256_set1_epi16(0xFF));
        __m256i exponent = _mm256_or_si256(_mm256_srli_epi16(upright, 4), _mm256_set1_epi16((short)0x8000));
        __m256i mantissa = _mm256_slli_epi16(_mm256_and_si256(upright, _mm256_set1_epi16(15)), 1);
        mantissa = _mm256_add_epi16(mantissa, _mm256_set1_epi16(33));
        __m256i magnitude = _mm256_mullo_epi16(mantissa, _mm256_shuffle_epi8(powers, exponent));
        magnitude = _mm256_slli_epi16(_mm256_sub_epi16(magnitude, _mm256_set1_epi16(33)), 2);
        __m256i sign = _mm256_or_si256(_mm256_slli_epi16(upright, 8), _mm256_set1_epi16(1));
        _mm256_storeu_si256((__m256i *)(samples + index), _mm256_sign_epi16(magnitude, sign));
    }
    for (; index < count; index++) samples[index] = mulaw_decode_one(codes[index]);
}

#endif
