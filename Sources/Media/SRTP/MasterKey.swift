/// The secret of one direction of a call: master key and master salt (RFC 3711 section 8.2).
///
/// Its description hides it, so that no log can show it.
package struct MasterKey: Hashable, Sendable {
    package let key: [UInt8]
    package let salt: [UInt8]

    /// Throws where no profile has keys and salts of these lengths.
    package init(key: [UInt8], salt: [UInt8]) throws(SRTPError) {
        guard ProtectionProfile.allCases.contains(where: { $0.keyLength == key.count && $0.saltLength == salt.count })
        else { throw .badKeyLength }
        self.key = key
        self.salt = salt
    }

    /// Key and salt in one, as in an SDES `inline:` (RFC 4568 section 6.1); nil where they are not of the profile's
    /// length.
    package init?(_ octets: [UInt8], for profile: ProtectionProfile = .aesCM128HMACSHA1_80) {
        guard octets.count == profile.keyLength + profile.saltLength else { return nil }
        self.key = Array(octets[..<profile.keyLength])
        self.salt = Array(octets[profile.keyLength...])
    }

    func fits(_ profile: ProtectionProfile) -> Bool {
        self.key.count == profile.keyLength && self.salt.count == profile.saltLength
    }
}

extension MasterKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "MasterKey(hidden)" }
    package var debugDescription: String { self.description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
