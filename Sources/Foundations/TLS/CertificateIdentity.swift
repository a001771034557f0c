import Addressing

/// The names that a certificate gives its holder, and the rule by which they prove a wanted one.
///
/// RFC 5922 section 7.1 and RFC 6125 section 6: the subject's common name counts only when there is no subject alternative
/// name of a kind that could have named the host. RFC 5922 section 7.2 knows no wildcards, but carriers use them, so one
/// is accepted as the whole left-most label, as RFC 6125 section 6.4.3 allows.
package struct CertificateIdentity: Hashable, Sendable {
    /// One name as the certificate has it, octet for octet.
    package enum Name: Hashable, Sendable {
        case dns([UInt8])
        /// Four or sixteen octets in a sane certificate.
        case address([UInt8])
        case uri([UInt8])
    }

    package var alternativeNames: [Name]
    /// The last common name of the subject, if it has one.
    package var commonName: [UInt8]?

    package init(alternativeNames: [Name], commonName: [UInt8]?) {
        self.alternativeNames = alternativeNames
        self.commonName = commonName
    }

    /// Whether the certificate proves that its holder is `wanted`.
    package func proves(_ wanted: ServerName) -> Bool {
        switch wanted {
        case .dns(let name):
            let host = Array(name.utf8)
            if self.alternativeNames.isEmpty, let commonName = self.commonName {
                return Self.matches(pattern: commonName, host: host)
            }
            return self.alternativeNames.contains { alternative in
                switch alternative {
                case .dns(let pattern): Self.matches(pattern: pattern, host: host)
                case .uri(let uri): Self.sipDomain(of: uri).map { Self.lowercased($0) == host } ?? false
                case .address: false
                }
            }
        case .address(let address):
            return self.alternativeNames.contains { alternative in
                if case .address(let octets) = alternative { return octets == Self.octets(of: address) }
                return false
            }
        }
    }

    /// Every name for a sentence, at most eight of them, with anything unprintable made visible.
    package var names: [String] {
        var names = self.alternativeNames.map { name in
            switch name {
            case .dns(let octets), .uri(let octets): printable(octets)
            case .address(let octets): Self.address(from: octets)?.description ?? "an address of \(octets.count) octets"
            }
        }
        if names.isEmpty, let commonName = self.commonName { names = [printable(commonName)] }
        return names.count > 8 ? names.prefix(8) + ["and \(names.count - 8) more"] : names
    }

    /// Compares without case; `*` may stand for one whole label, the left-most, above at least two others.
    ///
    /// A name with a NUL, or any other octet that `ServerName` refuses, equals no host and so proves nothing
    /// (CVE-2009-2408, CVE-2015-3008: comparing as C strings stopped at the NUL).
    private static func matches(pattern: [UInt8], host: [UInt8]) -> Bool {
        var pattern = Self.lowercased(pattern[...])
        if pattern.last == UInt8(ascii: "."), pattern.count > 1 { pattern.removeLast() }
        guard pattern.starts(with: Array("*.".utf8)) else { return pattern == host }
        let parent = pattern.dropFirst(2)
        guard parent.contains(UInt8(ascii: ".")), !parent.contains(UInt8(ascii: "*")),
            let dot = host.firstIndex(of: UInt8(ascii: "."))
        else { return false }
        return parent.elementsEqual(host[(dot + 1)...])
    }

    /// The host of `sip:host`, the only form of a URI that names a SIP domain (RFC 5922 section 7.1).
    private static func sipDomain(of uri: [UInt8]) -> ArraySlice<UInt8>? {
        let scheme = Array("sip:".utf8)
        guard Self.lowercased(uri.prefix(scheme.count)) == scheme else { return nil }
        let rest = uri.dropFirst(scheme.count)
        return rest.contains {
            [UInt8(ascii: "@"), UInt8(ascii: ";"), UInt8(ascii: "?"), UInt8(ascii: ":")].contains($0)
        }
            ? nil : rest
    }

    private static func lowercased(_ octets: ArraySlice<UInt8>) -> [UInt8] {
        octets.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
    }

    private static func octets(of address: IPAddress) -> [UInt8] {
        switch address {
        case .v4(let value):
            stride(from: 24, through: 0, by: -8).map { UInt8(truncatingIfNeeded: value >> UInt32($0)) }
        case .v6(let high, let low):
            [high, low].flatMap { half in
                stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: half >> UInt64($0)) }
            }
        }
    }

    private static func address(from octets: [UInt8]) -> IPAddress? {
        let value = { (octets: ArraySlice<UInt8>) in octets.reduce(UInt64(0)) { $0 << 8 | UInt64($1) } }
        switch octets.count {
        case 4: return .v4(UInt32(truncatingIfNeeded: value(octets[...])))
        case 16: return .v6(high: value(octets[..<8]), low: value(octets[8...]))
        default: return nil
        }
    }
}
