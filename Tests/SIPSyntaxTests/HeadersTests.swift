import Addressing
import SIPSyntax
import Testing

/// The ordered header fields and their names (RFC 3261 section 7.3).
struct HeadersTests {
    /// RFC 3261 section 20 and the extensions' registrations.
    @Test(arguments: [
        ("v", HeaderName.via), ("f", .from), ("t", .to), ("i", .callID), ("m", .contact), ("l", .contentLength),
        ("c", .contentType), ("s", .subject), ("k", .supported), ("e", .contentEncoding), ("r", .referTo),
        ("b", .referredBy), ("o", .event), ("u", .allowEvents), ("x", .sessionExpires),
    ])
    func compactForms(_ text: String, name: HeaderName) throws {
        #expect(try HeaderName(text) == name)
        #expect(try HeaderName(text.uppercased()) == name)
        #expect(try HeaderName(text).text == name.text)
    }

    @Test(arguments: [
        ("call-id", "Call-ID"), ("CSEQ", "CSeq"), ("www-authenticate", "WWW-Authenticate"), ("MIN-se", "Min-SE"),
        ("x-exotel-callsid", "X-Exotel-CallSid"), ("X-EXOTEL-ACCOUNTSID", "X-Exotel-AccountSid"),
        ("p-asserted-IDENTITY", "P-Asserted-Identity"), ("X-Own-Name", "X-Own-Name"), ("x-own-name", "x-own-name"),
    ])
    func namesAreCanonical(_ text: String, written: String) throws {
        let name = try HeaderName(text)
        #expect(name.text == written)
        #expect(name == (try HeaderName(written.uppercased())))
        #expect(name.hashValue == (try HeaderName(written.uppercased())).hashValue)
        #expect(name.description == written)
    }

    @Test(arguments: ["", " ", "a b", "a:", "Via ", "Via\t", "Via\u{A0}", "Vía", "a(b", "a@b", "a/b"])
    func namesAreTokens(_ text: String) {
        #expect(throws: SIPSyntaxError.notAToken) { try HeaderName(text) }
    }

    @Test func familiesOfNames() throws {
        #expect(HeaderName.xExotelCallSid.hasPrefix("x-EXOTEL-"))
        #expect(!HeaderName.via.hasPrefix("X-"))
    }

    private func sample() throws -> Headers {
        var headers = Headers()
        headers.add(.via, try HeaderValue("SIP/2.0/UDP a.b"))
        headers.add(try HeaderName("X-One"), try HeaderValue("1"))
        headers.add(.via, try HeaderValue("SIP/2.0/UDP c.d"))
        headers.add(try HeaderName("X-Two"), try HeaderValue("2"))
        return headers
    }

    @Test func keepTheirOrder() throws {
        let headers = try self.sample()
        #expect(headers.fields.map(\.name.text) == ["Via", "X-One", "Via", "X-Two"])
        #expect(headers.all(.via).map(\.text) == ["SIP/2.0/UDP a.b", "SIP/2.0/UDP c.d"])
        #expect(headers.first(try HeaderName("x-two"))?.text == "2")
        #expect(headers.contains(try HeaderName("X-ONE")))
        #expect(!headers.contains(.route))
        #expect(headers.first(.route) == nil)
    }

    @Test func prependAndReplace() throws {
        var headers = try self.sample()
        headers.prepend(.via, Via(transport: .tcp, host: .ip(.loopback), port: 5060, branch: Via.magicCookie))
        #expect(try headers.topVia.transport == .tcp)
        headers.replace(.via, try HeaderValue("SIP/2.0/TLS e.f"))
        #expect(headers.fields.map(\.name.text) == ["Via", "X-One", "X-Two"])
        #expect(try headers.topVia.transport == .tls)
        headers.replace(.maxForwards, UInt32(70))
        #expect(headers.fields.last?.value.text == "70")
    }

    @Test func remove() throws {
        var headers = try self.sample()
        headers.remove(.via)
        headers.remove(.route)
        #expect(headers.fields.count == 2)
    }

    @Test func listsAreOneField() throws {
        var headers = Headers()
        headers.add(.allow, [Method.invite, .ack, .bye])
        headers.add(.supported, [Token]())
        headers.add(.require, [Token(trusted: "timer")])
        #expect(headers.fields.map(\.value.text) == ["INVITE, ACK, BYE", "", "timer"])
        #expect(try headers.allow == [.invite, .ack, .bye])
        #expect(try headers.supported.isEmpty)
        #expect(try headers.require.map(\.text) == ["timer"])
    }

    @Test func valuesLoseOuterBlanksOnly() throws {
        #expect(try HeaderValue(" \t a  b\t").text == "a  b")
        #expect(try HeaderValue("नमस्ते").text == "नमस्ते")
    }

    @Test func methodsAreComparedWithCase() throws {
        #expect(Method(rawValue: "INVITE") == .invite)
        #expect(Method(rawValue: "invite") != .invite)
        #expect(Method(rawValue: "!interesting-Method0123456789_*+`.%indeed'~") != nil)
        #expect(Method(rawValue: "") == nil)
        #expect(Method(rawValue: "A B") == nil)
    }
}
