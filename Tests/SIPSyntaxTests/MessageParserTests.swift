import Addressing
import SIPSyntax
import Testing

/// Whole messages: what the parser finds in them (RFC 3261 section 7).
struct MessageParserTests {
    @Test func readsTheGuidesInvite() throws {
        let request = try SampleMessage.inviteToFlow.request()
        #expect(request.method == .invite)
        let uri = try #require(request.uri.sip)
        #expect(uri.user == "+918000000001")
        #expect(uri.host.description == "pstn.in2.exotel.com")
        #expect(uri.port == nil)

        let headers = request.headers
        #expect(try headers.callID.text == "abcdef1234567890@acct1.pstn.exotel.com")
        #expect(try headers.cSeq == CSeq(number: 102, method: .invite))
        #expect(try headers.maxForwards == 70)
        #expect(try headers.from.displayName == "+919000000002")
        #expect(try headers.from.tag == "as63e4d7f1")
        #expect(try headers.to.tag == nil)
        #expect(try headers.contentType == .sdp)
        #expect(try headers.supported.map(\.text) == ["replaces", "timer"])
        #expect(try headers.allow.count == 11)
        #expect(try headers.allow.contains(.publish))
        #expect(headers.first(.xExotelAccountSid)?.text == "acct1")
        #expect(try headers.contentLength == request.body.count)
        #expect(request.body.starts(with: Array("v=0\r\n".utf8)))
    }

    /// RFC 3261 section 20.10: without angle brackets what follows the semicolon is a parameter of Contact itself.
    @Test func bareContactKeepsItsParametersToItself() throws {
        let contact = try #require(try SampleMessage.inviteToFlow.request().headers.contacts.first)
        let uri = try #require(contact.uri.sip)
        #expect(uri.parameters.isEmpty)
        #expect(uri.port == 5061)
        #expect(contact.parameters["transport"] == "tls")
        #expect(
            contact.headerValue.text == "<sip:+919000000002@gateway.example.com:5061>;transport=tls")
    }

    /// Exotel writes Record-Route without angle brackets: `;lr` belongs to the URI, and Route is written with brackets.
    @Test func bareRecordRouteGivesItsParametersToTheURI() throws {
        let routes = try SampleMessage.inviteFromExotel.request().headers.recordRoutes
        #expect(
            routes.map(\.headerValue.text) == [
                "<sip:192.0.2.10:443;transport=tls;lr>", "<sip:192.0.2.11;lr>",
                "<sip:edge.example.com;lr=on;ftag=a1b2>",
            ])
        #expect(routes.allSatisfy { $0.uri.sip?.isLooseRouter == true })
        #expect(routes.first?.uri.sip?.transport == .tls)
        let route = try SampleMessage.byeWithReason.request().headers.routes
        #expect(route.map(\.headerValue.text) == ["<sip:192.0.2.20:5061;transport=tls;lr>"])
    }

    @Test func readsAnInviteFromExotel() throws {
        let headers = try SampleMessage.inviteFromExotel.request().headers
        let vias = try headers.vias
        #expect(vias.map(\.transport) == [.tls, .tcp, .udp])
        #expect(vias.map(\.branch) == ["z9hG4bK0f.1", "z9hG4bKinner", "z9hG4bKfirst"])
        #expect(vias.map(\.requestsSourcePort) == [true, false, false])
        #expect(vias[1].received == IPAddress("192.0.2.31"))
        #expect(vias[2].host == .ip(try #require(IPAddress("2001:db8::9"))))
        #expect(try headers.maxForwards == 67)
        #expect(try headers.from.displayName == "+91 90000 \"00002\"")
        #expect(headers.first(.xExotelCallSid)?.text == "call-0001")
        #expect(try headers.pAssertedIdentities.first?.uri.sip?.user == "+919000000002")
        let custom = headers.fields.filter { $0.name.hasPrefix("x-") && !$0.name.hasPrefix("X-Exotel-") }
        #expect(custom.map(\.name.text) == ["X-param1"])
        let type = try #require(try headers.contentType)
        #expect(type.matches(.sdp))
        #expect(type.parameters["charset"] == "utf-8")
    }

    /// RFC 3261 sections 7.3.1 and 7.3.3: folded lines, compact names, white space around separators.
    @Test func readsCompactAndFoldedFields() throws {
        let request = try SampleMessage.compactAndFolded.request()
        let headers = request.headers
        let vias = try headers.vias
        #expect(vias.map(\.branch) == ["z9hG4bKfold", "z9hG4bKouter"])
        #expect(vias.first?.port == 5062)
        #expect(try headers.from.displayName == "Caller Of Many Words")
        #expect(try headers.from.tag == "1928")
        #expect(try headers.to.uri.description == "sip:192.0.2.20")
        #expect(try headers.callID.text == "folded-call@caller.example.com")
        #expect(try headers.cSeq == CSeq(number: 9, method: .options))
        let contacts = try headers.contacts
        #expect(contacts.map(\.displayName) == ["A, B; C", nil])
        #expect(contacts.map { $0.parameters["expires"] } == [nil, "60"])
        #expect(contacts.last?.uri.sip?.isSecure == true)
        #expect(try headers.supported.map(\.text) == ["replaces", "timer"])
        #expect(headers.first(.subject)?.text.isEmpty == true)
        #expect(headers.all(try HeaderName("unknown-header-of-nobody")).map(\.text) == [";;,,;;,;"])
        #expect(request.body == Array("body".utf8))
    }

    /// livekit/sip issue 730: the routes say TCP and the contact says TLS; both must be told apart.
    @Test func readsAnAnswerThroughATCPProxy() throws {
        let response = try SampleMessage.okThroughTCPProxy.response()
        #expect(response.status == .ok)
        #expect(try response.headers.topVia.rport == 40122)
        #expect(try response.headers.recordRoutes.map { $0.uri.sip?.transport } == [.tcp, .tcp])
        #expect(try response.headers.contacts.first?.uri.sip?.transport == .tls)
    }

    @Test func readsARefusal() throws {
        let response = try SampleMessage.serviceUnavailable.response()
        #expect(response.status == .serviceUnavailable)
        #expect(response.reason.text == "Service Unavailable")
        let retryAfter = try #require(try response.headers.retryAfter)
        #expect(retryAfter.delay == .seconds(18))
        #expect(retryAfter.comment == "too many (really)")
        #expect(retryAfter.parameters["duration"] == "3600")
        let warnings = try response.headers.warnings
        #expect(warnings.map(\.code) == [399, 301])
        #expect(warnings.map(\.agent) == ["edge.example.com", "192.0.2.10:443"])
        #expect(warnings.last?.text == "say \"no\"")
        #expect(response.headers.first(.xExotelErrorCode)?.text == "4001")
    }

    @Test func readsTheReasonOfABye() throws {
        let request = try SampleMessage.byeWithReason.request()
        #expect(request.method == .bye)
        #expect(try request.headers.cSeq.number == 2_147_483_647)
        let reasons = try request.headers.reasons
        #expect(reasons.map(\.protocolName) == [Reason.q850, Reason.sip])
        #expect(reasons.map(\.cause) == [16, 200])
        #expect(reasons.first?.text == "Normal call clearing")
    }

    /// RFC 3261 section 25.1: a quoted pair may hold any control but CR and LF; it is written back as a quoted pair.
    @Test func keepsWhatIsOddButLegal() throws {
        let request = try SampleMessage.oddButLegal.request()
        #expect(request.uri.sip?.user == "caller@home;day=1?x/y")
        #expect(request.uri.description == "sip:caller%40home;day=1?x/y@example.com")
        #expect(try request.headers.topVia.transport.transportName == nil)
        #expect(try request.headers.from.displayName == "Jürgen नमस्ते")
        let to = try request.headers.to
        #expect(to.displayName == "BEL:\u{07} NUL:\u{00} DEL:\u{7F}")
        #expect(to.uri.sip?.user == "null-\u{00}-null")
        #expect(to.headerValue == request.headers.first(.to))
        let contacts = try request.headers.contacts
        #expect(contacts.first?.uri.sip == nil)
        #expect(contacts.first?.uri.description == "tel:+919000000002")
        #expect(contacts.last?.uri.description == "sip:a@example.com?Route=%3Csip:b.example.com%3E")
        #expect(contacts.last?.uri.sip?.withoutHeaders.description == "sip:a@example.com")
    }

    /// RFC 3261 section 7.5: line ends before the start line are skipped.
    @Test func skipsLineEndsBeforeTheStartLine() throws {
        let message = try MessageParser.parse([13, 10, 13, 10] + Written.options())
        #expect(message.body.isEmpty)
    }

    /// RFC 3261 section 18.3: without Content-Length a datagram's body goes to its end.
    @Test func bodyOfADatagramWithoutLengthGoesToTheEnd() throws {
        #expect(try MessageParser.parse(Written.options(body: "to the end")).body == Array("to the end".utf8))
    }

    @Test func bytesBehindTheBodyOfADatagramAreCut() throws {
        let bytes = Written.options(adding: ["Content-Length: 2"], body: "abc")
        #expect(try MessageParser.parse(bytes).body == Array("ab".utf8))
    }

    @Test(arguments: ["SIP/2.0 200 OK", "sip/2.0 200 OK", "SIP/2.0 200 ", "SIP/2.0 200", "SIP/2.0 200 Всё хорошо"])
    func readsStatusLines(_ line: String) throws {
        let message = try MessageParser.parse(Written.options(startLine: line))
        guard case .response(let response) = message else {
            Issue.record("not a response")
            return
        }
        #expect(response.status == .ok)
        #expect(response.reason.text == String(line.dropFirst(12)))
    }

    @Test(arguments: [
        "OPTIONS sip:b@example.com sip/2.0", "OPTIONS http://example.com/x?y SIP/2.0",
        "OPTIONS nobodyKnowsThisScheme:totallyopaquecontent SIP/2.0",
        "OPTIONS sips:b@[2001:db8::1]:5061;transport=tcp SIP/2.0",
    ])
    func readsRequestLines(_ line: String) throws {
        guard case .request(let request) = try MessageParser.parse(Written.options(startLine: line)) else {
            Issue.record("not a request")
            return
        }
        #expect(request.method == .options)
        #expect(request.uri.description == line.split(separator: " ").dropFirst().first.map(String.init))
    }

    /// An empty display name is none: it is not written, and so comes back as none.
    @Test func anEmptyDisplayNameIsNone() throws {
        var headers = Headers()
        headers.add(try HeaderName("Contact"), try HeaderValue("\"\" <sip:a@example.com>"))
        #expect(try headers.contacts.map(\.displayName) == [nil])
        #expect(
            try NameAddress(displayName: "", uri: URI("sip:a@example.com"))
                == NameAddress(uri: URI("sip:a@example.com")))
    }
}
