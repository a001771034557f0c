import SIPSyntax

/// One datagram: whatever can be read is written so that it reads the same again.
enum SIPDatagramTarget {
    static func check(_ bytes: [UInt8]) {
        guard let message = try? MessageParser.parse(bytes) else { return }
        SIPHeadersTarget.checkAddresses(message.headers)
        let written = message.encoded()
        let again = reading(written) { try MessageParser.parse($0, limits: Self.roomy) }
        require(again.encoded() == written, "a written message reads and writes the same")
        require(Self.withoutLength(again) == Self.withoutLength(message), "a message survives being written")
    }

    /// The writer moves Content-Length to the end and makes it true.
    private static func withoutLength(_ message: SIPMessage) -> SIPMessage {
        var message = message
        message.headers.remove(.contentLength)
        return message
    }

    /// Writing spells compact names out and repairs broken UTF-8, both of which make a message longer.
    private static let roomy = MessageLimits(
        headLengthMax: 1 << 20, bodyLengthMax: 1 << 20, headerLineLengthMax: 1 << 18, headerCountMax: 1024)
}
