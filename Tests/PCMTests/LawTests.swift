import Foundation
import PCM
import Testing

/// A table of Resources, made with the STL of ITU-T G.191.
private func table(_ name: String) throws -> [UInt8] {
    let url = Bundle.module.url(forResource: name, withExtension: nil, subdirectory: "Resources")
    return [UInt8](try Data(contentsOf: #require(url)))
}

private func samples(_ bytes: [UInt8]) -> [Int16] {
    stride(from: 0, to: bytes.count, by: 2).map { Int16(bitPattern: UInt16(bytes[$0]) | UInt16(bytes[$0 + 1]) << 8) }
}

/// Every sample there is, in the order of the tables.
private let allSamples = (-32_768...32_767).map { Int16($0) }
private let allCodes = (0...255).map { UInt8($0) }

private enum Law: String, CaseIterable {
    case aLaw = "alaw"
    case muLaw = "ulaw"

    func encode(_ sample: Int16) -> UInt8 {
        switch self {
        case .aLaw: ALaw.encode(sample)
        case .muLaw: MuLaw.encode(sample)
        }
    }

    func decode(_ code: UInt8) -> Int16 {
        switch self {
        case .aLaw: ALaw.decode(code)
        case .muLaw: MuLaw.decode(code)
        }
    }

    func encode(_ samples: [Int16], plainly: Bool, room: Int = 0) -> [UInt8] {
        var codes = [UInt8](repeating: 0x11, count: samples.count + room)
        var span = codes.mutableSpan
        switch (self, plainly) {
        case (.aLaw, false): ALaw.encode(samples.span, into: &span)
        case (.aLaw, true): ALaw.encodePlainly(samples.span, into: &span)
        case (.muLaw, false): MuLaw.encode(samples.span, into: &span)
        case (.muLaw, true): MuLaw.encodePlainly(samples.span, into: &span)
        }
        return codes
    }

    func decode(_ codes: [UInt8], plainly: Bool, room: Int = 0) -> [Int16] {
        var samples = [Int16](repeating: 0x11, count: codes.count + room)
        var span = samples.mutableSpan
        switch (self, plainly) {
        case (.aLaw, false): ALaw.decode(codes.span, into: &span)
        case (.aLaw, true): ALaw.decodePlainly(codes.span, into: &span)
        case (.muLaw, false): MuLaw.decode(codes.span, into: &span)
        case (.muLaw, true): MuLaw.decodePlainly(codes.span, into: &span)
        }
        return samples
    }
}

@Suite struct LawTests {
    /// ITU-T G.711 by the tables of G.191, over all 65,536 inputs, by the kernel and by its twin.
    @Test(arguments: Law.allCases, [false, true])
    private func everySampleHasTheStandardsCode(law: Law, plainly: Bool) throws {
        let expected = try table("\(law.rawValue)_compress.u8")
        #expect(expected.count == 65_536)
        #expect(law.encode(allSamples, plainly: plainly) == expected)
        #expect(allSamples.map(law.encode) == expected)
    }

    /// The same for all 256 codes.
    @Test(arguments: Law.allCases, [false, true])
    private func everyCodeHasTheStandardsSample(law: Law, plainly: Bool) throws {
        let expected = samples(try table("\(law.rawValue)_expand.s16le"))
        #expect(expected.count == 256)
        #expect(law.decode(allCodes, plainly: plainly) == expected)
        #expect(allCodes.map(law.decode) == expected)
    }

    /// Whole vectors, their remainders and nothing at all; what lies behind the output is not touched.
    @Test(arguments: Law.allCases, [0, 1, 15, 16, 17, 31, 32, 33, 80, 159, 160, 161, 240])
    private func anyLengthWill(law: Law, count: Int) {
        let input = (0..<count).map { Int16(truncatingIfNeeded: $0 &* 25_173 &+ 13_849) }
        let codes = law.encode(input, plainly: false, room: 3)
        #expect(Array(codes.prefix(count)) == input.map(law.encode))
        #expect(Array(codes.suffix(3)) == [0x11, 0x11, 0x11])
        let payload = Array(codes.prefix(count))
        let output = law.decode(payload, plainly: false, room: 3)
        #expect(Array(output.prefix(count)) == payload.map(law.decode))
        #expect(Array(output.suffix(3)) == [0x11, 0x11, 0x11])
    }

    /// Every code but µ-law's negative zero comes back from its sample.
    @Test(arguments: Law.allCases)
    private func codesSurviveARoundTrip(law: Law) {
        for code in allCodes {
            let back = law.encode(law.decode(code))
            #expect(back == (law == .muLaw && code == 0x7F ? 0xFF : code))
        }
    }

    @Test func silenceIsTheCodeOfZero() {
        #expect(ALaw.encode(0) == ALaw.silence)
        #expect(MuLaw.encode(0) == MuLaw.silence)
        #expect(MuLaw.decode(MuLaw.silence) == 0)
        #expect(ALaw.decode(ALaw.silence) == 8)
    }

    @Test func oneLawBecomesTheOtherByWayOfSamples() {
        for code in allCodes {
            #expect(LawConversion.muLaw(fromALaw: code) == MuLaw.encode(ALaw.decode(code)))
            #expect(LawConversion.aLaw(fromMuLaw: code) == ALaw.encode(MuLaw.decode(code)))
        }
        var payload = allCodes
        var span = payload.mutableSpan
        LawConversion.convertToMuLaw(&span)
        #expect(payload == allCodes.map(LawConversion.muLaw(fromALaw:)))
        span = payload.mutableSpan
        LawConversion.convertToALaw(&span)
        #expect(payload == allCodes.map { LawConversion.aLaw(fromMuLaw: LawConversion.muLaw(fromALaw: $0)) })
        #expect(LawConversion.muLaw(fromALaw: ALaw.silence) == 0xFE)
    }
}
