import Digests
import Testing

/// RFC 4648 section 10, and what a strict reader refuses.
@Suite struct Base64Tests {
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ])
    func agreesWithTheVectorsOfTheRFC(octets: String, text: String) {
        #expect(Base64.encode(Array(octets.utf8)) == text)
        #expect(Base64.decode(text) == Array(octets.utf8))
    }

    @Test func usesBothSymbolsBeyondLettersAndDigits() {
        #expect(Base64.encode([0xFB, 0xEF, 0xBE, 0xFF, 0xFF, 0xFF]) == "++++////")
        #expect(Base64.decode("++++////") == [0xFB, 0xEF, 0xBE, 0xFF, 0xFF, 0xFF])
    }

    @Test func returnsEveryOctetAndLength() {
        for count in 0...260 {
            let octets = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ count) }
            #expect(Base64.decode(Base64.encode(octets)) == octets)
        }
    }

    /// Section 3.3: foreign symbols are refused; section 3.5: pad bits must be zero.
    @Test(arguments: [
        "Z", "Zg", "Zg=", "Zg===", "Zm9v=", "Zm9v====", "=", "==", "====", "Zg==Zg==", "Z=g=", "Zm9v Zg=", "Zm9\n",
        "Zm-_",
        "Zh==", "Zm9=", "Zm8\u{0}", "Zmé=",
    ])
    func refusesWhatItWouldNotWrite(text: String) {
        #expect(Base64.decode(text) == nil)
    }
}
