import Foundation
import PCM

/// Sound at 8 kHz that tests make and judge: tones, told apart by their spectrum.
struct PeerSound {
    enum Fault: Error {
        case notAWave(String)
    }

    static let rate = 8_000
    /// The far end's tone, and the bot's. Neither is a harmonic of the other, which A-law would make.
    static let farTone = 700
    static let botTone = 1_300

    var samples: [Int16]

    init(samples: [Int16]) {
        self.samples = samples
    }

    /// - Parameter frequency: in Hz, a multiple of 10.
    init(tone frequency: Int, seconds: Int) {
        self.samples = (0..<seconds * Self.rate).map { index in
            Int16((8_000 * sin(2 * Double.pi * Double(frequency * index % Self.rate) / Double(Self.rate))).rounded())
        }
    }

    /// One channel of a 16-bit WAV file at 8 kHz.
    init(wave path: String, channel: Int = 0, of channels: Int = 1) throws {
        let bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
        func number(_ offset: Int, _ count: Int) -> Int {
            (0..<count).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) }
        }
        guard bytes.count >= 44, bytes.starts(with: Array("RIFF".utf8)) else { throw Fault.notAWave(path) }
        var format: (channels: Int, rate: Int, bits: Int)?
        var offset = 12
        while offset + 8 <= bytes.count {
            let name = String(decoding: bytes[offset..<offset + 4], as: UTF8.self)
            let length = min(number(offset + 4, 4), bytes.count - offset - 8)
            if name == "fmt " { format = (number(offset + 10, 2), number(offset + 12, 4), number(offset + 22, 2)) }
            if name == "data" {
                guard let format, format == (channels, Self.rate, 16) else { break }
                self.samples = stride(from: offset + 8, to: offset + 8 + length - 2 * channels + 1, by: 2 * channels)
                    .map {
                        Int16(truncatingIfNeeded: number($0 + 2 * channel, 2))
                    }
                return
            }
            offset += 8 + length + length % 2
        }
        throw Fault.notAWave(path)
    }

    /// For how many seconds, in windows of 100 ms, the sound is this tone and next to nothing else.
    func seconds(of frequency: Int) -> Double {
        let window = Self.rate / 10
        return stride(from: 0, through: self.samples.count - window, by: window)
            .reduce(0) { $0 + (Self.share(of: frequency, in: self.samples[$1..<$1 + window]) > 0.9 ? 0.1 : 0) }
    }

    /// The part of the power that lies at one frequency, 0 to 1, by Goertzel's algorithm; 0 for silence.
    static func share(of frequency: Int, in samples: ArraySlice<Int16>) -> Double {
        let coefficient = 2 * cos(2 * Double.pi * Double(frequency) / Double(Self.rate))
        var (last, beforeLast, energy) = (0.0, 0.0, 0.0)
        for sample in samples {
            let value = Double(sample)
            energy += value * value
            (last, beforeLast) = (value + coefficient * last - beforeLast, last)
        }
        guard energy > Double(samples.count) * 100 else { return 0 }
        let power = last * last + beforeLast * beforeLast - coefficient * last * beforeLast
        return 2 * power / (Double(samples.count) * energy)
    }

    /// A mono WAV file.
    var wave: Data {
        func little(_ value: Int, _ count: Int) -> [UInt8] {
            (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
        }
        let length = self.samples.count * 2
        let format = little(16, 4) + little(1, 2) + little(1, 2) + little(Self.rate, 4) + little(2 * Self.rate, 4)
        let header =
            Array("RIFF".utf8) + little(36 + length, 4) + Array("WAVEfmt ".utf8) + format + little(2, 2) + little(16, 2)
        return Data(header + Array("data".utf8) + little(length, 4) + self.samples.flatMap { little(Int($0), 2) })
    }

    /// The samples as A-law, without a header.
    var aLaw: Data {
        Data(self.samples.map { ALaw.encode($0) })
    }
}
