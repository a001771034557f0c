/// A telephone event by its code (RFC 4733 section 3.2): 0...15 are DTMF digits, the others are not.
package struct TelephoneEvent: Hashable, Sendable {
    package let code: UInt8

    @inlinable
    package init(code: UInt8) {
        self.code = code
    }

    /// The event of a key: `0`...`9`, `*`, `#`, `A`...`D` in either case; nil for anything else.
    package init?(digit: Character) {
        guard let code = Self.digits.firstIndex(of: Character(digit.uppercased())) else { return nil }
        self.code = UInt8(code)
    }

    /// The key, or nil for an event that is no DTMF digit, such as flash (16).
    package var digit: Character? {
        self.code < 16 ? Self.digits[Int(self.code)] : nil
    }

    private static let digits: [Character] = Array("0123456789*#ABCD")
}

/// The four octets of one event report (RFC 4733 section 2.3).
package struct TelephoneEventPayload: Hashable, Sendable {
    package var event: TelephoneEvent
    /// The E bit: this report closes the event.
    package var isEnd: Bool
    /// Power below full scale: 0...63 for 0...-63 dBm0.
    package var volume: UInt8
    /// How long the event, or this segment of it, has lasted, in clock units.
    package var duration: UInt16

    package static let lengthInBytes = 4

    package init(event: TelephoneEvent, isEnd: Bool, volume: UInt8, duration: UInt16) {
        self.event = event
        self.isEnd = isEnd
        self.volume = volume & 0x3F
        self.duration = duration
    }

    /// Reads exactly four octets; the reserved bit is ignored, as section 2.3.4 asks.
    package init(_ bytes: Span<UInt8>) throws(RTPError) {
        guard bytes.count == Self.lengthInBytes else { throw .badTelephoneEvent }
        self.init(
            event: TelephoneEvent(code: bytes[0]), isEnd: bytes[1] & 0x80 != 0, volume: bytes[1] & 0x3F,
            duration: UInt16(bytes[2]) << 8 | UInt16(bytes[3]))
    }

    /// Writes the report to four octets of `packet` from `offset`, which must have room for them.
    package func write(into packet: inout MutableSpan<UInt8>, at offset: Int) {
        precondition(packet.count - offset >= Self.lengthInBytes, "a packet buffer holds at least the event report")
        packet[offset] = self.event.code
        packet[offset + 1] = (self.isEnd ? 0x80 : 0) | self.volume
        packet[offset + 2] = UInt8(truncatingIfNeeded: self.duration >> 8)
        packet[offset + 3] = UInt8(truncatingIfNeeded: self.duration)
    }
}

/// One packet that a `TelephoneEventSender` wants on the wire.
package struct TelephoneEventPacket: Hashable, Sendable {
    /// Set on the first packet of an event.
    package var marker: Bool
    /// When the event, or this segment of it, began.
    package var timestamp: RTPTimestamp
    package var payload: TelephoneEventPayload
}
