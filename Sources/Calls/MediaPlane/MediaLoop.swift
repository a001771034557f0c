import BotProtocol
import Logging
import Reactor
import Synchronization
import Timekeeping

/// What one media thread runs: its sessions, in four groups, one group a tick.
///
/// Tick n is due at a deadline that never drifts. In it the sessions of group n mod 4 hear, and those of the group before
/// speak: a session hears and speaks once in 20 ms, and speaks 5 ms after it has heard. Sockets and bots are read in
/// these slots, not when the kernel says that they are ready: wake-ups, not packets, are what a packet costs.
///
/// What a caller may be waiting for does not wait for a tick: the inbox is drained whenever the thread is awake, which a
/// message sees to, and a bot that is not ready yet wakes the thread when it speaks.
final class MediaLoop {
    private var groups: [[MediaSession]] = [[], [], [], []]
    private var closing: [MediaSession] = []
    private var sessions: [SessionNumber: MediaSession] = [:]
    private var messages: [ThreadMessage] = []
    private var isShuttingDown = false
    /// What the last wait found, by the tokens of the reactor.
    private var ready: [UInt64] = []
    private let workspace: SlotWorkspace
    private let reactor: Reactor
    private let inbox: Inbox<ThreadMessage>
    private let gauges: ThreadGauges
    private let ports: PortPool
    private let logger: Logger

    /// Of the tick; every other token is the number of a session, which begin at 1.
    private static let tickToken: UInt64 = 0
    static let groupCount: UInt64 = 4
    /// Slots further back than this are skipped: a thread that was stopped must not flood the far end with the past.
    private static let catchUpMax: UInt64 = 100
    private static let publishInterval: UInt64 = 200

    init(
        reactor: Reactor, inbox: Inbox<ThreadMessage>, gauges: ThreadGauges, ports: PortPool, logger: Logger
    ) {
        self.reactor = reactor
        self.workspace = SlotWorkspace(reactor: reactor)
        self.inbox = inbox
        self.gauges = gauges
        self.ports = ports
        self.logger = logger
    }

    /// Runs until it is told to shut down and every session has ended.
    func run(_ ticks: inout TickSource) {
        do throws(ReactorError) {
            while !(self.isShuttingDown && self.sessions.isEmpty) {
                if self.sessions.isEmpty {
                    try self.reactor.wait(until: nil) { _ in }
                    self.drainInbox(at: Reactor.now())
                } else {
                    try self.reactor.add(ticks.descriptor, token: Self.tickToken, interest: .read)
                    try self.serve(&ticks)
                    try self.reactor.remove(ticks.descriptor)
                }
            }
        } catch {
            self.logger.critical("media thread ends: \(error)")
            self.shutDown(at: Reactor.now())
        }
        self.endAll()
    }

    /// Serves ticks for as long as there are sessions.
    private func serve(_ ticks: inout TickSource) throws(ReactorError) {
        // What came due while nothing was served concerns nobody.
        _ = try ticks.take()
        while !self.sessions.isEmpty {
            self.ready.removeAll(keepingCapacity: true)
            try self.reactor.wait(until: nil) { self.ready.append($0.token) }
            self.drainInbox(at: Reactor.now())
            if self.ready.contains(Self.tickToken) { self.serve(try ticks.take(), of: ticks) }
            for token in self.ready where token != Self.tickToken {
                self.sessions[SessionNumber(rawValue: token)]?.hearAwaitedBot(at: Reactor.now(), with: self.workspace)
            }
            self.finishClosing(at: Reactor.now())
        }
        self.gauges.publish(&self.workspace.pacing)
    }

    private func serve(_ due: Range<UInt64>, of ticks: borrowing TickSource) {
        guard let last = due.last else { return }
        for tick in due {
            let deadline = ticks.deadline(ofTick: tick)
            if last - tick > Self.catchUpMax {
                self.skip(tick, at: deadline)
            } else {
                self.serve(tick, at: deadline)
            }
        }
    }

    private func serve(_ tick: UInt64, at deadline: Instant) {
        if deadline.duration(to: Reactor.now()) > .milliseconds(5) {
            self.gauges.lateTicks.add(1, ordering: .relaxed)
        }
        for session in self.groups[Int((tick + Self.groupCount - 1) % Self.groupCount)] {
            session.speak(at: deadline, with: self.workspace)
        }
        for session in self.groups[Int(tick % Self.groupCount)] {
            session.hear(at: deadline, with: self.workspace)
        }
        if tick.isMultiple(of: Self.publishInterval) { self.gauges.publish(&self.workspace.pacing) }
    }

    private func skip(_ tick: UInt64, at deadline: Instant) {
        self.gauges.lateTicks.add(1, ordering: .relaxed)
        for session in self.groups[Int((tick + Self.groupCount - 1) % Self.groupCount)] {
            session.skipSlot(at: deadline, with: self.workspace)
        }
    }

    // MARK: Messages

    private func drainInbox(at now: Instant) {
        self.inbox.drain(into: &self.messages)
        for message in self.messages {
            switch message {
            case .open(let parcel):
                if let session = parcel.take() { self.adopt(session, at: now) }
            case .command(let number, let command):
                self.take(command, for: number, at: now)
            case .promptFound(let number, let ticket, let name, let prompt):
                self.sessions[number]?.promptFound(ticket, name: name, prompt)
            case .shutdown:
                self.shutDown(at: now)
            }
        }
        self.messages.removeAll(keepingCapacity: true)
    }

    private func adopt(_ session: MediaSession, at now: Instant) {
        self.sessions[session.number] = session
        let least = self.groups.indices.min(by: { self.groups[$0].count < self.groups[$1].count }) ?? 0
        self.groups[least].append(session)
        if self.isShuttingDown { self.stop(session, at: now) }
    }

    private func take(_ command: SessionCommand, for number: SessionNumber, at now: Instant) {
        guard let session = self.sessions[number] else { return }
        session.mailbox.noteTaken(command)
        if case .other(.join(let handle)) = command {
            // A partner that has ended meanwhile has told its owner so.
            if session.isOpen, let other = self.sessions[handle.mailbox.number], other.isOpen {
                session.join(other, with: self.workspace, at: now)
            }
            return
        }
        session.take(command, at: now, with: self.workspace)
        if !session.isOpen { self.retire(session, at: now) }
    }

    // MARK: Ends

    private func shutDown(at now: Instant) {
        guard !self.isShuttingDown else { return }
        self.isShuttingDown = true
        for session in self.groups.joined() { self.stop(session, at: now) }
    }

    private func stop(_ session: MediaSession, at now: Instant) {
        session.stop(.gatewayHangup, at: now, with: self.workspace)
        self.retire(session, at: now)
    }

    /// Takes a session that is no longer open out of the slots.
    private func retire(_ session: MediaSession, at now: Instant) {
        for index in self.groups.indices { self.groups[index].removeAll { $0 === session } }
        if !self.closing.contains(where: { $0 === session }) { self.closing.append(session) }
    }

    private func finishClosing(at now: Instant) {
        guard !self.closing.isEmpty else { return }
        for session in self.closing {
            session.finishClosing(at: now)
            guard session.isEnded else { continue }
            self.sessions[session.number] = nil
            self.ports.release(session.port, at: now)
            self.gauges.sessions.subtract(1, ordering: .relaxed)
        }
        self.closing.removeAll { $0.isEnded }
    }

    /// Ends what is left when the loop cannot go on, without waiting for anything.
    private func endAll() {
        self.inbox.close()
        let distant = Reactor.now() + .seconds(3_600)
        self.drainInbox(at: Reactor.now())
        self.finishClosing(at: distant)
    }
}
