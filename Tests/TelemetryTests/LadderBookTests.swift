import Addressing
import SIPEndpoint
import SIPSyntax
import Telemetry
import Testing
import Timekeeping

@Suite struct LadderBookTests {
    private func message(of call: Int) throws -> SIPMessage {
        var headers = Headers()
        headers.add(.callID, try CallID("call-\(call)"))
        return .request(Request(method: .invite, uri: .sip(SIPURI(host: .ip(.loopback))), headers: headers))
    }

    @Test func eachCallHasItsOwnLadder() throws {
        let book = LadderBook()
        for call in [1, 2, 1] { book.note(try self.message(of: call), .sent, peer: "udp", at: .origin) }
        #expect(book.ladder(ofCallID: "call-1")?.rungs.count == 2)
        #expect(book.ladder(ofCallID: "call-2")?.rungs.count == 1)
        #expect(book.ladder(ofCallID: "call-3") == nil)
    }

    /// The oldest call's ladder goes when one more comes.
    @Test func theBookIsBounded() throws {
        let book = LadderBook()
        for call in 0...LadderBook.callsMax { book.note(try self.message(of: call), .sent, peer: "udp", at: .origin) }
        #expect(book.ladder(ofCallID: "call-0") == nil)
        #expect(book.ladder(ofCallID: "call-1") != nil)
        #expect(book.ladder(ofCallID: "call-\(LadderBook.callsMax)") != nil)
    }

    /// However large the messages, all calls together hold no more than is stated, and one call no more than its share.
    @Test func theBytesAreBounded() throws {
        let book = LadderBook()
        let bytes = [UInt8](repeating: 65, count: 60_000)
        let path = TransportPath(
            transport: .udp, local: TransportAddress(.loopback, port: 1), remote: TransportAddress(.loopback, port: 2))
        let wire = TracedMessage(instant: .origin, arrow: .sent, path: path, bytes: bytes)
        for call in 0..<300 {
            for _ in 0..<20 { book.note(try self.message(of: call), .sent, peer: "udp", at: .origin, wire: wire) }
            #expect(book.byteCount <= LadderBook.bytesMax)
        }
        #expect(book.messages(ofCallID: "call-299")?.count == LadderBook.callBytesMax / bytes.count)
        #expect(book.ladder(ofCallID: "call-299")?.rungs.count == 20, "the ladder has what the capture has not")
        #expect(book.messages(ofCallID: "call-0") == nil)
        #expect(book.byteCount > LadderBook.bytesMax / 2)
    }

    /// A broken message of a call is a rung of its ladder; its secrets are in neither book nor capture.
    @Test func observedMessages() throws {
        let book = LadderBook()
        let trace = MessageTrace(ladders: book)
        let path = TransportPath(
            transport: .tls, local: TransportAddress(.loopback, port: 1), remote: TransportAddress(.loopback, port: 2))
        let broken = Array("SIP/2.0 xyz\r\nCall-ID : call-1\r\nAuthorization: Bearer token\r\n\r\n".utf8)
        trace.note(ObservedMessage(direction: .received, message: nil, bytes: broken, path: path, at: .origin))
        trace.note(
            ObservedMessage(
                direction: .sent, message: try self.message(of: 1), bytes: Array("a".utf8), path: path,
                at: .origin + .seconds(1)))
        #expect(book.ladder(ofCallID: "call-1")?.rungs.map(\.label) == ["malformed (\(broken.count) bytes)", "INVITE"])
        let messages = try #require(book.messages(ofCallID: "call-1"))
        #expect(messages.count == 2)
        #expect(!String(decoding: messages[0].bytes, as: UTF8.self).contains("token"))
    }

    /// What a call brings along is hidden from the moment that it is named, whatever its case.
    @Test func fieldsOfCallsAreHidden() throws {
        let book = LadderBook()
        let fields = HiddenFields()
        let trace = MessageTrace(ladders: book, hiddenFields: fields)
        let path = TransportPath(
            transport: .tls, local: TransportAddress(.loopback, port: 1), remote: TransportAddress(.loopback, port: 2))
        func note() throws {
            let bytes = Array("INVITE sip:a@b SIP/2.0\r\nX-Customer: 4711\r\nX-Carrier: 1\r\n\r\n".utf8)
            let message = try self.message(of: 1)
            trace.note(
                ObservedMessage(direction: .sent, message: message, bytes: bytes, path: path, at: .origin))
        }
        try note()
        fields.hide(["x-CUSTOMER"])
        try note()
        let texts = try #require(book.messages(ofCallID: "call-1")).map { String(decoding: $0.bytes, as: UTF8.self) }
        #expect(texts.map { $0.contains("4711") } == [true, false])
        #expect(texts.allSatisfy { $0.contains("X-Carrier: 1") })
    }

    /// Names are bounded; the first ones stay hidden.
    @Test func hiddenFieldsAreBounded() {
        let fields = HiddenFields()
        for number in 0..<(3 * HiddenFields.countMax) { fields.hide(["X-\(number)"]) }
        #expect(fields.names.count == HiddenFields.countMax && fields.names.contains("x-0"))
    }

    @Test func aMessageWithoutCallIDIsNobodys() {
        let book = LadderBook()
        book.note(.response(Response(status: .ok)), .received, peer: "udp", at: .origin)
        #expect(book.ladder(ofCallID: "") == nil)
    }
}
