/// Reads octets and words in network order and throws at the end, so that no length field is believed.
///
/// Holds a copy: RTCP comes once in seconds, and a stored `Span` would need a language feature that is still experimental.
struct OctetReader {
    private let octets: [UInt8]
    private var offset = 0

    init(copying octets: Span<UInt8>) {
        self.octets = octets.indices.map { octets[$0] }
    }

    var remaining: Int { self.octets.count - self.offset }

    mutating func octet() throws(RTPError) -> UInt8 {
        guard self.remaining >= 1 else { throw .badRTCPLength }
        defer { self.offset += 1 }
        return self.octets[self.offset]
    }

    mutating func word() throws(RTPError) -> UInt32 {
        guard self.remaining >= 4 else { throw .badRTCPLength }
        defer { self.offset += 4 }
        return RTPPacket.word(self.octets.span, at: self.offset)
    }

    /// UTF-8; malformed octets become replacement characters, for the text is only ever shown.
    mutating func text(lengthInBytes: Int) throws(RTPError) -> String {
        guard self.remaining >= lengthInBytes else { throw .badRTCPLength }
        defer { self.offset += lengthInBytes }
        return String(decoding: self.octets[self.offset..<(self.offset + lengthInBytes)], as: UTF8.self)
    }

    mutating func skip(_ lengthInBytes: Int) throws(RTPError) {
        guard self.remaining >= lengthInBytes else { throw .badRTCPLength }
        self.offset += lengthInBytes
    }

    mutating func skipToWord() throws(RTPError) {
        try self.skip((4 - self.offset % 4) % 4)
    }
}
