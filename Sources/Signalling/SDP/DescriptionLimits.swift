/// How much of a session description is read before it is refused.
package struct DescriptionLimits: Hashable, Sendable {
    /// Bytes of the whole description.
    package var lengthMax: Int
    package var lineCountMax: Int
    /// Bytes of one line.
    package var lineLengthMax: Int
    package var mediaCountMax: Int
    /// Attributes of the session, and of each media description.
    package var attributeCountMax: Int
    /// Formats of one media description; there are 128 payload types.
    package var formatCountMax: Int

    package init(
        lengthMax: Int, lineCountMax: Int, lineLengthMax: Int, mediaCountMax: Int, attributeCountMax: Int,
        formatCountMax: Int
    ) {
        self.lengthMax = lengthMax
        self.lineCountMax = lineCountMax
        self.lineLengthMax = lineLengthMax
        self.mediaCountMax = mediaCountMax
        self.attributeCountMax = attributeCountMax
        self.formatCountMax = formatCountMax
    }

    package static let `default` = DescriptionLimits(
        lengthMax: 65_536, lineCountMax: 1024, lineLengthMax: 8192, mediaCountMax: 32, attributeCountMax: 256,
        formatCountMax: 128)
}
