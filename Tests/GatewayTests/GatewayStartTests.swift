import CallControl
import Gateway
import Logging
import Testing

/// What does not fit the machine is refused at the start, in words, and a start that fails leaves nothing behind.
@Suite struct GatewayStartTests {
    private let folder: ConfigurationFolder

    init() throws {
        self.folder = try ConfigurationFolder()
    }

    private func start(_ yaml: String) async throws(GatewayStartError) -> VoiceGateway {
        let configuration: GatewayConfiguration
        do {
            configuration = try self.folder.configuration(yaml)
        } catch {
            throw .part("the configuration", reason: "\(error)")
        }
        return try await VoiceGateway.start(
            configuration, listening: .asConfigured, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        ) { _, _ in }
    }

    /// By `check` as by a start.
    @Test(arguments: [
        ("media: {threads: 1, scheduling: inherited, bindAddress: 192.0.2.77}", "1:57: media.bindAddress: "),
        (
            "trunks: {a: {type: sip, transport: tcp, addresses: [127.0.0.1], bindAddress: 192.0.2.77}}",
            "1:78: trunks.a.bindAddress: "
        ),
    ]) func addressOfAnotherMachine(yaml: String, beginning: String) async throws {
        let configuration = try self.folder.configuration(yaml)
        let checked = #expect(throws: GatewayStartError.self) { try configuration.tryAddresses() }
        let text = checked?.description ?? ""
        #expect(text.hasPrefix("trunkline.yaml:\(beginning)"), "\(text)")
        #expect(text.contains("192.0.2.77") && text.contains("Fix: write an address of this machine"), "\(text)")
        let started = await #expect(throws: GatewayStartError.self) { try await self.start(yaml) }
        #expect(started == checked)
    }

    @Test(arguments: ["127.0.0.1", "0.0.0.0", "'::'"]) func addressOfThisMachine(_ address: String) throws {
        let configuration = try self.folder.configuration(
            "media: {bindAddress: \(address)}\n"
                + "trunks: {a: {type: sip, transport: tcp, addresses: [127.0.0.1], bindAddress: \(address)}}")
        try configuration.tryAddresses()
    }

    /// A SIP port that another has, or an address of another machine, is refused at the listener's place.
    @Test(arguments: ["udp", "tcp"]) func aListenerThatCannotBeHad(_ transport: String) async throws {
        let port = Int.random(in: 33_000...60_000)
        let yaml = "media: {threads: 1, scheduling: inherited}\nsip: {listeners: [{transport: \(transport), address: "
        let first = try await self.start("\(yaml)127.0.0.1, port: \(port)}]}")
        for (address, column, reason) in [("127.0.0.1", 62, "in use"), ("192.0.2.77", 63, "no interface")] {
            let error = await #expect(throws: GatewayStartError.self) {
                try await self.start("\(yaml)\(address), port: \(port)}]}")
            }
            let text = error?.description ?? ""
            #expect(text.hasPrefix("trunkline.yaml:2:\(column): sip.listeners: cannot listen on \(address)"), "\(text)")
            #expect(text.contains(reason) && text.contains("Fix: write a free port"), "\(text)")
        }
        #expect(await first.shutDown() == 0)
    }

    /// A certificate that is none is refused at its place, by `check` as by a start.
    @Test(arguments: [
        ("sip: {certificateFile: junk.pem, keyFile: junk.pem}", "trunkline.yaml:1:24: sip: "),
        (
            "trunks: {a: {type: sip, transport: tls, addresses: [a.test], tls: {authorityFile: junk.pem}}}",
            "trunkline.yaml:1:67: trunks.a.tls: "
        ),
    ]) func filesThatHoldNoCertificate(yaml: String, beginning: String) async throws {
        try self.folder.write("-", to: "junk.pem")
        let configuration = try self.folder.configuration(yaml)
        let checked = #expect(throws: GatewayStartError.self) { try configuration.tryFiles() }
        let text = checked?.description ?? ""
        #expect(text.hasPrefix(beginning) && text.contains("junk.pem cannot be used for TLS"), "\(text)")
        #expect(text.contains("Fix: name PEM files"), "\(text)")
        let listener = "sip: {listeners: [{transport: tls, address: 127.0.0.1, port: 0}], "
        let started = await #expect(throws: GatewayStartError.self) {
            try await self.start(
                yaml.replacing("sip: {", with: listener) + "\nmedia: {threads: 1, scheduling: inherited}")
        }
        #expect(
            started?.description.contains("junk.pem cannot be used for TLS") == true, "\(String(describing: started))")
    }

    /// The first listener is given back where the second cannot be had: the next start has it.
    @Test func aFailedStartStopsWhatItStarted() async throws {
        let listener = "{transport: tcp, address: 127.0.0.1, port: \(Int.random(in: 33_000...60_000))}"
        let foreign = "{transport: tcp, address: 192.0.2.77, port: 0}"
        let media = "media: {threads: 1, scheduling: inherited}"
        let error = await #expect(throws: GatewayStartError.self) {
            try await self.start("\(media)\nsip: {listeners: [\(listener), \(foreign)]}")
        }
        #expect(
            error?.description.contains("no interface has the local address") == true, "\(String(describing: error))")
        let gateway = try await self.start("\(media)\nsip: {listeners: [\(listener)]}")
        #expect(await gateway.shutDown() == 0)
    }
}
