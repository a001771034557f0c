/// How much of a message is read before it is refused.
package struct MessageLimits: Hashable, Sendable {
    /// Start line and header fields with their line ends, in bytes.
    package var headLengthMax: Int
    /// Body, in bytes.
    package var bodyLengthMax: Int
    /// One header line after unfolding, in bytes.
    package var headerLineLengthMax: Int
    /// Header fields of a message.
    package var headerCountMax: Int

    package init(headLengthMax: Int, bodyLengthMax: Int, headerLineLengthMax: Int, headerCountMax: Int) {
        self.headLengthMax = headLengthMax
        self.bodyLengthMax = bodyLengthMax
        self.headerLineLengthMax = headerLineLengthMax
        self.headerCountMax = headerCountMax
    }

    /// 64 KiB of head and as much of body, 8 KiB a line, 256 fields: several times what any real call needs.
    package static let `default` = MessageLimits(
        headLengthMax: 65_536, bodyLengthMax: 65_536, headerLineLengthMax: 8192, headerCountMax: 256)

    package var messageLengthMax: Int { self.headLengthMax + self.bodyLengthMax }
}
