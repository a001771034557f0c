import Addressing
import BotProtocol
import CLinux
import Reactor
import TLS
import Timekeeping
import WebSocketFraming

/// One socket on its way to being open.
///
///     resolving ─▶ connecting ─▶ opening ─▶ done
///                   ▲    │
///                   └────┘ next address
struct SocketAttempt {
    enum State {
        case resolving(NameLookup)
        case connecting(descriptor: Int32, remaining: [IPAddress])
        case opening(descriptor: Int32, Opening)
    }

    let plan: DialPlan
    let request: ConnectRequest
    var state: State

    var isResolving: Bool {
        if case .resolving = self.state { true } else { false }
    }

    var descriptor: Int32? {
        switch self.state {
        case .resolving: nil
        case .connecting(let descriptor, _), .opening(let descriptor, _): descriptor
        }
    }

    var phase: BotConnectionError.Phase {
        switch self.state {
        case .resolving: .resolution
        case .connecting: .connection
        case .opening(_, let opening): opening.phase
        }
    }
}

extension ConnectorLoop {
    func dial(_ plan: DialPlan, _ request: ConnectRequest) {
        let id = self.makeID()
        if let path = plan.socketPath {
            self.connect(id, plan, request, toUnixSocket: path)
        } else if let address = IPAddress(plan.host) {
            self.connect(id, plan, request, to: [address])
        } else if let lookup = NameLookup(plan.host) {
            self.attempts[id] = SocketAttempt(plan: plan, request: request, state: .resolving(lookup))
        } else {
            return request.completion(.failure(.unresolvable(host: plan.host)))
        }
        if self.attempts[id] != nil { self.timers.set(.attempt(id), to: request.deadline) }
    }

    /// Looks at the look-ups that run; called after every wait.
    func pollLookups() {
        for (id, attempt) in self.attempts {
            guard case .resolving(let lookup) = attempt.state, lookup.isDone else { continue }
            let addresses = lookup.take()
            self.abandon(lookup)
            self.connect(id, attempt.plan, attempt.request, to: addresses)
        }
        self.abandonedLookups.removeAll(where: { $0.release() })
    }

    private func abandon(_ lookup: NameLookup) {
        if !lookup.release() { self.abandonedLookups.append(lookup) }
    }

    /// Starts connecting to the first address that takes a socket.
    private func connect(
        _ id: UInt64, _ plan: DialPlan, _ request: ConnectRequest, to addresses: [IPAddress], lastError: Int32 = 0
    ) {
        var code = lastError
        for (index, address) in addresses.enumerated() {
            var target = clinux_address(address, port: plan.port)
            // Safe: the callee reads the address before it returns.
            let descriptor = unsafe clinux_tcp_connect(&target)
            guard descriptor >= 0 else {
                code = -descriptor
                continue
            }
            return self.await(descriptor, id, plan, request, remaining: Array(addresses[(index + 1)...]))
        }
        self.attempts[id] = nil
        self.timers.remove(.attempt(id))
        let error: BotConnectionError =
            code == 0 ? .unresolvable(host: plan.host) : .connectFailed(host: plan.place, code: code)
        request.completion(.failure(error))
    }

    private func connect(_ id: UInt64, _ plan: DialPlan, _ request: ConnectRequest, toUnixSocket path: String) {
        let descriptor = unsafe path.withCString { path in
            // Safe: the callee reads the text before it returns.
            unsafe clinux_unix_connect(path)
        }
        guard descriptor >= 0 else {
            return request.completion(.failure(.connectFailed(host: plan.place, code: -descriptor)))
        }
        self.await(descriptor, id, plan, request, remaining: [])
    }

    private func await(
        _ descriptor: Int32, _ id: UInt64, _ plan: DialPlan, _ request: ConnectRequest, remaining: [IPAddress]
    ) {
        // Small buffers keep what a bot has not read where it is counted; a refusal changes only that.
        _ = clinux_socket_set_buffers(descriptor, Self.socketBuffer, Self.socketBuffer)
        self.attempts[id] = SocketAttempt(
            plan: plan, request: request, state: .connecting(descriptor: descriptor, remaining: remaining))
        do throws(ReactorError) {
            try self.reactor.add(descriptor, token: Self.token(.attempt, id), interest: .write)
        } catch {
            self.fail(id, error.asConnectionError)
        }
    }

    func advanceAttempt(_ id: UInt64) {
        guard let attempt = self.attempts[id] else { return }
        switch attempt.state {
        case .resolving:
            return
        case .connecting(let descriptor, let remaining):
            self.finishConnecting(id, attempt, descriptor, remaining)
        case .opening(let descriptor, let opening):
            self.advanceOpening(id, attempt, descriptor, opening)
        }
    }

    private func finishConnecting(
        _ id: UInt64, _ attempt: SocketAttempt, _ descriptor: Int32, _ remaining: [IPAddress]
    ) {
        let result = clinux_socket_error(descriptor)
        guard result >= 0 else {
            self.discard(descriptor)
            return self.connect(id, attempt.plan, attempt.request, to: remaining, lastError: -result)
        }
        var generator = SystemRandomNumberGenerator()
        let nonce = (0..<16).map { _ in UInt8.random(in: 0...255, using: &generator) }
        do throws(BotConnectionError) {
            let tls = try self.beginTLS(for: attempt.plan)
            let opening = try Opening(attempt.plan.speech, tls: tls, nonce: nonce)
            guard !opening.isOpen else { return self.succeed(id, attempt, descriptor, opening, []) }
            self.advanceOpening(id, attempt, descriptor, opening)
        } catch {
            self.fail(id, error)
        }
    }

    /// Nil for a plan in clear. Contexts are made once for each configuration and kept.
    private func beginTLS(for plan: DialPlan) throws(BotConnectionError) -> TLSHandover? {
        guard let configuration = plan.tls else { return nil }
        do throws(TLSError) {
            let context: TLSContext
            if let known = self.tlsContexts[configuration] {
                context = known
            } else {
                context = try TLSContext(.client, configuration)
                self.tlsContexts[configuration] = context
            }
            return TLSHandover(try TLSEngine(client: context, connectingTo: try ServerName(plan.host)))
        } catch {
            throw .tlsFailed(error)
        }
    }

    private func advanceOpening(
        _ id: UInt64, _ attempt: SocketAttempt, _ descriptor: Int32, _ opening: Opening
    ) {
        var opening = opening
        var scratch = ReadScratch()
        do throws(BotConnectionError) {
            try self.write(&opening, to: descriptor)
            while true {
                let count = scratch.read(from: descriptor, atMost: scratch.bytes.count)
                guard count != -Int64(clinux_would_block()) else { break }
                guard count > 0 else { throw .closedInHandshake }
                let received: [UInt8]?
                do throws(BotConnectionError) {
                    received = try opening.receive(scratch.bytes[..<Int(count)])
                } catch {
                    // The peer is told what was wrong with it, if it still reads.
                    _ = Self.write(opening.outgoing, to: descriptor)
                    throw error
                }
                try self.write(&opening, to: descriptor)
                if let received { return self.succeed(id, attempt, descriptor, opening, received) }
                // Under TLS a stream is open without a word of the peer's.
                if opening.isOpen { return self.succeed(id, attempt, descriptor, opening, []) }
            }
        } catch {
            return self.fail(id, error)
        }
        self.attempts[id]?.state = .opening(descriptor: descriptor, opening)
        do throws(ReactorError) {
            let interest: Reactor.Interest = opening.outgoing.isEmpty ? .read : [.read, .write]
            try self.reactor.modify(descriptor, token: Self.token(.attempt, id), interest: interest)
        } catch {
            self.fail(id, error.asConnectionError)
        }
    }

    private func write(_ opening: inout Opening, to descriptor: Int32) throws(BotConnectionError) {
        guard !opening.outgoing.isEmpty else { return }
        let written = Self.write(opening.outgoing, to: descriptor)
        guard written >= 0 || written == -Int64(clinux_would_block()) else { throw .closedInHandshake }
        opening.outgoing = opening.outgoing.dropFirst(Int(max(0, written)))
    }

    private func succeed(
        _ id: UInt64, _ attempt: SocketAttempt, _ descriptor: Int32, _ opening: Opening, _ received: [UInt8]
    ) {
        // What TLS still has to say waits with the link's own bytes.
        self.attempts[id] = nil
        self.timers.remove(.attempt(id))
        do throws(ReactorError) {
            try self.reactor.remove(descriptor)
        } catch {
            _ = clinux_close(descriptor)
            return attempt.request.completion(.failure(error.asConnectionError))
        }
        let socket = ConnectedSocket(
            descriptor: descriptor, tls: opening.tls, received: received, unsent: Array(opening.outgoing))
        let wire: ConnectedBot.Wire =
            switch attempt.plan.speech {
            case .webSocket: .webSocket(socket)
            case .stream: .stream(socket)
            }
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

/// An open socket on its way from the connector to a link, or back to be closed.
struct ConnectedSocket: Sendable {
    let descriptor: Int32
    /// Our end of its WebSocket: the server of a bot that dialled us.
    var role = WebSocketRole.client
    /// Nil in clear, and once a link has taken the session.
    var tls: TLSHandover?
    /// Bytes that came with the handshake's answer, decrypted.
    var received: [UInt8] = []
    /// Bytes of the handshake that the kernel has not taken, as they are to go on the wire.
    var unsent: [UInt8] = []
}

extension ReactorError {
    var asConnectionError: BotConnectionError {
        switch self {
        case .systemCall(let name, let code): .systemCall(name, code: code)
        }
    }
}
