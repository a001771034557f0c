import BotTransports
import ControlAPI
import Reactor
import SIPTransport
import SIPUserAgent

/// What peers and strangers may take of the SIP side: the section `limits` of the configuration, beside `maxCalls`.
package struct SIPLimits: Hashable, Sendable {
    /// New calls of peers a second, all sources together, and of one source.
    package var newCallsPerSecond = 400
    package var newCallsPerSecondOfSource = 300
    /// Calls of peers without ACK; nil for as many as there may be calls.
    package var halfOpenCallsMax: Int?
    package var places = AdmissionPlaces()
    package var strangers = SourceLimits()
    /// From where requests for a live call are taken.
    package var dialogPeers = DialogPeerCheck.trunkAddresses

    package init() {}

    package static let dialogPeersWords: [(String, DialogPeerCheck)] = [
        ("trunks", .trunkAddresses), ("sameAddress", .sameAddress), ("streams", .sameAddressOnConnections),
        ("anyone", .tagsOnly),
    ]
}

extension SIPLimits {
    var dialogPeersWord: String {
        Self.dialogPeersWords.first { $0.1 == self.dialogPeers }?.0 ?? ""
    }

    /// As `trunkline check` prints them.
    func lines(callsMax: Int) -> [String] {
        let ban = self.strangers.ban.map {
            "\($0.offences) offences within \($0.window.settingText): not heard for \($0.duration.settingText)"
        }
        return [
            "  newCallsPerSecond: \(self.newCallsPerSecond)",
            "  newCallsPerSecondPerSource: \(self.newCallsPerSecondOfSource)",
            "  halfOpenCalls: \(self.halfOpenCallsMax ?? callsMax)",
            "  connections: \(self.places.strangersMax) of strangers, \(self.places.knownMax) of trunks",
            "  connectionsPerAddress: \(self.places.perAddressMax)",
            "  messagesPerSecond: \(self.strangers.messagesPerSecond)",
            "  ban: \(ban ?? "nobody")",
        ]
    }
}

extension GatewayConfiguration {
    /// What is to be said where the process may not have the descriptors that the limits allow for; nil where it may.
    package func descriptorWarning(limit: Int) -> String? {
        let calls = self.callsMax * Self.descriptorsOfCall
        let connections = self.limits.places.strangersMax + self.limits.places.knownMax
        let requests = self.api?.connections.countMax ?? 0
        let bots =
            self.awaitedBots.reduce(0) { $0 + $1.waitingMax }
            + self.warmProcesses.values.reduce(0, +) * Self.descriptorsOfWarmBot
        let needed =
            calls + connections + requests + bots + Self.descriptorsOfProcess + DescriptorReserve.reserve(of: limit)
        guard needed > limit else { return nil }
        return "limits.maxCalls and limits.connections allow for \(needed) descriptors, and this process may have "
            + "\(limit): what is beyond them is refused. Raise the limit ('ulimit -n', LimitNOFILE of systemd), or lower "
            + "both."
    }

    /// Why a gateway that has so many descriptors open could never take a call; nil where it can.
    package func descriptorRefusal(open: Int, limit: Int, loopCount: Int) -> String? {
        // The API is still to come, with its listener and with loops of its own, and so is the watch for signals.
        let parts = open + (self.api == nil ? 0 : Self.descriptorsOfLoop * loopCount + Self.descriptorsOfService)
        let isEnough = { (limit: Int) in limit - parts > DescriptorReserve.reserve(of: limit) }
        guard !isEnough(limit) else { return nil }
        var least = limit
        while !isEnough(least) { least += 1 }
        return
            "the process may have \(limit) descriptors and needs \(parts) for itself, so it could never take a call. "
            + "Fix: raise the limit ('ulimit -n', LimitNOFILE of systemd) to at least \(least + Self.descriptorsOfCall)"
    }

    /// NIO's event loops: epoll, its event and its timer.
    private static let descriptorsOfLoop = 3
    /// The API's listener and two signals, each with what watches it.
    private static let descriptorsOfService = 5
    /// Two sockets, a recording, and a bot's three pipes.
    private static let descriptorsOfCall = 6
    /// Three pipes and the process itself.
    private static let descriptorsOfWarmBot = 4
    /// Loops, threads, listeners, records and what the program was started with.
    private static let descriptorsOfProcess = 60

    mutating func readLimits(_ node: GatewayConfigurationNode) throws(GatewayConfigurationError) {
        let limits = try GatewayConfigurationSection(
            node,
            keys: [
                "maxCalls", "newCallsPerSecond", "newCallsPerSecondPerSource", "halfOpenCalls", "connections",
                "connectionsPerAddress", "messagesPerSecond", "ban",
            ])
        if let value = limits["maxCalls"] {
            self.callsMax = try value.integer(in: Self.callsMaxRange)
            try self.checkPorts(value)
        }
        if let value = limits["newCallsPerSecond"] {
            self.limits.newCallsPerSecond = try value.integer(in: 1...10_000)
            self.limits.newCallsPerSecondOfSource = min(
                self.limits.newCallsPerSecondOfSource, self.limits.newCallsPerSecond)
        }
        if let value = limits["newCallsPerSecondPerSource"] {
            self.limits.newCallsPerSecondOfSource = try value.integer(in: 1...10_000)
        }
        if let value = limits["halfOpenCalls"] {
            self.limits.halfOpenCallsMax = try value.integer(in: Self.callsMaxRange)
        }
        if let value = limits["connections"] {
            let count = try value.integer(in: 10...8_000)
            self.limits.places.strangersMax = count
            self.limits.places.knownMax = count
        }
        if let value = limits["connectionsPerAddress"] {
            self.limits.places.perAddressMax = try value.integer(in: 1...8_000)
        }
        if let value = limits["messagesPerSecond"] {
            self.limits.strangers.messagesPerSecond = try value.integer(in: 1...10_000)
        }
        if let value = limits["ban"] { try self.readBan(value) }
    }

    private mutating func readBan(_ node: GatewayConfigurationNode) throws(GatewayConfigurationError) {
        let section = try GatewayConfigurationSection(node, keys: ["offences", "within", "duration"])
        var ban = SourceLimits.Ban()
        if let value = section["offences"] { ban.offences = try value.integer(in: 0...10_000) }
        if let value = section["within"] { ban.window = try value.duration(in: .seconds(1) ... .seconds(3_600)) }
        if let value = section["duration"] { ban.duration = try value.duration(in: .seconds(1) ... .seconds(86_400)) }
        self.limits.strangers.ban = ban.offences == 0 ? nil : ban
    }
}
