import Addressing
import FlowSimulator
import Foundation
import JSON

/// The built-in simulator as the carrier of a served gateway: an Exotel edge whose flow echoes what the bot says.
struct SimulatedCarrier {
    static let exophone = "+918000000001"

    let simulator: Simulator
    let port: UInt16
    private let transport: SimulatorListener.Transport
    private let workshop: Workshop

    init(_ transport: SimulatorListener.Transport, in workshop: Workshop) async throws {
        var configuration = try SimulatorConfiguration(
            yaml: """
                edge: {exophones: ["\(Self.exophone)"], ringing: 0s, listen: {\(transport.rawValue): 0}}
                flow: {start: join, steps: {join: {connect: {echo: true, duration: 120s}}}}
                """, file: "carrier.yaml", promptsDirectory: Workshop.project.appending(path: "prompts").path())
        configuration.tlsDirectory = workshop.path("tls")
        self.simulator = Simulator(configuration: configuration)
        self.port = try await self.simulator.start().address(of: transport)?.port ?? 0
        self.transport = transport
        self.workshop = workshop
    }

    /// A configuration with one trunk, `exotel`, that leads here, and one bot, `tone`, that says 440 Hz.
    ///
    /// - Parameters:
    ///   - trunk: further lines of the trunk.
    ///   - more: further sections.
    func configuration(trunk: [String] = [], more: String = "") throws -> String {
        let tls = self.transport == .tls ? ["tls: {authorityFile: \(self.workshop.path("tls/ca.pem"))}"] : []
        let trunkLines = (tls + trunk).map { "    \($0)" }.joined(separator: "\n")
        let bot = Workshop.project.appending(path: "Tests/EndToEndTests/Peers/tone_bot.py").path()
        return """
            trunks:
              exotel:
                type: exotel
                accountSid: exotelt
                exophone: "\(Self.exophone)"
                callerID: "+919000000002"
                region: mumbai
                transport: \(self.transport.rawValue)
                port: \(self.port)
                bindAddress: 127.0.0.1
                nameOverrides: {pstn.in2.exotel.com: 127.0.0.1}
            \(trunkLines)
            bots:
              tone:
                command: [python3, \(bot), --tone, "440", --seconds, "50", --directory, \(try self.workshop.makeFolder("bot"))]
            recordings:
              directory: \(try self.workshop.makeFolder("recordings"))
              freeDiskMiB: 64
            \(more)
            """
    }

    static let order: JSONValue = ["trunk": "exotel", "to": .string(exophone), "bot": "tone"]
}

/// How much of a sound is one frequency, as a share of all its power.
func share(of frequency: Double, in samples: some Collection<Int16>) -> Double {
    var total = 0.0
    var real = 0.0
    var imaginary = 0.0
    for (index, sample) in samples.enumerated() {
        let value = Double(sample)
        let angle = 2 * Double.pi * frequency * Double(index) / 8_000
        total += value * value
        real += value * cos(angle)
        imaginary += value * sin(angle)
    }
    return total > 0 ? 2 * (real * real + imaginary * imaginary) / Double(samples.count) / total : 0
}

/// Both channels of a recording, read from the bytes themselves.
func channels(ofRecording path: String) throws -> (left: [Int16], right: [Int16]) {
    let bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
    guard let start = bytes.firstRange(of: Array("data".utf8))?.upperBound else { throw POSIXError(.EINVAL) }
    let samples = stride(from: start + 4, to: bytes.count - 1, by: 2).map {
        Int16(bitPattern: UInt16(bytes[$0]) | UInt16(bytes[$0 + 1]) << 8)
    }
    return (
        stride(from: 0, to: samples.count, by: 2).map { samples[$0] },
        stride(from: 1, to: samples.count, by: 2).map { samples[$0] }
    )
}
