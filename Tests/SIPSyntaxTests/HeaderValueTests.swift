import Addressing
import SIPSyntax
import Testing

/// The typed header fields: read from text, written strictly.
struct HeaderValueTests {
    private func headers(_ name: HeaderName, _ values: String...) throws -> Headers {
        var headers = Headers()
        for value in values { headers.add(name, try HeaderValue(value)) }
        return headers
    }

    @Test(arguments: [
        ("<sip:a@b.example>", "<sip:a@b.example>"),
        ("sip:a@b.example", "<sip:a@b.example>"),
        ("sip:a@b.example ; tag = x", "<sip:a@b.example>;tag=x"),
        ("\"A \\\"quoted\\\" name\" <sip:a@b.example>", "\"A \\\"quoted\\\" name\" <sip:a@b.example>"),
        ("Plain Name <sip:a@b.example>;tag=1", "\"Plain Name\" <sip:a@b.example>;tag=1"),
        ("caller<sip:a@b.example>", "\"caller\" <sip:a@b.example>"),
        ("\"\" <sip:a@b.example>", "<sip:a@b.example>"),
        ("\"a\" < sip:a@b.example >", "\"a\" <sip:a@b.example>"),
        ("<sip:a@b.example;x=y>;z=\"q;,\"", "<sip:a@b.example;x=y>;z=\"q;,\""),
        ("<tel:+91900>;tag=a/b=c", "<tel:+91900>;tag=a/b=c"),
        ("Jürgen <sip:j@b.example>", "\"Jürgen\" <sip:j@b.example>"),
    ])
    func addressesAreWrittenInBrackets(_ text: String, written: String) throws {
        let address = try self.headers(.from, text).from
        #expect(address.headerValue.text == written)
        #expect(try self.headers(.from, written).from.uri == address.uri)
    }

    @Test func tagsCanBeSet() throws {
        var address = NameAddress(uri: SIPURI(host: try Host("example.com")))
        #expect(address.tag == nil)
        address.setTag(Token(hexadecimal: 0xBEEF))
        #expect(address.tag == "000000000000beef")
        address.setTag(Token(trusted: "other"))
        #expect(address.headerValue.text == "<sip:example.com>;tag=other")
    }

    /// Several values in a line and several lines are one list.
    @Test func listsRunOverLines() throws {
        let headers = try self.headers(.contact, "<sip:a@x.y>, \"B, <C>\" <sip:b@x.y>;q=1", "sip:c@x.y")
        #expect(try headers.contacts.map { $0.uri.sip?.user } == ["a", "b", "c"])
        #expect(try self.headers(.supported, "a, b", "", "c").supported.map(\.text) == ["a", "b", "c"])
        #expect(try Headers().supported.isEmpty)
        #expect(throws: SIPSyntaxError.malformedHeader(.supported)) { try self.headers(.supported, "a,,b").supported }
    }

    @Test func contactWildcard() throws {
        let headers = try self.headers(.contact, "*")
        #expect(headers.isContactWildcard)
        #expect(try headers.contacts.isEmpty)
        #expect(try !self.headers(.contact, "sip:a@b.c").isContactWildcard)
    }

    @Test(arguments: [
        ("SIP/2.0/UDP 192.0.2.1", "SIP/2.0/UDP 192.0.2.1"),
        ("SIP / 2.0 / tcp  host.example : 5070 ; branch = z9hG4bK1", "SIP/2.0/TCP host.example:5070;branch=z9hG4bK1"),
        ("SIP/2.0/TLS [2001:DB8::1]:5061;rport", "SIP/2.0/TLS [2001:db8::1]:5061;rport"),
        ("SIP/2.0/WSS a.invalid;received=2001:db8::9", "SIP/2.0/WSS a.invalid;received=2001:db8::9"),
        ("SIP/2.0/UDP a.b;received=[2001:db8::9]", "SIP/2.0/UDP a.b;received=[2001:db8::9]"),
    ])
    func vias(_ text: String, written: String) throws {
        let via = try self.headers(.via, text).topVia
        #expect(via.headerValue.text == written)
        #expect(try self.headers(.via, written).topVia == via)
    }

    /// RFC 3581 section 4, RFC 3261 section 18.2.1: where the request really came from.
    @Test(arguments: [
        ("SIP/2.0/UDP 192.0.2.1;rport", "192.0.2.1", "SIP/2.0/UDP 192.0.2.1;rport=9;received=192.0.2.1"),
        ("SIP/2.0/UDP 10.0.0.1;rport=5", "192.0.2.1", "SIP/2.0/UDP 10.0.0.1;rport=9;received=192.0.2.1"),
        ("SIP/2.0/UDP host.example", "192.0.2.1", "SIP/2.0/UDP host.example;received=192.0.2.1"),
        ("SIP/2.0/UDP 192.0.2.1", "192.0.2.1", "SIP/2.0/UDP 192.0.2.1"),
        ("SIP/2.0/UDP a.b;received=1.1.1.1", "2001:db8::2", "SIP/2.0/UDP a.b;received=2001:db8::2"),
    ])
    func viasAreFilledIn(_ text: String, source: String, written: String) throws {
        var via = try self.headers(.via, text).topVia
        via.fill(source: TransportAddress(try #require(IPAddress(source)), port: 9))
        #expect(via.headerValue.text == written)
        #expect(via.received == (written.contains("received") ? IPAddress(source) : nil))
        #expect(via.rport == (written.contains("rport") ? 9 : nil))
    }

    @Test(arguments: [
        ("z9hG4bKabc", true), ("Z9HG4BKabc", true), ("z9hG4bK", false), ("abc", false), ("z9hG4b", false),
    ])
    func magicCookie(_ branch: String, is expected: Bool) throws {
        let via = Via(transport: .udp, host: .ip(.loopback), port: nil, branch: try Token(branch))
        #expect(via.hasMagicCookie == expected)
        #expect(via.branch == branch)
        #expect(via.requestsSourcePort)
        #expect(try !self.headers(.via, "SIP/2.0/UDP a.b").topVia.hasMagicCookie)
    }

    @Test func onlyTheFirstOfSeveralViasIsTheTop() throws {
        let headers = try self.headers(.via, "SIP/2.0/UDP a.b, SIP/2.0/TCP c.d", "SIP/2.0/TLS e.f")
        #expect(try headers.topVia.transport == .udp)
        #expect(try headers.vias.count == 3)
        #expect(throws: SIPSyntaxError.missingHeader(.via)) { try Headers().topVia }
    }

    @Test(arguments: [("1 INVITE", 1), ("0009   ACK", 9), ("2147483647 X", 2_147_483_647)])
    func cSeqs(_ text: String, number: UInt32) throws {
        let cSeq = try self.headers(.cSeq, text).cSeq
        #expect(cSeq.number == number)
        #expect(cSeq.headerValue.text == "\(number) \(cSeq.method)")
    }

    @Test func numbers() throws {
        #expect(try self.headers(.expires, "4294967295").expires == UInt32.max)
        #expect(throws: SIPSyntaxError.malformedHeader(.expires)) { try self.headers(.expires, "4294967296").expires }
        #expect(try self.headers(.maxForwards, "0068").maxForwards == 68)
        #expect(try Headers().maxForwards == nil)
        #expect(try Headers().contentLength == nil)
        #expect(try Headers().expires == nil)
    }

    @Test(arguments: [
        ("5", 5, nil), ("120 (a meeting)", 120, "a meeting"), ("1(\\))", 1, ")"), ("18000;duration=3600", 18_000, nil),
    ])
    func retryAfters(_ text: String, seconds: Int, comment: String?) throws {
        let value = try #require(try self.headers(.retryAfter, text).retryAfter)
        #expect(value.delay == .seconds(seconds))
        #expect(value.comment == comment)
        #expect(value.headerValue.text.hasPrefix("\(seconds)"))
        #expect(!value.headerValue.text.contains("("))
    }

    @Test(arguments: ["", "-1", "x", "5 (open", "5 x", "4294967296", "5;"])
    func badRetryAfters(_ text: String) {
        #expect(throws: SIPSyntaxError.malformedHeader(.retryAfter)) {
            try self.headers(.retryAfter, text).retryAfter
        }
    }

    @Test func mediaTypes() throws {
        let type = try #require(try self.headers(.contentType, "Multipart/Mixed ; boundary=\"a b\"").contentType)
        #expect(type.headerValue.text == "multipart/mixed;boundary=\"a b\"")
        #expect(!type.matches(.sdp))
        #expect(MediaType.sdp.headerValue.text == "application/sdp")
        #expect(MediaType.dtmfRelay.headerValue.text == "application/dtmf-relay")
        #expect(MediaType.dtmf.matches(try #require(try self.headers(.contentType, "APPLICATION/DTMF").contentType)))
    }

    /// An absent Accept is application/sdp (RFC 3261 section 20.1), an empty one takes nothing.
    @Test func accepts() throws {
        #expect(try Headers().accept == nil)
        #expect(try self.headers(.accept, "").accept?.isEmpty == true)
        let types = try #require(try self.headers(.accept, "text/nobodyKnowsThis, application/*;q=0.5").accept)
        #expect(types.map(\.subtype) == ["nobodyknowsthis", "*"])
    }

    @Test func reasons() throws {
        let reason = try Reason(protocolName: Reason.q850, cause: 17, text: "User \"busy\"")
        #expect(reason.headerValue.text == "Q.850;cause=17;text=\"User \\\"busy\\\"\"")
        let parsed = try self.headers(.reason, reason.headerValue.text).reasons
        #expect(parsed == [reason])
        #expect(try self.headers(.reason, "SIP").reasons.first?.cause == nil)
    }

    @Test func warnings() throws {
        let warning = try Warning(code: 305, agent: Token(trusted: "trunkline"), text: "no \\ codec")
        #expect(warning.headerValue.text == "305 trunkline \"no \\\\ codec\"")
        #expect(try self.headers(.warning, warning.headerValue.text).warnings == [warning])
        for text in ["305", "305 a", "305 a b", "30 a \"b\"", "1000 a \"b\"", "305 \"b\"", "305 a \"b\","] {
            #expect(throws: SIPSyntaxError.malformedHeader(.warning)) { try self.headers(.warning, text).warnings }
        }
    }

    @Test func parametersKeepTheirOrder() throws {
        var parameters = Parameters()
        parameters.set(Token(trusted: "b"), Token(trusted: "1"))
        try parameters.set("a", "[2001:db8::1]:5060")
        parameters.setNumber(Token(trusted: "c"), 9)
        parameters.set(Token(trusted: "B"), nil)
        #expect(parameters.entries.map(\.name) == ["B", "a", "c"])
        #expect(parameters["b"] == nil)
        #expect(parameters.contains("b"))
        #expect(parameters["C"] == "9")
        #expect(parameters["d"] == nil)
        #expect(throws: SIPSyntaxError.malformedParameter) { try parameters.set("d", "") }
        #expect(throws: SIPSyntaxError.malformedParameter) { try parameters.set("d", "a;b") }
    }

    @Test func tokens() throws {
        #expect(Token(hexadecimal: 0x1F, prefix: Via.magicCookie).text == "z9hG4bK000000000000001f")
        #expect(Token(hexadecimal: .max).text == "ffffffffffffffff")
        #expect(Token(decimal: 0).text == "0")
        for text in ["a b", "a:b", "a@b", "\"a\"", "a/b", "ü", "a,b"] {
            #expect(throws: SIPSyntaxError.notAToken) { try Token(text) }
        }
    }
}
