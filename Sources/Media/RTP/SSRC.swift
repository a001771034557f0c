/// The synchronization source: which stream of a session a packet belongs to (RFC 3550 section 3).
package struct SSRC: Hashable, Sendable {
    package var rawValue: UInt32

    @inlinable
    package init(_ rawValue: UInt32) {
        self.rawValue = rawValue
    }
}
