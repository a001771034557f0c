import Digests
import Testing

@Suite struct ConstantTimeEqualityTests {
    @Test func equalSecrets() {
        #expect(constantTimeEquals([], []))
        #expect(constantTimeEquals([1, 2, 3], [1, 2, 3]))
    }

    @Test func anyDifferingOctetCounts() {
        let secret = (0..<32).map { UInt8($0) }
        for position in secret.indices {
            var other = secret
            other[position] ^= 0x80
            #expect(!constantTimeEquals(secret, other))
        }
    }

    @Test func lengthsCount() {
        #expect(!constantTimeEquals([1, 2, 3], [1, 2]))
        #expect(!constantTimeEquals([], [0]))
    }
}
