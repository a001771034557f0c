import Addressing
import TLS
import Testing
import ThrowawayCertificates

/// Which certificates a client refuses, and how it says so (RFC 5922, RFC 6125; reliability bar: all bad ones refused).
@Suite struct CertificateCheckTests {
    private let authority: ThrowawayAuthority

    init() throws {
        self.authority = try ThrowawayAuthority.trusted.get()
    }

    @Test(arguments: [
        ("DNS:sip.test", "sip.test"), ("DNS:other.test,DNS:SIP.Test", "sip.test"), ("IP:127.0.0.1", "127.0.0.1"),
        ("IP:2001:db8::1", "[2001:db8::1]"), ("DNS:*.exotel.test", "pstn.exotel.test"),
        ("URI:sip:sip.test", "sip.test"),
    ])
    func namesThatAreProved(names: String, wanted: String) throws {
        #expect(try self.fault(self.authority.issue("whoever", names: names), wanted: wanted) == nil)
    }

    @Test(arguments: [
        ("DNS:other.test", "sip.test", ["other.test"]),
        ("DNS:127.0.0.1", "127.0.0.1", ["127.0.0.1"]),
        ("IP:127.0.0.2,DNS:localhost", "127.0.0.1", ["127.0.0.2", "localhost"]),
        ("DNS:*.exotel.test", "a.pstn.exotel.test", ["*.exotel.test"]),
        ("DNS:*.exotel.test", "exotel.test", ["*.exotel.test"]),
        // The common name is what was wanted, but does not count beside other names.
        ("DNS:other.test,IP:192.0.2.1", "whoever.test", ["other.test", "192.0.2.1"]),
    ])
    func namesThatAreNot(names: String, wanted: String, found: [String]) throws {
        let identity = try self.authority.issue("whoever.test", names: names)
        #expect(try self.fault(identity, wanted: wanted) == .nameMismatch(wanted: wanted, found: found))
    }

    /// CVE-2009-2408: `sip.test`, NUL, `.evil.example` is not `sip.test`.
    @Test func aNULDoesNotEndAName() throws {
        let name = Array("sip.test\0.evil.example".utf8)
        let octets = [0x30, UInt8(name.count + 2), 0x82, UInt8(name.count)] + name
        let value =
            "DER:" + octets.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined(separator: ":")
        let identity = try self.authority.issue("sip.test", names: value)
        let found = ["sip.test\\x00.evil.example"]
        #expect(try self.fault(identity, wanted: "sip.test") == .nameMismatch(wanted: "sip.test", found: found))
    }

    @Test func theCommonNameCountsWhenThereIsNoOther() throws {
        let identity = try self.authority.issue("sip.test", names: nil)
        #expect(try self.fault(identity, wanted: "sip.test") == nil)
        #expect(
            try self.fault(identity, wanted: "other.test") == .nameMismatch(wanted: "other.test", found: ["sip.test"]))
    }

    @Test func expired() throws {
        let identity = try self.authority.issue(
            "late", names: "DNS:sip.test", from: "20200101000000Z", until: "20200201000000Z")
        let fault = try self.fault(identity, wanted: "sip.test")
        #expect(fault == .expired(subject: "CN=late", since: "Feb  1 00:00:00 2020 GMT"))
        #expect(
            fault?.description == "The certificate CN=late has expired: it was valid until Feb  1 00:00:00 2020 GMT.")
    }

    @Test func notYetValid() throws {
        let identity = try self.authority.issue(
            "early", names: "DNS:sip.test", from: "20460101000000Z", until: "20470101000000Z")
        #expect(
            try self.fault(identity, wanted: "sip.test")
                == .notYetValid(subject: "CN=early", until: "Jan  1 00:00:00 2046 GMT"))
    }

    @Test func untrusted() throws {
        let identity = try ThrowawayAuthority.rogue.get().issue("sip.test", names: "DNS:sip.test")
        let fault = CertificateFault.untrustedIssuer(subject: "CN=sip.test", issuer: "CN=Rogue Root")
        #expect(try self.fault(identity, wanted: "sip.test") == fault)
        #expect(try self.fault(identity, wanted: "sip.test", anchors: .systemAnd(self.authority.anchor)) == fault)
        #expect(try self.fault(identity, wanted: "sip.test", anchors: .system) == fault)
    }

    @Test func selfSigned() throws {
        let identity = try self.authority.selfSigned("sip.test", names: "DNS:sip.test")
        #expect(try self.fault(identity, wanted: "sip.test") == .selfSigned(subject: "CN=sip.test"))
    }

    @Test func wrongPurpose() throws {
        let identity = try self.authority.issue("phone", names: "DNS:sip.test", usage: "clientAuth")
        #expect(try self.fault(identity, wanted: "sip.test") == .wrongPurpose(subject: "CN=phone"))
    }

    /// The server is told by an alert, so that its operator can see the fault too.
    @Test func theServerLearnsOfTheRefusal() throws {
        let identity = try self.authority.issue("other", names: "DNS:other.test")
        var pair = try TwoEngines(
            identity, wanted: "sip.test", client: TLSConfiguration(trustAnchors: .only(self.authority.anchor)))
        pair.exchange()
        #expect(pair.serverError == .refusedByPeer(alert: "bad certificate"))
        #expect(pair.client.verifiedName == nil)
        let failure = pair.client.failure(sending: [1])
        #expect(failure == .notEstablished)
    }

    @Test func theInsecureSettingTakesEverything() throws {
        let identity = try ThrowawayAuthority.rogue.get().issue(
            "x", names: "DNS:x.test", usage: "clientAuth", from: "20200101000000Z", until: "20200201000000Z")
        var pair = try TwoEngines(
            identity, wanted: "sip.test", client: TLSConfiguration(verification: .insecureNoVerification))
        pair.exchange()
        #expect(pair.client.state == .established)
        #expect(pair.client.verifiedName == nil)
    }

    /// The fault that a client with the test's authority finds; nil when both sides are established.
    private func fault(
        _ identity: TLSConfiguration.Identity, wanted: String, anchors: TLSConfiguration.TrustAnchors? = nil
    ) throws -> CertificateFault? {
        let anchors = anchors ?? .only(self.authority.anchor)
        var pair = try TwoEngines(identity, wanted: wanted, client: TLSConfiguration(trustAnchors: anchors))
        pair.exchange()
        if pair.client.state == .established, pair.server.state == .established { return nil }
        guard case .certificateRefused(let fault) = pair.clientError else {
            Issue.record("refused for another reason: \(String(describing: pair.clientError))")
            return nil
        }
        return fault
    }
}
