import JSON
import Testing

/// Strings: RFC 8259 section 7 and RFC 3629, character by character.
struct JSONTextTests {
    private func parse(_ bytes: [UInt8]) throws(JSONError) -> String? {
        try JSONReader.parse([0x22] + bytes + [0x22]).asString
    }

    /// Every scalar that can stand unescaped does, and comes back from its escape too.
    @Test func everyPlane() throws {
        let interesting: [ClosedRange<UInt32>] = [
            0x20...0x2FF, 0x7F0...0x810, 0xFFF...0x1001, 0xD7F0...0xD7FF, 0xE000...0xE010, 0xFFF0...0xFFFF,
            0x10000...0x10010, 0xFFFFF...0x100001, 0x10FFF0...0x10FFFF,
        ]
        for scalar in interesting.joined().compactMap(Unicode.Scalar.init) {
            let text = String(Character(scalar))
            if scalar != "\"", scalar != "\\" { #expect(try self.parse(Array(text.utf8)) == text) }
            let escaped = Array(text.utf16).map { unit in
                let digits = String(unit, radix: 16)
                return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }
            #expect(try self.parse(Array(escaped.joined().utf8)) == text)
            #expect(try self.parse(Array(escaped.joined().uppercased().replacingU.utf8)) == text)
        }
    }

    @Test(arguments: UInt8(0)..<0x20)
    func everyControlCharacter(byte: UInt8) {
        #expect(throws: JSONError.controlCharacter(at: 2)) { try self.parse([0x61, byte]) }
    }

    /// Of the 256 bytes after a backslash, eight are escapes and `u` needs four digits.
    @Test func everyEscape() {
        let plain = Set("\"\\/bfnrt".utf8)
        for byte in UInt8.min...UInt8.max where byte != UInt8(ascii: "u") {
            if plain.contains(byte) {
                #expect(throws: Never.self) { try self.parse([0x5C, byte]) }
            } else {
                #expect(throws: JSONError.malformedEscape(at: 1)) { try self.parse([0x5C, byte, 0x20]) }
            }
        }
    }

    /// Every two-byte start and continuation: well formed exactly when Swift's own decoder changes nothing.
    @Test func everyPairOfBytes() {
        for first in UInt8(0x80)...0xFF {
            for second in UInt8(0x80)...0xFF {
                let isWellFormed = String(validating: [first, second], as: UTF8.self) != nil
                #expect(((try? self.parse([first, second])) != nil) == isWellFormed)
            }
        }
    }

    /// Three- and four-byte sequences at each border of RFC 3629 section 4.
    @Test func bordersOfLongerSequences() {
        let borders: [UInt8] = [0x00, 0x22, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xFF]
        for first in UInt8(0xE0)...0xF8 {
            for second in borders {
                for third in borders {
                    let sequence = first < 0xF0 ? [first, second, third] : [first, second, third, 0x80]
                    let isWellFormed =
                        String(validating: sequence, as: UTF8.self) != nil && !sequence.contains(0x22)
                        && sequence.allSatisfy { $0 >= 0x20 }
                    #expect(((try? self.parse(sequence)) != nil) == isWellFormed, "\(sequence)")
                }
            }
        }
    }

    @Test(arguments: [
        "\\ud800\\udc00", "\\uD83D\\uDE00", "\\udbff\\udfff",
    ])
    func surrogatePairs(escape: String) throws {
        let text = try #require(try self.parse(Array(escape.utf8)))
        #expect(text.unicodeScalars.count == 1)
        #expect((text.unicodeScalars.first?.value ?? 0) >= 0x10000)
    }

    @Test(arguments: [
        "\\ud800", "\\udbff", "\\udc00", "\\udfff", "\\ud800\\ud800", "\\ud800\\", "\\ud800\\u", "\\ud800\\udc0",
        "\\ud800\\n", "\\udc00\\ud800", "\\u", "\\u0", "\\u00", "\\u000", "\\u00g0", "\\u+123", "\\u 123",
    ])
    func brokenEscapes(escape: String) {
        #expect(throws: JSONError.self) { try self.parse(Array(escape.utf8)) }
    }

    @Test func everyErrorHasWords() {
        let errors: [JSONError] = [
            .unexpectedEnd, .unexpectedByte(1, at: 2), .malformedLiteral(at: 1), .malformedNumber(at: 1),
            .numberOutOfRange(at: 1), .controlCharacter(at: 1), .malformedEscape(at: 1), .malformedUTF8(at: 1),
            .tooDeep(at: 1), .tooLong(count: 1), .duplicateKey(at: 1), .trailingBytes(at: 1),
        ]
        #expect(Set(errors.map(\.description)).count == errors.count)
    }
}

extension String {
    /// `\U` back to `\u` after digits were made upper case.
    fileprivate var replacingU: String {
        String(self.map { $0 == "U" ? "u" : $0 })
    }
}
