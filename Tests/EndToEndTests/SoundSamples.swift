import AudioFiles
import FlowSimulator
import Foundation
import Timekeeping

/// Sound at 8 kHz as tests make and judge it.
enum SoundSamples {
    static func tone(_ hertz: Double, seconds: Int, amplitude: Double = 9_000) -> [Int16] {
        (0..<(seconds * 8_000)).map { Int16(amplitude * sin(2 * Double.pi * hertz * Double($0) / 8_000)) }
    }

    /// Writes a WAV with the same sound in both channels.
    static func writeWave(_ samples: [Int16], to path: String) throws {
        var timeline = StereoTimeline(origin: .origin, durationMax: .seconds(samples.count / 8_000 + 1))
        timeline.sent(samples, at: .origin)
        timeline.received(samples, source: 1, timestamp: 0, at: .origin)
        try Data(timeline.waveFile()).write(to: URL(filePath: path))
    }

    /// The channels of a sound file at 8 kHz.
    static func channels(of path: String) throws -> [[Int16]] {
        let contents = try SoundContents.read(path: path)
        guard contents.hertz == 8_000, contents.channels.count == 2 else {
            throw ChildProgram.Fault.lineMissing("stereo at 8 kHz", after: .zero, seen: [path])
        }
        return contents.channels
    }

    /// The share of the power of `samples` that lies at `hertz`, by Goertzel's sum: 1 is a pure tone.
    static func share(of hertz: Double, in samples: some Sequence<Int16>) -> Double {
        let step = 2 * Double.pi * hertz / 8_000
        var (real, imaginary, total, count) = (0.0, 0.0, 0.0, 0.0)
        for sample in samples {
            let value = Double(sample)
            real += value * cos(step * count)
            imaginary += value * sin(step * count)
            total += value * value
            count += 1
        }
        guard total > count * 100 else { return 0 }
        return 2 * (real * real + imaginary * imaginary) / (count * total)
    }

    /// The windows of 50 ms, counted from the start, that hold the tone of `hertz` and little else.
    static func windows(with hertz: Double, in samples: [Int16]) -> [Int] {
        (0..<(samples.count / Self.window)).filter { index in
            Self.share(of: hertz, in: samples[(index * Self.window)..<((index + 1) * Self.window)]) > 0.8
        }
    }

    /// Milliseconds of the longest unbroken stretch of a tone, in steps of 50 ms.
    static func longestTone(_ hertz: Double, in samples: [Int16]) -> Int {
        var (longest, current, last) = (0, 0, -2)
        for index in Self.windows(with: hertz, in: samples) {
            current = index == last + 1 ? current + 1 : 1
            longest = max(longest, current)
            last = index
        }
        return longest * 50
    }

    /// Whether a tone, once begun, goes on without a hole until less than 300 ms before the end.
    static func isUnbroken(_ hertz: Double, in samples: [Int16], until end: Int, atLeast least: Int) -> Bool {
        let heard = Self.windows(with: hertz, in: samples)
        guard let first = heard.first, let last = heard.last else { return false }
        return last - first + 1 == heard.count && heard.count * 50 >= least && last * 50 >= end - 350
    }

    /// Where the sound first gets louder than about -35 dBFS, in milliseconds; nil where it never does.
    static func onset(in samples: [Int16]) -> Double? {
        samples.firstIndex { abs(Int($0)) > 600 }.map { Double($0) / 8 }
    }

    private static let window = 400
}
