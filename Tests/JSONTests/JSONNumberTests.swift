import JSON
import Testing

/// Numbers: RFC 8259 section 6.
struct JSONNumberTests {
    private func number(_ text: String) throws -> JSONNumber? {
        guard case .number(let number) = try JSONReader.parse(text) else { return nil }
        return number
    }

    /// The grammar, generated: sign, whole part, fraction, exponent, each good or bad.
    @Test func grammar() throws {
        let signs = [("", true), ("-", true), ("+", false), ("--", false)]
        let wholes = [("0", true), ("7", true), ("120", true), ("00", false), ("01", false), ("", false)]
        let fractions = [("", true), (".0", true), (".125", true), (".", false), ("..1", false)]
        let exponents = [
            ("", true), ("e0", true), ("E+2", true), ("e-2", true), ("e", false), ("e+", false), ("e1.", false),
        ]
        for (sign, signOK) in signs {
            for (whole, wholeOK) in wholes {
                for (fraction, fractionOK) in fractions {
                    for (exponent, exponentOK) in exponents {
                        let text = sign + whole + fraction + exponent
                        let isValid = signOK && wholeOK && fractionOK && exponentOK
                        let value = try? self.number(text)
                        #expect((value != nil) == isValid, "\(text)")
                        if isValid { #expect(value?.double == Double(text), "\(text)") }
                    }
                }
            }
        }
    }

    @Test(arguments: [
        ("9007199254740993", JSONNumber.integer(9_007_199_254_740_993)),
        ("-9223372036854775808", .integer(.min)),
        ("-9223372036854775809", .real(-9_223_372_036_854_775_808)),
        ("18446744073709551616", .real(18_446_744_073_709_551_616)),
        ("1.0", .real(1)),
        ("1e0", .real(1)),
        ("4.9e-324", .real(.leastNonzeroMagnitude)),
        ("1e-999", .real(0)),
        ("1.7976931348623157e308", .real(.greatestFiniteMagnitude)),
    ])
    func exactness(text: String, value: JSONNumber) throws {
        #expect(try self.number(text) == value)
    }

    @Test(arguments: ["1e309", "-1e309", "1e99999999999", "123456789e400"])
    func beyondADouble(text: String) {
        #expect(throws: JSONError.numberOutOfRange(at: 0)) { try JSONReader.parse(text) }
    }

    @Test(
        arguments: [
            (JSONNumber.integer(5), Int64(5)), (.real(5), 5), (.real(5.5), nil), (.real(1e30), nil), (.real(-0.0), 0),
        ] as [(JSONNumber, Int64?)])
    func wholeNumbers(number: JSONNumber, integer: Int64?) {
        #expect(number.exactInteger == integer)
    }

    /// A long row of digits costs no more than its length.
    @Test func longNumbers() throws {
        let digits = String(repeating: "1", count: 300)
        #expect(try self.number(digits)?.double == Double(digits))
        #expect(try self.number("0." + String(repeating: "3", count: 100_000))?.double == 1.0 / 3)
    }

    @Test(arguments: [0.1, 1.0 / 3, .leastNonzeroMagnitude, 1.7976931348623157e308, -2.5, 123_456_789.125, 1e21])
    func realsComeBackBitByBit(value: Double) throws {
        #expect(try JSONReader.parse(JSONValue.real(value).encoded()).asDouble?.bitPattern == value.bitPattern)
    }

    @Test(arguments: [Int64.min, -1, 0, 1, .max])
    func integersComeBack(value: Int64) throws {
        #expect(try JSONReader.parse(JSONValue.integer(value).encoded()) == .number(.integer(value)))
    }
}
