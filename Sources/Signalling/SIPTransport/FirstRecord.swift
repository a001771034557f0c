/// The first record of a TLS client, held until it is whole (RFC 8446 section 5.1).
///
/// A session's state and buffers are tens of kilobytes. A peer that connects and says nothing, or half a hello, has not
/// earned them: it costs what it sent.
package struct FirstRecord {
    private var bytes: [UInt8] = []

    package init() {}

    /// Bytes held now.
    package var count: Int { self.bytes.count }

    /// Returns all that has come once a session can make something of it: a whole record, or what is none.
    package mutating func append(_ received: some Sequence<UInt8>) -> [UInt8]? {
        self.bytes += received
        guard let type = self.bytes.first else { return nil }
        guard type == Self.handshake else { return self.take() }
        guard self.bytes.count >= Self.headerLength else { return nil }
        let length = Int(self.bytes[3]) << 8 | Int(self.bytes[4])
        guard length <= Self.lengthMax, self.bytes.count < Self.headerLength + length else { return self.take() }
        return nil
    }

    private mutating func take() -> [UInt8] {
        defer { self.bytes = [] }
        return self.bytes
    }

    private static let handshake: UInt8 = 22
    private static let headerLength = 5
    /// A longer record is refused by the session.
    package static let lengthMax = 16_384
}
