/// One key: 0 to 9, `*`, `#`, A to D (RFC 4733 section 3.2, events 0 to 15).
package struct DTMFDigit: Hashable, Sendable, CustomStringConvertible {
    /// The event code of RFC 4733.
    package let eventCode: UInt8

    package init?(eventCode: UInt8) {
        guard eventCode < UInt8(Self.keys.count) else { return nil }
        self.eventCode = eventCode
    }

    /// From its key; `a` to `d` are taken as `A` to `D`.
    package init?(_ key: Unicode.Scalar) {
        guard let code = Self.keys.firstIndex(of: Self.upperCase(key)) else { return nil }
        self.eventCode = UInt8(code)
    }

    /// From a text of exactly one key.
    package init?(_ text: some StringProtocol) {
        let scalars = text.unicodeScalars
        guard let first = scalars.first, scalars.dropFirst().isEmpty else { return nil }
        self.init(first)
    }

    package var key: Unicode.Scalar { Self.keys[Int(self.eventCode)] }

    package var description: String { String(Character(self.key)) }

    /// Every key of `text`, or nil when one of them is none, or there is none at all.
    package static func digits(in text: some StringProtocol) -> [DTMFDigit]? {
        var digits: [DTMFDigit] = []
        for scalar in text.unicodeScalars {
            guard let digit = DTMFDigit(scalar) else { return nil }
            digits.append(digit)
        }
        return digits.isEmpty ? nil : digits
    }

    private static func upperCase(_ key: Unicode.Scalar) -> Unicode.Scalar {
        switch key {
        case "a": "A"
        case "b": "B"
        case "c": "C"
        case "d": "D"
        default: key
        }
    }

    private static let keys: [Unicode.Scalar] = Array("0123456789*#ABCD".unicodeScalars)
}
