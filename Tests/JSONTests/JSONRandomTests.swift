import JSON
import Testing

/// Trees nobody thought of, and documents damaged in every way: the writer's text is read back as it was, and nothing
/// that is fed to the reader traps.
struct JSONRandomTests {
    /// SplitMix64: the same numbers each run.
    struct SeededGenerator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            self.state &+= 0x9E37_79B9_7F4A_7C15
            var z = self.state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }

    private func text(using generator: inout SeededGenerator) -> String {
        let scalars: [Unicode.Scalar] = ["a", "\"", "\\", "\n", "\u{0}", "\u{1F}", "\u{7F}", "é", "€", "😀", "/", " "]
        var text = ""
        for _ in 0..<Int.random(in: 0...8, using: &generator) {
            text.unicodeScalars.append(scalars.randomElement(using: &generator) ?? "a")
        }
        return text
    }

    private func value(depth: Int, using generator: inout SeededGenerator) -> JSONValue {
        switch Int.random(in: 0...(depth > 0 ? 7 : 5), using: &generator) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &generator))
        case 2: return .number(.integer(Int64(bitPattern: generator.next())))
        case 3:
            let real = Double(bitPattern: generator.next())
            return .real(real.isFinite ? real : 0.5)
        case 4, 5: return .string(self.text(using: &generator))
        case 6:
            let count = Int.random(in: 0...4, using: &generator)
            return .array((0..<count).map { _ in self.value(depth: depth - 1, using: &generator) })
        default:
            let count = Int.random(in: 0...4, using: &generator)
            return .object(
                (0..<count).map { index in
                    let key = "\(index)" + self.text(using: &generator)
                    return JSONMember(key: key, value: self.value(depth: depth - 1, using: &generator))
                })
        }
    }

    @Test(arguments: UInt64(1)...200)
    func roundTrip(seed: UInt64) throws {
        var generator = SeededGenerator(state: seed)
        let value = self.value(depth: 6, using: &generator)
        #expect(try JSONReader.parse(value.encoded()) == value)
        #expect(try JSONReader.parse(value.encoded(pretty: true)) == value)
    }

    /// A whole document walked by the scanner ends where the reader says it ends.
    @Test(arguments: UInt64(1)...50)
    func scannerAgreesWithReader(seed: UInt64) throws {
        var generator = SeededGenerator(state: seed)
        var bytes = self.value(depth: 4, using: &generator).encoded()
        for _ in 0..<20 {
            let index = Int.random(in: 0..<bytes.count, using: &generator)
            bytes[index] = UInt8.random(in: 0...255, using: &generator)
            var scanner = JSONScanner()
            var isWellFormed = true
            do throws(JSONError) {
                while try scanner.next(in: bytes.span) != .end {}
            } catch {
                isWellFormed = false
            }
            // The reader refuses two things more: duplicate keys, and numbers beyond a Double.
            if (try? JSONReader.parse(bytes)) != nil { #expect(isWellFormed) }
        }
    }

    @Test func noise() {
        var generator = SeededGenerator(state: 5)
        let alphabet = Array("{}[]\",:\\u0123456789.eE+-truefalsn \n\u{0}é".utf8)
        var valid = 0
        for _ in 0..<50_000 {
            let noise = (0..<Int.random(in: 0...24, using: &generator)).map { _ in
                alphabet.randomElement(using: &generator) ?? 0
            }
            if (try? JSONReader.parse(noise)) != nil { valid += 1 }
        }
        #expect(valid > 0)
    }
}

/// Every way of saying the same thing to the writer.
struct JSONValueTests {
    @Test func literals() {
        let value: JSONValue = ["n": nil, "b": true, "i": 1, "d": 1.5, "s": "x", "a": [1, "y"], "o": ["k": false]]
        #expect(
            value
                == .object([
                    JSONMember(key: "n", value: .null), JSONMember(key: "b", value: .bool(true)),
                    JSONMember(key: "i", value: .number(.integer(1))), JSONMember(key: "d", value: .number(.real(1.5))),
                    JSONMember(key: "s", value: .string("x")),
                    JSONMember(key: "a", value: .array([.number(.integer(1)), .string("y")])),
                    JSONMember(key: "o", value: .object([JSONMember(key: "k", value: .bool(false))])),
                ]))
    }

    @Test func numbersOfEveryWidth() {
        #expect(JSONValue.integer(UInt8(200)).asInt == 200)
        #expect(JSONValue.integer(Int32(-5)).asInt == -5)
        #expect(JSONValue.integer(UInt64.max).asInt == nil)
        #expect(JSONValue.integer(UInt64.max).asDouble == 18_446_744_073_709_551_616)
        #expect(JSONValue.real(3).asInt == 3)
    }

    /// The kinds do not stand for each other.
    @Test func accessorsOfOtherKinds() {
        for value in [JSONValue.null, true, 1, "1", [1], ["k": 1]] {
            let kinds = [
                value.isNull, value.asBool != nil, value.asDouble != nil, value.asString != nil, value.asArray != nil,
                value.asObject != nil,
            ]
            #expect(kinds.filter { $0 }.count == 1)
        }
    }

    @Test func memberOfAnObject() {
        var writer = JSONWriter(pretty: true)
        writer.beginObject()
        writer.member("a", UInt16(7))
        writer.member("b", "x")
        writer.key("c")
        writer.value(["d": []])
        writer.endObject()
        #expect(
            String(decoding: writer.finish(), as: UTF8.self) == """
                {
                  "a": 7,
                  "b": "x",
                  "c": {
                    "d": []
                  }
                }
                """)
    }
}
