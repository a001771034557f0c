/// A telephone number in the international form of E.164: `+` and digits.
///
/// Nothing else ever becomes part of a request: a dialled string with `&`, `;`, `@`, a quote or a line end is refused
/// here, and so cannot be an injection anywhere behind.
package struct PhoneNumber: Hashable, Sendable {
    /// `+` and digits.
    package let text: String

    package static let digitsRange = 7...15

    /// Takes exactly the international form.
    package init(_ text: some StringProtocol) throws(TrunkError) {
        let bytes = Array(text.utf8)
        guard bytes.first == UInt8(ascii: "+"), Self.digitsRange.contains(bytes.count - 1),
            bytes.dropFirst().allSatisfy(Self.isDigit), bytes[1] != UInt8(ascii: "0")
        else { throw .badNumber }
        self.text = String(text)
    }

    /// Takes the international form, or a form of a numbering plan's country.
    package init(_ text: some StringProtocol, in plan: NationalNumbering?) throws(TrunkError) {
        guard let plan, let international = plan.international(text) else {
            try self.init(text)
            return
        }
        try self.init(international)
    }

    package func hasPrefix(_ prefix: NumberPrefix) -> Bool {
        self.text.hasPrefix(prefix.text)
    }

    static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}

extension PhoneNumber: CustomStringConvertible {
    package var description: String { self.text }
}

/// How numbers are written inside one country, for callers who leave out the country code.
package struct NationalNumbering: Hashable, Sendable {
    /// Digits, without `+`.
    package let countryCode: String
    /// How many digits a number has without country code and trunk prefix.
    package let digits: Int

    /// India: ten digits, `0` before them for long distance.
    package static let india = NationalNumbering(trustedCountryCode: "91", digits: 10)

    /// - Parameters:
    ///   - countryCode: 1 to 3 digits, the first not 0.
    ///   - digits: 4 to 12.
    package init(countryCode: some StringProtocol, digits: Int) throws(TrunkError) {
        guard 1...3 ~= countryCode.utf8.count, countryCode.utf8.allSatisfy(PhoneNumber.isDigit),
            countryCode.utf8.first != UInt8(ascii: "0"), 4...12 ~= digits
        else { throw .badNumber }
        self.countryCode = String(countryCode)
        self.digits = digits
    }

    private init(trustedCountryCode: String, digits: Int) {
        self.countryCode = trustedCountryCode
        self.digits = digits
    }

    /// `9000000002`, `09000000002` and `919000000002` as `+919000000002`; nil for any other form.
    func international(_ text: some StringProtocol) -> String? {
        let bytes = Array(text.utf8)
        guard bytes.allSatisfy(PhoneNumber.isDigit) else { return nil }
        switch bytes.count {
        case self.digits:
            return bytes[0] == UInt8(ascii: "0") ? nil : "+\(self.countryCode)\(text)"
        case self.digits + 1 where bytes[0] == UInt8(ascii: "0"):
            return "+\(self.countryCode)\(text.dropFirst())"
        case self.digits + self.countryCode.utf8.count where text.hasPrefix(self.countryCode):
            return "+\(text)"
        default:
            return nil
        }
    }
}

/// The beginning of numbers: `+` and 1 to 15 digits.
package struct NumberPrefix: Hashable, Sendable {
    package let text: String

    package init(_ text: some StringProtocol) throws(TrunkError) {
        let bytes = Array(text.utf8)
        guard bytes.first == UInt8(ascii: "+"), 1...15 ~= bytes.count - 1,
            bytes.dropFirst().allSatisfy(PhoneNumber.isDigit)
        else { throw .badNumberPattern }
        self.text = String(text)
    }
}

extension NumberPrefix: CustomStringConvertible {
    package var description: String { self.text }
}
