import Gateway
import SIPSyntax
import Testing
import Timekeeping
import Trunks

/// The keys that say who we are to a carrier and who may call.
@Suite struct TrunkIdentityConfigurationTests {
    private static func yaml(_ lines: String...) -> String {
        (["trunks:", "  pbx:", "    type: sip", "    transport: tls", "    addresses: sip.example.com"]
            + lines.map { "    \($0)" }).joined(separator: "\n") + "\n"
    }

    @Test func everyKeyIsRead() throws {
        let folder = try ConfigurationFolder()
        let configuration = try folder.configuration(
            Self.yaml(
                "account: {username: me, password: \"${SECRET}\"}",
                "register: {expires: 10m, registrar: reg.example.com}",
                "identity: pai", "hideCaller: true", "trustIdentity: false",
                "challenge: {users: {carrier: \"${SECRET}\"}}", "passHeaders: [X-My-*, Subject]",
                "followRedirects: {targets: 3, depth: 1, hosts: [away.example.com, 192.0.2.7]}"),
            environment: ["SECRET": "sesame"])
        let trunk = try #require(configuration.trunks.first)
        #expect(
            trunk.account == TrunkAccount(username: "me", password: "sesame", realms: ["sip.example.com"]))
        #expect(trunk.registration?.lifetime == .seconds(600))
        #expect(trunk.registrarHost.description == "reg.example.com")
        #expect(trunk.identity == .pAssertedIdentity && trunk.hidesCaller && !trunk.trustsIdentity)
        #expect(trunk.challenge == InboundChallenge(realm: "pbx", passwords: ["carrier": "sesame"]))
        #expect(trunk.passHeaders.allows(HeaderName(trusted: "X-My-Key")))
        #expect(!trunk.passHeaders.allows(HeaderName(trusted: "X-Other")))
        let hosts = [try Host("away.example.com"), try Host("192.0.2.7")]
        #expect(trunk.redirects == .follow(targetsMax: 3, depthMax: 1, hosts: hosts))
        #expect(configuration.description.contains("3 targets, 1 deep, at the trunk's addresses, away.example.com"))
        // `check` prints what is used, and no password.
        #expect(!configuration.description.contains("sesame"))
        #expect(configuration.description.contains("register: me at reg.example.com for 10m"))
    }

    @Test func defaultsAreQuiet() throws {
        let folder = try ConfigurationFolder()
        let trunk = try #require(try folder.configuration(Self.yaml()).trunks.first)
        #expect(trunk.account == nil && trunk.registration == nil && trunk.challenge == nil)
        #expect(trunk.identity == .none && trunk.trustsIdentity && trunk.redirects == .refuse)
        #expect(trunk.passHeaders == .standard)
    }

    @Test(arguments: [
        ("register: true", "has no account"), ("hideCaller: true", "would hide the caller from the carrier too"),
        ("account: {username: me}", "has no password"), ("challenge: {realm: x}", "has no users"),
        ("passHeaders: Authorization", "credentials are never passed"),
        ("followRedirects: {targets: 11}", "not a whole number from 1 to 10"),
        ("followRedirects: {hosts: [\(String(repeating: "a.test, ", count: 17))]}", "has too many entries"),
        ("followRedirects: {hosts: \"a b\"}", "write a host name or an address"), ("identity: both", "cannot be"),
    ])
    func mistakesAreNamed(line: String, problem: String) throws {
        let folder = try ConfigurationFolder()
        #expect(try #require(folder.complaint(Self.yaml(line))).contains(problem))
    }
}
