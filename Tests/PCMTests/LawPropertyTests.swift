import Foundation
import PCM
import Testing

/// What G.711 promises, apart from its tables.
@Suite struct LawPropertyTests {
    /// Quantisation noise of a sine against the signal, in dB.
    private func distortion(ofSineAt level: Double, encode: (Int16) -> UInt8, decode: (UInt8) -> Int16) -> Double {
        let amplitude = 32_767 * pow(10, level / 20)
        var signal = 0.0
        var noise = 0.0
        for index in 0..<8_000 {
            let sample = (amplitude * sin(2 * .pi * 1_013 * Double(index) / 8_000)).rounded()
            let error = Double(decode(encode(Int16(sample)))) - sample
            signal += sample * sample
            noise += error * error
        }
        return 10 * log10(signal / noise)
    }

    /// ITU-T G.712 asks for 33 dB from 0 to -30 dBm0 of a channel; the law alone gives more, over a wide range.
    @Test(arguments: [-3.0, -10, -20, -30])
    func theSignalStaysAboveItsNoise(level: Double) {
        #expect(self.distortion(ofSineAt: level, encode: ALaw.encode, decode: ALaw.decode) > 34)
        #expect(self.distortion(ofSineAt: level, encode: MuLaw.encode, decode: MuLaw.decode) > 34)
    }

    /// Louder in is never softer out.
    @Test func bothLawsAreMonotonic() {
        var previousA = Int16.min
        var previousMu = Int16.min
        for value in -32_768...32_767 {
            let sample = Int16(value)
            let (throughA, throughMu) = (ALaw.decode(ALaw.encode(sample)), MuLaw.decode(MuLaw.encode(sample)))
            #expect(throughA >= previousA)
            #expect(throughMu >= previousMu)
            (previousA, previousMu) = (throughA, throughMu)
        }
        #expect(previousA == 32_256)
        #expect(previousMu == 32_124)
    }

    /// A sample and its one's complement have codes that differ in the sign bit alone.
    @Test func theSignIsABitOfItsOwn() {
        for value in 0...32_767 {
            let sample = Int16(value)
            #expect(ALaw.encode(sample) ^ ALaw.encode(~sample) == 0x80)
            #expect(MuLaw.encode(sample) ^ MuLaw.encode(~sample) == 0x80)
        }
    }

    /// Expansion is odd: the two signs of a code are the same distance from zero.
    @Test func expansionIsOdd() {
        for code in UInt8(0)...255 {
            #expect(ALaw.decode(code) == -ALaw.decode(code ^ 0x80))
            #expect(MuLaw.decode(code) == -MuLaw.decode(code ^ 0x80))
        }
    }

    /// Negative samples on a decision value, where older implementations of µ-law differ: -4 is with -3, not with -5.
    @Test func decisionValuesFollowTheStandardsSoftware() {
        #expect(MuLaw.encode(-4) == MuLaw.encode(-1))
        #expect(MuLaw.encode(-5) != MuLaw.encode(-4))
        #expect(MuLaw.encode(3) != MuLaw.encode(4))
        #expect(ALaw.encode(-16) == ALaw.encode(-1))
        #expect(ALaw.encode(-17) != ALaw.encode(-16))
    }

    @Test func theEndsOfTheScaleHaveTheOuterCodes() {
        #expect(ALaw.encode(.max) == 0xAA)
        #expect(ALaw.encode(.min) == 0x2A)
        #expect(MuLaw.encode(.max) == 0x80)
        #expect(MuLaw.encode(.min) == 0x00)
    }
}
