import Trunks
import Yams

/// What a trunk does with its calls beyond placing them: early media, redirects, transfers.
extension GatewayConfiguration {
    static func readCallHandling(
        _ section: GatewayConfigurationSection, into trunk: inout Trunk
    ) throws(GatewayConfigurationError) {
        if let node = section["earlyMedia"] {
            trunk.sendsEarlyMedia = try node.word([("hear", false), ("send", true)])
        }
        if let node = section["dtmf"] {
            trunk.digits = try node.word([("rfc4733", DigitMethod.rfc4733), ("info", .info), ("inband", .inBand)])
        }
        if let node = section["transfer"] { try Self.readTransfer(node, into: &trunk.transfer) }
    }

    private static let ways: [(word: String, value: TransferPolicy.Way)] = [
        ("none", .none), ("refer", .refer), ("bridge", .bridge), ("referThenBridge", .referThenBridge),
    ]

    /// One word, or a mapping with more.
    private static func readTransfer(
        _ node: GatewayConfigurationNode, into policy: inout TransferPolicy
    ) throws(GatewayConfigurationError) {
        guard node.node.scalar == nil else {
            policy.way = try node.word(Self.ways)
            return
        }
        let section = try GatewayConfigurationSection(node, keys: ["way", "afterwards", "acceptFromPeer"])
        if let way = section["way"] { policy.way = try way.word(Self.ways) }
        policy.acceptsFromPeer = try section["acceptFromPeer"]?.flag() ?? false
        if let afterwards = section["afterwards"] {
            policy.returnsToBot = try afterwards.word([("hangUp", false), ("returnToBot", true)])
        }
    }

    static func word(for way: TransferPolicy.Way) -> String {
        switch way {
        case .none: "none"
        case .refer: "refer"
        case .bridge: "bridge"
        case .referThenBridge: "referThenBridge"
        }
    }
}
