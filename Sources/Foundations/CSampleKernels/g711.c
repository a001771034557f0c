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

// Compression, 32 samples at a time. The magnitude's segment is looked up, not searched: in one table by its high bits,
// which know the upper segments, and in another by its low bits, which know the lower ones; the right answer is the
// greater. Shifting right by the segment is a multiplication by a power of two of which the upper half is kept. The
// tables hold that power's high byte, inverted so that the greater is right there too, and the segment's first code.

typedef struct {
    __m256i high_powers, low_powers, high_codes, low_codes;
} segment_tables;

#define TABLE(...) _mm256_broadcastsi128_si256(_mm_setr_epi8(__VA_ARGS__))
#define INVERTED(power) ((char)~(power))

// `high` and `low` are the look-up bits of 32 magnitudes, `first` and `second` the magnitudes by 16 as the power expects.
AVX2 static inline __m256i codes_of(const segment_tables *tables, __m256i high, __m256i low, __m256i first,
                                    __m256i second) {
    __m256i inverted = _mm256_max_epu8(
        _mm256_shuffle_epi8(tables->high_powers, high), _mm256_shuffle_epi8(tables->low_powers, low));
    __m256i powers = _mm256_xor_si256(inverted, _mm256_set1_epi8((char)0xFF));
    // Unpacking against zero puts each power's byte into the upper half of its lane, in the order that the pack undoes.
    __m256i zero = _mm256_setzero_si256();
    __m256i mantissas = _mm256_packus_epi16(
        _mm256_mulhi_epu16(first, _mm256_unpacklo_epi8(zero, powers)),
        _mm256_mulhi_epu16(second, _mm256_unpackhi_epi8(zero, powers)));
    __m256i starts = _mm256_max_epi8(
        _mm256_shuffle_epi8(tables->high_codes, high), _mm256_shuffle_epi8(tables->low_codes, low));
    return _mm256_add_epi8(mantissas, starts);
}

AVX2 static inline void store_codes(uint8_t *target, __m256i codes, __m256i first_sign, __m256i second_sign,
                                    int inversion) {
    __m256i sign = _mm256_and_si256(_mm256_packs_epi16(first_sign, second_sign), _mm256_set1_epi8((char)0x80));
    codes = _mm256_xor_si256(_mm256_xor_si256(codes, sign), _mm256_set1_epi8((char)inversion));
    // The packs work within each half, so the middle quarters change places at the end.
    _mm256_storeu_si256((__m256i *)target, _mm256_permute4x64_epi64(codes, 0xD8));
}

AVX2 void csk_alaw_encode_avx2(const int16_t *samples, uint8_t *codes, size_t count) {
    // Magnitudes of 11 bits: bits 7 to 10 tell the segments from 128 on, bits 4 to 6 those below.
    const segment_tables tables = {
        .high_powers = TABLE(
            0, INVERTED(0x10), INVERTED(0x08), INVERTED(0x08), INVERTED(0x04), INVERTED(0x04), INVERTED(0x04),
            INVERTED(0x04), INVERTED(0x02), INVERTED(0x02), INVERTED(0x02), INVERTED(0x02), INVERTED(0x02),
            INVERTED(0x02), INVERTED(0x02), INVERTED(0x02)),
        .low_powers = TABLE(
            INVERTED(0x80), INVERTED(0x80), INVERTED(0x40), INVERTED(0x40), INVERTED(0x20), INVERTED(0x20),
            INVERTED(0x20), INVERTED(0x20), 0, 0, 0, 0, 0, 0, 0, 0),
        .high_codes = TABLE(0, 48, 64, 64, 80, 80, 80, 80, 96, 96, 96, 96, 96, 96, 96, 96),
        .low_codes = TABLE(0, 0, 16, 16, 32, 32, 32, 32, 0, 0, 0, 0, 0, 0, 0, 0),
    };
    size_t index = 0;
    for (; index + 32 <= count; index += 32) {
        __m256i first = _mm256_loadu_si256((const __m256i *)(samples + index));
        __m256i second = _mm256_loadu_si256((const __m256i *)(samples + index + 16));
        __m256i first_sign = _mm256_srai_epi16(first, 15), second_sign = _mm256_srai_epi16(second, 15);
        first = _mm256_xor_si256(first, first_sign);
        second = _mm256_xor_si256(second, second_sign);
        __m256i high = _mm256_packus_epi16(_mm256_srli_epi16(first, 11), _mm256_srli_epi16(second, 11));
        __m256i low = _mm256_packus_epi16(_mm256_srli_epi16(first, 8), _mm256_srli_epi16(second, 8));
        // Twice the magnitude, as the power of the lowest segments would not fit 16 bits otherwise.
        const __m256i mask = _mm256_set1_epi16(0x0FFE);
        __m256i value = codes_of(
            &tables, high, low, _mm256_and_si256(_mm256_srli_epi16(first, 3), mask),
            _mm256_and_si256(_mm256_srli_epi16(second, 3), mask));
        store_codes(codes + index, value, first_sign, second_sign, 0xD5);
    }
    for (; index < count; index++) codes[index] = alaw_encode_one(samples[index]);
}

AVX2 static inline __m256i mulaw_magnitude(__m256i sample, __m256i sign) {
    __m256i magnitude = _mm256_srli_epi16(_mm256_xor_si256(sample, sign), 2);
    return _mm256_min_epi16(_mm256_add_epi16(magnitude, _mm256_set1_epi16(33)), _mm256_set1_epi16(8191));
}

AVX2 void csk_mulaw_encode_avx2(const int16_t *samples, uint8_t *codes, size_t count) {
    // Magnitudes of 13 bits, at least 33: bits 9 to 12 tell the segments from 512 on, bits 5 to 8 those below. The
    // mantissa keeps its leading one, which the segment's first code leaves out.
    const segment_tables tables = {
        .high_powers = TABLE(
            0, INVERTED(0x08), INVERTED(0x04), INVERTED(0x04), INVERTED(0x02), INVERTED(0x02), INVERTED(0x02),
            INVERTED(0x02), INVERTED(0x01), INVERTED(0x01), INVERTED(0x01), INVERTED(0x01), INVERTED(0x01),
            INVERTED(0x01), INVERTED(0x01), INVERTED(0x01)),
        .low_powers = TABLE(
            0, INVERTED(0x80), INVERTED(0x40), INVERTED(0x40), INVERTED(0x20), INVERTED(0x20), INVERTED(0x20),
            INVERTED(0x20), INVERTED(0x10), INVERTED(0x10), INVERTED(0x10), INVERTED(0x10), INVERTED(0x10),
            INVERTED(0x10), INVERTED(0x10), INVERTED(0x10)),
        .high_codes = TABLE(-128, 48, 64, 64, 80, 80, 80, 80, 96, 96, 96, 96, 96, 96, 96, 96),
        .low_codes = TABLE(-128, -16, 0, 0, 16, 16, 16, 16, 32, 32, 32, 32, 32, 32, 32, 32),
    };
    size_t index = 0;
    for (; index + 32 <= count; index += 32) {
        __m256i first = _mm256_loadu_si256((const __m256i *)(samples + index));
        __m256i second = _mm256_loadu_si256((const __m256i *)(samples + index + 16));
        __m256i first_sign = _mm256_srai_epi16(first, 15), second_sign = _mm256_srai_epi16(second, 15);
        first = mulaw_magnitude(first, first_sign);
        second = mulaw_magnitude(second, second_sign);
        __m256i high = _mm256_packus_epi16(_mm256_srli_epi16(first, 9), _mm256_srli_epi16(second, 9));
        __m256i low = _mm256_packus_epi16(_mm256_srli_epi16(first, 5), _mm256_srli_epi16(second, 5));
        store_codes(codes + index, codes_of(&tables, high, low, first, second), first_sign, second_sign, 0xFF);
    }
    for (; index < count; index++) codes[index] = mulaw_encode_one(samples[index]);
}

#undef INVERTED
#undef TABLE

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
