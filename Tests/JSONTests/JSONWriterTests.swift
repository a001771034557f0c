import JSON
import Testing

/// What the writer writes, the reader reads back.
struct JSONWriterTests {
    private func text(_ bytes: [UInt8]) -> String {
        String(decoding: bytes, as: UTF8.self)
    }

    @Test func builder() {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("name", "x\"y\\z\u{1}\n\u{7f}é")
        writer.member("count", 3)
        writer.key("list")
        writer.beginArray()
        writer.value(true)
        writer.value(1.5)
        writer.null()
        writer.value(UInt64.max)
        writer.beginObject()
        writer.endObject()
        writer.endArray()
        writer.endObject()
        #expect(
            self.text(writer.finish())
                == #"{"name":"x\"y\\z\u0001\n\u007fé","count":3,"list":[true,1.5,null,18446744073709551615,{}]}"#)
    }

    @Test func prettyForm() {
        let value: JSONValue = ["a": 1, "b": [1, [:]], "c": []]
        #expect(
            self.text(value.encoded(pretty: true)) == """
                {
                  "a": 1,
                  "b": [
                    1,
                    {}
                  ],
                  "c": []
                }
                """)
    }

    @Test func appendsToWhatIsThere() {
        var writer = JSONWriter(appendingTo: Array("x".utf8))
        writer.value("y")
        #expect(self.text(writer.finish()) == #"x"y""#)
    }

    @Test(
        arguments: [
            nil, true, 0, -1, .number(.integer(.min)), 1.5, 1e300, -0.0, 1e-7, "", "a\u{0}b", "\u{1F600}\"\\/", [], [:],
            [1, [2, [3]], ["k": ["l": nil]]], .integer(UInt8(7)), .integer(UInt64.max),
            .object(["z": 1, "a": 2]),
        ] as [JSONValue])
    func roundTrip(value: JSONValue) throws {
        #expect(try JSONReader.parse(value.encoded()) == value)
        #expect(try JSONReader.parse(value.encoded(pretty: true)) == value)
    }

    /// Members keep their order, so that records read the same each time.
    @Test func orderIsKept() {
        let value: JSONValue = ["z": 1, "a": 2, "m": 3]
        #expect(self.text(value.encoded()) == #"{"z":1,"a":2,"m":3}"#)
    }
}
