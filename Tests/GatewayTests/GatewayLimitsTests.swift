import Gateway
import Testing

/// The section `limits` and `sip.dialogPeers`: defaults, every key, and what is out of range.
@Suite struct GatewayLimitsTests {
    private let folder: ConfigurationFolder

    init() throws {
        self.folder = try ConfigurationFolder()
    }

    private func lines(_ yaml: String) throws -> [String] {
        try self.folder.configuration(yaml).description.split(separator: "\n").map {
            $0.trimmingPrefix(while: { $0 == " " }).description
        }
    }

    @Test func defaults() throws {
        let lines = try self.lines("log: {level: info}")
        for line in [
            "dialogPeers: trunks", "maxCalls: 500", "newCallsPerSecond: 400", "newCallsPerSecondPerSource: 300",
            "halfOpenCalls: 500", "connections: 2000 of strangers, 2000 of trunks", "connectionsPerAddress: 100",
            "messagesPerSecond: 50", "ban: 20 offences within 60s: not heard for 5m",
        ] { #expect(lines.contains(line), "\(line) is not in \(lines)") }
    }

    @Test func everyKey() throws {
        let lines = try self.lines(
            """
            sip: {dialogPeers: sameAddress}
            limits:
              maxCalls: 40
              newCallsPerSecond: 90
              newCallsPerSecondPerSource: 30
              halfOpenCalls: 20
              connections: 200
              connectionsPerAddress: 5
              messagesPerSecond: 7
              ban: {offences: 3, within: 10s, duration: 1h}
            """)
        for line in [
            "dialogPeers: sameAddress", "newCallsPerSecond: 90", "newCallsPerSecondPerSource: 30", "halfOpenCalls: 20",
            "connections: 200 of strangers, 200 of trunks", "connectionsPerAddress: 5", "messagesPerSecond: 7",
            "ban: 3 offences within 10s: not heard for 1h",
        ] { #expect(lines.contains(line), "\(line) is not in \(lines)") }
    }

    /// A rate of all sources that is lower than that of one bounds that too, and half-open calls follow the calls.
    @Test func oneLimitFollowsAnother() throws {
        let lines = try self.lines("limits: {newCallsPerSecond: 100, maxCalls: 7}")
        #expect(lines.contains("newCallsPerSecondPerSource: 100"))
        #expect(lines.contains("halfOpenCalls: 7"))
        #expect(try self.lines("limits: {ban: {offences: 0}}").contains("ban: nobody"))
    }

    /// There are never more calls than pairs of ports, said or not.
    @Test func callsFollowTheirPorts() throws {
        #expect(try self.lines("media: {ports: 20000-20099}").contains("maxCalls: 50"))
        #expect(try self.lines("media: {ports: 20000-20999}").contains("maxCalls: 500"))
        #expect(try self.lines("media: {ports: 20000-20099}\nlimits: {maxCalls: 20}").contains("maxCalls: 20"))
    }

    /// Calls, connections and the API's are added up, and what is too much for the process is said at the start.
    @Test func descriptors() throws {
        let configuration = try self.folder.configuration(
            "limits: {maxCalls: 100, connections: 20}\napi: {token: a-token-that-is-long, connections: 8}")
        let needed = 100 * 6 + 2 * 20 + 8 + 60
        #expect(configuration.descriptorWarning(limit: needed + 64) == nil)
        let warning = try #require(configuration.descriptorWarning(limit: needed + 63))
        #expect(warning.contains("\(needed + 64) descriptors") && warning.contains("\(needed + 63)"), "\(warning)")
    }

    /// A process that could never take a call does not start, and is told the least that it needs: its own, a call's, and
    /// the quarter that is kept back.
    @Test func tooFewDescriptors() throws {
        let bare = try self.folder.configuration("log: {level: info}")
        #expect(bare.descriptorRefusal(open: 30, limit: 41, loopCount: 2) == nil)
        let refusal = try #require(bare.descriptorRefusal(open: 30, limit: 40, loopCount: 2))
        #expect(refusal.contains("may have 40") && refusal.contains("needs 30"), "\(refusal)")
        #expect(refusal.hasSuffix("to at least 47"), "\(refusal)")
        let served = try self.folder.configuration("api: {token: a-token-that-is-long}")
        #expect(served.descriptorRefusal(open: 30, limit: 41, loopCount: 2) != nil, "the API has some")
        #expect(served.descriptorRefusal(open: 30, limit: 56, loopCount: 2) == nil)
        #expect(bare.descriptorRefusal(open: 0, limit: 0, loopCount: 2) != nil)
    }

    @Test(arguments: [
        "limits: {newCallsPerSecond: 0}", "limits: {newCallsPerSecondPerSource: 0}", "limits: {halfOpenCalls: 2001}",
        "limits: {connections: 9}", "limits: {connectionsPerAddress: 0}", "limits: {messagesPerSecond: 0}",
        "limits: {ban: {offences: -1}}", "limits: {ban: {duration: 2d}}", "limits: {ban: {within: 0s}}",
        "limits: {ban: 7}", "sip: {dialogPeers: everybody}",
    ])
    func mistakes(yaml: String) {
        #expect(throws: GatewayConfigurationError.self) { try self.folder.configuration(yaml) }
    }
}
