import SIPSyntax
import Testing

/// Whatever comes in, the parser returns or throws, and what it returns can be written and read again.
struct HostileInputTests {
    /// Reads bytes as a datagram and as a stream, and everything that a user agent would ask of the message.
    private func read(_ bytes: [UInt8]) {
        if let message = try? MessageParser.parse(bytes) {
            self.ask(message.headers)
            let again = try? MessageParser.parse(message.encoded())
            #expect(again?.body == message.body)
            #expect(again?.headers.fields.count == self.countWritten(message.headers))
        }
        var framer = StreamFramer()
        framer.append(bytes)
        while let unit = try? framer.next(), case .message(let message) = unit { _ = try? MessageParser.parse(message) }
    }

    /// Content-Length is always written, once.
    private func countWritten(_ headers: Headers) -> Int {
        headers.fields.filter { $0.name != .contentLength }.count + 1
    }

    private func ask(_ headers: Headers) {
        _ = try? headers.vias.map(\.headerValue)
        _ = try? headers.from.headerValue
        _ = try? headers.to.headerValue
        _ = try? headers.contacts.map(\.headerValue)
        _ = try? headers.routes.map(\.headerValue)
        _ = try? headers.recordRoutes.map(\.headerValue)
        _ = try? headers.pAssertedIdentities.map(\.headerValue)
        _ = try? headers.retryAfter?.headerValue
        _ = try? headers.reasons.map(\.headerValue)
        _ = try? headers.warnings.map(\.headerValue)
        _ = try? headers.contentType?.headerValue
        _ = try? headers.accept
        _ = try? headers.expires
        _ = try? headers.require
        _ = try? headers.supported
        _ = try? headers.allow
    }

    @Test(arguments: SampleMessage.allCases)
    func everyTruncationReturnsOrThrows(_ sample: SampleMessage) throws {
        let bytes = try sample.bytes
        for length in 0..<bytes.count { self.read(Array(bytes[..<length])) }
    }

    @Test(arguments: SampleMessage.allCases)
    func everySubstitutedByteReturnsOrThrows(_ sample: SampleMessage) throws {
        let bytes = try sample.bytes
        let odd: [UInt8] = [0x00, 0x0A, 0x0D, 0x20, 0x22, 0x25, 0x2C, 0x3A, 0x3B, 0x3C, 0x3D, 0x40, 0x5B, 0x5C, 0xFF]
        for index in bytes.indices {
            var changed = bytes
            changed[index] = odd[index % odd.count]
            self.read(changed)
            changed[index] = odd[(index / odd.count + index + 7) % odd.count]
            self.read(changed)
        }
    }

    /// In each place of a short message every seventh value, beginning with another one each time.
    @Test func manyBytesEverywhere() {
        let bytes = Written.options(adding: ["Contact: <sip:a@b.c>;q=\"1\"", "l: 1"], body: "x")
        for index in bytes.indices {
            for value in stride(from: index % 7, through: 255, by: 7) {
                var changed = bytes
                changed[index] = UInt8(value)
                _ = try? MessageParser.parse(changed)
            }
        }
    }

    @Test func deletedBytesReturnOrThrow() throws {
        for sample in SampleMessage.allCases {
            let bytes = try sample.bytes
            for index in stride(from: 0, to: bytes.count, by: 3) {
                var changed = bytes
                changed.remove(at: index)
                self.read(changed)
            }
        }
    }

    /// Deep nesting, long lists and repeated separators take time in proportion to their length.
    @Test(arguments: [
        "Retry-After: 1 " + String(repeating: "(", count: 8000), "Contact: " + String(repeating: "<", count: 8000),
        "Contact: " + String(repeating: "\"\\", count: 4000), "Contact: " + String(repeating: ",", count: 8000),
        "Contact: sip:a@b" + String(repeating: ";p", count: 4000), "Supported: " + String(repeating: "a,", count: 4000),
        "Via: " + String(repeating: "SIP/2.0/UDP a.b,", count: 500),
        "Route: sip:" + String(repeating: "%", count: 8000),
    ])
    func longOddFieldsReturnOrThrow(_ line: String) {
        self.read(Written.options(adding: [line]))
    }
}
