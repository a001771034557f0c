import Addressing
import BotProtocol
import CLinux
import Reactor
import Timekeeping
import WebSocketFraming

/// One WebSocket on its way to being open.
///
///     resolving ─▶ connecting ─▶ handshaking ─▶ done
///                   ▲    │
///                   └────┘ next address
struct WebSocketAttempt {
    enum State {
        case resolving(NameLookup)
        case connecting(descriptor: Int32, remaining: [IPAddress])
        case handshaking(descriptor: Int32, ClientHandshake, unsent: ArraySlice<UInt8>)
    }

    let endpoint: WebSocketEndpoint
    let request: ConnectRequest
    var state: State

    var isResolving: Bool {
        if case .resolving = self.state { true } else { false }
    }

    var descriptor: Int32? {
        switch self.state {
        case .resolving: nil
        case .connecting(let descriptor, _), .handshaking(let descriptor, _, _): descriptor
        }
    }

    var phase: BotConnectionError.Phase {
        switch self.state {
        case .resolving: .resolution
        case .connecting: .connection
        case .handshaking: .handshake
        }
    }
}

extension ConnectorLoop {
    func dial(_ endpoint: WebSocketEndpoint, _ request: ConnectRequest) {
        let id = self.makeID()
        if let address = IPAddress(endpoint.host) {
            self.connect(id, endpoint, request, to: [address])
        } else if let lookup = NameLookup(endpoint.host) {
            self.attempts[id] = WebSocketAttempt(endpoint: endpoint, request: request, state: .resolving(lookup))
        } else {
            return request.completion(.failure(.unresolvable(host: endpoint.host)))
        }
        if self.attempts[id] != nil { self.timers.set(.attempt(id), to: request.deadline) }
    }

    /// Looks at the look-ups that run; called after every wait.
    func pollLookups() {
        for (id, attempt) in self.attempts {
            guard case .resolving(let lookup) = attempt.state, lookup.isDone else { continue }
            let addresses = lookup.take()
            self.abandon(lookup)
            self.connect(id, attempt.endpoint, attempt.request, to: addresses)
        }
        self.abandonedLookups.removeAll(where: { $0.release() })
    }

    private func abandon(_ lookup: NameLookup) {
        if !lookup.release() { self.abandonedLookups.append(lookup) }
    }

    /// Starts connecting to the first address that takes a socket.
    private func connect(
        _ id: UInt64, _ endpoint: WebSocketEndpoint, _ request: ConnectRequest, to addresses: [IPAddress],
        lastError: Int32 = 0
    ) {
        var code = lastError
        for (index, address) in addresses.enumerated() {
            var target = clinux_address(address, port: endpoint.port)
            // Safe: the callee reads the address before it returns.
            let descriptor = unsafe clinux_tcp_connect(&target)
            guard descriptor >= 0 else {
                code = -descriptor
                continue
            }
            // Small buffers keep what a bot has not read where it is counted; a refusal changes only that.
            _ = clinux_socket_set_buffers(descriptor, Self.socketBuffer, Self.socketBuffer)
            let state = WebSocketAttempt.State.connecting(
                descriptor: descriptor, remaining: Array(addresses[(index + 1)...]))
            self.attempts[id] = WebSocketAttempt(endpoint: endpoint, request: request, state: state)
            do throws(ReactorError) {
                try self.reactor.add(descriptor, token: Self.token(.attempt, id), interest: .write)
            } catch {
                self.fail(id, error.asConnectionError)
            }
            return
        }
        self.attempts[id] = nil
        self.timers.remove(.attempt(id))
        let error: BotConnectionError =
            code == 0 ? .unresolvable(host: endpoint.host) : .connectFailed(host: endpoint.authority, code: code)
        request.completion(.failure(error))
    }

    func advanceAttempt(_ id: UInt64) {
        guard let attempt = self.attempts[id] else { return }
        switch attempt.state {
        case .resolving:
            return
        case .connecting(let descriptor, let remaining):
            self.finishConnecting(id, attempt, descriptor, remaining)
        case .handshaking(let descriptor, let handshake, let unsent):
            self.advanceHandshake(id, attempt, descriptor, handshake, unsent)
        }
    }

    private func finishConnecting(
        _ id: UInt64, _ attempt: WebSocketAttempt, _ descriptor: Int32, _ remaining: [IPAddress]
    ) {
        let result = clinux_socket_error(descriptor)
        guard result >= 0 else {
            self.discard(descriptor)
            return self.connect(id, attempt.endpoint, attempt.request, to: remaining, lastError: -result)
        }
        var generator = SystemRandomNumberGenerator()
        let nonce = (0..<16).map { _ in UInt8.random(in: 0...255, using: &generator) }
        do throws(HandshakeError) {
            let handshake = try ClientHandshake(
                authority: attempt.endpoint.authority, target: attempt.endpoint.target,
                headers: attempt.endpoint.headers.map { ($0.name, $0.value) },
                subprotocols: attempt.endpoint.subprotocols, nonce: nonce)
            self.advanceHandshake(id, attempt, descriptor, handshake, handshake.request[...])
        } catch {
            self.fail(id, .handshakeFailed(error))
        }
    }

    private func advanceHandshake(
        _ id: UInt64, _ attempt: WebSocketAttempt, _ descriptor: Int32, _ handshake: ClientHandshake,
        _ unsent: ArraySlice<UInt8>
    ) {
        var (handshake, unsent) = (handshake, unsent)
        if !unsent.isEmpty {
            let written = Self.write(unsent, to: descriptor)
            guard written >= 0 || written == -Int64(clinux_would_block()) else {
                return self.fail(id, .closedInHandshake)
            }
            unsent = unsent.dropFirst(Int(max(0, written)))
        }
        var scratch = ReadScratch()
        while true {
            let count = scratch.read(from: descriptor, atMost: scratch.bytes.count)
            guard count != -Int64(clinux_would_block()) else { break }
            guard count > 0 else { return self.fail(id, .closedInHandshake) }
            do throws(HandshakeError) {
                if let received = try handshake.receive(scratch.bytes[..<Int(count)]) {
                    return self.succeed(id, attempt, descriptor, received)
                }
            } catch {
                return self.fail(id, .handshakeFailed(error))
            }
        }
        self.attempts[id]?.state = .handshaking(descriptor: descriptor, handshake, unsent: unsent)
        do throws(ReactorError) {
            let interest: Reactor.Interest = unsent.isEmpty ? .read : [.read, .write]
            try self.reactor.modify(descriptor, token: Self.token(.attempt, id), interest: interest)
        } catch {
            self.fail(id, error.asConnectionError)
        }
    }

    private func succeed(_ id: UInt64, _ attempt: WebSocketAttempt, _ descriptor: Int32, _ received: [UInt8]) {
        self.attempts[id] = nil
        self.timers.remove(.attempt(id))
        do throws(ReactorError) {
            try self.reactor.remove(descriptor)
        } catch {
            _ = clinux_close(descriptor)
            return attempt.request.completion(.failure(error.asConnectionError))
        }
        let wire = ConnectedBot.Wire.webSocket(descriptor: descriptor, received: received)
        attempt.request.completion(.success(ConnectedBot(wire, closing: self.inbox)))
    }

    func attemptExpired(_ id: UInt64) {
        guard let attempt = self.attempts[id] else { return }
        self.fail(id, .deadlineExceeded(phase: attempt.phase))
    }

    func fail(_ id: UInt64, _ error: BotConnectionError) {
        guard let attempt = self.attempts.removeValue(forKey: id) else { return }
        self.timers.remove(.attempt(id))
        if case .resolving(let lookup) = attempt.state { self.abandon(lookup) }
        if let descriptor = attempt.descriptor { self.discard(descriptor) }
        attempt.request.completion(.failure(error))
    }

    /// Closes a descriptor of the loop, which takes it out of epoll too: it has no duplicate.
    func discard(_ descriptor: Int32) {
        _ = clinux_close(descriptor)
    }

    static func write(_ bytes: ArraySlice<UInt8>, to descriptor: Int32) -> Int64 {
        unsafe bytes.withUnsafeBytes { bytes in
            // Safe: exactly the slice's bytes are read.
            unsafe clinux_write(descriptor, bytes.baseAddress, Int64(bytes.count))
        }
    }

    /// Bytes asked for each way; the kernel doubles it.
    private static let socketBuffer: Int32 = 65_536
}

extension ReactorError {
    var asConnectionError: BotConnectionError {
        switch self {
        case .systemCall(let name, let code): .systemCall(name, code: code)
        }
    }
}
