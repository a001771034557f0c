import ArgumentParser
import FlowSimulator
import Foundation
import Logging
import Timekeeping

/// `trunkline simulate`: a carrier's edge with an IVR flow behind it, for tests and for the demonstration.
struct SimulateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Be a carrier's edge with an IVR flow behind it.",
        discussion: """
            Listens until SIGINT, SIGTERM, or --calls calls have ended; prints what happens and writes a JSON report \
            and a WAV of each call. An option outweighs the same setting of the flow's file. See docs/simulator.md.
            """)

    @Option(help: "The flow (docs/simulator.md).", completion: .file(extensions: ["yaml", "yml"]))
    var flow = "flows/ivr-demo.yaml"
    @Option(help: "The directory of the flow's prompts.", completion: .directory) var prompts = "prompts"
    @Option(help: "Listen on this address.") var address: String?
    @Option(help: "Listen for TLS on this port; 0 takes any free one.") var tls: UInt16?
    @Option(help: "Listen for TCP on this port.") var tcp: UInt16?
    @Option(help: "Listen for UDP on this port.") var udp: UInt16?
    @Option(
        help: "Where ca.pem, server.pem and server.key go, or already are.", completion: .directory)
    var tlsDirectory: String?
    @Option(help: "Where reports and recordings go; without it none are written.", completion: .directory)
    var reports: String?
    @Option(help: "End after this many calls.") var calls: Int?
    @Option(help: "Let in so many calls within any 60 s.") var callsPerMinute: Int?
    @OptionGroup(title: "What goes wrong on purpose") var misbehaviour: MisbehaviourOptions
    @Option(help: "From 180 to the answer, such as 5s.") var ringing: String?
    @Option(help: ArgumentHelp("Call this peer once at the start.", valueName: "tls:127.0.0.1:5061"))
    var call: String?
    @Option(help: "The number that --call calls.") var callTo = "+918000000001"
    @Option(help: "The number that --call calls from.") var callFrom = "+919000000002"
    @Flag(help: "Print each report as JSON.") var json = false

    func validate() throws {
        guard self.calls ?? 1 > 0 else { throw ValidationError("--calls is at least 1.") }
        guard (1...100_000).contains(self.callsPerMinute ?? 1) else {
            throw ValidationError("--calls-per-minute is from 1 to 100000.")
        }
    }

    func run() async throws {
        let json = self.json
        let configuration = try self.simulatorConfiguration()
        let simulator = Simulator(configuration: configuration) { event in
            if case .ended(let report) = event, json {
                Output.line(String(decoding: report.encoded(), as: UTF8.self))
            }
            Output.line("\(event)", toStandardError: json)
        }
        do {
            let addresses = try await simulator.start()
            for (name, address) in [("tls", addresses.tls), ("tcp", addresses.tcp), ("udp", addresses.udp)] {
                if let address { Output.line("listening: \(name) \(address)", toStandardError: json) }
            }
            if let order = try self.placedCall() { _ = try await simulator.placeCall(order) }
        } catch {
            throw CommandFailure("\(error)")
        }
        let interrupt = InterruptSignals { Task { await simulator.shutdown() } }
        defer { interrupt.stop() }
        _ = await simulator.reports(atLeast: self.calls ?? Int.max)
        await simulator.shutdown()
    }

    private func simulatorConfiguration() throws -> SimulatorConfiguration {
        do {
            var configuration = try SimulatorConfiguration(file: self.flow, promptsDirectory: self.prompts)
            if let address = self.address { try configuration.edge.setAddress(address) }
            if let port = self.tls { configuration.edge.listen(.tls, port: port) }
            if let port = self.tcp { configuration.edge.listen(.tcp, port: port) }
            if let port = self.udp { configuration.edge.listen(.udp, port: port) }
            if let rate = self.callsPerMinute { configuration.edge.callsPerMinute = rate }
            configuration.tlsDirectory = self.tlsDirectory
            configuration.reportsDirectory = self.reports
            if let text = self.ringing {
                guard let ringing = Duration(settingText: text) else {
                    throw SimulatorError.badOption("--ringing: \(text) is no duration, such as 5s")
                }
                configuration.edge.ringing = ringing
            }
            try self.misbehaviour.apply(to: &configuration.misbehaviour)
            return configuration
        } catch {
            throw CommandFailure("\(error)")
        }
    }

    private func placedCall() throws(SimulatorError) -> PlacedCall? {
        guard let peer = self.call else { return nil }
        return try PlacedCall(to: self.callTo, from: self.callFrom, peer: peer)
    }
}
