import Addressing
import Gateway
import SIPSyntax
import TLS
import Testing
import Timekeeping
import Trunks

/// How carriers are found, watched and proved: the settings and their defaults.
@Suite struct ReachConfigurationTests {
    private let folder: ConfigurationFolder

    init() throws {
        self.folder = try ConfigurationFolder()
        try self.folder.write("-", to: "ca.pem")
        try self.folder.write("-", to: "cert.pem")
    }

    private func trunk(_ lines: String) throws -> Trunk {
        let yaml = "trunks:\n  carrier:\n    type: sip\n    transport: tls\n    \(lines)\n"
        return try #require(try self.folder.configuration(yaml).trunks.first)
    }

    /// RFC 3263 section 4.2: SRV for a name without a port, where the file wants it; addresses for the rest.
    @Test func lookups() throws {
        let trunk = try self.trunk("addresses: [a.test, 'b.test:5071']\n    lookup: srv")
        #expect(trunk.pointsOfPresence.map(\.lookup) == [.services, .addresses])
        #expect(trunk.pointsOfPresence.map(\.port) == [5061, 5071])
        #expect(try self.trunk("addresses: a.test").pointsOfPresence.map(\.lookup) == [.addresses])
        let complaint = self.folder.complaint(
            "trunks:\n  e:\n    type: exotel\n    accountSid: a\n    exophone: \"+918000000001\"\n    region: mumbai\n"
                + "    lookup: srv\n")
        #expect(complaint?.contains("it belongs to a trunk of type sip") == true)
    }

    /// One address has nothing to be turned away from, so it is not watched unless the file says so.
    @Test func healthChecks() throws {
        #expect(try self.trunk("addresses: a.test").healthCheck == nil)
        #expect(try self.trunk("addresses: [a.test, b.test]").healthCheck == HealthCheck())
        #expect(try self.trunk("addresses: [a.test, b.test]\n    healthCheck: off").healthCheck == nil)
        #expect(try self.trunk("addresses: a.test\n    healthCheck: on").healthCheck == HealthCheck())
        let set = try self.trunk(
            "addresses: a.test\n    healthCheck: {interval: 45s, failures: 5, answers: 1}"
        ).healthCheck
        #expect(set?.interval == .seconds(45))
        #expect(set?.failuresMax == 5)
        #expect(set?.answersMin == 1)
    }

    @Test func versionsOfTLS() throws {
        #expect(try self.trunk("addresses: a.test").tls.configuration.versionMin == .tls12)
        #expect(
            try self.trunk("addresses: a.test\n    tls: {versionMin: \"1.3\"}").tls.configuration.versionMin == .tls13)
    }

    @Test func listenersThatKnowTheirClients() throws {
        let configuration = try self.folder.configuration(
            """
            sip:
              certificateFile: cert.pem
              keyFile: cert.pem
              clientCertificates: {authorityFile: ca.pem, names: [edge.test, 192.0.2.1]}
              tlsVersionMin: "1.3"
              pongTimeout: 10s
              nameservers: [192.0.2.53, "192.0.2.54:5353", "2001:db8::53", "[2001:db8::54]:5353"]
            """)
        #expect(
            configuration.clientCertificates
                == .required(
                    signedBy: .only(.file(path: "\(self.folder.path)/ca.pem")),
                    names: [.dns("edge.test"), try ServerName("192.0.2.1")]))
        #expect(configuration.listenerVersionMin == .tls13)
        #expect(configuration.pongTimeout == .seconds(10))
        #expect(
            configuration.nameServers.map(\.description)
                == ["192.0.2.53:53", "192.0.2.54:5353", "[2001:db8::53]:53", "[2001:db8::54]:5353"])
    }

    @Test(arguments: [
        ("sip: {tlsVersionMin: \"1.1\"}", "use one of 1.2, 1.3"),
        ("sip: {nameservers: [dns.test]}", "not the address of a name server"),
        ("sip: {nameservers: [\"192.0.2.1:0\"]}", "not the address of a name server"),
        (
            "sip: {nameservers: [1.1.1.1, 1.1.1.2, 1.1.1.3, 1.1.1.4, 1.1.1.5, 1.1.1.6, 1.1.1.7, 1.1.1.8, 1.1.1.9]}",
            "best 8"
        ),
        ("sip: {clientCertificates: {names: [a.test]}}", "has no authorityFile"),
        ("sip: {clientCertificates: {authorityFile: ca.pem, names: [\"a b\"]}}", "a name or an address"),
    ])
    func mistakes(yaml: String, words: String) {
        #expect(self.folder.complaint(yaml)?.contains(words) == true)
    }
}
