import Foundation
import TLS
import Testing
import ThrowawayCertificates

/// What a configuration may get wrong, and that the error names the file.
@Suite struct TLSContextTests {
    private let authority: ThrowawayAuthority

    init() throws {
        self.authority = try ThrowawayAuthority.trusted.get()
    }

    @Test func aServerNeedsACertificate() {
        #expect(throws: TLSError.serverWithoutCertificate) { try TLSContext(.server, TLSConfiguration()) }
    }

    @Test func pemMayBeGivenAsText() throws {
        let identity = try self.authority.issue("sip.test", names: "DNS:sip.test")
        let asText = TLSConfiguration.Identity(
            certificateChain: try self.text(identity.certificateChain), privateKey: try self.text(identity.privateKey))
        let anchors = TLSConfiguration.TrustAnchors.only(try self.text(self.authority.anchor))
        var pair = try TwoEngines(asText, wanted: "sip.test", client: TLSConfiguration(trustAnchors: anchors))
        pair.exchange()
        #expect(pair.client.state == .established)
    }

    @Test func missingFiles() throws {
        let path = self.authority.file("missing.pem").path
        let error = #expect(throws: TLSError.self) {
            try TLSContext(.client, TLSConfiguration(trustAnchors: .only(.file(path: path))))
        }
        #expect(error?.description == "\(path) cannot be used for TLS: No such file or directory.")
    }

    @Test(arguments: ["", "no PEM at all", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
    func filesWithoutACertificate(text: String) {
        #expect(throws: TLSError.self) {
            try TLSContext(.client, TLSConfiguration(trustAnchors: .only(.text(text))))
        }
    }

    @Test func aKeyOfAnotherCertificate() throws {
        let one = try self.authority.issue("one", names: "DNS:one.test")
        let other = try self.authority.issue("other", names: "DNS:other.test")
        let mixed = TLSConfiguration.Identity(certificateChain: one.certificateChain, privateKey: other.privateKey)
        let error = #expect(throws: TLSError.self) { try TLSContext(.server, TLSConfiguration(identity: mixed)) }
        #expect(error?.description.contains("the key does not belong to the certificate in") == true)
    }

    /// A key under a password is refused at once; nobody is asked at the terminal.
    @Test func aKeyUnderAPassword() throws {
        let identity = try self.authority.issue("sip.test", names: "DNS:sip.test")
        guard case .file(let path) = identity.privateKey else { return }
        try self.authority.openssl(["ec", "-aes128", "-passout", "pass:secret", "-in", path, "-out", "locked.key"])
        let locked = TLSConfiguration.Identity(
            certificateChain: identity.certificateChain,
            privateKey: .file(path: self.authority.file("locked.key").path))
        let error = #expect(throws: TLSError.self) { try TLSContext(.server, TLSConfiguration(identity: locked)) }
        #expect(error?.description.contains("password") == true)
    }

    /// A chain file holds the own certificate first; a key in the place of the chain is no certificate.
    @Test func aKeyInThePlaceOfTheChain() throws {
        let identity = try self.authority.issue("sip.test", names: "DNS:sip.test")
        let swapped = TLSConfiguration.Identity(
            certificateChain: identity.privateKey, privateKey: identity.certificateChain)
        #expect(throws: TLSError.self) { try TLSContext(.server, TLSConfiguration(identity: swapped)) }
    }

    private func text(_ pem: PEM) throws -> PEM {
        switch pem {
        case .file(let path): .text(try String(contentsOfFile: path, encoding: .utf8))
        case .text: pem
        }
    }
}
