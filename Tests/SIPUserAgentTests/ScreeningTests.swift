import Addressing
import SIPSyntax
import SIPUserAgent
import Testing
import Timekeeping

/// What is refused before anybody is asked: RFC 3261 section 8.2.
@Suite struct ScreeningTests {
    /// The status that a request gets, and one header that must come with it.
    @Test(arguments: [
        (Wire.request("PUBLISH"), 405, "Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, PRACK, INFO, NOTIFY, REFER"),
        (Wire.request("INFO", toTag: "x"), 481, ""),
        (Wire.request("REFER"), 403, ""),
        (
            Wire.request("NEWMETHOD"), 405,
            "Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, PRACK, INFO, NOTIFY, REFER"
        ),
        (Wire.request("NOTIFY"), 489, "Allow-Events: refer"),
        (Wire.request("NOTIFY", lines: ["Event: refer;id=1"]), 481, ""),
        (Wire.request("NOTIFY", lines: ["Event: presence"]), 489, "Allow-Events: refer"),
        (Wire.request("OPTIONS", uri: "tel:+911234567890"), 416, ""),
        (Wire.request("OPTIONS", uri: "nobody:x"), 416, ""),
        (Wire.request("OPTIONS", lines: ["Require: a, b", "Require: c"]), 420, "Unsupported: a, b, c"),
        (Wire.invite(lines: ["Require: join"]), 420, "Unsupported: join"),
        (Wire.request("UPDATE"), 481, ""), (Wire.request("PRACK", toTag: "x"), 481, ""),
        (Wire.invite(lines: ["Accept: text/plain"]), 406, ""),
        (Wire.invite(lines: ["Content-Encoding: gzip"]), 415, "Accept-Encoding: identity"),
        (
            Wire.request(
                "INVITE", lines: ["Contact: <sip:a@b.example.com>", "Content-Type: text/plain"], body: "hello"), 415,
            "Accept: application/sdp"
        ),
        (Wire.request("INVITE", lines: ["Contact: <sip:a@b.example.com>"], body: "hello"), 415, ""),
        (Wire.request("INVITE"), 400, ""),
        (Wire.invite(toTag: "gone"), 481, ""),
        (Wire.request("BYE", toTag: "gone"), 481, ""),
        (Wire.request("OPTIONS", toTag: "gone"), 481, ""),
        (Wire.request("BYE"), 481, ""),
        (Wire.request("CANCEL"), 481, ""),
    ])
    func isRefused(request: String, status: Int, header: String) throws {
        var wire = Wire()
        try wire.receive(request)
        let response = try #require(wire.lastResponse)
        #expect(response.status.number == status)
        #expect(wire.sessions.isEmpty)
        #expect(try response.headers.to.tag != nil)
        if !header.isEmpty {
            let parts = header.split(separator: ":", maxSplits: 1)
            let value = try HeaderValue(parts[1])
            #expect(response.headers.first(try HeaderName(parts[0])) == value)
        }
    }

    /// What must not be refused: ranges in Accept, options that are only supported, options for proxies.
    @Test(arguments: [
        ["Accept: application/*"], ["Accept: */*"], ["Accept: text/plain, application/sdp"],
        ["Content-Encoding: identity"], ["Supported: 100rel, timer"], ["Require: 100rel"], ["Require: timer"],
        ["Require: replaces"],
        ["Proxy-Require: x"],
    ])
    func isTaken(lines: [String]) throws {
        var wire = Wire()
        try wire.receive(Wire.invite(lines: lines))
        #expect(wire.news() == ["100", "incoming"])
    }

    /// Max-Forwards is a proxy's business (RFC 4475 section 3.3.11).
    @Test func lastHopIsTaken() throws {
        var wire = Wire()
        let text = Wire.request("OPTIONS").replacing("Max-Forwards: 70", with: "Max-Forwards: 0")
        try wire.receive(text)
        #expect(wire.news() == ["200"])
    }

    /// OPTIONS says what works and nothing more.
    @Test func optionsNamesWhatWorks() throws {
        var wire = Wire()
        try wire.receive(Wire.request("OPTIONS"))
        let response = try #require(wire.lastResponse)
        #expect(response.status == .ok)
        #expect(try response.headers.allow == Capabilities.methods)
        #expect(response.headers.first(.accept)?.text == "application/sdp")
        #expect(try response.headers.supported == [.reliableProvisionals, .sessionTimer, .replaces])
        #expect(response.headers.first(.server)?.text == "Trunkline")
        #expect(wire.core.counts.sessions == 0)
    }

    /// An unreadable request is answered without state when it says where to; ACK and responses never are.
    @Test func malformedRequestIsAnswered() throws {
        var wire = Wire()
        wire.receiveMalformed(Wire.request("OPTIONS").replacing("CSeq: 1 OPTIONS", with: "CSeq: x"))
        #expect(wire.news() == ["400"])
        #expect(wire.lastResponse?.headers.first(.callID)?.text == "call@far")
        wire.receiveMalformed(Wire.request("OPTIONS").replacing(" SIP/2.0\r\nVia", with: " SIP/7.0\r\nVia"))
        #expect(wire.news() == ["505"])
        // An unreadable Via is repeated, and the answer goes to the source; without any there is none.
        wire.receiveMalformed(Wire.request("OPTIONS").replacing("Via: SIP/2.0/TCP", with: "Via: SIP/7.0/;;"))
        #expect(wire.news() == ["400"])
        #expect(wire.sent.last?.destination == Destination(replyingOn: wire.path()))
        wire.receiveMalformed(Wire.request("OPTIONS").replacing("Via: ", with: "X-Via: "))
        wire.receiveMalformed(Wire.request("ACK").replacing("CSeq: 1 ACK", with: "CSeq: x"))
        wire.receiveMalformed("nonsense\r\n\r\n")
        #expect(wire.news() == [])
        #expect(wire.core.counts.transactions == 0)
    }

    /// The response goes back on the connection, with the source filled into Via.
    @Test func responseReturnsOnItsConnection() throws {
        var wire = Wire()
        try wire.receive(
            Wire.request("OPTIONS").replacing("198.51.100.2:5060;branch", with: "10.0.0.1:5060;rport;branch"))
        let sent = try #require(wire.sent.last)
        #expect(sent.destination.path == wire.path())
        #expect(try sent.message.headers.topVia.received == Wire.peer.address)
        #expect(try sent.message.headers.topVia.rport == 5060)
    }

    /// A response with two Vias has lost its way (section 8.1.3.3).
    @Test func responseWithTwoViasIsDropped() throws {
        var wire = Wire()
        _ = try wire.place()
        _ = wire.news()
        let request = try #require(wire.lastRequest)
        try wire.answer(.ringing, request, lines: ["Via: SIP/2.0/TCP 203.0.113.1;branch=z9hG4bKx"])
        #expect(wire.news() == [])
        try wire.answer(.ringing, request)
        #expect(wire.news() == ["provisional"])
    }

    /// The same INVITE by two ways: the second is answered 482 (section 8.2.2.2).
    @Test func mergedInviteIsRefused() throws {
        var wire = Wire()
        try wire.receive(Wire.invite())
        try wire.receive(Wire.invite(branch: "z9hG4bKother"))
        #expect(wire.news() == ["100", "incoming", "482"])
    }
}
