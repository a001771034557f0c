import Addressing
import BotDialects
import BotTransports
import CallControl
import Reactor
import TLS

/// Where bots dial the gateway.
package struct BotServerSettings: Sendable {
    package var address = TransportAddress(.loopback, port: Self.portDefault)
    /// Nil listens in clear.
    package var identity: TLSConfiguration.Identity?
    /// Where the section stands in the file; whether the address can be had is seen at the start.
    var place: GatewayConfigurationError.Place?
    /// Where its certificate stands.
    var identityPlace: GatewayConfigurationError.Place?

    package static let portDefault: UInt16 = 8_090

    /// Such as `ws://127.0.0.1:8090`.
    package func url(at address: TransportAddress) -> String {
        "\(self.identity == nil ? "ws" : "wss")://\(address)"
    }
}

extension GatewayConfiguration {
    mutating func readBotServer(_ node: GatewayConfigurationNode) throws(GatewayConfigurationError) {
        let section = try GatewayConfigurationSection(node, keys: ["address", "port", "certificateFile", "keyFile"])
        var settings = BotServerSettings()
        settings.place = node.place
        let address = try section["address"]?.address() ?? .loopback
        settings.address = TransportAddress(
            address, port: try section["port"]?.listenerPort() ?? BotServerSettings.portDefault)
        switch (section["certificateFile"], section["keyFile"]) {
        case (nil, nil):
            break
        case (let certificate?, let key?):
            settings.identity = TLSConfiguration.Identity(
                certificateChain: .file(path: try certificate.existingFile()),
                privateKey: .file(path: try key.existingFile()))
            settings.identityPlace = certificate.place
        case (let one?, nil), (nil, let one?):
            throw one.complaint(
                "\(node.path) has one of certificateFile and keyFile", fix: "give both, or neither for ws:// in clear")
        }
        self.botServer = settings
    }

    /// A bot that dials: its path names its dialect and itself.
    static func awaitedBot(
        _ name: String, _ bot: GatewayConfigurationSection, _ dials: GatewayConfigurationNode,
        speaking dialect: BotDialectName
    ) throws(GatewayConfigurationError) -> BotEndpoint {
        try bot.refuse(
            "headers", "tls", "bearer", "directory", "environment", "warm",
            because: "it belongs to a bot that the gateway dials or starts")
        guard dialect != .audioSocket else {
            throw dials.complaint(
                "\(dials.path): a bot of the dialect audiosocket cannot dial the gateway",
                fix: "give it a url such as tcp://127.0.0.1:9092, or use a dialect over WebSockets")
        }
        let text: String
        if let file = bot["tokenFile"] {
            try bot.refuse("token", because: "tokenFile gives the token")
            text = try file.secretLine()
        } else {
            text = try bot.required("token", example: "${BOT_TOKEN}").text()
        }
        guard let token = BotToken(text) else {
            throw (bot["token"] ?? bot["tokenFile"] ?? bot.node).complaint(
                "the token of \(bot.node.path) can be guessed",
                fix: "use at least \(BotToken.lengthMin) visible ASCII characters")
        }
        let waitingMax = try bot["waiting"]?.integer(in: AwaitedBot.waitingRange)
        let path = "/\(dialect.rawValue)/\(name)"
        return .awaited(
            waitingMax.map { AwaitedBot(path: path, token: token, waitingMax: $0) }
                ?? AwaitedBot(path: path, token: token))
    }

    /// Bots that dial need a place to dial to.
    func checkBotServer(_ plan: BotPlan, _ node: GatewayConfigurationNode) throws(GatewayConfigurationError) {
        guard case .awaited = plan.endpoint, self.botServer == nil else { return }
        throw node.complaint(
            "\(node.path) dials the gateway, which listens for no bots",
            fix: "add 'botServer: {port: \(BotServerSettings.portDefault)}' at the top of the file")
    }

    var awaitedBots: [AwaitedBot] {
        self.bots.compactMap { plan in
            if case .awaited(let bot) = plan.endpoint { bot } else { nil }
        }
    }

    /// How many processes of each bot wait for calls.
    var warmProcesses: [ProcessEndpoint: Int] {
        var counts: [ProcessEndpoint: Int] = [:]
        for plan in self.bots {
            guard case .process(let endpoint) = plan.endpoint, plan.warmCount > 0 else { continue }
            counts[endpoint] = plan.warmCount
        }
        return counts
    }

    /// Listens for bots; nil where the file has no `botServer`.
    func startBotServer() throws(GatewayStartError) -> BotServer? {
        guard let settings = self.botServer else { return nil }
        let context = try self.botServerContext()
        do {
            return try BotServer(listeningOn: settings.address, tls: context, bots: self.awaitedBots)
        } catch {
            guard let place = settings.place else { throw .part("botServer", reason: "\(error)") }
            throw .configuration(
                .invalid(
                    place, problem: "botServer: nothing can listen on \(settings.address) (\(error))",
                    fix: "write an address of this machine and a port that no other program has"))
        }
    }

    func botServerContext() throws(GatewayStartError) -> TLSContext? {
        guard let settings = self.botServer, let identity = settings.identity else { return nil }
        do {
            return try TLSContext(
                .server, TLSConfiguration(verification: .insecureNoVerification, identity: identity))
        } catch {
            throw Self.refusal(of: "botServer", at: settings.identityPlace, error)
        }
    }
}
