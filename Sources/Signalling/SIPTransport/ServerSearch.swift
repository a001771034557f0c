import Addressing
import DNS
import SIPSyntax

/// Where the servers of a name are: RFC 3263 section 4 for a transport that is known, as questions and answers.
///
/// ```
///   naming ──NAPTR of this transport──▶ services ──SRV──▶ targets ──A, AAAA of each──▶ found
///     └──none──▶ _sip._tcp.name… ──▶ services ──none──▶ host ──A, AAAA──▶ found
/// ```
/// Sans-IO: the owner asks what `start` and `receive` return. Names that lead nowhere are passed over; a name server that
/// fails at NAPTR or SRV does not keep the host's own addresses from being tried.
package struct ServerSearch: Sendable {
    package enum Step: Hashable, Sendable {
        case ask([DNSQuestion])
        /// In the order in which they are to be tried; at least one.
        case found([TransportAddress])
        case failed(TransportError)
    }

    private enum State: Sendable {
        case naming
        /// The SRV names that are still to be asked for, the one under way first.
        case services([String])
        /// `open` are the targets without an answer.
        case targets([ServiceRecord], open: Set<String>, addresses: [String: [IPAddress]])
        case host
        case over
    }

    private var state = State.naming
    private let name: HostName
    private let transport: SIPTransportName

    /// More servers of one name are not tried.
    package static let serversMax = 16

    package init(_ name: HostName, over transport: SIPTransportName) {
        self.name = name
        self.transport = transport
    }

    package func start() -> Step {
        .ask([DNSQuestion(.namingAuthorities, of: self.name.text)])
    }

    /// An answer; nil while others are outstanding.
    package mutating func receive(
        _ result: Result<DNSAnswer, DNSError>, to question: DNSQuestion,
        using random: inout some RandomNumberGenerator
    ) -> Step? {
        switch (self.state, result.map(\.records)) {
        case (.naming, .success(.namingAuthorities(let records))):
            let names = NamingAuthorityRecord.serviceNames(records, service: self.transport.namingService)
            return self.askForServices(names.isEmpty ? [self.defaultServiceName] : Array(names.prefix(Self.namesMax)))
        case (.naming, _):
            return self.askForServices([self.defaultServiceName])
        case (.services, .success(.services(let records))) where !records.isEmpty:
            return self.askForTargets(ServiceRecord.ordered(records, using: &random))
        case (.services(let names), _):
            return names.count > 1 ? self.askForServices(Array(names.dropFirst())) : self.askForHost()
        case (.targets(let records, var open, var addresses), let records2):
            guard open.remove(question.name) != nil else { return nil }
            if case .success(.addresses(let found)) = records2 { addresses[question.name] = found }
            self.state = .targets(records, open: open, addresses: addresses)
            return open.isEmpty ? self.conclude(records, addresses) : nil
        case (.host, .success(.addresses(let found))):
            self.state = .over
            return .found(found.prefix(Self.serversMax).map { TransportAddress($0, port: self.transport.defaultPort) })
        case (.host, .failure(let error)):
            self.state = .over
            return .failed(TransportError(error, lookingUp: self.name))
        case (.host, .success), (.over, _):
            return nil
        }
    }

    private mutating func askForServices(_ names: [String]) -> Step {
        self.state = .services(names)
        return .ask([DNSQuestion(.services, of: names[0])])
    }

    private mutating func askForTargets(_ records: [ServiceRecord]) -> Step {
        let records = records.filter { !$0.target.isEmpty && $0.port != 0 }.prefix(Self.serversMax)
        guard !records.isEmpty else {
            // RFC 2782: a target of "." says that the service is decidedly not available at this domain.
            self.state = .over
            return .failed(.nameNotFound(self.name, reason: "its SRV records say that it offers no such service"))
        }
        let targets = Set(records.map(\.target))
        self.state = .targets(Array(records), open: targets, addresses: [:])
        return .ask(targets.sorted().map { DNSQuestion(.addresses, of: $0) })
    }

    private mutating func askForHost() -> Step {
        self.state = .host
        return .ask([DNSQuestion(.addresses, of: self.name.text)])
    }

    private mutating func conclude(_ records: [ServiceRecord], _ addresses: [String: [IPAddress]]) -> Step {
        self.state = .over
        var servers: [TransportAddress] = []
        for record in records {
            for address in addresses[record.target] ?? [] {
                let server = TransportAddress(address, port: record.port)
                if servers.count < Self.serversMax, !servers.contains(server) { servers.append(server) }
            }
        }
        guard !servers.isEmpty else {
            return .failed(.nameNotFound(self.name, reason: "none of the servers in its SRV records has an address"))
        }
        return .found(servers)
    }

    /// RFC 3263 section 4.2: the name for a domain without NAPTR records.
    private var defaultServiceName: String {
        switch self.transport {
        case .udp: "_sip._udp.\(self.name)"
        case .tcp: "_sip._tcp.\(self.name)"
        case .tls: "_sips._tcp.\(self.name)"
        }
    }

    private static let namesMax = 4
}

extension SIPTransportName {
    /// The NAPTR service of RFC 3263 section 4.1.
    fileprivate var namingService: String {
        switch self {
        case .udp: "SIP+D2U"
        case .tcp: "SIP+D2T"
        case .tls: "SIPS+D2T"
        }
    }
}

extension TransportError {
    init(_ error: DNSError, lookingUp name: HostName) {
        switch error {
        case .notFound(let reason): self = .nameNotFound(name, reason: reason)
        case .unavailable, .tooMany: self = .lookupFailed(name, reason: error.reason)
        }
    }
}
