import BotDialects
import BotProtocol
import PCM
import Testing

/// Asterisk's AudioSocket as bytes and events.
struct AudioSocketDialectTests {
    private func started(_ rate: SampleRate = .hz8000) throws -> DialectDriver {
        var driver = DialectDriver(try #require(BotDialect(.audioSocket, accountID: "", rate: rate)))
        _ = driver.encodeBytes(.start(BotStart(callID: "c", direction: .inbound, from: "", to: "")))
        return driver
    }

    /// The call's own name is its UUID.
    @Test func start() throws {
        var driver = DialectDriver(try #require(BotDialect(.audioSocket, accountID: "")))
        let start = BotStart(callID: "0123456789abcdef0123456789abcdef", direction: .inbound, from: "+1", to: "+2")
        #expect(
            driver.encodeBytes(.start(start))
                == [
                    1, 0, 16, 0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF, 0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD,
                    0xEF,
                ])
        #expect(driver.dialect.isReady)
        #expect(driver.encodeBytes(.dtmf(try #require(DTMFDigit("5")), duration: .zero)) == [3, 0, 1, 0x35])
        #expect(driver.encodeBytes(.stop(.remoteHangup)) == [0, 0, 0])
        #expect(driver.encodeBytes(.cleared(heard: .zero, marks: [])).isEmpty)
    }

    @Test(arguments: [(SampleRate.hz8000, UInt8(0x10)), (.hz16000, 0x12), (.hz24000, 0x13), (.hz48000, 0x16)])
    func audioOfEachRate(rate: SampleRate, kind: UInt8) throws {
        var driver = try self.started(rate)
        let samples = (0..<rate.samplesPer20ms).map { Int16(truncatingIfNeeded: $0 &* 7_919) }
        let buffer = driver.encodeAudio(samples)
        let length = samples.count * 2
        #expect(Array(buffer.bytes.prefix(3)) == [kind, UInt8(length >> 8), UInt8(length & 0xFF)])
        #expect(buffer.messages.map(\.isAudio) == [true])
        #expect(try driver.decode(.binary, buffer.bytes).samples == samples)
    }

    /// The bytes of a stream come in any pieces; frames mean the same in all of them, also of odd lengths.
    @Test(arguments: [1, 2, 3, 4, 5, 7, 100, 100_000])
    func anyPieces(size: Int) throws {
        var driver = try self.started()
        let stream: [UInt8] =
            [0x10, 0, 3, 1, 0, 2] + [0x10, 0, 3, 0, 3, 0] + [0x10, 0, 0] + [3, 0, 1, 0x23] + [0x10, 0, 2, 4, 0]
            + [0, 0, 0]
        var items: [BotCommandBatch.Item] = []
        var samples: [Int16] = []
        for start in stride(from: 0, to: stream.count, by: size) {
            let batch = try driver.decode(.binary, Array(stream[start..<min(start + size, stream.count)]))
            samples += batch.samples
            items += batch.items.filter { if case .command = $0 { true } else { false } }
        }
        #expect(samples == [1, 2, 3, 4])
        #expect(items == [.command(.dtmf([try #require(DTMFDigit("#"))])), .command(.hangup(reason: nil))])
    }

    /// A frame of another rate is converted to the stream's.
    @Test func anotherRate() throws {
        var driver = try self.started()
        var count = 0
        for _ in 0..<50 {
            count += try driver.decode(.binary, [0x12, 0x02, 0x80] + [UInt8](repeating: 0, count: 640)).samples.count
        }
        #expect((7_900...8_000).contains(count))
    }

    @Test(
        arguments: [
            ([0x02, 0, 0], BotDialectError.unknownCommand("0x2")), ([0x11, 0, 2, 0, 0], .unknownCommand("0x11")),
            ([0xFF, 0, 1, 4], .failureOfBot(code: 4)), ([0xFF, 0, 0], .failureOfBot(code: 0)),
            ([0x03, 0, 1, 0x78], .invalidValue(field: "digit")), ([0x03, 0, 0], .invalidValue(field: "digit")),
        ] as [([UInt8], BotDialectError)])
    func refused(bytes: [UInt8], error: BotDialectError) throws {
        var driver = try self.started()
        #expect(throws: error) { try driver.decode(.binary, bytes) }
        var slow = try self.started()
        #expect(throws: error) { for byte in bytes { _ = try slow.decode(.binary, [byte]) } }
    }

    @Test func textIsRefused() throws {
        var driver = try self.started()
        #expect(throws: BotDialectError.unexpectedText) { try driver.decode("hello") }
    }

    /// The longest frame that a length can announce, a byte at a time at its end.
    @Test func longestFrame() throws {
        var driver = try self.started()
        let frame = [0x10, 0xFF, 0xFF] + [UInt8](repeating: 0, count: 65_535)
        #expect(try driver.decode(.binary, Array(frame.dropLast())).isEmpty)
        #expect(try driver.decode(.binary, [0]).samples.count == 32_767)
    }
}
