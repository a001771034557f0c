import FlowSimulator
import Foundation
import Testing
import Timekeeping

/// The two channels of a recording on their clock, and what is heard in them.
@Suite struct RecordingTests {
    private static let packet = [Int16](repeating: 1_000, count: 160)

    private func timeline(durationMax: Duration = .seconds(10)) -> StereoTimeline {
        StereoTimeline(origin: .origin, durationMax: durationMax)
    }

    @Test func channelsLieWhereTheirPacketsDid() {
        var timeline = self.timeline()
        timeline.sent(Self.packet, at: .origin + .milliseconds(40))
        timeline.received(Self.packet, source: 1, timestamp: 5_000, at: .origin + .milliseconds(15))
        #expect(timeline.left.prefix(320).allSatisfy { $0 == 0 })
        #expect(timeline.left.count == 480)
        #expect(timeline.right.prefix(120).allSatisfy { $0 == 0 })
        #expect(timeline.right[120] == 1_000)
        #expect(timeline.right.count == 280)
    }

    /// Jitter of the network does not move what was said: the timestamps place it.
    @Test func jitterDoesNotMoveTheSamples() {
        var timeline = self.timeline()
        for (index, late) in [0, 30, 5, 90].enumerated() {
            timeline.received(
                [Int16](repeating: Int16(index + 1), count: 160), source: 1, timestamp: UInt32(index * 160),
                at: .origin + .milliseconds(index * 20 + late))
        }
        #expect(timeline.right == (1...4).flatMap { [Int16](repeating: $0, count: 160) })
    }

    /// A stream that jumps, or a new one, is placed where it arrives.
    @Test(arguments: [(UInt32(1), UInt32(900_000)), (2, 160)])
    func jumpsArePlacedAnew(source: UInt32, timestamp: UInt32) {
        var timeline = self.timeline()
        timeline.received(Self.packet, source: 1, timestamp: 0, at: .origin)
        timeline.received(Self.packet, source: source, timestamp: timestamp, at: .origin + .milliseconds(500))
        #expect(timeline.right.count == 4_160)
        #expect(timeline.right[4_000] == 1_000)
        #expect(timeline.right[3_999] == 0)
    }

    @Test func theLimitCutsTheRest() {
        var timeline = self.timeline(durationMax: .milliseconds(30))
        timeline.sent(Self.packet, at: .origin + .milliseconds(20))
        timeline.sent(Self.packet, at: .origin + .milliseconds(40))
        #expect(timeline.left.count == 240)
    }

    @Test func whatCameBeforeTheAnswerIsLeftOut() {
        var timeline = self.timeline()
        timeline.sent(Self.packet, at: .origin - .milliseconds(10))
        #expect(timeline.left.count == 80)
    }

    @Test func theWaveFileHasBothChannels() {
        var timeline = self.timeline()
        timeline.sent(Self.packet, at: .origin)
        timeline.received([Int16](repeating: -2, count: 160), source: 1, timestamp: 0, at: .origin + .milliseconds(20))
        let file = timeline.waveFile()
        #expect(file.count == 44 + 320 * 4)
        #expect(String(decoding: file[0..<4], as: UTF8.self) == "RIFF")
        #expect(String(decoding: file[8..<16], as: UTF8.self) == "WAVEfmt ")
        #expect(file[22] == 2)
        #expect(Array(file[24..<28]) == [0x40, 0x1F, 0, 0])
        #expect(Array(file[40..<44]) == [0, 5, 0, 0])
        #expect(Array(file[44..<48]) == [0xE8, 0x03, 0, 0])
        #expect(Array(file[(44 + 160 * 4)..<(48 + 160 * 4)]) == [0, 0, 0xFE, 0xFF])
    }

    // MARK: Speech

    private static func tone(_ milliseconds: Int, amplitude: Int16 = 8_000) -> [Int16] {
        (0..<(milliseconds * 8)).map { $0 % 16 < 8 ? amplitude : -amplitude }
    }

    private static func silence(_ milliseconds: Int) -> [Int16] {
        [Int16](repeating: 0, count: milliseconds * 8)
    }

    @Test func speechIsFoundWithItsLevel() throws {
        let speech = SpeechIntervals(
            in: Self.silence(500) + Self.tone(1_000) + Self.silence(200) + Self.tone(500) + Self.silence(700)
                + Self.tone(300))
        #expect(speech.intervals.map(\.startInMilliseconds) == [500, 2_900])
        #expect(speech.intervals.map(\.endInMilliseconds) == [2_200, 3_200])
        #expect(try #require(speech.intervals.last).levelInDBFS == -12.2)
        #expect(speech.peakInDBFS == -12.2)
        #expect(try #require(speech.levelInDBFS) < -12.2)
    }

    /// Clicks, and the noise of a quiet line, are no speech.
    @Test func clicksAndNoiseAreNoSpeech() {
        let speech = SpeechIntervals(
            in: Self.silence(500) + Self.tone(40) + Self.silence(500) + Self.tone(2_000, amplitude: 100))
        #expect(speech.intervals.isEmpty)
        #expect(speech.levelInDBFS == nil)
        #expect(speech.peakInDBFS == -12.2)
    }

    @Test(arguments: [0, 1, 159])
    func tooLittleIsNothing(count: Int) {
        let speech = SpeechIntervals(in: [Int16](repeating: 0, count: count))
        #expect(speech.intervals.isEmpty)
        #expect(speech.peakInDBFS == nil)
    }

    @Test func theLowestSampleIsFullScale() {
        #expect(SpeechIntervals(in: [Int16](repeating: .min, count: 1_600)).levelInDBFS == 0)
    }
}
