import BotProtocol
import Testing

/// RFC 4733 section 3.2, table 3.
struct DTMFDigitTests {
    @Test(arguments: zip("0123456789*#ABCD".unicodeScalars, UInt8(0)...15))
    func keysAndEventCodes(key: Unicode.Scalar, code: UInt8) throws {
        let digit = try #require(DTMFDigit(key))
        #expect(digit.eventCode == code)
        #expect(DTMFDigit(eventCode: code) == digit)
        #expect(digit.description == String(key))
    }

    @Test func lowerCaseLetters() {
        #expect(DTMFDigit.digits(in: "abcd") == DTMFDigit.digits(in: "ABCD"))
    }

    @Test(arguments: ["", "x", "1x", "E", "１", " 1", "1\n", "é", "+91"])
    func whatIsNoKey(text: String) {
        #expect(DTMFDigit.digits(in: text) == nil)
    }

    @Test(arguments: ["", "12", "x"])
    func notOneKey(text: String) {
        #expect(DTMFDigit(text) == nil)
    }

    @Test func codesBeyondTheKeys() {
        #expect(DTMFDigit(eventCode: 16) == nil)
        #expect(DTMFDigit(eventCode: 255) == nil)
    }
}
