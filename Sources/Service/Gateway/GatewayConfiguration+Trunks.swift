import Addressing
import SDP
import SIPSyntax
import SIPUserAgent
import TLS
import Timekeeping
import Trunks
import Yams

extension GatewayConfiguration {
    private static let commonKeys = [
        "type", "transport", "mode", "callerID", "callerIDs", "headers", "uriParameters", "allowedPrefixes", "sources",
        "bindAddress", "externalAddress", "srtp", "srtpSuites", "tls", "responseDeadline", "ringDeadline",
        "maximumDuration",
        "mediaTimeout", "silenceAfter", "pace", "nameOverrides", "nationalNumbering", "setupLimit", "earlyMedia",
        "redirects",
        "transfer", "dtmf", "healthCheck", "sessionTimer", "reliableProvisionals",
    ]
    private static let exotelKeys = ["accountSid", "exophone", "region", "port"]
    private static let plainKeys = ["addresses", "number", "fromDomain", "lookup"]

    private enum TrunkType {
        case exotel
        case plain
    }

    /// Reads one trunk.
    ///
    /// - Parameter session: the gateway's own settings, of which the trunk's are made.
    static func trunk(
        named key: GatewayConfigurationNode, _ node: GatewayConfigurationNode, _ session: SessionSettings
    ) throws(GatewayConfigurationError) -> Trunk {
        let name = try key.converted({ (text) throws(TrunkError) in try TrunkName(text) }, problem: \.sentence)
        let section = try GatewayConfigurationSection(
            node, keys: Self.commonKeys + Self.identityKeys + Self.exotelKeys + Self.plainKeys)
        var trunk: Trunk
        switch try section.required("type", example: "exotel").word([("exotel", TrunkType.exotel), ("sip", .plain)]) {
        case .exotel:
            for key in Self.plainKeys { try section.refuse(key, because: "it belongs to a trunk of type sip") }
            trunk = try Self.exotelTrunk(named: name, section)
        case .plain:
            for key in Self.exotelKeys { try section.refuse(key, because: "it belongs to a trunk of type exotel") }
            trunk = try Self.plainTrunk(named: name, section)
        }
        try Self.readNumbers(section, into: &trunk)
        try Self.readHeaders(section, into: &trunk)
        try Self.readAddresses(section, into: &trunk)
        try Self.readDeadlines(section, into: &trunk)
        try Self.readIdentity(section, into: &trunk)
        try Self.readCallHandling(section, into: &trunk)
        trunk.session = try session.changed(by: section)
        if let tls = section["tls"] { trunk.tls = try Self.trust(tls, transport: trunk.transport) }
        trunk.healthCheck = try Self.healthCheck(section["healthCheck"], points: trunk.pointsOfPresence.count)
        if let pace = section["pace"] { trunk.pace = try Self.pace(pace) }
        if let srtp = section["srtp"] {
            trunk.mediaProtection = try srtp.word([
                ("followsTransport", Trunk.MediaProtection.followsTransport), ("insecureNone", .insecureNone),
            ])
        }
        if let suites = section["srtpSuites"] { trunk.cryptoSuites = try Self.cryptoSuites(suites) }
        return trunk
    }

    /// Names of the standards, in the order in which they are offered.
    private static func cryptoSuites(
        _ node: GatewayConfigurationNode
    ) throws(GatewayConfigurationError) -> [CryptoSuite] {
        var suites: [CryptoSuite] = []
        for item in try node.list() {
            let suite = try item.word(CryptoSuite.allCases.map { ($0.rawValue, $0) })
            guard !suites.contains(suite) else {
                throw item.complaint("\(suite.rawValue) stands here twice", fix: "list it once")
            }
            suites.append(suite)
        }
        guard !suites.isEmpty else {
            throw node.complaint("\(node.path) is empty", fix: "list a suite such as \(CryptoSuite.common[0].rawValue)")
        }
        return suites
    }

    private static let modes: [(word: String, value: Trunk.NumberMode)] = [("flow", .flow), ("pstn", .pstn)]

    private static func exotelTrunk(
        named name: TrunkName, _ section: GatewayConfigurationSection
    ) throws(GatewayConfigurationError) -> Trunk {
        let account = try section.required("accountSid", example: "acct1")
        let exophone = try section.required("exophone", example: "\"+918000000001\"").number(in: .india)
        let callerID = try section["callerID"]?.number(in: .india)
        let mode = try section["mode"]?.word(Self.modes) ?? .flow
        let transport =
            try section["transport"]?.word(ExotelTrunk.Transport.allCases.map { ($0.rawValue, $0) }) ?? .tls
        var regions: [ExotelTrunk.Region] = []
        for item in try section.required("region", example: "mumbai").list() {
            regions.append(try item.word(ExotelTrunk.Region.allCases.map { (Self.word(for: $0), $0) }))
        }
        let port = try section["port"]?.port()
        let exotel = try account.converted(
            { (text) throws(TrunkError) in
                try ExotelTrunk(
                    accountSID: text, exophone: exophone, callerID: callerID, numberMode: mode, transport: transport,
                    regions: regions, port: port)
            }, problem: { _ in "an account SID has letters, digits and hyphens, as it can be part of a host name" })
        do {
            return try exotel.trunk(named: name)
        } catch {
            throw section.node.complaint("\(section.node.path) cannot be used", fix: error.sentence + ".")
        }
    }

    static func word(for region: ExotelTrunk.Region) -> String {
        switch region {
        case .karnataka: "karnataka"
        case .mumbai: "mumbai"
        case .mumbaiCloud: "mumbai-cloud"
        case .singapore: "singapore"
        }
    }

    private static func plainTrunk(
        named name: TrunkName, _ section: GatewayConfigurationSection
    ) throws(GatewayConfigurationError) -> Trunk {
        let transport = try section.required("transport", example: "udp").word(
            SIPTransportName.allCases.map { ($0.rawValue, $0) })
        let addresses = try section.required("addresses", example: "[sip.example.com:5060]")
        var points: [PointOfPresence] = []
        let lookup =
            try section["lookup"]?.word([("addresses", ServerLookup.addresses), ("srv", .services)]) ?? .addresses
        for item in try addresses.list() { points.append(try item.pointOfPresence(over: transport, lookup)) }
        let mode = try section["mode"]?.word(Self.modes) ?? .pstn
        var trunk: Trunk
        do {
            trunk = try Trunk(name: name, pointsOfPresence: points, transport: transport, numberMode: mode)
        } catch {
            throw addresses.complaint("\(addresses.path) cannot be used", fix: error.sentence + ".")
        }
        trunk.ownNumber = try section["number"]?.number(in: nil)
        trunk.callerID = try section["callerID"]?.number(in: nil)
        trunk.fromHost = try section["fromDomain"]?.host()
        return trunk
    }

    private static func readNumbers(
        _ section: GatewayConfigurationSection, into trunk: inout Trunk
    ) throws(GatewayConfigurationError) {
        if let numbering = section["nationalNumbering"] { trunk.nationalNumbering = try Self.numbering(numbering) }
        for item in try section["callerIDs"]?.list() ?? [] {
            trunk.callerIDs.insert(try item.number(in: trunk.nationalNumbering))
        }
        for item in try section["allowedPrefixes"]?.list() ?? [] {
            trunk.allowedPrefixes.append(
                try item.converted(
                    { (text) throws(TrunkError) in try NumberPrefix(text) },
                    problem: { _ in "a prefix is '+' and 1 to 15 digits, such as \"+91\"" }))
        }
    }

    private static func numbering(
        _ node: GatewayConfigurationNode
    ) throws(GatewayConfigurationError) -> NationalNumbering? {
        if node.node.scalar != nil {
            return try node.word([("india", NationalNumbering.india), ("none", nil)])
        }
        let section = try GatewayConfigurationSection(node, keys: ["countryCode", "digits"])
        let digits = try section.required("digits", example: "10").integer(in: 4...12)
        return try section.required("countryCode", example: "\"91\"").converted(
            { (text) throws(TrunkError) in try NationalNumbering(countryCode: text, digits: digits) },
            problem: { _ in "a country code is 1 to 3 digits without '+'" })
    }

    private static func readHeaders(
        _ section: GatewayConfigurationSection, into trunk: inout Trunk
    ) throws(GatewayConfigurationError) {
        for (key, value) in try section["headers"]?.entries() ?? [] {
            let name = try key.text()
            let header = try value.converted(
                { (text) throws(TrunkError) in try CustomHeader(name: name, value: text) }, problem: \.sentence)
            guard !trunk.mandatoryHeaders.contains(where: { $0.name == header.name }),
                !trunk.headers.contains(where: { $0.name == header.name })
            else { throw key.complaint("\(header.name) is set already", fix: "remove it here") }
            trunk.headers.append(header)
        }
        for (key, value) in try section["uriParameters"]?.entries() ?? [] {
            let name = try key.text()
            let text = try value.text()
            do {
                try trunk.uriParameters.set(name, text)
            } catch {
                throw value.complaint("\(value.path) cannot be used", fix: "use letters, digits and hyphens only")
            }
        }
    }

    private static func readAddresses(
        _ section: GatewayConfigurationSection, into trunk: inout Trunk
    ) throws(GatewayConfigurationError) {
        for item in try section["sources"]?.list() ?? [] {
            trunk.sources.append(
                try item.converted({ (text) throws(TrunkError) in try AddressRange(text) }, problem: \.sentence))
        }
        trunk.bindAddress = try section["bindAddress"]?.address()
        trunk.externalAddress = try section["externalAddress"]?.address()
        for (key, value) in try section["nameOverrides"]?.entries() ?? [] {
            guard case .name(let name) = try key.host() else {
                throw key.complaint("\(key.path) is an address already", fix: "override names only")
            }
            trunk.nameOverrides[name] = try value.address()
        }
    }

    private static func readDeadlines(
        _ section: GatewayConfigurationSection, into trunk: inout Trunk
    ) throws(GatewayConfigurationError) {
        if let node = section["responseDeadline"] {
            trunk.deadlines.firstResponse = try node.duration(in: .milliseconds(500)...(.seconds(32)))
        }
        if let node = section["setupLimit"] {
            trunk.deadlines.setup = try node.duration(in: .seconds(1)...(.seconds(86_400)))
        }
        if let node = section["ringDeadline"] {
            trunk.deadlines.ring = try node.duration(in: .seconds(1)...(.seconds(300)))
        }
        if let node = section["maximumDuration"] {
            trunk.deadlines.maximumDuration = try node.duration(in: .seconds(1)...(.seconds(86_400)))
        }
        if let node = section["silenceAfter"] {
            trunk.deadlines.silenceAfter = try node.duration(in: .seconds(1)...(.seconds(3_600)))
        }
        if let node = section["mediaTimeout"] {
            trunk.deadlines.mediaTimeout = try node.duration(in: .seconds(1)...(.seconds(3_600)))
        }
    }

    private static func trust(
        _ node: GatewayConfigurationNode, transport: SIPTransportName
    ) throws(GatewayConfigurationError) -> TrunkTLS {
        guard transport == .tls else {
            throw node.complaint("\(node.path) has no meaning over \(transport.rawValue)", fix: "remove it, or use tls")
        }
        return try self.trust(node)
    }

    /// Whom a client of ours trusts, and what it shows.
    static func trust(_ node: GatewayConfigurationNode) throws(GatewayConfigurationError) -> TrunkTLS {
        let section = try GatewayConfigurationSection(
            node,
            keys: [
                "authorityFile", "certificateFile", "keyFile", "serverName", "versionMin",
                "insecureSkipCertificateCheck",
            ])
        var tls = TrunkTLS()
        tls.authorityFile = try section["authorityFile"]?.existingFile()
        if let certificate = section["certificateFile"] {
            tls.certificateFile = try certificate.existingFile()
            tls.keyFile = try section.required("keyFile", example: "tls/key.pem").existingFile()
        } else {
            try section.refuse("keyFile", because: "a key needs a certificateFile")
        }
        if let name = section["serverName"] {
            guard case .name(let host) = try name.host() else {
                throw name.complaint("\(name.path) is an address", fix: "write the name that the certificate carries")
            }
            tls.serverName = host
        }
        tls.requiresTLS13 = try section["versionMin"]?.tlsVersion() == .tls13
        tls.insecureSkipCertificateCheck = try section["insecureSkipCertificateCheck"]?.flag() ?? false
        return tls
    }

    /// On for a trunk that has a second address to turn to, unless the file says otherwise.
    private static func healthCheck(
        _ node: GatewayConfigurationNode?, points: Int
    ) throws(GatewayConfigurationError) -> HealthCheck? {
        guard let node else { return points > 1 ? HealthCheck() : nil }
        if node.node.scalar != nil { return try node.word([("off", nil), ("on", HealthCheck())]) }
        let section = try GatewayConfigurationSection(node, keys: ["interval", "failures", "answers"])
        var check = HealthCheck()
        if let interval = section["interval"] {
            check.interval = try interval.duration(in: .seconds(1)...(.seconds(600)))
        }
        if let failures = section["failures"] { check.failuresMax = try failures.integer(in: HealthCheck.countRange) }
        if let answers = section["answers"] { check.answersMin = try answers.integer(in: HealthCheck.countRange) }
        return check
    }

    private static func pace(_ node: GatewayConfigurationNode) throws(GatewayConfigurationError) -> Pace {
        let section = try GatewayConfigurationSection(node, keys: ["callsPerMinute", "margin", "waiting", "group"])
        var pace = Pace()
        if let limit = section["callsPerMinute"] { pace.limit = try limit.integer(in: Pace.limitRange) }
        if let margin = section["margin"] { pace.margin = try margin.duration(in: .zero...(.seconds(60))) }
        if let waiting = section["waiting"] { pace.waitingMax = try waiting.integer(in: Pace.waitingRange) }
        pace.group = try section["group"]?.text()
        return pace
    }
}

extension GatewayConfigurationNode {
    func number(in plan: NationalNumbering?) throws(GatewayConfigurationError) -> PhoneNumber {
        try self.converted({ (text) throws(TrunkError) in try PhoneNumber(text, in: plan) }, problem: \.sentence)
    }

    func host() throws(GatewayConfigurationError) -> Host {
        try self.converted(
            { (text) throws(SIPSyntaxError) in try Host(text) },
            problem: { _ in "write a host name or an address; IPv6 in brackets" })
    }

    /// `sip.example.com`, `192.0.2.1:5070` or `[2001:db8::1]:5060`.
    ///
    /// - Parameter lookup: what is done for a name without a port; one with a port has addresses only (RFC 3263
    ///   section 4.2).
    func pointOfPresence(
        over transport: SIPTransportName, _ lookup: ServerLookup
    ) throws(GatewayConfigurationError) -> PointOfPresence {
        let text = try self.text()
        var hostText = text[...]
        var port = transport.defaultPort
        var lookup = lookup
        if let colon = text.lastIndex(of: ":"), !text[colon...].contains("]") {
            guard let number = UInt16(text[text.index(after: colon)...]), number > 0 else {
                throw self.complaint("\(self.path) has no port behind its colon", fix: "write host:port")
            }
            port = number
            lookup = .addresses
            hostText = text[..<colon]
        }
        do {
            var point = PointOfPresence(host: try Host(hostText), port: port)
            point.lookup = lookup
            return point
        } catch {
            throw self.complaint(
                "\(self.path) is no address", fix: "write host:port, such as sip.example.com:5060 or 192.0.2.1")
        }
    }
}
