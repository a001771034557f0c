import Addressing
import Logging
import NIOCore
import NIOPosix
import SIPSyntax
import TLS

extension TransportLayer {
    /// Finds the addresses of a peer, then reuses or makes a connection to one of them.
    func sendOverStream(_ message: ConnectionPool.Waiting, to destination: Destination) {
        let target: DialTarget
        do {
            target = try self.target(of: destination)
        } catch {
            return message.completion(.failure(error))
        }
        self.locator.servers(of: destination).whenComplete { result in
            self.assumeIsolated { layer in
                switch result {
                case .success(let servers): layer.dial(target, target.reachable(servers)[...], [message])
                case .failure(let error): message.completion(.failure(TransportError(locating: error)))
                }
            }
        }
    }

    /// Everything about a destination but its addresses.
    private func target(of destination: Destination) throws(TransportError) -> DialTarget {
        let known = destination.serverName == nil ? destination.host.address.flatMap { self.knownServers[$0] } : nil
        let profile =
            self.profiles[destination.host] ?? known?.profile ?? self.configuration.defaultProfile
        var target = DialTarget(
            transport: destination.transport, host: destination.host, profile: profile)
        guard destination.transport == .tls else { return target }
        guard profile.tls != nil else { throw .tlsNotConfigured(destination.host) }
        do {
            switch (destination.serverName, destination.host) {
            case (let name?, _), (nil, .name(let name)): target.serverName = try ServerName(name.text)
            case (nil, .ip(let address)): target.serverName = known?.name ?? .address(address)
            }
        } catch {
            throw .handshakeFailed(TransportAddress(destination.host.address ?? .any, port: destination.port), error)
        }
        return target
    }

    /// Remembers who an address proved to be, and how it was reached: a dialog's route often names the address alone, and
    /// the way back to it after a lost connection needs the trunk's profile and the name that the certificate has.
    func noteServer(_ opened: OpenedConnection, _ profile: OutgoingProfile) {
        let address = opened.path.remote.address
        let name = opened.verifiedName ?? self.knownServers[address]?.name
        if self.knownServers.count >= Self.knownServersMax { self.knownServers.removeAll() }
        self.knownServers[address] = KnownServer(name: name, profile: profile)
    }

    private static let knownServersMax = 1_024

    /// Hands messages to the connection to the first of some addresses, which is made when there is none.
    private func dial(
        _ target: DialTarget, _ servers: ArraySlice<TransportAddress>, _ messages: [ConnectionPool.Waiting]
    ) {
        guard !self.isClosed else { return self.fail(messages, .closed) }
        guard let remote = servers.first else { return }
        let key = target.key(remote)
        for (index, message) in messages.enumerated() {
            switch self.pool.reuse(key, for: message, waitingMax: self.configuration.waitingPerConnectionMax) {
            case .open(let connection):
                self.write(message, to: connection)
            case .waiting:
                break
            case .waitingListFull:
                message.completion(.failure(.tooManyWaiting(target.host)))
            case .none:
                let rest = Array(messages[index...])
                guard self.pool.dialledCount < self.configuration.dialledMax, self.configuration.hasDescriptors()
                else {
                    return self.fail(rest, .tooManyConnections)
                }
                return self.connect(target, remote, alternatives: Array(servers.dropFirst()), rest)
            }
        }
    }

    private func connect(
        _ target: DialTarget, _ remote: TransportAddress, alternatives: [TransportAddress],
        _ messages: [ConnectionPool.Waiting]
    ) {
        let id = ConnectionID.next()
        let key = target.key(remote)
        let dial = ConnectionPool.Dial(
            connection: id, target: target, alternatives: alternatives, waiting: messages)
        self.pool.begin(dial, for: key)
        var bootstrap = ClientBootstrap(group: self.connectionLoops)
            .connectTimeout(TimeAmount(self.configuration.connectTimeout))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.acknowledgementTimeout, value: self.configuration.acknowledgementTimeoutForKernel)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let context = target.profile.tls, let name = target.serverName {
                        let engine = try TLSEngine(client: context, connectingTo: name)
                        let handler = TLSHandler(engine, timeout: self.configuration.handshakeTimeout, peer: remote)
                        try channel.pipeline.syncOperations.addHandler(handler)
                    }
                    try channel.pipeline.syncOperations.addHandler(
                        StreamHandler(id, target.transport, .dialled(key, target.profile), peer: remote, layer: self))
                }
            }
        do {
            if let local = target.profile.localAddress {
                bootstrap = bootstrap.bind(to: try SocketAddress(TransportAddress(local, port: 0)))
            }
            bootstrap.connect(to: try SocketAddress(remote)).hop(to: self.eventLoop).whenFailure { error in
                self.assumeIsolated { $0.dialFailed(id, key, TransportError(connecting: error, to: remote)) }
            }
        } catch {
            self.dialFailed(id, key, TransportError(connecting: error, to: remote))
        }
    }

    /// The next address of the same host is tried; after the last one whatever waits fails for the last one's reason.
    func dialFailed(_ id: ConnectionID, _ key: ConnectionKey, _ error: TransportError) {
        guard let dial = self.pool.didFail(id, key) else { return }
        self.logger.debug("connection failed", metadata: ["peer": "\(key.remote)", "reason": "\(error.sentence)"])
        if dial.alternatives.isEmpty {
            self.fail(dial.waiting, error)
        } else {
            self.dial(dial.target, dial.alternatives[...], dial.waiting)
        }
    }
}

/// A peer to be reached over a stream, before one of its addresses is chosen.
struct DialTarget: Sendable {
    let transport: SIPTransportName
    let host: Host
    let profile: OutgoingProfile
    /// For TLS: the name that the certificate must prove.
    var serverName: ServerName?

    /// Without the servers that the profile's own address cannot reach; all of them when that leaves none, so that the
    /// kernel says what is wrong.
    func reachable(_ servers: [TransportAddress]) -> [TransportAddress] {
        guard let local = self.profile.localAddress else { return servers }
        let reachable = servers.filter { $0.address.isV4 == local.isV4 }
        return reachable.isEmpty ? servers : reachable
    }

    func key(_ remote: TransportAddress) -> ConnectionKey {
        ConnectionKey(
            transport: self.transport, remote: remote, serverName: self.serverName,
            localAddress: self.profile.localAddress,
            trust: self.serverName == nil ? nil : self.profile.tls.map { ObjectIdentifier($0) })
    }
}

/// How an address was reached, and whom its certificate proved it to be.
struct KnownServer: Sendable {
    let name: ServerName?
    var profile: OutgoingProfile
}
