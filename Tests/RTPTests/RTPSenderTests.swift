import RTP
import Testing

/// Numbering of what we send: RFC 3550 section 5.1, RFC 3551 section 4.1.
@Suite struct RTPSenderTests {
    private func sender() -> RTPSender {
        RTPSender(
            ssrc: SSRC(7), firstSequenceNumber: SequenceNumber(65_534), firstTimestamp: RTPTimestamp(UInt32.max - 159))
    }

    @Test func numbersAndClockWrap() {
        var sender = self.sender()
        let headers = (0..<4).map { _ in
            sender.nextAudio(payloadType: .pcma, samples: 160, payloadLengthInBytes: 160)
        }
        #expect(headers.map(\.sequenceNumber.rawValue) == [65_534, 65_535, 0, 1])
        #expect(headers.map(\.timestamp.rawValue) == [UInt32.max - 159, 0, 160, 320])
        #expect(sender.packetCount == 4 && sender.octetCount == 640)
    }

    /// The marker opens a talk spurt: the first packet and the first after a pause.
    @Test func markerOpensATalkSpurt() {
        var sender = self.sender()
        var markers: [Bool] = []
        for step in 0..<6 {
            if step == 3 { sender.pass(samples: 160) }
            markers.append(sender.nextAudio(payloadType: .pcma, samples: 160, payloadLengthInBytes: 160).marker)
        }
        #expect(markers == [true, false, false, true, false, false])
    }

    /// The timestamp runs on while nothing is sent; the sequence number does not.
    @Test func pausesMoveOnlyTheClock() {
        var sender = self.sender()
        let before = sender.nextAudio(payloadType: .pcma, samples: 160, payloadLengthInBytes: 160)
        sender.pass(samples: 1_600)
        let after = sender.nextAudio(payloadType: .pcma, samples: 160, payloadLengthInBytes: 160)
        #expect(before.timestamp.distance(to: after.timestamp) == 1_760)
        #expect(before.sequenceNumber.distance(to: after.sequenceNumber) == 1)
    }

    /// Random beginnings, the sequence number in the lower half so that SRTP's roll-over count cannot be mistaken.
    @Test func beginsAtRandom() {
        var random = SeededGenerator(seed: 3_550)
        let senders = (0..<200).map { _ in RTPSender(using: &random) }
        #expect(Set(senders.map(\.ssrc)).count > 190)
        #expect(Set(senders.map(\.timestamp)).count > 190)
        #expect(senders.allSatisfy { $0.nextSequenceNumber.rawValue < 0x8000 })
    }

    /// RFC 4733 section 2.5: sequence numbers continue with audio, the event's timestamp stands still.
    @Test func eventsShareTheSequence() {
        var sender = self.sender()
        var events = TelephoneEventSender()
        _ = TelephoneEvent(digit: "5").map { events.enqueue($0) }
        let first = sender.nextAudio(payloadType: .pcma, samples: 160, payloadLengthInBytes: 160)
        let start = sender.timestamp
        var headers: [RTPHeader] = []
        for _ in 0..<8 {
            switch events.nextSlot(at: sender.timestamp, samples: 160) {
            case .packet(let packet), .lastPacket(let packet):
                headers.append(sender.nextEvent(packet, payloadType: .telephoneEvent))
            case .audio, .pause:
                Issue.record("eight packets make a digit")
            }
            sender.pass(samples: 160)
        }
        #expect(headers.allSatisfy { $0.timestamp == start })
        #expect(headers.map(\.marker) == [true] + Array(repeating: false, count: 7))
        #expect(first.sequenceNumber.distance(to: headers[7].sequenceNumber) == 8)
        let audio = sender.nextAudio(payloadType: .pcma, samples: 160, payloadLengthInBytes: 160)
        #expect(audio.marker && start.distance(to: audio.timestamp) == 8 * 160)
    }
}
