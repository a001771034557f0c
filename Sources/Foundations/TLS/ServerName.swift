import Addressing

/// Whom a client wants to reach: what the server's certificate must prove, and for a DNS name also the SNI.
package enum ServerName: Hashable, Sendable {
    /// A DNS name in lower case without a final dot; made by `init(_:)` only.
    case dns(String)
    case address(IPAddress)

    /// Reads the host part of a URI or of a setting: a DNS name, or an address with or without brackets.
    ///
    /// A name is one to 253 octets of letters, digits, hyphens, underscores and single dots; an internationalised name must come as
    /// A-labels (RFC 5890). Anything else would let two texts stand for one peer.
    package init(_ text: some StringProtocol) throws(TLSError) {
        if let address = IPAddress(text) {
            self = .address(address.unmapped)
            return
        }
        var name = text.lowercased()
        if name.hasSuffix(".") { name.removeLast() }
        let labels = name.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        let isUsable =
            name.utf8.count <= 253
            && labels.allSatisfy { label in
                (1...63).contains(label.count) && label.allSatisfy { Self.isNameOctet($0) }
            }
        guard isUsable else { throw .unusableServerName(String(text)) }
        self = .dns(name)
    }

    private static func isNameOctet(_ octet: UInt8) -> Bool {
        switch octet {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
            UInt8(ascii: "_"):
            true
        default:
            false
        }
    }
}

extension ServerName: CustomStringConvertible {
    package var description: String {
        switch self {
        case .dns(let name): name
        case .address(let address): address.description
        }
    }
}
