import Addressing
import SIPSyntax
import Testing

/// SIP URIs (RFC 3261 section 19.1) and URIs of other schemes.
struct SIPURITests {
    private func uri(_ text: String) throws -> SIPURI {
        try #require(try URI(text).sip)
    }

    /// Written as they were read.
    @Test(arguments: [
        "sip:example.com", "sips:example.com", "sip:a@example.com", "sip:a:secret@example.com:5080",
        "sip:192.0.2.1:5060;transport=tcp;lr", "sip:[2001:db8::1]", "sip:[2001:db8::1]:5070;x=[::1]",
        "sip:+919000000001@pstn.in2.exotel.com;user=phone", "sip:a@example.com;maddr=192.0.2.9;ttl=15;method=INVITE",
        "sip:a@example.com?subject=hello%20there&priority=urgent", "sip:a%20b@example.com;unknown%20name=1",
        "sip:user;par=u%40example.net@example.com", "sip:#31#123@example.com", "sip:a@host_with_underscore.example",
        "sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com",
    ])
    func areWrittenAsRead(_ text: String) throws {
        #expect(try URI(text).description == text)
        #expect(try URI(URI(text).description) == URI(text))
        // Every beginning is refused, or it is a URI of its own.
        for length in 0..<text.utf8.count {
            guard let uri = try? URI(String(text.prefix(length))) else { continue }
            #expect(try URI(uri.description) == uri)
        }
    }

    @Test(arguments: [
        "sip:", "sip:@example.com", "sip:a@", "sip:a@b@c", "sip::5060", "sip:a@example.com:", "sip:a@example.com:x",
        "sip:a@example.com:65536", "sip:a@example.com:-1", "sip:a@example.com;", "sip:a@example.com;=x",
        "sip:a@example.com;x=", "sip:a@example.com;x=\"y\"", "sip:a@example.com?", "sip:a@example.com?x",
        "sip:a@example.com?=x", "sip:a%2@example.com", "sip:a%zz@example.com", "sip:a b@example.com",
        "sip:a@exam ple.com", "sip:a@-example.com", "sip:a@example..com", "sip:a@256.1.1.1", "sip:a@2001:db8::1",
        "sip:a@[2001:db8::1", "sip:a@[192.0.2.1]", "sip:a@[2001:db8::1]5060", "sip:<a>@example.com",
        "sip:ü@example.com",
        "", ":", "x", "1x:y", "tel:", "http://exa mple.com", "http://<x>",
    ])
    func refuses(_ text: String) {
        #expect(throws: SIPSyntaxError.self) { try URI(text) }
    }

    @Test func schemesAndHostsAreReadWithoutCase() throws {
        let uri = try self.uri("SIPS:Alice@EXAMPLE.Com;Transport=TCP;LR")
        #expect(uri.isSecure)
        #expect(uri.escapedUser == "Alice")
        #expect(uri.host.description == "example.com")
        #expect(uri.transport == .tcp)
        #expect(uri.isLooseRouter)
        #expect(uri.parameters["TRANSPORT"] == "TCP")
    }

    /// RFC 4475 sections 3.1.1.3 and 3.1.1.4: escapes are resolved once, and NUL does not shorten the user.
    @Test(arguments: [
        ("sip:sips%3Auser%40example.com@example.net", "sips:user@example.com"), ("sip:a%2541@example.net", "a%41"),
        ("sip:null-%00-null@example.com", "null-\u{00}-null"), ("sip:%C3%BC@example.com", "ü"),
        ("sip:user;par=u%40example.net@example.com", "user;par=u@example.net"),
    ])
    func usersAreUnescapedOnce(_ text: String, user: String) throws {
        #expect(try self.uri(text).user == user)
    }

    @Test func otherSchemesAreKept() throws {
        let uri = try URI("TEL:+91-900;phone-context=x")
        #expect(uri.sip == nil)
        #expect(uri.description == "TEL:+91-900;phone-context=x")
        guard case .other(let other) = uri else {
            Issue.record("taken for a SIP URI")
            return
        }
        #expect(other.scheme == "tel")
    }

    /// The pairs of RFC 3261 section 19.1.4.
    @Test(arguments: [
        ("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtlanTa.CoM;Transport=tcp"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"),
        ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;newparam=5"),
        (
            "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
            "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com"
        ),
        (
            "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
            "sip:alice@atlanta.com?priority=urgent&subject=project%20x"
        ),
        ("sip:a%3b@example.com", "sip:a%3B@example.com"),
        // A name that comes twice, which the fuzzer found unequal to itself.
        ("sip:000t070;user=ph0;user=phone", "sip:000t070;user=ph0;user=phone"),
    ])
    func equivalent(_ left: String, right: String) throws {
        #expect(try self.uri(left).isEquivalent(to: self.uri(right)))
        #expect(try self.uri(right).isEquivalent(to: self.uri(left)))
    }

    @Test(arguments: [
        ("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"),
        ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off"),
        ("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"),
        ("sip:bob@biloxi.com", "sips:bob@biloxi.com"),
        ("sip:bob@biloxi.com", "sip:biloxi.com"),
        ("sip:bob:x@biloxi.com", "sip:bob:X@biloxi.com"),
        ("sip:a;b@example.com", "sip:a%3Bb@example.com"),
    ])
    func notEquivalent(_ left: String, right: String) throws {
        #expect(try !self.uri(left).isEquivalent(to: self.uri(right)))
        #expect(try !self.uri(right).isEquivalent(to: self.uri(left)))
    }

    @Test func partsCanBeSet() throws {
        var uri = try SIPURI(user: "+91 900", host: .ip(.loopback), port: 5061)
        uri.parameters.set(Token(trusted: "transport"), SIPTransportName.tls.parameterValue)
        uri.parameters.set(Token(trusted: "lr"), nil)
        #expect(uri.description == "sip:+91%20900@127.0.0.1:5061;transport=tls;lr")
        uri.parameters.set(Token(trusted: "Transport"), Token(trusted: "tcp"))
        uri.parameters.remove("LR")
        uri.port = nil
        uri.isSecure = true
        #expect(uri.description == "sips:+91%20900@127.0.0.1;Transport=tcp")
        #expect(SIPURI(host: .ip(.loopback)).user == nil)
    }

    /// A URI parameter that was set as quoted text is escaped: quotes do not belong in a URI.
    @Test func quotedTextIsEscapedInAURI() throws {
        var uri = SIPURI(host: try Host("example.com"))
        try uri.parameters.setQuoted("x", "a \"b\"")
        #expect(uri.description == "sip:example.com;x=a%20%22b%22")
        #expect(throws: Never.self) { try URI(uri.description) }
    }

    @Test(arguments: ["example.com.", "a", "a-b.c-d", "1.2.3.x", "xn--bcher-kva.example"])
    func hostNames(_ text: String) throws {
        #expect(try HostName(text).text + (text.hasSuffix(".") ? "." : "") == text)
    }

    @Test func hostNameLimits() throws {
        let label = String(repeating: "a", count: 63)
        #expect(try HostName(label).text == label)
        #expect(throws: SIPSyntaxError.malformedHost) { try HostName(label + "a") }
        let longest = [label, label, label, String(repeating: "b", count: 61)].joined(separator: ".")
        #expect(try HostName(longest).text.utf8.count == 253)
        #expect(throws: SIPSyntaxError.malformedHost) { try HostName(longest + "b") }
    }
}
