package import Addressing

/// A domain name in lower case: letters, digits, hyphens and underscores in labels, at most 253 characters.
package struct HostName: Hashable, Sendable {
    package let text: String

    /// Throws `malformedHost`, also for a name whose last label is a number: a broken IPv4 address is not a name.
    package init(_ text: some StringProtocol) throws(SIPSyntaxError) {
        var name = text.asciiLowercased
        if name.utf8.last == UInt8(ascii: ".") { name.removeLast() }
        let labels = name.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard name.utf8.count <= 253, let top = labels.last, !top.allSatisfy(\.isDigit) else { throw .malformedHost }
        for label in labels {
            guard 1...63 ~= label.count, label.first != UInt8(ascii: "-"), label.last != UInt8(ascii: "-"),
                label.allSatisfy({ $0.isDigit || $0.isLetter || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") })
            else { throw .malformedHost }
        }
        self.text = name
    }
}

extension HostName: CustomStringConvertible {
    package var description: String { self.text }
}

/// The host of a URI or of a Via.
package enum Host: Hashable, Sendable {
    case ip(IPAddress)
    case name(HostName)

    /// Parses `host` of RFC 3261 section 25.1; IPv6 wants its brackets.
    package init(_ text: some StringProtocol) throws(SIPSyntaxError) {
        if let address = IPAddress(text), address.isV4 || text.utf8.first == UInt8(ascii: "[") {
            self = .ip(address)
        } else {
            self = .name(try HostName(text))
        }
    }

    package var address: IPAddress? {
        switch self {
        case .ip(let address): address
        case .name: nil
        }
    }
}

extension Host: CustomStringConvertible {
    /// As a URI wants it: IPv6 in brackets.
    package var description: String {
        switch self {
        case .ip(let address): address.bracketed
        case .name(let name): name.text
        }
    }
}
