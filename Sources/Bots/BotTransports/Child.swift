import BotProtocol
import CLinux
import Logging
import Reactor
import Timekeeping

/// A child from its start until it is reaped.
///
///     running ─ dismiss ─▶ leaving ─ 2 s ─▶ terminating (SIGTERM) ─ 2 s ─▶ killed (SIGKILL)
///        └────────────────────┴──────────────── exit ─────────────────────────┴─▶ reaped
struct Child {
    enum State {
        case running
        /// Its input has ended; it may finish by itself.
        case leaving
        case terminating
        case killed
    }

    let process: Int32
    let pidfd: Int32
    /// -1 once it has ended.
    var errors: Int32
    let outcome: ChildOutcome
    var lines: BotLogLines
    var logger: Logger
    var state = State.running
}

extension ConnectorLoop {
    func start(_ endpoint: ProcessEndpoint, _ request: ConnectRequest) {
        do throws(BotConnectionError) {
            let (id, pipes, outcome) = try self.spawn(endpoint, callID: request.callID)
            let wire = ConnectedBot.Wire.process(
                input: pipes.input, output: pipes.output, child: id, outcome: outcome)
            request.completion(.success(ConnectedBot(wire, closing: self.inbox)))
        } catch {
            request.completion(.failure(error))
        }
    }

    /// - Parameter callID: empty for one that waits for its call.
    func spawn(
        _ endpoint: ProcessEndpoint, callID: String
    ) throws(BotConnectionError) -> (id: UInt64, pipes: ChildPipes, outcome: ChildOutcome) {
        let (pipes, spawned) = try ChildPipes.spawn(endpoint)
        let id = self.makeID()
        var logger = self.logger
        if !callID.isEmpty { logger[metadataKey: "call"] = "\(callID)" }
        logger[metadataKey: "pid"] = "\(spawned.process)"
        let outcome = ChildOutcome()
        self.children[id] = Child(
            process: spawned.process, pidfd: spawned.pidfd, errors: pipes.errors, outcome: outcome,
            lines: BotLogLines(at: Reactor.now()), logger: logger)
        do throws(ReactorError) {
            try self.reactor.add(spawned.pidfd, token: Self.token(.childExit, id), interest: .read)
            try self.reactor.add(pipes.errors, token: Self.token(.childErrors, id), interest: .read)
        } catch {
            _ = clinux_close(pipes.input)
            _ = clinux_close(pipes.output)
            self.kill(id)
            throw error.asConnectionError
        }
        logger.debug("bot started", metadata: ["program": "\(endpoint.arguments[0])"])
        return (id, pipes, outcome)
    }

    /// Gives a child time to leave by itself, then makes it. Its input ends elsewhere.
    func dismiss(_ id: UInt64) {
        guard let child = self.children[id], case .running = child.state else { return }
        self.children[id]?.state = .leaving
        self.timers.set(.child(id), to: Reactor.now() + Self.patience)
    }

    func childExpired(_ id: UInt64) {
        guard let child = self.children[id] else { return }
        switch child.state {
        case .running: return
        case .leaving:
            child.logger.notice("bot does not leave by itself: SIGTERM")
            _ = clinux_child_signal_group(child.process, clinux_sigterm())
            self.children[id]?.state = .terminating
            self.timers.set(.child(id), to: Reactor.now() + Self.patience)
        case .terminating:
            child.logger.warning("bot ignores SIGTERM: SIGKILL")
            _ = clinux_child_signal_group(child.process, clinux_sigkill())
            self.children[id]?.state = .killed
        case .killed: return
        }
    }

    /// The child has ended: its status is kept, what is left of its process group is ended too, its zombie reaped.
    func childEnded(_ id: UInt64) {
        guard let child = self.children[id] else { return }
        var status = clinux_exit()
        // Safe: the callee fills the struct. The zombie is left, because it keeps the group's number taken.
        guard unsafe clinux_child_status(child.pidfd, 0, &status) >= 0, status.kind != Int32(CLINUX_EXIT_RUNNING)
        else { return }
        _ = clinux_child_signal_group(child.process, clinux_sigkill())
        // Safe: as above; this time it is reaped.
        _ = unsafe clinux_child_status(child.pidfd, 1, &status)
        self.readErrors(of: id)
        self.finishErrors(of: id)
        let exited = status.kind == Int32(CLINUX_EXIT_CODE)
        child.logger.debug(
            "bot ended", metadata: ["\(exited ? "code" : "signal")": "\(status.value)"])
        child.outcome.set(exited ? .exited(code: status.value) : .killed(signal: status.value))
        self.timers.remove(.child(id))
        self.discard(child.pidfd)
        self.children[id] = nil
        self.warmChildEnded(id)
    }

    /// Ends and reaps a child at once; for the end of the connector and for a start that failed half-way.
    func kill(_ id: UInt64) {
        guard let child = self.children[id] else { return }
        _ = clinux_child_signal_group(child.process, clinux_sigkill())
        var status = clinux_exit()
        // Safe: the callee fills the struct. SIGKILL cannot be refused, so the wait is for the kernel only.
        while unsafe clinux_child_status(child.pidfd, 0, &status) >= 0, status.kind == Int32(CLINUX_EXIT_RUNNING) {
            _ = clinux_wait_readable(child.pidfd, 100)
        }
        self.childEnded(id)
    }

    // MARK: Error output

    func readErrors(of id: UInt64) {
        guard let child = self.children[id], child.errors >= 0 else { return }
        var scratch = ReadScratch()
        for _ in 0..<Self.errorReadsMax {
            let count = scratch.read(from: child.errors, atMost: scratch.bytes.count)
            if count == -Int64(clinux_would_block()) { return }
            guard count > 0 else { return self.finishErrors(of: id) }
            let lines = self.children[id]?.lines.append(scratch.bytes[..<Int(count)], at: Reactor.now()) ?? []
            for line in lines { child.logger.info("bot: \(line)") }
        }
    }

    private func finishErrors(of id: UInt64) {
        guard let child = self.children[id], child.errors >= 0 else { return }
        for line in self.children[id]?.lines.finish(at: Reactor.now()) ?? [] { child.logger.info("bot: \(line)") }
        self.discard(child.errors)
        self.children[id]?.errors = -1
    }

    private static let patience: Duration = .seconds(2)
    /// Reads of 8 KiB for one wake-up, so that a child that floods its error output leaves time for the others.
    private static let errorReadsMax = 8
}
