import JSON
import Testing

/// RFC 8259, and nothing beyond it.
struct JSONReaderTests {
    @Test(
        arguments: [
            ("null", JSONValue.null),
            (" true ", true),
            ("false", false),
            ("0", 0),
            ("-0", .real(-0.0)),
            ("12", 12),
            ("-7", -7),
            ("9223372036854775807", .number(.integer(.max))),
            ("9223372036854775808", .real(9_223_372_036_854_775_808)),
            ("1.5", 1.5),
            ("-2.5e-3", -0.0025),
            ("1E2", 100.0),
            ("1e+2", 100.0),
            ("\"\"", ""),
            ("\"a\\\"b\\\\c\\/d\\b\\f\\n\\r\\t\"", "a\"b\\c/d\u{8}\u{c}\n\r\t"),
            ("\"\\u0041\\u00e9\\u20AC\"", "Aé€"),
            ("\"\\ud83d\\ude00\"", "😀"),
            ("\"é€😀\"", "é€😀"),
            ("\"\u{7f}\"", "\u{7f}"),
            ("[]", []),
            ("[ ]", []),
            ("[1,\t[2],\r\n{}]", [1, [2], [:]]),
            ("{}", [:]),
            ("{ \"a\" : 1 , \"b\":[true,null] }", ["a": 1, "b": [true, nil]]),
            ("{\"a\":{\"a\":{}}}", ["a": ["a": [:]]]),
            ("{\"\\u0061\":1,\"b\":2}", ["a": 1, "b": 2]),
        ] as [(String, JSONValue)])
    func validDocument(text: String, value: JSONValue) throws {
        #expect(try JSONReader.parse(text) == value)
    }

    @Test(arguments: [
        ("", JSONError.unexpectedEnd),
        (" ", .unexpectedEnd),
        ("{", .unexpectedEnd),
        ("[1", .unexpectedEnd),
        ("[1,", .unexpectedEnd),
        ("{\"a\"", .unexpectedEnd),
        ("{\"a\":", .unexpectedEnd),
        ("\"abc", .unexpectedEnd),
        ("\"abc\\", .unexpectedEnd),
        ("[1,]", .unexpectedByte(UInt8(ascii: "]"), at: 3)),
        ("[,1]", .unexpectedByte(UInt8(ascii: ","), at: 1)),
        ("[1 2]", .unexpectedByte(UInt8(ascii: "2"), at: 3)),
        ("{\"a\":1,}", .unexpectedByte(UInt8(ascii: "}"), at: 7)),
        ("{,}", .unexpectedByte(UInt8(ascii: ","), at: 1)),
        ("{\"a\" 1}", .unexpectedByte(UInt8(ascii: "1"), at: 5)),
        ("{a:1}", .unexpectedByte(UInt8(ascii: "a"), at: 1)),
        ("{1:1}", .unexpectedByte(UInt8(ascii: "1"), at: 1)),
        ("[1}", .unexpectedByte(UInt8(ascii: "}"), at: 2)),
        ("{\"a\":1]", .unexpectedByte(UInt8(ascii: "]"), at: 6)),
        ("'a'", .unexpectedByte(UInt8(ascii: "'"), at: 0)),
        ("NaN", .unexpectedByte(UInt8(ascii: "N"), at: 0)),
        ("+1", .unexpectedByte(UInt8(ascii: "+"), at: 0)),
        (".5", .unexpectedByte(UInt8(ascii: "."), at: 0)),
        ("/**/1", .unexpectedByte(UInt8(ascii: "/"), at: 0)),
        ("tru", .malformedLiteral(at: 0)),
        ("[trux]", .malformedLiteral(at: 1)),
        ("nulll", .trailingBytes(at: 4)),
        ("1 2", .trailingBytes(at: 2)),
        ("{}{}", .trailingBytes(at: 2)),
        ("01", .malformedNumber(at: 0)),
        ("-", .malformedNumber(at: 0)),
        ("-a", .malformedNumber(at: 0)),
        ("1.", .malformedNumber(at: 0)),
        ("1.e1", .malformedNumber(at: 0)),
        ("1e", .malformedNumber(at: 0)),
        ("1e+", .malformedNumber(at: 0)),
        ("[-01]", .malformedNumber(at: 1)),
        ("1e999", .numberOutOfRange(at: 0)),
        ("\"a\u{1}\"", .controlCharacter(at: 2)),
        ("\"\n\"", .controlCharacter(at: 1)),
        ("\"\\x\"", .malformedEscape(at: 1)),
        ("\"\\u12\"", .malformedEscape(at: 1)),
        ("\"\\u12g4\"", .malformedEscape(at: 1)),
        ("\"\\ud800\"", .malformedEscape(at: 1)),
        ("\"\\ud800\\u0041\"", .malformedEscape(at: 1)),
        ("\"\\ud800x\"", .malformedEscape(at: 1)),
        ("\"\\udc00\"", .malformedEscape(at: 1)),
        ("{\"a\":1,\"a\":2}", .duplicateKey(at: 8)),
        ("{\"a\":1,\"\\u0061\":2}", .duplicateKey(at: 8)),
    ])
    func invalidDocument(text: String, error: JSONError) {
        #expect(throws: error) { try JSONReader.parse(text) }
    }

    /// RFC 8259 section 8.1: UTF-8, which RFC 3629 section 4 defines; a byte order mark is no part of it.
    @Test(
        arguments: [
            ([0x22, 0x80, 0x22], 1), ([0x22, 0xC0, 0x80, 0x22], 1), ([0x22, 0xC3, 0x22], 1),
            ([0x22, 0xE0, 0x80, 0x80, 0x22], 1),
            ([0x22, 0xED, 0xA0, 0x80, 0x22], 1), ([0x22, 0xF0, 0x80, 0x80, 0x80, 0x22], 1),
            ([0x22, 0xF4, 0x90, 0x80, 0x80, 0x22], 1), ([0x22, 0xF5, 0x80, 0x80, 0x80, 0x22], 1),
            ([0x22, 0x61, 0xFF, 0x22], 2),
            ([0x22, 0xE2, 0x82], 1), ([0x22, 0xE2, 0x82, 0x41, 0x22], 1),
        ] as [([UInt8], Int)])
    func malformedUTF8(bytes: [UInt8], offset: Int) {
        #expect(throws: JSONError.malformedUTF8(at: offset)) { try JSONReader.parse(bytes) }
    }

    @Test func byteOrderMarkIsRefused() {
        #expect(throws: JSONError.unexpectedByte(0xEF, at: 0)) { try JSONReader.parse([0xEF, 0xBB, 0xBF, 0x31]) }
    }

    @Test(arguments: [(32, 32, true), (33, 32, false), (64, 64, true), (65, 64, false), (1, 1, true), (2, 1, false)])
    func depthLimit(depth: Int, limit: Int, isAllowed: Bool) {
        let text = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        let limits = JSONLimits(depth: limit)
        if isAllowed {
            #expect(throws: Never.self) { try JSONReader.parse(Array(text.utf8), limits: limits) }
        } else {
            #expect(throws: JSONError.tooDeep(at: limit)) { try JSONReader.parse(Array(text.utf8), limits: limits) }
        }
    }

    /// A hostile document of nothing but brackets ends at the limit, not at the stack's end.
    @Test func manyBrackets() {
        #expect(throws: JSONError.tooDeep(at: 32)) {
            try JSONReader.parse([UInt8](repeating: UInt8(ascii: "["), count: 1_000_000))
        }
    }

    @Test func lengthLimit() throws {
        let limits = JSONLimits(length: 10)
        #expect(try JSONReader.parse("12345678  ", limits: limits) == 12_345_678)
        #expect(throws: JSONError.tooLong(count: 11)) { try JSONReader.parse("12345678   ", limits: limits) }
    }

    /// Objects too large for a linear search find their duplicates too.
    @Test func duplicateKeyInLargeObject() throws {
        let members = (0..<100).map { "\"k\($0)\":\($0)" }
        let value = try JSONReader.parse("{" + members.joined(separator: ",") + "}")
        #expect(value["k99"] == 99)
        #expect(throws: JSONError.self) {
            try JSONReader.parse("{" + (members + ["\"k3\":0"]).joined(separator: ",") + "}")
        }
        #expect(throws: JSONError.self) {
            try JSONReader.parse("{" + (members + ["\"k50\":0"]).joined(separator: ",") + "}")
        }
    }

    @Test func accessors() throws {
        let value = try JSONReader.parse(
            #"{"s":"x","i":8000,"f":8e3,"h":1.5,"b":true,"n":null,"a":[1,2],"o":{"k":"v"}}"#)
        #expect(value["s"]?.asString == "x")
        #expect(value["i"]?.asInt == 8_000)
        #expect(value["f"]?.asInt == 8_000)
        #expect(value["h"]?.asInt == nil)
        #expect(value["h"]?.asDouble == 1.5)
        #expect(value["i"]?.asDouble == 8_000)
        #expect(value["b"]?.asBool == true)
        #expect(value["n"]?.isNull == true)
        #expect(value["a"]?[1] == 2)
        #expect(value["a"]?[2] == nil)
        #expect(value["a"]?.asArray?.count == 2)
        #expect(value["o"]?["k"]?.asString == "v")
        #expect(value["o"]?.asObject == [JSONMember(key: "k", value: "v")])
        #expect(value["missing"] == nil)
        #expect(value["s"]?["k"] == nil)
        #expect(value["s"]?.asInt == nil)
        #expect(value["i"]?.asString == nil)
    }

    /// Every prefix of a document and every single byte changed: an error or a value, never a trap.
    @Test func damagedDocuments() {
        let document = Array(
            #"{"event":"media","media":{"payload":"AAE\u00e9\ud83d\ude00","n":[-1.5e3,true,null]}}"#.utf8)
        for end in document.indices {
            #expect(throws: JSONError.self) { try JSONReader.parse(Array(document[..<end])) }
        }
        var valid = 0
        for index in document.indices {
            for byte in UInt8.min...UInt8.max {
                var damaged = document
                damaged[index] = byte
                if (try? JSONReader.parse(damaged)) != nil { valid += 1 }
            }
        }
        #expect(valid > document.count)
    }
}
