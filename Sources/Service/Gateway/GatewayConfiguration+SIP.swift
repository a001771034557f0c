import Addressing
import SIPSyntax
import TLS
import Yams

extension GatewayConfiguration {
    /// Reads `sip`: where others reach the gateway, what it shows them, and whom it asks for names.
    mutating func readSIP(_ node: GatewayConfigurationNode) throws(GatewayConfigurationError) {
        let sip = try GatewayConfigurationSection(
            node,
            keys: [
                "listeners", "certificateFile", "keyFile", "clientCertificates", "tlsVersionMin", "nameservers",
                "pongTimeout", "dialogPeers", "sessionTimer", "reliableProvisionals",
            ])
        if let peers = sip["dialogPeers"] { self.limits.dialogPeers = try peers.word(SIPLimits.dialogPeersWords) }
        self.session = try self.session.changed(by: sip)
        if let certificate = sip["certificateFile"] {
            let key = try sip.required("keyFile", example: "tls/key.pem")
            self.identity = TLSConfiguration.Identity(
                certificateChain: .file(path: try certificate.existingFile()),
                privateKey: .file(path: try key.existingFile()))
            self.identityPlace = certificate.place
        } else {
            try sip.refuse("keyFile", because: "a key needs a certificateFile")
        }
        if let node = sip["clientCertificates"] { self.clientCertificates = try Self.clientCertificates(node) }
        if let version = sip["tlsVersionMin"] { self.listenerVersionMin = try version.tlsVersion() }
        if let timeout = sip["pongTimeout"] {
            self.pongTimeout = try timeout.duration(in: .seconds(1)...(.seconds(300)))
        }
        for item in try sip["nameservers"]?.list() ?? [] {
            guard self.nameServers.count < Self.nameServersMax else {
                throw item.complaint(
                    "sip.nameservers has too many entries", fix: "keep the best \(Self.nameServersMax)")
            }
            self.nameServers.append(try item.nameServer())
        }
        for item in try sip["listeners"]?.list() ?? [] {
            let listener = try GatewayConfigurationSection(item, keys: ["transport", "address", "port"])
            let transportNode = try listener.required("transport", example: "udp")
            let transport = try transportNode.word(SIPTransportName.allCases.map { ($0.rawValue, $0) })
            guard transport != .tls || self.identity != nil else {
                throw transportNode.complaint(
                    "a TLS listener needs a certificate", fix: "set sip.certificateFile and sip.keyFile")
            }
            let address = TransportAddress(
                try listener["address"]?.address() ?? .any,
                port: try listener["port"]?.listenerPort() ?? transport.defaultPort)
            let entry = Listener(transport: transport, address: address)
            guard !self.listeners.contains(entry) else {
                throw item.complaint("\(item.path) is listed twice", fix: "remove one of the two")
            }
            self.listeners.append(entry)
            self.listenerPlaces[entry] = (listener["port"] ?? listener["address"] ?? item).place
        }
    }

    private static func clientCertificates(
        _ node: GatewayConfigurationNode
    ) throws(GatewayConfigurationError) -> TLSConfiguration.ClientCertificates {
        let section = try GatewayConfigurationSection(node, keys: ["authorityFile", "names"])
        let authority = try section.required("authorityFile", example: "tls/carrier-ca.pem").existingFile()
        var names: [ServerName] = []
        for item in try section["names"]?.list() ?? [] {
            names.append(
                try item.converted(
                    { (text) throws(TLSError) in try ServerName(text) },
                    problem: { _ in "write a name or an address that the certificate carries" }))
        }
        return .required(signedBy: .only(.file(path: authority)), names: names)
    }

    private static let nameServersMax = 8
}

extension GatewayConfigurationNode {
    func tlsVersion() throws(GatewayConfigurationError) -> TLSConfiguration.Version {
        try self.word(TLSConfiguration.Version.allCases.map { ($0.rawValue, $0) })
    }

    /// `192.0.2.53`, `192.0.2.53:5353` or `[2001:db8::53]:5353`.
    fileprivate func nameServer() throws(GatewayConfigurationError) -> TransportAddress {
        let text = try self.text()
        if let address = IPAddress(text) { return TransportAddress(address, port: 53) }
        guard let colon = text.lastIndex(of: ":"), let address = IPAddress(text[..<colon]),
            let port = UInt16(text[text.index(after: colon)...]), port > 0
        else {
            throw self.complaint(
                "\(self.path) is not the address of a name server",
                fix: "write an address, or address:port, such as 192.0.2.53")
        }
        return TransportAddress(address, port: port)
    }
}
