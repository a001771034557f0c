import Addressing
import SIPSyntax
import Telemetry
import Trunks

extension GatewayConfiguration {
    mutating func readTrace(_ node: GatewayConfigurationNode) throws(GatewayConfigurationError) {
        let trace = try GatewayConfigurationSection(node, keys: ["hep", "insecureKeepSecrets"])
        self.insecureKeepsTraceSecrets = try trace["insecureKeepSecrets"]?.flag() ?? false
        guard let hep = trace["hep"] else { return }
        let section = try GatewayConfigurationSection(hep, keys: ["address", "captureId", "password"])
        var collector = try section.required("address", example: "127.0.0.1:9060").collector()
        if let captureID = section["captureId"] {
            collector.captureID = UInt32(try captureID.integer(in: 0...Int(UInt32.max)))
        }
        if let password = section["password"] {
            let text = try password.text()
            guard (1...256).contains(text.utf8.count) else {
                throw password.complaint("\(password.path) is too long or empty", fix: "use 1 to 256 bytes")
            }
            collector.password = text
        }
        self.hep = collector
    }

    /// What is taken out of messages before anybody sees them: values of the trunks' own headers may be keys, too.
    var traceRedaction: TraceRedaction {
        TraceRedaction(
            hiddenHeaders: self.trunks.flatMap { $0.headers.map(\.name.text) },
            insecureKeepsSecrets: self.insecureKeepsTraceSecrets)
    }
}

extension GatewayConfigurationNode {
    /// `host`, `host:port` or `[IPv6]:port`; the port of HEP is 9060.
    fileprivate func collector() throws(GatewayConfigurationError) -> HEPConfiguration {
        let text = try self.text()
        var host = text[...]
        var port: UInt16 = 9_060
        if let colon = text.lastIndex(of: ":"), !text[colon...].contains("]") {
            guard let number = UInt16(text[text.index(after: colon)...]), number > 0 else {
                throw self.complaint("\(self.path) has no port behind its colon", fix: "write host:port")
            }
            port = number
            host = text[..<colon]
        }
        do {
            switch try Host(host) {
            case .ip(let address): return HEPConfiguration(host: address.description, port: port)
            case .name(let name): return HEPConfiguration(host: name.text, port: port)
            }
        } catch {
            throw self.complaint("\(self.path) is no host", fix: "write host:port, such as 127.0.0.1:9060")
        }
    }
}
