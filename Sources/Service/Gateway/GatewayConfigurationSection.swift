import Yams

/// A mapping whose keys are known: every other key is an error that says which was probably meant.
struct GatewayConfigurationSection {
    let node: GatewayConfigurationNode
    private let values: [String: GatewayConfigurationNode]

    init(_ node: GatewayConfigurationNode, keys: [String]) throws(GatewayConfigurationError) {
        self.node = node
        var values: [String: GatewayConfigurationNode] = [:]
        for (key, value) in try node.entries() {
            guard let name = key.node.scalar?.string, keys.contains(name) else {
                let name = key.node.scalar?.string ?? "?"
                let here = node.path.isEmpty ? "at the top of the file" : "in \(node.path)"
                let fix =
                    Spelling.nearest(to: name, among: keys).map {
                        "did you mean \(GatewayConfigurationNode.quoted($0))?"
                    }
                    ?? "use one of \(keys.joined(separator: ", "))"
                throw key.complaint("there is no key \(GatewayConfigurationNode.quoted(name)) \(here)", fix: fix)
            }
            values[name] = value
        }
        self.values = values
    }

    subscript(key: String) -> GatewayConfigurationNode? {
        self.values[key]
    }

    func required(_ key: String, example: String) throws(GatewayConfigurationError) -> GatewayConfigurationNode {
        guard let value = self.values[key] else {
            throw self.node.complaint("\(self.node.path) has no \(key)", fix: "add a line such as '\(key): \(example)'")
        }
        return value
    }

    /// Refuses `key` with a reason when it stands there.
    func refuse(_ keys: String..., because reason: String) throws(GatewayConfigurationError) {
        for key in keys {
            if let value = self.values[key] {
                throw value.complaint("\(value.path) has no meaning here", fix: "remove it: \(reason)")
            }
        }
    }
}
