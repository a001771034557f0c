/// The secret of one direction of a call: a 128-bit master key and a 112-bit master salt (RFC 3711 section 8.2).
///
/// Its description hides it, so that no log can show it.
package struct MasterKey: Hashable, Sendable {
    package let key: [UInt8]
    package let salt: [UInt8]

    package static let keyLength = 16
    package static let saltLength = 14

    package init(key: [UInt8], salt: [UInt8]) throws(SRTPError) {
        guard key.count == Self.keyLength, salt.count == Self.saltLength else { throw .badKeyLength }
        self.key = key
        self.salt = salt
    }

    /// Key and salt in one, the 30 octets of an SDES `inline:` (RFC 4568 section 6.1); nil for another length.
    package init?(_ octets: [UInt8]) {
        guard octets.count == Self.keyLength + Self.saltLength else { return nil }
        self.key = Array(octets[..<Self.keyLength])
        self.salt = Array(octets[Self.keyLength...])
    }
}

extension MasterKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "MasterKey(hidden)" }
    package var debugDescription: String { self.description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
