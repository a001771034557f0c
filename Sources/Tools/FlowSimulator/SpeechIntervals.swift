/// A stretch of sound in what was heard.
package struct SpeechInterval: Hashable, Sendable, Codable {
    /// From the call's answer.
    package var startInMilliseconds: Int
    package var endInMilliseconds: Int
    /// RMS over the interval; 0 dBFS is a full-scale square wave.
    package var levelInDBFS: Double
}

/// Finds where a recording holds sound, by level alone: no model, so that no error of the gateway's own detector is
/// repeated here.
///
/// A frame of 20 ms is sound from -45 dBFS on. Pauses below 300 ms belong to the interval, and intervals shorter than
/// 100 ms are clicks, which are left out.
package struct SpeechIntervals: Hashable, Sendable {
    private(set) package var intervals: [SpeechInterval] = []
    /// RMS over all intervals; nil when there is none.
    private(set) package var levelInDBFS: Double?
    /// The largest sample of the whole recording; nil when every sample is 0.
    private(set) package var peakInDBFS: Double?

    private static let frameLength = 160
    /// Mean square of -45 dBFS.
    private static let threshold = 32_768.0 * 32_768.0 * 0.000_031_622_776_6
    private static let pauseMax = 15
    private static let framesMin = 5

    /// - Parameter samples: Mono at 8 kHz.
    package init(in samples: [Int16]) {
        var open: (first: Int, last: Int)?
        var energies: [Double] = []
        energies.reserveCapacity(samples.count / Self.frameLength)
        var peak = 0
        for start in stride(from: 0, to: samples.count - Self.frameLength + 1, by: Self.frameLength) {
            var sum = 0.0
            for index in start..<(start + Self.frameLength) {
                let sample = Int(samples[index])
                peak = max(peak, abs(sample))
                sum += Double(sample * sample)
            }
            energies.append(sum)
        }
        for (frame, energy) in energies.enumerated() where energy >= Self.threshold * Double(Self.frameLength) {
            if let current = open, frame - current.last > Self.pauseMax {
                self.close(current, energies)
                open = nil
            }
            open = (open?.first ?? frame, frame)
        }
        if let open { self.close(open, energies) }
        self.levelInDBFS = Self.level(
            self.intervals.map { ($0.startInMilliseconds / 20)..<($0.endInMilliseconds / 20) }, energies)
        if peak > 0 { self.peakInDBFS = Self.decibels(ofMeanSquare: Double(peak * peak)) }
    }

    private mutating func close(_ open: (first: Int, last: Int), _ energies: [Double]) {
        let frames = open.first..<(open.last + 1)
        guard frames.count >= Self.framesMin, let level = Self.level([frames], energies) else { return }
        self.intervals.append(
            SpeechInterval(
                startInMilliseconds: frames.lowerBound * 20, endInMilliseconds: frames.upperBound * 20,
                levelInDBFS: level))
    }

    private static func level(_ ranges: [Range<Int>], _ energies: [Double]) -> Double? {
        let count = ranges.reduce(0) { $0 + $1.count } * Self.frameLength
        guard count > 0 else { return nil }
        let sum = ranges.reduce(0.0) { total, range in total + range.reduce(0.0) { $0 + energies[$1] } }
        return Self.decibels(ofMeanSquare: sum / Double(count))
    }
}
