import CallAudio
import PCM
import RTP
import Testing
import Timekeeping

/// What is heard of a far end behind a network that delays, or with a clock of its own, in virtual time.
@Suite struct BadNetworkTests {
    /// 20 ms of something like speech: 1.2 s of a voice at 125 Hz with its harmonics, 400 ms of a faint hum.
    private static func speech(_ slot: Int) -> [Int16] {
        let isVoice = slot % 80 < 60
        return (0..<160).map { index in
            let time = Double(slot * 160 + index) / 8_000
            guard isVoice else { return Int16(20 * Transcendental.sine(2 * .pi * 50 * time)) }
            var sum = 0.0
            for harmonic in 1...8 {
                sum += Transcendental.sine(2 * .pi * 125 * Double(harmonic) * time) / Double(harmonic)
            }
            return Int16(4_000 * sum)
        }
    }

    /// Packets on their way: each with its arrival.
    private struct Flight {
        var datagrams: [(at: Instant, octets: [UInt8])] = []
        var next = 0
    }

    /// Sends `packets` of speech, each as late as `lateness` says, and plays until all have come; `each` is told after
    /// each slot.
    private static func run(
        _ call: inout VirtualCall, packets: Int, packetTime: Duration = .milliseconds(20),
        lateness: (Int) -> Duration, each: (VirtualCall) -> Void = { _ in }
    ) {
        var flight = Flight()
        let start = call.now
        for number in 0..<packets {
            let nanoseconds = packetTime.components.attoseconds / 1_000_000_000
            let at = start + .nanoseconds(Int64(number) * nanoseconds) + lateness(number)
            flight.datagrams.append((at, call.farPacket(Self.speech(number))))
        }
        flight.datagrams.sort { $0.at < $1.at }
        while flight.next < flight.datagrams.count {
            while flight.next < flight.datagrams.count, flight.datagrams[flight.next].at <= call.now {
                call.receive(flight.datagrams[flight.next].octets, at: flight.datagrams[flight.next].at)
                flight.next += 1
            }
            call.slot()
            each(call)
        }
    }

    private static func stepMax(_ samples: some Collection<Int16>) -> Int {
        zip(samples, samples.dropFirst()).map { abs(Int($1) - Int($0)) }.max() ?? 0
    }

    /// Jitter of up to 120 ms: after the first second hardly anything is lost, and when the network is quiet again the
    /// delay goes back to what it was, without a step that the speech does not have.
    @Test func delayFollowsTheNetwork() {
        var random = SeededGenerator(seed: 40)
        var call = VirtualCall.answered()
        var lateAtOneSecond: UInt64 = 0
        Self.run(&call, packets: 1_000) { _ in
            .milliseconds(Int.random(in: 0...120, using: &random))
        } each: {
            if $0.slots == 75 { lateAtOneSecond = $0.path.report.packetsLate }
        }
        let jittery = call.path.report
        #expect(jittery.packetsLate - lateAtOneSecond <= 5, "of 950 packets")
        #expect((jittery.playoutDelay ?? .zero) >= .milliseconds(110))
        #expect((jittery.playoutDelay ?? .zero) <= .milliseconds(180))
        Self.run(&call, packets: 1_000) { _ in .zero }
        let quiet = call.path.report
        #expect((quiet.playoutDelay ?? .seconds(1)) <= .milliseconds(66))
        #expect(quiet.packetsLate == jittery.packetsLate)
        // The quiet network is 80 ms slower than the quickest packets of the restless one: that calls for no more delay.
        #expect(quiet.framesConcealed - jittery.framesConcealed <= 1)
        let calm = call.botAudio.suffix(160 * 900)
        #expect(Self.stepMax(calm) <= Self.stepMax((0..<80).flatMap { Self.speech($0) }) * 3 / 2)
    }

    /// The far end stops sending in its pauses and says so (RFC 3389): nothing counts as lost, and what is heard is noise
    /// of the level that it named.
    @Test func comfortNoiseFillsPauses() throws {
        var call = VirtualCall.answered()
        call.run(slots: 50) { Self.speech($0) }
        let noise = call.farSender.nextAudio(
            payloadType: .comfortNoise, samples: 8_000, payloadLengthInBytes: 1)
        call.receive(VirtualCall.packet(noise, [40]))
        let before = call.botAudio.count
        call.run(slots: 50)
        var meter = LevelMeter()
        let heard = Array(call.botAudio[(before + 160 * 10)...])
        meter.add(heard.span)
        #expect(abs(meter.rmsLevel + 40) < 1)
        call.run(slots: 50) { Self.speech($0) }
        let report = call.path.report
        #expect(report.framesConcealed == 0 && report.packetsLost == 0 && report.packetsInvalid == 0)
        #expect(report.packetsLate == 0)
    }

    /// The source changes under way: its clock and numbers are its own, and its delay begins anew.
    @Test func anotherSourceSetsIn() throws {
        var call = VirtualCall.answered()
        call.run(slots: 100) { Self.speech($0) }
        var random = SeededGenerator(seed: 99)
        call.farSender = RTPSender(using: &random)
        call.run(slots: 100) { Self.speech($0) }
        let report = call.path.report
        #expect(report.packetsReceived >= 198 && report.packetsLate == 0)
        #expect(report.framesConcealed <= 3)
        #expect((report.playoutDelay ?? .zero) <= .milliseconds(80))
    }
}
