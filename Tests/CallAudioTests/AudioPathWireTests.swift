import Addressing
import BotProtocol
import CallAudio
import PCM
import RTP
import Testing
import Timekeeping

/// RTCP, digits, hold and the recorder's taps.
@Suite struct AudioPathWireTests {
    // MARK: Digits

    @Test func receivedDigitIsToldToBotAndOwnerOnce() throws {
        var call = VirtualCall.answered()
        call.run(slots: 10) { _ in sawtooth(0..<160) }
        let began = call.farSender.timestamp
        for index in 0..<8 {
            var header = call.farSender.nextAudio(payloadType: .telephoneEvent, samples: 160, payloadLengthInBytes: 4)
            header.timestamp = began
            let report = TelephoneEventPayload(
                event: TelephoneEvent(code: 2), isEnd: index >= 5, volume: 10, duration: UInt16(160 * min(index + 1, 6))
            )
            var payload = [UInt8](repeating: 0, count: 4)
            var span = payload.mutableSpan
            report.write(into: &span, at: 0)
            call.receive(VirtualCall.packet(header, payload))
            call.slot()
        }
        call.run(slots: 20) { _ in sawtooth(0..<160) }
        let two = try #require(DTMFDigit("2"))
        #expect(call.events.count { $0 == .digitReceived(two, duration: .milliseconds(120)) } == 1)
        #expect(call.botEvents.count { $0.event == .dtmf(two, duration: .milliseconds(120)) } == 1)
        #expect(call.path.report.digitsReceived == "2")
        #expect(call.path.report.packetsLost == 0)
    }

    /// Digits stand in place of audio: timestamps run on, sequence numbers too, and the audio waits.
    @Test func sentDigitSuspendsTheAudio() throws {
        var call = VirtualCall.answered()
        call.botSays([Int16](repeating: 5_000, count: 8_000))
        call.run(slots: 10)
        call.bot(.dtmf(try #require(DTMFDigit.digits(in: "4#"))))
        call.run(slots: 80)
        let events = call.sent.filter { $0.packet.payloadType == .telephoneEvent }
        #expect(events.count { $0.packet.marker } == 2)
        #expect(Set(events.map(\.packet.timestamp)).count == 2)
        #expect(Set(events.map { $0.payload[0] }) == [4, 11])
        #expect(events.count { $0.payload[1] & 0x80 != 0 } == 6)
        for (earlier, later) in zip(call.sent, call.sent.dropFirst()) {
            #expect(later.packet.sequenceNumber == earlier.packet.sequenceNumber.next)
        }
        let audio = call.sent.enumerated().filter { $0.element.packet.payloadType == .pcma }
        for (index, packet) in audio {
            let expected = call.sent[0].packet.timestamp.advanced(by: UInt32(160 * index))
            #expect(packet.packet.timestamp == expected)
        }
        #expect(call.heardByFarEnd.count { $0 > 3_000 } >= 7_900)
        #expect(call.events.contains(.digitSent(try #require(DTMFDigit("4")))))
        #expect(call.path.report.digitsSent == "4#")
        #expect(call.path.report.botAudioHeard == .seconds(1))
    }

    // MARK: Hold and silence

    /// On hold nothing is sent and the watchdog sleeps; the media clock runs on, and the bot's words wait.
    @Test(arguments: [WireDirection.receiveOnly, .inactive]) func holdStopsSending(direction: WireDirection) {
        var call = VirtualCall.answered(timeout: .seconds(5))
        call.run(slots: 10) { _ in sawtooth(0..<160) }
        var held = VirtualCall.parameters
        held.direction = direction
        call.path.connect(held, at: call.now)
        call.botSays([Int16](repeating: 4_000, count: 1_600))
        let before = call.sent.count
        call.run(slots: 500)
        #expect(call.sent.count == before)
        #expect(!call.events.contains(.mediaTimeout))
        call.path.connect(VirtualCall.parameters, at: call.now)
        call.run(slots: 20) { _ in sawtooth(0..<160) }
        #expect(call.sent.count == before + 20)
        let gap = call.sent[before - 1].packet.timestamp.distance(to: call.sent[before].packet.timestamp)
        #expect(gap == 501 * 160)
        #expect(call.sent[before].packet.sequenceNumber == call.sent[before - 1].packet.sequenceNumber.next)
        #expect(call.sent[before].packet.marker)
        #expect(call.heardByFarEnd.count { $0 > 2_000 } >= 1_560)
    }

    /// While we hold, what the far end sends all the same is not heard, and is not reported as lost afterwards.
    @Test func whatComesWhileWeHoldIsNotLost() {
        var call = VirtualCall.answered()
        call.run(slots: 10) { _ in sawtooth(0..<160) }
        var held = VirtualCall.parameters
        held.direction = .sendOnly
        call.path.connect(held, at: call.now)
        call.run(slots: 20) { _ in sawtooth(0..<160) }
        let before = call.botAudio.count
        call.run(slots: 80) { _ in sawtooth(0..<160) }
        #expect(call.botAudio.dropFirst(before).allSatisfy { $0 == 0 })
        call.path.connect(VirtualCall.parameters, at: call.now)
        call.run(slots: 10) { _ in sawtooth(0..<160) }
        #expect(call.path.report.packetsReceived == 120)
        #expect(call.path.report.packetsLost == 0)
        #expect(call.botAudio.suffix(160).contains { $0 != 0 })
    }

    /// The watchdog tells once, and again only after packets have come in between.
    @Test func silenceOfTheFarEndIsToldOnce() {
        var call = VirtualCall.answered(timeout: .seconds(2))
        call.run(slots: 10) { _ in sawtooth(0..<160) }
        call.run(slots: 99)
        #expect(!call.events.contains(.mediaTimeout))
        call.run(slots: 300)
        #expect(call.events.count { $0 == .mediaTimeout } == 1)
        call.run(slots: 5) { _ in sawtooth(0..<160) }
        call.run(slots: 300)
        #expect(call.events.count { $0 == .mediaTimeout } == 2)
    }

    /// A far end that never sends is told as well.
    @Test func farEndThatNeverSpeaksIsTold() {
        var call = VirtualCall.answered(timeout: .seconds(2))
        call.run(slots: 110)
        #expect(call.events.contains(.mediaTimeout))
    }

    // MARK: RTCP

    /// Reports come by the schedule of RFC 3550: several a minute, each a report and an SDES with one CNAME.
    @Test func reportsComeBySchedule() throws {
        var call = VirtualCall.answered()
        call.run(slots: 3_000) { _ in sawtooth(0..<160) }
        #expect((10...40).contains(call.rtcp.count))
        var names: Set<String> = []
        for compound in call.rtcp {
            guard case .senderReport(let report)? = compound.packets.first,
                case .sourceDescription(let chunks)? = compound.packets.dropFirst().first
            else {
                Issue.record("not an SR with an SDES: \(compound)")
                return
            }
            #expect(report.ssrc == call.sent[0].packet.ssrc)
            #expect(report.blocks.count == 1)
            #expect(report.blocks.first?.cumulativeLost == 0)
            names.insert(try #require(chunks.first?.cname))
        }
        #expect(names.count == 1)
        #expect(names.first?.utf8.count == 24)
        let last = try #require(call.rtcp.last?.packets.first)
        if case .senderReport(let report) = last {
            #expect(Int(report.packetCount) <= call.sent.count)
            #expect(report.octetCount == report.packetCount * 160)
        }
    }

    @Test func whoSendsNothingReportsAsReceiver() {
        var call = VirtualCall()
        var parameters = VirtualCall.parameters
        parameters.direction = .receiveOnly
        call.path.connect(parameters, at: call.now)
        call.run(slots: 1_000) { _ in sawtooth(0..<160) }
        #expect(!call.rtcp.isEmpty)
        for compound in call.rtcp {
            if case .receiverReport? = compound.packets.first { continue }
            Issue.record("a receiver sent \(compound)")
        }
    }

    @Test func callEndsWithBye() {
        var call = VirtualCall.answered()
        call.run(slots: 10)
        call.end()
        #expect(call.rtcp.last?.packets.last == .goodbye(Goodbye(sources: [call.sent[0].packet.ssrc])))
        #expect(call.rtcp.last?.packets.count == 3)
    }

    /// The far end's report tells what it lost of ours, and by the echo of our SR how far away it is.
    @Test func farEndsReportIsRead() {
        var call = VirtualCall.answered()
        call.run(slots: 600) { _ in sawtooth(0..<160) }
        guard case .senderReport(let ours)? = call.rtcp.last?.packets.first else {
            Issue.record("no report of ours")
            return
        }
        let sentAt = NTPTimestamp(sinceEpoch: VirtualCall.clock.sinceEpoch(at: call.now))
        let age = sentAt.middle &- ours.ntpTimestamp.middle
        let block = ReportBlock(
            ssrc: ours.ssrc, fractionLost: 3, cumulativeLost: 7, highestSequenceNumber: 1, jitter: 80,
            lastSenderReport: ours.ntpTimestamp.middle, delaySinceLastSenderReport: age &- 3_277)
        let report = RTCPCompound([
            .receiverReport(ReceiverReport(ssrc: SSRC(5), blocks: [block])),
            .sourceDescription([SourceDescriptionChunk(ssrc: SSRC(5), cname: "far")]),
        ])
        call.receive(report.encoded(), from: VirtualCall.stranger)
        #expect(call.path.report.rtcpReceived == 0)
        #expect(call.path.report.packetsFromStrangers == 1)
        call.receive(report.encoded(), from: VirtualCall.remoteRTCP)
        let figures = call.path.report
        #expect(figures.rtcpReceived == 1)
        #expect(figures.remoteLost == 7)
        #expect(figures.remoteJitter == .milliseconds(10))
        #expect(figures.roundTrip.map { abs(($0 - .milliseconds(50)).inMilliseconds) <= 1 } == true)
    }

    // MARK: Recorder

    /// The left channel shows when speech arrived, the right one when it left: a click of each side stands at its own
    /// instant, whatever the jitter buffer held back, for every phase between packets and slots.
    @Test(arguments: [0, 3, 7, 12, 19]) func recordingIsOnTheWiresClock(phase: Int) {
        var call = VirtualCall.answered(records: true)
        var silent = [Int16](repeating: 0, count: 160)
        for slot in 0..<200 {
            silent[0] = slot == 100 ? 20_000 : 0
            let arrival = call.now - .milliseconds(20) + .milliseconds(phase)
            if slot > 0 { call.receive(call.farPacket(silent), at: arrival) }
            if slot == 150 { call.botSays([Int16](repeating: 10_000, count: 800)) }
            call.slot()
        }
        call.end()
        #expect(call.recordedLeft.count == call.recordedRight.count)
        let click = call.recordedLeft.firstIndex { $0 > 10_000 } ?? 0
        let arrivedAt = Duration.milliseconds(20 * 100 - 20 + phase)
        #expect(abs(click - SampleRate.hz8000.samples(in: arrivedAt)) <= 8)
        let word = call.recordedRight.firstIndex { $0 > 5_000 } ?? 0
        let sentAt = Duration.milliseconds(20 * 155 + 5)
        #expect(abs(word - SampleRate.hz8000.samples(in: sentAt)) <= 1_600)
        let wire = call.sent.firstIndex { $0.payload.contains { $0 != 0xD5 } } ?? 0
        let left = SampleRate.hz8000.samples(in: .milliseconds(20 * wire + 5))
        #expect(abs(word - left) <= 16)
    }

    /// From connect to the end, to within a slot: nothing is added and nothing is cut.
    @Test func recordingIsAsLongAsTheCall() {
        var call = VirtualCall.answered(records: true)
        call.run(slots: 500) { $0 % 11 == 5 ? nil : sawtooth(0..<160) }
        call.end()
        #expect(abs(call.recordedLeft.count - 500 * 160) <= 200)
        #expect(call.recordedLeft.count == call.recordedRight.count)
    }

    @Test func skippedSlotsStayInTheRecordingAndOnTheClock() {
        var call = VirtualCall.answered(records: true)
        call.run(slots: 10)
        for _ in 0..<50 {
            call.path.skipSlot(at: call.now, into: &call.output)
            call.now += AudioPath.frameTime
        }
        call.run(slots: 10)
        call.end()
        #expect(call.sent.count == 20)
        let gap = call.sent[9].packet.timestamp.distance(to: call.sent[10].packet.timestamp)
        #expect(gap == 51 * 160)
        #expect(abs(call.recordedLeft.count - 70 * 160) <= 200)
    }

    @Test func withoutARecorderNothingIsTapped() {
        var call = VirtualCall.answered()
        call.run(slots: 20) { _ in sawtooth(0..<160) }
        call.end()
        #expect(call.recordedLeft.isEmpty)
    }

    /// Levels are measured while someone speaks; silence around it does not lower them.
    @Test func levelsAreThoseOfTheSpeech() throws {
        var call = VirtualCall.answered()
        var tone = ToneGenerator(frequency: 500, level: -20, rate: .hz8000)
        call.run(slots: 300) { slot in
            guard slot < 100 else { return nil }
            var samples = [Int16](repeating: 0, count: 160)
            var span = samples.mutableSpan
            tone.fill(&span)
            return samples
        }
        let level = try #require(call.path.report.callerLevel.rmsInDecibels)
        #expect(abs(level + 23) < 1.5)
        #expect(call.path.report.botLevel.rmsInDecibels == nil)
    }
}
