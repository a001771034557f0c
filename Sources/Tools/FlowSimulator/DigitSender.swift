/// Makes the RFC 4733 payloads of a row of digits, one each 20 ms: 100 ms of tone, the end three times, then a pause.
package struct DigitSender: Hashable, Sendable {
    package struct Event: Hashable, Sendable {
        package var payload: [UInt8]
        package var isFirst: Bool
        /// Timestamp units since the digit began; every packet of a digit carries the timestamp of its beginning.
        package var age: UInt32
    }

    private let digits: [Digit]
    private var index = 0
    private var packet = 0

    private static let packetsWithTone = 5
    private static let packetsOfEnd = 3
    private static let packetsPerDigit = 10
    /// -10 dBm0.
    private static let volume: UInt8 = 10

    package init(_ digits: [Digit]) {
        self.digits = digits
    }

    package var isFinished: Bool { self.index == self.digits.count }

    /// The next 20 ms: a payload, or nil for a pause between two digits.
    package mutating func next() -> Event? {
        guard self.index < self.digits.count else { return nil }
        let event = self.digits[self.index].event
        let packet = self.packet
        self.packet += 1
        if self.packet == Self.packetsPerDigit {
            self.packet = 0
            self.index += 1
        }
        guard packet < Self.packetsWithTone + Self.packetsOfEnd - 1 else { return nil }
        let tone = min(packet + 1, Self.packetsWithTone)
        let isEnd = packet >= Self.packetsWithTone - 1
        let duration = tone * 160
        let octets: [UInt8] = [
            event, (isEnd ? 0x80 : 0) | Self.volume, UInt8(duration >> 8), UInt8(duration & 0xFF),
        ]
        return Event(payload: octets, isFirst: packet == 0, age: UInt32(packet * 160))
    }
}
