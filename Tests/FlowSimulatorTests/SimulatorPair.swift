import FlowSimulator
import Foundation
import Testing
import Timekeeping

/// An edge, and a second simulator in a customer's manner that calls it, with a folder that goes when they go.
final class SimulatorPair {
    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

    /// Answers at once, listens, and leaves the end to the caller.
    static let listeningEdge = """
        edge: {exophones: ["+918000000001"], ringing: 0s, listen: {udp: 0, tcp: 0}}
        flow: {start: listen, steps: {listen: {listen: 20s}}}
        """

    /// Speaks for a second or two and hangs up.
    static let speakingCaller = """
        flow: {start: speak, steps: {speak: {say: sorry, next: end}, end: {hangup: 16}}}
        """

    let folder = NSTemporaryDirectory() + "simulator-\(UUID().uuidString)"
    let edge: Simulator
    let caller: Simulator
    let addresses: BoundAddresses

    init(
        edge edgeYAML: String = SimulatorPair.listeningEdge, caller callerYAML: String = SimulatorPair.speakingCaller,
        writesReports: Bool = false
    ) async throws {
        let prompts = Self.root + "/prompts"
        var edge = try SimulatorConfiguration(yaml: edgeYAML, file: "edge.yaml", promptsDirectory: prompts)
        edge.tlsDirectory = self.folder + "/tls"
        edge.reportsDirectory = writesReports ? self.folder + "/reports" : nil
        self.edge = Simulator(configuration: edge)
        self.addresses = try await self.edge.start()
        var caller = try SimulatorConfiguration(yaml: callerYAML, file: "caller.yaml", promptsDirectory: prompts)
        caller.edge.listeners = [SimulatorListener(.udp, port: 0)]
        if self.addresses.tls != nil { caller.edge.gatewayAuthorityFile = self.folder + "/tls/ca.pem" }
        self.caller = Simulator(configuration: caller)
        _ = try await self.caller.start()
    }

    deinit {
        try? FileManager.default.removeItem(atPath: self.folder)
    }

    /// Places a call and returns its report from both sides, once both have ended it.
    func call(
        over transport: SimulatorListener.Transport, _ change: (inout PlacedCall) -> Void = { _ in }
    ) async throws -> (edge: CallReport, caller: CallReport) {
        let callID = try await self.place(over: transport, change)
        let caller = try #require(await self.caller.report(ofCall: callID))
        let edge = try #require(await self.edge.report(ofCall: callID))
        return (edge, caller)
    }

    func place(
        over transport: SimulatorListener.Transport, _ change: (inout PlacedCall) -> Void = { _ in }
    ) async throws -> String {
        var order = PlacedCall(
            to: "+918000000001", from: "+919000000002", peer: try #require(self.addresses.address(of: transport)),
            over: transport)
        order.manner = .customer
        order.serverName = "pstn.in2.exotel.com"
        change(&order)
        return try await self.caller.placeCall(order)
    }

    func shutdown() async {
        await self.caller.shutdown()
        await self.edge.shutdown()
    }
}
