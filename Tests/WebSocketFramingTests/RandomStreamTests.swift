import Testing
import WebSocketFraming

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

/// Streams nobody thought of: any messages, in any fragments, with any control frames between, in any segments.
struct RandomStreamTests {
    /// Writes `message` in up to four fragments with control frames between them.
    private func fragments(
        _ message: Found, to role: WebSocketRole, expected: inout [Found], using generator: inout SeededGenerator
    ) -> [UInt8] {
        let opcode: Opcode
        let payload: [UInt8]
        switch message {
        case .text(let text): (opcode, payload) = (.text, Array(text.utf8))
        case .binary(let bytes): (opcode, payload) = (.binary, bytes)
        case .ping, .pong, .close: preconditionFailure("only messages come in fragments")
        }
        let count = Int.random(in: 1...4, using: &generator)
        let cuts = (0..<count - 1).map { _ in Int.random(in: 0...payload.count, using: &generator) }.sorted()
        var bytes: [UInt8] = []
        var start = 0
        for (index, end) in (cuts + [payload.count]).enumerated() {
            if index > 0, Bool.random(using: &generator) {
                let control = (0..<Int.random(in: 0...125, using: &generator)).map { UInt8($0) }
                let isPing = Bool.random(using: &generator)
                bytes += frame(isPing ? .ping : .pong, control, to: role)
                expected.append(isPing ? .ping(control) : .pong(control))
            }
            let isFinal = index == cuts.count
            bytes += frame(index == 0 ? opcode : .continuation, Array(payload[start..<end]), isFinal: isFinal, to: role)
            start = end
        }
        expected.append(message)
        return bytes
    }

    private func message(using generator: inout SeededGenerator) -> Found {
        let length = [0, 1, 125, 126, 300, 5_000].randomElement(using: &generator) ?? 0
        guard Bool.random(using: &generator) else {
            return .binary((0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) })
        }
        let characters: [Character] = ["a", "é", "€", "😀", "\u{10FFFF}"]
        return .text(String((0..<length).map { _ in characters.randomElement(using: &generator) ?? "a" }))
    }

    @Test(arguments: [WebSocketRole.client, .server], UInt64(1)...20)
    func everyMessageArrivesWhole(role: WebSocketRole, seed: UInt64) throws {
        var generator = SeededGenerator(state: seed)
        var expected: [Found] = []
        var stream: [UInt8] = []
        for _ in 0..<20 {
            let message = self.message(using: &generator)
            stream += self.fragments(message, to: role, expected: &expected, using: &generator)
        }
        var reader = FrameReader(role: role)
        var found: [Found] = []
        var start = 0
        while start < stream.count {
            let end = min(stream.count, start + Int.random(in: 1...1_500, using: &generator))
            reader.append(stream[start..<end])
            while let unit = try reader.next() { found.append(Found(unit, in: reader.buffer)) }
            start = end
        }
        #expect(found == expected)
        #expect(reader.pendingCount == 0)
    }

    /// Noise instead of frames ends in an error or waits; it never traps and never grows beyond what was fed.
    @Test(arguments: [WebSocketRole.client, .server])
    func noise(role: WebSocketRole) {
        var generator = SeededGenerator(state: 77)
        for _ in 0..<5_000 {
            let noise = (0..<Int.random(in: 1...64, using: &generator)).map { _ in
                UInt8.random(in: 0...255, using: &generator)
            }
            var reader = FrameReader(role: role)
            reader.append(noise[...])
            do throws(WebSocketError) {
                while try reader.next() != nil {}
            } catch {
                #expect(!error.description.isEmpty)
            }
            #expect(reader.buffer.count <= noise.count)
        }
    }
}
