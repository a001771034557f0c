import RTP
import Testing
import Timekeeping

/// RFC 4733: Resources/dtmf_rfc4733.json, sending and receiving.
@Suite struct TelephoneEventTests {
    private let vectors: TelephoneEventVectors

    init() throws {
        self.vectors = try Vectors.load("dtmf_rfc4733", as: TelephoneEventVectors.self)
    }

    /// The digits 9-1-1 of the file, octet for octet: one packet each 20 ms, three ends, 40 ms of pause.
    @Test func sendsTheDigitsOfTheFile() throws {
        var events = TelephoneEventSender()
        for digit in self.vectors.digits {
            let event = try #require(TelephoneEvent(digit: Character(digit.digit)))
            let isQueued = events.enqueue(event)
            #expect(isQueued)
        }
        var sender = RTPSender(
            ssrc: SSRC(0x1122_3344), firstSequenceNumber: SequenceNumber(0x64), firstTimestamp: RTPTimestamp(0x1F40))
        var sent: [[UInt8]] = []
        var pauses = 0
        while !events.isIdle {
            switch events.nextSlot(at: sender.timestamp, samples: 160) {
            case .packet(let packet), .lastPacket(let packet):
                var octets = [UInt8](repeating: 0, count: 16)
                var span = octets.mutableSpan
                sender.nextEvent(packet, payloadType: .telephoneEvent).write(into: &span)
                packet.payload.write(into: &span, at: RTPHeader.lengthInBytes)
                sent.append(octets)
            case .pause: pauses += 1
            case .audio: break
            }
            sender.pass(samples: 160)
        }
        #expect(sent == self.vectors.digits.flatMap(\.packets).map(hexadecimalOctets))
        #expect(pauses == 2 * self.vectors.digits.count)
    }

    @Test func receivesTheDigitsOfTheFile() throws {
        let heard = try Self.receive(self.vectors.digits.flatMap(\.packets))
        #expect(heard.map(\.event.digit) == ["9", "1", "1"])
        #expect(heard.allSatisfy { $0.duration == .milliseconds(100) })
    }

    /// Every truncation of the packets' order: whichever of a digit's packets are lost, as long as one arrives, it is
    /// heard once.
    @Test func anySubsetOfADigitIsOneDigit() throws {
        let packets = self.vectors.digits[0].packets
        for mask in 1..<256 {
            let subset = packets.indices.filter { mask & 1 << $0 != 0 }.map { packets[$0] }
            #expect(try Self.receive(subset).count == 1, "packets \(mask)")
        }
    }

    @Test func negatives() throws {
        #expect(self.vectors.negative.count == 11)
        for negative in self.vectors.negative { try self.check(negative.name) }
    }

    private func check(_ name: String) throws {
        let nine = self.vectors.digits[0].packets
        let one = self.vectors.digits[1].packets
        switch name {
        case "lost first two packets":
            #expect(try Self.receive(Array(nine[2...])).map(\.event.digit) == ["9"])
        case "all end packets lost":
            #expect(try Self.receive(Array(nine[..<5]) + one).map(\.event.digit) == ["9", "1"])
            #expect(try Self.receive(Array(nine[..<5])).map(\.event.digit) == ["9"], "by silence")
        case "end repeated 3x":
            #expect(try Self.receive(nine + nine[5...]).count == 1)
        case "same digit twice, different timestamp":
            #expect(try Self.receive(one + self.vectors.digits[2].packets).map(\.event.digit) == ["1", "1"])
        case "duplicate of an old event after end":
            #expect(try Self.receive(nine + one + nine).map(\.event.digit) == ["9", "1"])
        case "event 16+ (flash 16, tones)":
            let flash = nine.map { $0.replacingPrefix(24, with: "10") }
            #expect(try Self.receive(flash).map(\.event.digit) == [nil])
        case "payload 3 bytes", "payload 8 bytes (two events)":
            let payload = [UInt8](repeating: 9, count: name.hasPrefix("payload 3") ? 3 : 8)
            #expect(throws: RTPError.badTelephoneEvent) { try TelephoneEventPayload(payload.span) }
        case "long event > 0xFFFF":
            try Self.checkLongEvent(.milliseconds(20_000))
        case "duration 0 with end":
            let end = TelephoneEventPayload(event: TelephoneEvent(code: 3), isEnd: true, volume: 0, duration: 0)
            var receiver = TelephoneEventReceiver()
            let reception = receiver.receive(end, timestamp: RTPTimestamp(5), at: .origin)
            #expect(reception.ended == TelephoneEventReceiver.Ended(event: TelephoneEvent(code: 3), duration: .zero))
        case "reserved bit set":
            let payload = try TelephoneEventPayload([9, 0xCA, 0, 160].span)
            #expect(payload.isEnd && payload.volume == 10 && payload.duration == 160)
        default:
            throw UnknownVector(name: name)
        }
    }

    /// Hears the packets 20 ms apart and then a second of silence.
    private static func receive(_ packets: [String]) throws -> [TelephoneEventReceiver.Ended] {
        var receiver = TelephoneEventReceiver()
        var now = Instant.origin
        var heard: [TelephoneEventReceiver.Ended] = []
        for hexadecimal in packets {
            let octets = hexadecimalOctets(hexadecimal)
            let packet = try RTPPacket(octets.span)
            let report = try TelephoneEventPayload(octets.span.extracting(packet.payload))
            if let ended = receiver.receive(report, timestamp: packet.timestamp, at: now).ended { heard.append(ended) }
            now += .milliseconds(20)
        }
        if let deadline = receiver.deadline, let ended = receiver.handleTimeout(at: deadline) { heard.append(ended) }
        #expect(receiver.deadline == nil)
        return heard
    }

    /// Sends one long event and receives it, the first report of every segment lost too.
    private static func checkLongEvent(_ duration: Duration) throws {
        for losesSegmentStarts in [false, true] {
            var sender = TelephoneEventSender()
            var receiver = TelephoneEventReceiver()
            let isQueued = sender.enqueue(TelephoneEvent(code: 5), duration: duration)
            #expect(isQueued)
            var timestamps: Set<RTPTimestamp> = []
            var heard: [TelephoneEventReceiver.Ended] = []
            var now = Instant.origin
            var clock = RTPTimestamp(UInt32.max - 1_000)
            while !sender.isIdle {
                switch sender.nextSlot(at: clock, samples: 160) {
                case .packet(let packet), .lastPacket(let packet):
                    let isNew = timestamps.insert(packet.timestamp).inserted
                    #expect(packet.marker == (timestamps.count == 1 && isNew), "the marker is the whole event's")
                    if !(losesSegmentStarts && isNew),
                        let ended = receiver.receive(packet.payload, timestamp: packet.timestamp, at: now).ended
                    {
                        heard.append(ended)
                    }
                case .pause, .audio: break
                }
                clock = clock.advanced(by: 160)
                now += .milliseconds(20)
            }
            #expect(timestamps.count == 3, "65,535 units each, and the rest")
            #expect(heard == [TelephoneEventReceiver.Ended(event: TelephoneEvent(code: 5), duration: duration)])
        }
    }

    /// At most `waitingMax` digits wait; `cancel` ends the one that sounds properly and drops the others.
    @Test func queueIsBoundedAndCancels() {
        var sender = TelephoneEventSender()
        let queued = (0...TelephoneEventSender.waitingMax).map { _ in sender.enqueue(TelephoneEvent(code: 1)) }
        #expect(queued == Array(repeating: true, count: TelephoneEventSender.waitingMax) + [false])
        _ = sender.nextSlot(at: RTPTimestamp(0), samples: 160)
        _ = sender.nextSlot(at: RTPTimestamp(160), samples: 160)
        sender.cancel()
        let rest = (2..<8).map { sender.nextSlot(at: RTPTimestamp(UInt32($0) * 160), samples: 160) }
        let ends = rest.prefix(3).compactMap { slot -> TelephoneEventPacket? in
            switch slot {
            case .packet(let packet), .lastPacket(let packet): packet
            case .audio, .pause: nil
            }
        }
        #expect(ends.count == 3 && ends.allSatisfy { $0.payload.isEnd && $0.payload.duration == 320 })
        #expect(rest.suffix(3) == [.pause, .pause, .audio] && sender.isIdle)
    }

    @Test func durationsAreBounded() {
        var sender = TelephoneEventSender()
        let isQueued = sender.enqueue(TelephoneEvent(code: 1), duration: .zero)
        #expect(isQueued)
        var slots = 0
        while !sender.isIdle {
            _ = sender.nextSlot(at: RTPTimestamp(0), samples: 160)
            slots += 1
        }
        #expect(slots == 2 + 3 + 2 + 1, "40 ms, three ends, the pause, and the slot that belongs to audio again")
    }

    /// An event that never ends is told in parts of `durationMax`, so nothing grows.
    @Test func endlessEventIsBounded() {
        var receiver = TelephoneEventReceiver()
        var now = Instant.origin
        var timestamp = RTPTimestamp(0)
        var told = 0
        for step in 0..<20 {
            let report = TelephoneEventPayload(
                event: TelephoneEvent(code: 1), isEnd: false, volume: 0, duration: 0xFFFF)
            if receiver.receive(report, timestamp: timestamp, at: now).ended != nil { told += 1 }
            timestamp = timestamp.advanced(by: 0xFFFF)
            now += .milliseconds(step)
        }
        #expect(told == 2, "each after eight segments of 8.2 s")
    }

    /// A restart of the source ends what sounds and forgets old timestamps.
    @Test func restartForgets() {
        var receiver = TelephoneEventReceiver()
        let report = TelephoneEventPayload(event: TelephoneEvent(code: 7), isEnd: false, volume: 0, duration: 160)
        #expect(receiver.receive(report, timestamp: RTPTimestamp(800), at: .origin).began == TelephoneEvent(code: 7))
        #expect(receiver.restart()?.event == TelephoneEvent(code: 7))
        #expect(receiver.receive(report, timestamp: RTPTimestamp(800), at: .origin).began == TelephoneEvent(code: 7))
    }

    /// Packets every 50 ms, as some senders do, are not silence.
    @Test func slowUpdatesAreNotSilence() throws {
        var receiver = TelephoneEventReceiver()
        var now = Instant.origin
        for step in 1...6 {
            #expect(receiver.handleTimeout(at: now) == nil)
            let report = TelephoneEventPayload(
                event: TelephoneEvent(code: 7), isEnd: false, volume: 0, duration: UInt16(step * 400))
            _ = receiver.receive(report, timestamp: RTPTimestamp(800), at: now)
            now += .milliseconds(50)
        }
        let deadline = try #require(receiver.deadline)
        #expect(receiver.handleTimeout(at: deadline - .nanoseconds(1)) == nil)
        #expect(receiver.handleTimeout(at: deadline)?.duration == .milliseconds(300))
    }

    @Test func keysAndCodes() {
        let keys = "0123456789*#ABCD"
        for (code, key) in keys.enumerated() {
            #expect(TelephoneEvent(digit: key)?.code == UInt8(code))
            #expect(TelephoneEvent(code: UInt8(code)).digit == key)
        }
        #expect(TelephoneEvent(digit: "d")?.digit == "D")
        #expect(TelephoneEvent(digit: "E") == nil && TelephoneEvent(digit: "é") == nil)
        #expect(TelephoneEvent(code: 16).digit == nil)
    }
}

extension String {
    /// Replaces two hexadecimal digits at an offset.
    fileprivate func replacingPrefix(_ offset: Int, with digits: String) -> String {
        String(self.prefix(offset)) + digits + String(self.dropFirst(offset + digits.count))
    }
}
