import TLS
import Testing
import ThrowawayCertificates

/// A server that wants to know its clients: who gets in, and what the server's log says of the others.
@Suite struct MutualTLSTests {
    private let authority: ThrowawayAuthority
    private let server: TLSConfiguration.Identity

    init() throws {
        self.authority = try ThrowawayAuthority.trusted.get()
        self.server = try self.authority.issue("sip.test", names: "DNS:sip.test")
    }

    @Test func aKnownClientGetsIn() throws {
        let client = try self.authority.issue("carrier", names: "DNS:edge.test", usage: "clientAuth")
        let pair = try self.shake(client, names: ["other.test", "edge.test"])
        #expect(pair.client.state == .established)
        #expect(pair.server.state == .established)
        #expect(pair.server.verifiedName == .dns("edge.test"))
    }

    @Test func withoutNamesEveryClientOfTheAuthorityGetsIn() throws {
        let client = try self.authority.issue("carrier", names: nil, usage: "clientAuth")
        let pair = try self.shake(client, names: [])
        #expect(pair.server.state == .established)
        #expect(pair.server.verifiedName == nil)
    }

    @Test func aClientWithoutACertificate() throws {
        let pair = try self.shake(nil, names: [])
        #expect(pair.serverError == .certificateRefused(.missing))
        #expect(
            pair.serverError?.description == "The peer showed no certificate, and one is required here.")
    }

    @Test func aClientOfAnotherAuthority() throws {
        let client = try ThrowawayAuthority.rogue.get().issue("carrier", names: "DNS:edge.test", usage: "clientAuth")
        let pair = try self.shake(client, names: ["edge.test"])
        #expect(
            pair.serverError
                == .certificateRefused(.untrustedIssuer(subject: "CN=carrier", issuer: "CN=Rogue Root")))
    }

    @Test func aClientOfAnotherName() throws {
        let client = try self.authority.issue("carrier", names: "DNS:foreign.test", usage: "clientAuth")
        let pair = try self.shake(client, names: ["edge.test", "192.0.2.1"])
        let fault = CertificateFault.nameMismatch(wanted: "edge.test or 192.0.2.1", found: ["foreign.test"])
        #expect(pair.serverError == .certificateRefused(fault))
    }

    /// A server's certificate is no client's (RFC 5280 section 4.2.1.12).
    @Test func aClientWithAServersCertificate() throws {
        let client = try self.authority.issue("carrier", names: "DNS:edge.test", usage: "serverAuth")
        let pair = try self.shake(client, names: [])
        #expect(pair.serverError == .certificateRefused(.wrongPurpose(subject: "CN=carrier")))
    }

    @Test func anExpiredClient() throws {
        let client = try self.authority.issue(
            "carrier", names: "DNS:edge.test", usage: "clientAuth", from: "20200101000000Z", until: "20200201000000Z")
        let pair = try self.shake(client, names: [])
        #expect(
            pair.serverError
                == .certificateRefused(.expired(subject: "CN=carrier", since: "Feb  1 00:00:00 2020 GMT")))
    }

    /// Who may speak 1.3 only does not meet who may speak 1.2 only; the error says so on the side that refuses.
    @Test func versions() throws {
        var configuration = TLSConfiguration(trustAnchors: .only(self.authority.anchor))
        configuration.versionMin = .tls13
        var pair = try TwoEngines(
            self.server, wanted: "sip.test", client: configuration, serverVersionMin: .tls13)
        pair.exchange()
        #expect(pair.client.negotiated?.hasPrefix("TLSv1.3 ") == true)
    }

    /// What a start and a reload log of the certificate that is shown.
    @Test func theSummaryOfOnesOwnCertificate() throws {
        let identity = try self.authority.issue("sip.test", names: "DNS:sip.test", until: "20480101000000Z")
        let context = try TLSContext(.server, TLSConfiguration(identity: identity))
        #expect(context.ownCertificate?.subject == "CN=sip.test")
        #expect(context.ownCertificate?.validUntil == "Jan  1 00:00:00 2048 GMT")
    }

    private func shake(_ identity: TLSConfiguration.Identity?, names: [String]) throws -> TwoEngines {
        let client = TLSConfiguration(trustAnchors: .only(self.authority.anchor), identity: identity)
        var wanted: [ServerName] = []
        for name in names { wanted.append(try ServerName(name)) }
        var pair = try TwoEngines(
            self.server, wanted: "sip.test", client: client,
            asks: .required(signedBy: .only(self.authority.anchor), names: wanted))
        pair.exchange()
        return pair
    }
}
