/// An IPv4 or IPv6 address as a value, without a socket library behind it.
///
/// IPv4-mapped IPv6 addresses stay IPv6; `unmapped` turns them into IPv4, as a dual-stack socket's source wants it.
package enum IPAddress: Hashable, Sendable {
    /// Four octets, the first of the dotted form in the highest byte.
    case v4(UInt32)
    /// Eight groups of 16 bits: the first four in `high`, the last four in `low`.
    case v6(high: UInt64, low: UInt64)

    package static let loopback = IPAddress.v4(0x7F00_0001)
    package static let any = IPAddress.v4(0)

    /// Parses the dotted form of IPv4 or any form of RFC 4291 section 2.2; square brackets are accepted around IPv6.
    ///
    /// Leading zeros, signs, white space and zone ids are refused: a peer must not be able to write one address two ways.
    package init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        if let address = Self.parseV4(bytes[...]) {
            self = .v4(address)
        } else if bytes.first == UInt8(ascii: "["), bytes.last == UInt8(ascii: "]"), bytes.count > 2,
            let address = Self.parseV6(bytes[1..<(bytes.count - 1)])
        {
            self = address
        } else if let address = Self.parseV6(bytes[...]) {
            self = address
        } else {
            return nil
        }
    }

    package var isV4: Bool {
        if case .v4 = self { true } else { false }
    }

    /// 0.0.0.0 or `::`.
    package var isUnspecified: Bool {
        switch self {
        case .v4(let octets): octets == 0
        case .v6(let high, let low): high == 0 && low == 0
        }
    }

    package var isLoopback: Bool {
        switch self.unmapped {
        case .v4(let octets): octets >> 24 == 127
        case .v6(let high, let low): high == 0 && low == 1
        }
    }

    /// Multicast of either family, or the IPv4 limited broadcast: nothing that media may ever be sent to.
    package var isMulticastOrBroadcast: Bool {
        switch self.unmapped {
        case .v4(let octets): octets >> 28 == 0xE || octets == 0xFFFF_FFFF
        case .v6(let high, _): high >> 56 == 0xFF
        }
    }

    /// The IPv4 address inside an IPv4-mapped one (`::ffff:192.0.2.1`); every other address unchanged.
    package var unmapped: IPAddress {
        if case .v6(0, let low) = self, low >> 32 == 0xFFFF { return .v4(UInt32(truncatingIfNeeded: low)) }
        return self
    }

    /// What one holder is taken to have: the address for IPv4, the first 64 bits for IPv6 (RFC 6177), of which anybody
    /// can use every address.
    package var ofOneHolder: IPAddress {
        switch self.unmapped {
        case .v4(let octets): .v4(octets)
        case .v6(let high, _): .v6(high: high, low: 0)
        }
    }
}

extension IPAddress: CustomStringConvertible {
    /// The dotted form, or the canonical form of RFC 5952 without brackets.
    package var description: String {
        switch self {
        case .v4(let octets):
            return "\(octets >> 24).\(octets >> 16 & 0xFF).\(octets >> 8 & 0xFF).\(octets & 0xFF)"
        case .v6(let high, let low):
            let groups = [high, low].flatMap { half in [48, 32, 16, 0].map { UInt16(truncatingIfNeeded: half >> $0) } }
            return Self.canonicalForm(of: groups)
        }
    }

    /// As a URI or an SDP-free text wants it: IPv6 in square brackets (RFC 3986 section 3.2.2).
    package var bracketed: String {
        self.isV4 ? self.description : "[\(self.description)]"
    }

    /// RFC 5952 section 4: lower case, no leading zeros, the first longest run of two or more zero groups as `::`.
    private static func canonicalForm(of groups: [UInt16]) -> String {
        var longest = 0..<0
        var start = 0
        while start < groups.count {
            var end = start
            while end < groups.count, groups[end] == 0 { end += 1 }
            if end - start > max(longest.count, 1) { longest = start..<end }
            start = max(end, start + 1)
        }
        let text = { (range: ArraySlice<UInt16>) in range.map { String($0, radix: 16) }.joined(separator: ":") }
        guard !longest.isEmpty else { return text(groups[...]) }
        return text(groups[..<longest.lowerBound]) + "::" + text(groups[longest.upperBound...])
    }
}

extension IPAddress {
    private static func parseV4(_ bytes: ArraySlice<UInt8>) -> UInt32? {
        let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var address: UInt32 = 0
        for part in parts {
            guard (1...3).contains(part.count), part.count == 1 || part.first != UInt8(ascii: "0") else { return nil }
            var octet: UInt32 = 0
            for byte in part {
                guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
                octet = octet * 10 + UInt32(byte - UInt8(ascii: "0"))
            }
            guard octet <= 255 else { return nil }
            address = address << 8 | octet
        }
        return address
    }

    private static func parseV6(_ bytes: ArraySlice<UInt8>) -> IPAddress? {
        guard bytes.count <= 45, let text = String(validating: bytes, as: UTF8.self) else { return nil }
        let halves = Self.splitAtDoubleColon(text)
        guard let halves, let head = Self.groups(halves.head, isLast: halves.tail == nil) else { return nil }
        var groups = head
        if let tailText = halves.tail {
            guard let tail = Self.groups(tailText, isLast: true), head.count + tail.count <= 7 else { return nil }
            groups += Array(repeating: 0, count: 8 - head.count - tail.count) + tail
        }
        guard groups.count == 8 else { return nil }
        let joined = { (half: ArraySlice<UInt16>) in half.reduce(UInt64(0)) { $0 << 16 | UInt64($1) } }
        return .v6(high: joined(groups[..<4]), low: joined(groups[4...]))
    }

    /// What stands before and after `::`; a nil tail when there is none; nil when it stands there twice.
    private static func splitAtDoubleColon(_ text: String) -> (head: Substring, tail: Substring?)? {
        let characters = Array(text.utf8)
        let positions = characters.indices.dropLast().filter {
            characters[$0] == UInt8(ascii: ":") && characters[$0 + 1] == UInt8(ascii: ":")
        }
        guard let first = positions.first else { return (text[...], nil) }
        guard positions.count == 1 else { return nil }
        let middle = text.utf8.index(text.startIndex, offsetBy: first)
        return (text[..<middle], text[text.utf8.index(middle, offsetBy: 2)...])
    }

    private static func groups(_ text: Substring, isLast: Bool) -> [UInt16]? {
        if text.isEmpty { return [] }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        var groups: [UInt16] = []
        for (index, part) in parts.enumerated() {
            if isLast, index == parts.count - 1, let octets = Self.parseV4(Array(part.utf8)[...]) {
                groups += [UInt16(truncatingIfNeeded: octets >> 16), UInt16(truncatingIfNeeded: octets)]
                continue
            }
            guard (1...4).contains(part.utf8.count), part.utf8.allSatisfy({ Self.isHexDigit($0) }),
                let group = UInt16(part, radix: 16)
            else { return nil }
            groups.append(group)
        }
        return groups
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default:
            false
        }
    }
}
