import AudioCodecs
import Foundation
import PCM

/// One of the sample prompts at 8 kHz, as it is before any codec.
struct SpeechSample: Hashable, Sendable {
    let name: String
    let samples: [Int16]

    /// Three texts of one synthetic voice, 3.7 to 5.5 s long.
    static func all() throws -> [SpeechSample] {
        try [("welcome-menu", SampleRate.hz8000), ("leave-message", .hz8000), ("bot-message", .hz16000)].map {
            let samples = try WaveFile.read(Self.project.appending(path: "prompts/\($0).wav"))
            return SpeechSample(name: $0, samples: Self.atLineRate(samples, from: $1))
        }
    }

    /// The root of the project, where prompts and the tests' Python lie.
    static let project = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private static func atLineRate(_ samples: [Int16], from rate: SampleRate) -> [Int16] {
        guard rate != .hz8000 else { return samples }
        var resampler = Resampler(from: rate, to: .hz8000)
        var converted: [Int16] = []
        var block = [Int16](repeating: 0, count: 960)
        for start in stride(from: 0, to: samples.count, by: 960) {
            let input = Array(samples[start..<min(start + 960, samples.count)])
            var output = block.mutableSpan
            let count = resampler.process(input.span, into: &output)
            converted += block[..<count]
        }
        return converted
    }
}

/// PCM of 16 bits, mono, in a canonical WAV file.
enum WaveFile {
    struct NotUnderstood: Error {
        let path: String
    }

    static func read(_ file: URL) throws -> [Int16] {
        let octets = [UInt8](try Data(contentsOf: file))
        guard let data = octets.firstRange(of: Array("data".utf8)), octets.count >= data.upperBound + 4 else {
            throw NotUnderstood(path: file.path())
        }
        let start = data.upperBound + 4
        return stride(from: start, to: octets.count - 1, by: 2).map {
            Int16(bitPattern: UInt16(octets[$0]) | UInt16(octets[$0 + 1]) << 8)
        }
    }

    static func write(_ samples: [Int16], to file: URL) throws {
        func field(_ value: Int, _ lengthInBytes: Int) -> [UInt8] {
            (0..<lengthInBytes).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
        }
        var octets = Array("RIFF".utf8) + field(36 + samples.count * 2, 4) + Array("WAVEfmt ".utf8)
        octets += field(16, 4) + field(1, 2) + field(1, 2) + field(8_000, 4) + field(16_000, 4) + field(2, 2)
        octets += field(16, 2) + Array("data".utf8) + field(samples.count * 2, 4)
        for sample in samples { octets += field(Int(sample), 2) }
        try Data(octets).write(to: file)
    }
}
