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

    @Test func aMessageWithoutCallIDIsNobodys() {
        let book = LadderBook()
        book.note(.response(Response(status: .ok)), .received, peer: "udp", at: .origin)
        #expect(book.ladder(ofCallID: "") == nil)
    }
}
