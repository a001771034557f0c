import Testing
import Trunks

/// E.164 and nothing else: what a user types can never become more than a number.
@Suite struct PhoneNumberTests {
    @Test(arguments: ["+918000000001", "+12025550123", "+1234567", "+123456789012345"]) func good(_ text: String) throws
    {
        #expect(try PhoneNumber(text).text == text)
        #expect(try PhoneNumber(text, in: .india).text == text)
    }

    /// AST-2010-002 and its kin: injections, separators, controls, other digits, lengths.
    @Test(
        arguments: [
            "", "+", "918000000001", "+0123456789", "+123456", "+1234567890123456", "300&Zap/g1/00441234",
            "+91800&+1900", "+918000000001;ext=1", "+918000000001@evil", "+918000000001\r\nX-A: b",
            "+91800000\u{0}001", "+91 8000000001", "+91-8000000001", "(+91)8000000001", "+91800000000\"", "+9180%30",
            "../918000000001", "+918000000001,", "٩١٨٠٠٠٠٠٠٠٠١", "+९१८००००००००१", "+91８000000001", "+918000000001\n",
            "sip:+918000000001", "*31#+918000000001", "++918000000001", "+91800000000a",
        ])
    func bad(_ text: String) {
        #expect(throws: TrunkError.badNumber) { try PhoneNumber(text) }
        #expect(throws: TrunkError.badNumber) {
            try PhoneNumber(text, in: NationalNumbering(countryCode: "49", digits: 9))
        }
    }

    /// Every single octet in a number's place but a digit is refused.
    @Test func everyOtherByte() {
        for scalar in 0..<0x100 where !(0x30...0x39).contains(scalar) {
            guard let unicode = Unicode.Scalar(scalar) else { continue }
            let text = "+9180000" + String(unicode) + "00001"
            #expect(throws: TrunkError.badNumber) { try PhoneNumber(text) }
        }
    }

    @Test(arguments: ["8000000001", "08000000001", "918000000001", "+918000000001"]) func indianForms(_ text: String)
        throws
    {
        #expect(try PhoneNumber(text, in: .india).text == "+918000000001")
    }

    @Test(arguments: ["0800000000", "00918000000001", "80000000011", "800000000", "928000000001"])
    func formsThatAreNoIndianNumber(_ text: String) {
        #expect(throws: TrunkError.badNumber) { try PhoneNumber(text, in: .india) }
    }

    @Test func prefixes() throws {
        #expect(try PhoneNumber("+918000000001").hasPrefix(try NumberPrefix("+9180")))
        #expect(!(try PhoneNumber("+918000000001").hasPrefix(try NumberPrefix("+9181"))))
        for text in ["91", "+", "", "+91*", "+9 1", "+1234567890123456"] {
            #expect(throws: TrunkError.badNumberPattern) { try NumberPrefix(text) }
        }
    }

    @Test func numberingPlansHaveBounds() {
        for code in ["", "0", "09", "1234", "+1", "a"] {
            #expect(throws: TrunkError.badNumber) { try NationalNumbering(countryCode: code, digits: 10) }
        }
        #expect(throws: TrunkError.badNumber) { try NationalNumbering(countryCode: "91", digits: 13) }
    }
}
