import Addressing
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

    @Test func aMessageWithoutCallIDIsNobodys() {
        let book = LadderBook()
        book.note(.response(Response(status: .ok)), .received, peer: "udp", at: .origin)
        #expect(book.ladder(ofCallID: "") == nil)
    }
}
