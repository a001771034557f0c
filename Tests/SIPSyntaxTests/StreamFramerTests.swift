import SIPSyntax
import Testing

/// TCP and TLS framing (RFC 3261 section 18.3, RFC 5626 section 3.5.1).
struct StreamFramerTests {
    /// A request whose body is as long as it says.
    private static func request(_ callID: String, body: String = "") -> [UInt8] {
        Written.message(
            [Written.startLine] + Written.headers.filter { !$0.hasPrefix("Call-ID") } + [
                "Call-ID: \(callID)", "l: \(body.utf8.count)",
            ], body: body)
    }

    private func units(_ framer: inout StreamFramer) throws -> [StreamUnit] {
        var units: [StreamUnit] = []
        while let unit = try framer.next() { units.append(unit) }
        return units
    }

    @Test func cutsOutOneMessage() throws {
        var framer = StreamFramer()
        let message = Self.request("one", body: "body")
        framer.append(message)
        #expect(try self.units(&framer) == [.message(message)])
        #expect(!framer.isInsideMessage)
    }

    /// Messages are kept for minutes (transactions, ladders): none may hold the room of the burst that it came in.
    @Test func aMessageHoldsItsOwnRoomOnly() throws {
        var framer = StreamFramer()
        let message = Self.request("one", body: "body")
        framer.append(Array(repeating: message, count: 200).joined())
        var units = try self.units(&framer)
        framer.append(message)
        units += try self.units(&framer)
        #expect(units.count == 201)
        for unit in units {
            guard case .message(let bytes) = unit else { continue }
            #expect(bytes.capacity < 2 * message.count)
        }
    }

    /// Two parts, cut at every byte; and one byte at a time.
    @Test func cutsAtEveryBoundary() throws {
        let first = Self.request("first", body: "\r\n\r\nCSeq: 9 BYE\r\n\r\n")
        let second = Self.request("second")
        let stream = first + second + [13, 10, 13, 10] + Self.request("third", body: "3")
        let expected: [StreamUnit] = [
            .message(first), .message(second), .ping, .message(Self.request("third", body: "3")),
        ]
        for boundary in 0...stream.count {
            var framer = StreamFramer()
            framer.append(stream[..<boundary])
            var found = try self.units(&framer)
            framer.append(stream[boundary...])
            found += try self.units(&framer)
            #expect(found == expected, "cut at \(boundary)")
            #expect(!framer.isInsideMessage)
        }
        var framer = StreamFramer()
        var found: [StreamUnit] = []
        for byte in stream {
            framer.append(CollectionOfOne(byte))
            found += try self.units(&framer)
        }
        #expect(found == expected)
    }

    @Test func cutsPipelinedMessages() throws {
        let messages = (0..<50).map { Self.request("call-\($0)", body: String(repeating: "x", count: $0)) }
        var framer = StreamFramer()
        framer.append(messages.joined())
        #expect(try self.units(&framer) == messages.map { .message($0) })
    }

    /// A body may hold anything, line ends and start lines included.
    @Test func countsTheBodyInBytes() throws {
        let body = "Ж\r\n\r\nINVITE sip:evil@example.com SIP/2.0\r\n\r\n"
        let message = Self.request("utf8", body: body)
        var framer = StreamFramer()
        framer.append(message)
        #expect(try self.units(&framer) == [.message(message)])
    }

    @Test func waitsForTheRestOfAMessage() throws {
        var framer = StreamFramer()
        let message = Self.request("waits", body: "12345")
        framer.append(message.dropLast())
        #expect(try framer.next() == nil)
        #expect(framer.isInsideMessage)
        framer.append(message.suffix(1))
        #expect(try framer.next() == .message(message))
        #expect(!framer.isInsideMessage)
    }

    @Test func findsPings() throws {
        var framer = StreamFramer()
        framer.append([13, 10, 13, 10, 13, 10, 13, 10])
        #expect(try self.units(&framer) == [.ping, .ping])
    }

    /// A single line end is the answer to a ping of ours; without one it is the first half of the peer's.
    @Test func tellsPongFromHalfAPing() throws {
        var framer = StreamFramer()
        framer.append([13, 10])
        #expect(try framer.next() == nil)
        framer.append([13, 10])
        #expect(try framer.next() == .ping)
        framer.expectPong()
        framer.append([13])
        #expect(try framer.next() == nil)
        framer.append([10])
        #expect(try framer.next() == .pong)
        framer.append([13, 10])
        #expect(try framer.next() == nil)
    }

    @Test func takesAPongRightBeforeAMessage() throws {
        var framer = StreamFramer()
        let message = Self.request("behind")
        framer.expectPong()
        framer.append([13, 10] + message)
        #expect(try self.units(&framer) == [.pong, .message(message)])
        framer.append([13, 10] + message)
        #expect(try self.units(&framer) == [.message(message)])
    }

    @Test func takesThePeersPingAndItsPongInEitherOrder() throws {
        var framer = StreamFramer()
        framer.expectPong()
        framer.append([13, 10, 13, 10, 13, 10])
        #expect(try self.units(&framer) == [.ping, .pong])
        framer.expectPong()
        framer.append([13, 10])
        #expect(try self.units(&framer) == [.pong])
        framer.append([13, 10, 13, 10])
        #expect(try self.units(&framer) == [.ping])
    }

    /// RFC 3261 section 20.14: on a stream Content-Length is mandatory; the head is kept for the answer.
    @Test func refusesAMessageWithoutLength() throws {
        var framer = StreamFramer()
        framer.append(Written.options())
        let error = try #require(throws: StreamFramerError.self) { _ = try framer.next() }
        guard case .noUsableLength(let malformed) = error else {
            Issue.record("another error")
            return
        }
        #expect(malformed.fault == .missingHeader(.contentLength))
        #expect(malformed.request?.headers.first(.callID)?.text == "c1")
        #expect(malformed.request?.via?.branch == "z9hG4bK1")
        #expect(malformed.request?.status == .badRequest)
    }

    @Test(arguments: ["-1", "+5", "0x5", "", "99999999999999999999", "5, 5"])
    func refusesLengthsThatAreNone(_ value: String) throws {
        var framer = StreamFramer()
        framer.append(Written.options(adding: ["Content-Length: " + value], body: "12345"))
        let error = try #require(throws: StreamFramerError.self) { _ = try framer.next() }
        guard case .noUsableLength(let malformed) = error else {
            Issue.record("another error")
            return
        }
        #expect(malformed.fault == .malformedHeader(.contentLength))
    }

    @Test func refusesLengthsThatDiffer() {
        var framer = StreamFramer()
        framer.append(Written.options(adding: ["l: 0", "Content-Length: 5"], body: "12345"))
        #expect(throws: StreamFramerError.self) { try framer.next() }
    }

    /// After an error nothing is taken any more: the stream has lost its frame.
    @Test func staysFailed() {
        var framer = StreamFramer()
        framer.append(Written.options())
        #expect(throws: StreamFramerError.self) { try framer.next() }
        framer.append(Self.request("late"))
        #expect(throws: StreamFramerError.self) { try framer.next() }
        #expect(!framer.isInsideMessage)
    }

    @Test func headLimit() throws {
        let limits = MessageLimits(headLengthMax: 400, bodyLengthMax: 10, headerLineLengthMax: 400, headerCountMax: 20)
        let short = Self.request("limit").count
        let pad = "X: " + String(repeating: "x", count: 400 - short - 5)
        let exact = Written.options(adding: [pad, "l: 0"])
        var framer = StreamFramer(limits: limits)
        framer.append(exact)
        let pieces = try self.units(&framer)
        #expect(pieces == [.message(exact)])

        var flooded = StreamFramer(limits: limits)
        flooded.append(repeatElement(UInt8(ascii: "x"), count: 399))
        #expect(try flooded.next() == nil)
        flooded.append(CollectionOfOne(UInt8(ascii: "x")))
        #expect(throws: StreamFramerError.headTooLong) { try flooded.next() }
    }

    @Test func bodyLimit() throws {
        let limits = MessageLimits(headLengthMax: 4096, bodyLengthMax: 10, headerLineLengthMax: 400, headerCountMax: 20)
        var framer = StreamFramer(limits: limits)
        framer.append(Self.request("ten", body: "1234567890"))
        #expect(try self.units(&framer).count == 1)
        framer.append(Self.request("eleven", body: "12345678901"))
        let error = try #require(throws: StreamFramerError.self) { _ = try framer.next() }
        guard case .noUsableLength(let malformed) = error else {
            Issue.record("another error")
            return
        }
        #expect(malformed.fault == .messageTooLong)
        #expect(malformed.request?.status == .messageTooLarge)
    }

    /// The largest message that the defaults allow passes, in pieces as a socket would deliver it.
    @Test func defaultLimits() throws {
        let message = Self.request("large", body: String(repeating: "b", count: 65_536))
        var framer = StreamFramer()
        var found: [StreamUnit] = []
        for start in stride(from: 0, to: message.count, by: 1500) {
            framer.append(message[start..<min(start + 1500, message.count)])
            found += try self.units(&framer)
        }
        #expect(found == [.message(message)])
    }

    /// A malformed header does not hide the end of the message: the parser refuses it and the stream lives on.
    @Test func framesMalformedMessages() throws {
        let malformed = Written.options(adding: ["no colon", "l: 3"], body: "abc")
        let good = Self.request("good")
        var framer = StreamFramer()
        framer.append(malformed + good)
        #expect(try self.units(&framer) == [.message(malformed), .message(good)])
        #expect(Written.fault(malformed) == .malformedHeaderLine(6))
    }
}
