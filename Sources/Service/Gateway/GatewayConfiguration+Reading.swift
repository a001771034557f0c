import Addressing
import AudioFiles
import BotTransports
import CallControl
import ControlAPI
import Foundation
import MediaPlane
import SDP
import SIPSyntax
import SRTP
import TLS
import Trunks
import Yams

extension GatewayConfiguration {
    /// Reads and checks a file.
    package init(
        file: String, environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(GatewayConfigurationError) {
        let url = URL(fileURLWithPath: file)
        let text: String
        do {
            let octets = try Data(contentsOf: url)
            guard octets.count <= Self.fileLengthInBytesMax else {
                throw GatewayConfigurationError.unreadable(file: file, reason: "the file is longer than 1 MiB")
            }
            guard let decoded = String(validating: octets, as: UTF8.self) else {
                throw GatewayConfigurationError.unreadable(file: file, reason: "the file is not UTF-8")
            }
            text = decoded
        } catch let error as GatewayConfigurationError {
            throw error
        } catch {
            throw .unreadable(file: file, reason: GatewayConfigurationNode.whyUnreadable(file))
        }
        try self.init(
            yaml: text, file: file, directory: url.deletingLastPathComponent().path, environment: environment)
    }

    /// Reads and checks a text.
    ///
    /// - Parameters:
    ///   - file: its name in errors.
    ///   - directory: where relative paths begin.
    package init(
        yaml text: String, file: String, directory: String, environment: [String: String]
    ) throws(GatewayConfigurationError) {
        self.init()
        self.recordsFile = "\(directory)/\(self.recordsFile)"
        let source = GatewayConfigurationNode.Source(file: file, directory: directory, environment: environment)
        let top = GatewayConfigurationNode(node: try Self.compose(text, file: file), source: source, path: "")
        guard top.node.mapping != nil else {
            throw top.complaint(
                "the file must hold keys and values", fix: "begin with 'trunks:', as docs/configuration.md shows")
        }
        let sections = try GatewayConfigurationSection(
            top,
            keys: [
                "sip", "media", "recordings", "prompts", "records", "bots", "botServer", "trunks", "routes", "api",
                "limits", "log",
                "trace",
            ])
        if let node = sections["sip"] { try self.readSIP(node) }
        if let node = sections["media"] { try self.readMedia(node) }
        if let node = sections["recordings"] { try self.readRecordings(node) }
        if let node = sections["prompts"] {
            let prompts = try GatewayConfigurationSection(node, keys: ["directory"])
            self.promptsDirectory = try prompts.required("directory", example: "prompts").existingDirectory()
        }
        if let node = sections["records"] {
            let records = try GatewayConfigurationSection(node, keys: ["file"])
            self.recordsFile = try records.required("file", example: "calls.jsonl").appendableFile()
        }
        if let node = sections["trunks"] {
            for (key, value) in try node.entries() {
                let trunk = try Self.trunk(named: key, value, self.session)
                try self.checkPeers(of: trunk, key)
                self.trunks.append(trunk)
                for (setting, node) in try value.entries() {
                    switch setting.node.scalar?.string {
                    case "tls": self.trustPlaces[trunk.name] = node.place
                    case "bindAddress": self.bindPlaces[trunk.name] = node.place
                    case _: continue
                    }
                }
            }
        }
        if let node = sections["botServer"] { try self.readBotServer(node) }
        if let node = sections["bots"] {
            for (key, value) in try node.entries() {
                let plan = try Self.bot(named: key, value, accountSID: self.accountSID)
                try self.checkBotServer(plan, value)
                self.bots.append(plan)
            }
        }
        if let node = sections["routes"] { try self.readRoutes(node) }
        if let node = sections["api"] { try self.readAPI(node) }
        if let node = sections["limits"] { try self.readLimits(node) }
        if let node = sections["log"] { try self.readLog(node) }
        if let node = sections["trace"] { try self.readTrace(node) }
        try self.checkListeners(sections["trunks"] ?? top)
        try self.checkSuites(sections["trunks"] ?? top)
    }

    private mutating func readMedia(_ node: GatewayConfigurationNode) throws(GatewayConfigurationError) {
        let media = try GatewayConfigurationSection(
            node, keys: ["ports", "bindAddress", "threads", "scheduling", "srtpEngine"])
        if let ports = media["ports"] {
            self.media.ports = try ports.portRange()
            self.callsMax = min(self.callsMax, PortPool.pairCount(in: self.media.ports))
        }
        if let address = media["bindAddress"] {
            self.media.bindAddress = try address.address()
            self.mediaBindPlace = address.place
        }
        if let threads = media["threads"] { self.media.threads = try threads.integer(in: 1...64) }
        if let engine = media["srtpEngine"] {
            self.media.srtpEngine = try engine.word(SRTPEngine.allCases.map { ($0.rawValue, $0) })
        }
        if let scheduling = media["scheduling"] {
            self.media.scheduling = try scheduling.word([
                ("realtime", MediaPlaneConfiguration.Scheduling.realtimeWherePermitted), ("inherited", .inherited),
            ])
        }
    }

    private mutating func readRecordings(_ node: GatewayConfigurationNode) throws(GatewayConfigurationError) {
        let recordings = try GatewayConfigurationSection(node, keys: ["directory", "calls", "freeDiskMiB"])
        self.recordingsDirectory =
            try recordings.required("directory", example: "recordings").fillableDirectory()
        self.recordsCalls = try recordings["calls"]?.flag() ?? true
        if let freeDisk = recordings["freeDiskMiB"] {
            self.recordingLimits.freeDiskInBytesMin = Int64(try freeDisk.integer(in: 1...1_048_576)) << 20
        }
    }

    private mutating func readRoutes(_ node: GatewayConfigurationNode) throws(GatewayConfigurationError) {
        for item in try node.list() {
            let route = try GatewayConfigurationSection(item, keys: ["trunk", "number", "bot", "earlyMedia"])
            let trunkNode = try route.required("trunk", example: "exotel")
            let trunk = try trunkNode.word(self.trunks.map { ($0.name.text, $0.name) })
            let botNode = try route.required("bot", example: "reception")
            let bot = try botNode.word(self.bots.map { ($0.name, $0.name) })
            let number = try route["number"]?.converted(
                { (text) throws(TrunkError) in try NumberPattern(text) }, problem: \.sentence)
            let startsEarly = try route["earlyMedia"]?.flag() ?? false
            self.routes.append(
                InboundRoute(trunk: trunk, number: number ?? .any, bot: bot, startsEarly: startsEarly))
        }
    }

    private mutating func readAPI(_ node: GatewayConfigurationNode) throws(GatewayConfigurationError) {
        let api = try GatewayConfigurationSection(
            node, keys: ["address", "port", "token", "tokenFile", "connections", "idleTimeout"])
        let text: String
        if let file = api["tokenFile"] {
            try api.refuse("token", because: "tokenFile gives the token")
            text = try file.secretLine()
        } else {
            text = try api.required("token", example: "${TRUNKLINE_TOKEN}").text()
        }
        guard let token = BearerToken(text) else {
            throw (api["token"] ?? api["tokenFile"] ?? node).complaint(
                "the API's token can be guessed",
                fix: "use at least \(BearerToken.lengthMin) visible ASCII characters")
        }
        var server = ControlServerConfiguration(token: token)
        if let address = api["address"] { server.host = try address.address().description }
        if let port = api["port"] { server.port = Int(try port.listenerPort()) }
        if let value = api["connections"] { server.connections.countMax = try value.integer(in: 1...8_000) }
        if let value = api["idleTimeout"] {
            server.connections.idleTimeout = try value.duration(in: .seconds(1) ... .seconds(3_600))
        }
        server.place = (api["port"] ?? api["address"] ?? node).place.description
        self.api = server
    }

    private mutating func readLog(_ node: GatewayConfigurationNode) throws(GatewayConfigurationError) {
        let log = try GatewayConfigurationSection(node, keys: ["format", "level"])
        if let format = log["format"] { self.logFormat = try format.word(LogFormat.allCases.map { ($0.rawValue, $0) }) }
        if let level = log["level"] { self.logLevel = try level.word(LogLevel.allCases.map { ($0.rawValue, $0) }) }
    }

    /// Each call takes a pair of the media ports.
    func checkPorts(_ node: GatewayConfigurationNode) throws(GatewayConfigurationError) {
        let pairs = PortPool.pairCount(in: self.media.ports)
        guard self.callsMax <= pairs else {
            throw node.complaint(
                "\(node.path) is \(self.callsMax), and media.ports has room for \(pairs) calls",
                fix: "lower it to \(pairs), or widen media.ports: each call takes two")
        }
    }

    /// UDP has no connections, so a trunk on UDP sends from a listener's socket.
    /// An engine that does not speak what a trunk is to offer would leave nothing to offer.
    private func checkSuites(_ node: GatewayConfigurationNode) throws(GatewayConfigurationError) {
        for trunk in self.trunks {
            for suite in trunk.cryptoSuites ?? [] where !self.media.srtpEngine.speaks(suite.protectionProfile) {
                throw node.complaint(
                    "trunk \(trunk.name) lists \(suite.rawValue), which \(self.media.srtpEngine.rawValue) does not speak",
                    fix: "set media.srtpEngine to libcrypto, or leave the suite out")
            }
        }
    }

    private func checkListeners(_ node: GatewayConfigurationNode) throws(GatewayConfigurationError) {
        for trunk in self.trunks where trunk.transport == .udp {
            guard self.listeners.contains(where: { $0.transport == .udp }) else {
                throw node.complaint(
                    "trunk \(trunk.name) uses UDP, and there is no UDP listener to send from",
                    fix: "add '- transport: udp' to sip.listeners")
            }
        }
    }

    /// A peer is reached in one way, whichever trunk's call it is: later requests of a dialog name the peer alone.
    private func checkPeers(of trunk: Trunk, _ node: GatewayConfigurationNode) throws(GatewayConfigurationError) {
        let hosts = Set(trunk.peerHosts)
        for other in self.trunks where !hosts.isDisjoint(with: other.peerHosts) {
            guard other.bindAddress == trunk.bindAddress else {
                throw node.complaint(
                    "trunks \(other.name) and \(trunk.name) lead to one host from different addresses",
                    fix: "give both the same bindAddress")
            }
            guard other.transport != .tls || trunk.transport != .tls || other.tls.isAlike(trunk.tls) else {
                throw node.complaint(
                    "trunks \(other.name) and \(trunk.name) lead to one host with different certificate settings",
                    fix: "give both the same tls")
            }
        }
    }

    /// What bots of the Exotel dialect are told: the account of the first trunk that has one.
    var accountSID: String {
        let fields = self.trunks.lazy.flatMap(\.mandatoryHeaders)
        return fields.first { $0.name == .xExotelAccountSid }?.value.text ?? "trunkline"
    }

    private static func compose(_ text: String, file: String) throws(GatewayConfigurationError) -> Node {
        let place = { (mark: Mark?) in
            GatewayConfigurationError.Place(file: file, line: mark?.line ?? 1, column: mark?.column ?? 1)
        }
        do {
            guard let node = try Yams.compose(yaml: text) else {
                throw GatewayConfigurationError.invalid(
                    place(nil), problem: "the file is empty", fix: "see docs/configuration.md for a first configuration"
                )
            }
            return node
        } catch let error as GatewayConfigurationError {
            throw error
        } catch let error as YamlError {
            switch error {
            case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
                .composer(_, let problem, let mark, _):
                throw .invalid(
                    place(mark), problem: "this is not YAML: \(problem)",
                    fix:
                        "check indentation, quotes and colons; a value with ${NAME} inside braces or brackets needs quotes"
                )
            case .duplicatedKeysInMapping(let keys, let context):
                throw .invalid(
                    place(context.mark), problem: "a key stands twice here: \(keys.joined(separator: ", "))",
                    fix: "remove one of the two")
            case .no, .memory, .reader, .writer, .emitter, .representer, .dataCouldNotBeDecoded:
                throw .invalid(place(nil), problem: "this is not YAML: \(error)", fix: "write it as UTF-8 text")
            }
        } catch {
            throw .invalid(place(nil), problem: "this is not YAML: \(error)", fix: "check the file")
        }
    }

    private static let fileLengthInBytesMax = 1 << 20
}
