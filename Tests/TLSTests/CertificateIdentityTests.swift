import Addressing
import TLS
import Testing

/// Names without certificates: RFC 6125 section 6.4 and RFC 5922 section 7.1.
@Suite struct CertificateIdentityTests {
    @Test(arguments: [
        ("sip.test", "sip.test", true), ("SIP.TEST", "sip.test", true), ("sip.test.", "sip.test", true),
        ("sip.test", "xsip.test", false), ("sip.test", "test", false), ("", "sip.test", false),
        ("*.exotel.com", "pstn.exotel.com", true), ("*.EXOTEL.com", "pstn.exotel.com", true),
        ("*.exotel.com", "exotel.com", false), ("*.exotel.com", "a.b.exotel.com", false),
        ("p*.exotel.com", "pstn.exotel.com", false), ("*n.exotel.com", "pstn.exotel.com", false),
        ("pstn.*.com", "pstn.exotel.com", false), ("*.*.com", "pstn.exotel.com", false),
        ("*.com", "exotel.com", false), ("*", "localhost", false), ("*.", "localhost", false),
        ("sip.test\0", "sip.test", false), ("sip.test\0.evil.example", "sip.test", false),
        ("*.exotel.com\0.evil.example", "pstn.exotel.com", false),
    ])
    func dnsNames(pattern: String, host: String, isProved: Bool) throws {
        let name = Array(pattern.utf8)
        let wanted = try ServerName(host)
        #expect(CertificateIdentity(alternativeNames: [.dns(name)], commonName: nil).proves(wanted) == isProved)
        #expect(CertificateIdentity(alternativeNames: [], commonName: name).proves(wanted) == isProved)
    }

    @Test(arguments: [
        ("sip:sip.test", true), ("SIP:Sip.Test", true), ("sips:sip.test", false), ("sip:alice@sip.test", false),
        ("sip:sip.test:5061", false), ("sip:sip.test;transport=tls", false), ("http:sip.test", false), ("sip:", false),
    ])
    func uris(uri: String, isProved: Bool) throws {
        let identity = CertificateIdentity(alternativeNames: [.uri(Array(uri.utf8))], commonName: nil)
        #expect(identity.proves(try ServerName("sip.test")) == isProved)
    }

    @Test(arguments: [
        ([192, 0, 2, 1], "192.0.2.1", true), ([192, 0, 2, 2], "192.0.2.1", false), ([192, 0, 2], "192.0.2.1", false),
        ([192, 0, 2, 1, 0], "192.0.2.1", false),
        ([0x20, 0x01, 0x0D, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], "[2001:db8::1]", true),
        ([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 192, 0, 2, 1], "192.0.2.1", false),
    ])
    func addresses(octets: [UInt8], host: String, isProved: Bool) throws {
        let identity = CertificateIdentity(alternativeNames: [.address(octets)], commonName: nil)
        #expect(identity.proves(try ServerName(host)) == isProved)
    }

    /// An address in the text of a DNS name or of the common name proves no address (RFC 6125 section B.2).
    @Test func addressesInTextProveNothing() throws {
        let text = Array("192.0.2.1".utf8)
        let wanted = try ServerName("192.0.2.1")
        #expect(!CertificateIdentity(alternativeNames: [.dns(text)], commonName: nil).proves(wanted))
        #expect(!CertificateIdentity(alternativeNames: [], commonName: text).proves(wanted))
    }

    @Test func namesForASentence() {
        let many = (1...10).map { CertificateIdentity.Name.dns(Array("h\($0)".utf8)) }
        let names = CertificateIdentity(alternativeNames: many, commonName: nil).names
        #expect(names.count == 9)
        #expect(names.last == "and 2 more")
        let strange = CertificateIdentity(
            alternativeNames: [.address([1, 2]), .uri(Array("sip:é\r\n".utf8))], commonName: Array("cn".utf8))
        #expect(strange.names == ["an address of 2 octets", "sip:\\xc3\\xa9\\x0d\\x0a"])
        #expect(CertificateIdentity(alternativeNames: [], commonName: nil).names.isEmpty)
        let long = CertificateIdentity(alternativeNames: [.dns(Array(repeating: 0x61, count: 300))], commonName: nil)
        #expect(long.names == [String(repeating: "a", count: 256) + "…"])
    }
}

@Suite struct ServerNameTests {
    @Test(arguments: [
        ("Pstn.In2.Exotel.Com.", "pstn.in2.exotel.com"), ("_sips._tcp.sip.test", "_sips._tcp.sip.test"),
        ("127.0.0.1", "127.0.0.1"), ("[2001:DB8::1]", "2001:db8::1"), ("::ffff:192.0.2.1", "192.0.2.1"),
    ])
    func readsHosts(text: String, description: String) throws {
        #expect(try ServerName(text).description == description)
    }

    @Test(arguments: [
        "", ".", "a..b", ".a", "a b", "a\0b", "a\r\nb", "*.a", "a/b", "é.test", "sip:a", "a:5061",
        String(repeating: "a", count: 64) + ".test", String(repeating: "a.", count: 127) + "aa",
    ])
    func refusesOthers(text: String) {
        #expect(throws: TLSError.unusableServerName(text)) { try ServerName(text) }
    }
}
