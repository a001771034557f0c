import Timekeeping

/// A digit that the caller pressed.
package struct DigitHeard: Hashable, Sendable, Codable {
    package var digit: String
    /// From the call's answer to the digit's first packet.
    package var atInMilliseconds: Int
    /// As the sender's last packet gave it.
    package var durationInMilliseconds: Int
    /// Packets of the event; the end is sent three times (RFC 4733 section 2.5.1.4).
    package var packets: Int
    /// Whether a packet with the end bit came.
    package var ended: Bool
}

/// Hears telephone-events of RFC 4733: every event once, however often its packets are repeated.
package struct DigitReceiver: Sendable {
    private(set) package var heard: [DigitHeard] = []
    /// Payloads that are too short, carry an event above 15 or come late for an event before the last.
    private(set) package var ignored = 0
    private var lastTimestamp: UInt32?
    private let origin: Instant

    /// Digits kept for the report: 1,000.
    private static let heardMax = 1_000

    package init(origin: Instant) {
        self.origin = origin
    }

    /// Takes a telephone-event payload and returns the digit when it begins one.
    package mutating func receive(_ payload: ArraySlice<UInt8>, timestamp: UInt32, at now: Instant) -> Digit? {
        guard payload.count >= 4, let digit = Digit(event: payload[payload.startIndex]),
            self.heard.count < Self.heardMax
        else {
            self.ignored += 1
            return nil
        }
        let bytes = Array(payload.prefix(4))
        let duration = (Int(bytes[2]) << 8 | Int(bytes[3])) / 8
        let ended = bytes[1] & 0x80 != 0
        if timestamp == self.lastTimestamp, var event = self.heard.last {
            event.packets += 1
            event.durationInMilliseconds = max(event.durationInMilliseconds, duration)
            event.ended = event.ended || ended
            self.heard[self.heard.count - 1] = event
            return nil
        }
        if let last = self.lastTimestamp, Int32(bitPattern: timestamp &- last) < 0 {
            self.ignored += 1
            return nil
        }
        self.lastTimestamp = timestamp
        self.heard.append(
            DigitHeard(
                digit: digit.description, atInMilliseconds: Int(self.origin.duration(to: now).inMilliseconds),
                durationInMilliseconds: duration, packets: 1, ended: ended))
        return digit
    }
}
