import Addressing
import SIPSyntax
import SIPTransaction
import SIPUserAgent
import Timekeeping

/// Runs two parties against each other over a virtual link, in virtual time, and writes down the ladder.
///
/// A party is a user agent core, or a script that answers each message with messages, for peers that misbehave.
package struct TwoPartyDriver {
    package typealias Side = Ladder.Side
    package typealias Script = (SIPMessage) -> [SIPMessage]
    /// What the owner of a core does about an event.
    package typealias Reaction = (inout TwoPartyDriver, Side, SessionID, SessionEvent) -> Void

    package enum Party {
        case agent(UserAgentCore)
        case script(Script)
    }

    private enum Step {
        case deliver(SIPMessage, to: Side)
        case command((inout TwoPartyDriver) -> Void)
    }

    private struct Loss {
        let side: Side
        let matches: (SIPMessage) -> Bool
        var count: Int
    }

    package private(set) var now = Instant.origin
    package var ladder = Ladder()
    package var reaction: Reaction = { _, _, _, _ in }
    private var parties: [Side: Party]
    private var links: [Side: VirtualLink]
    private let transport: SIPTransportName
    private var losses: [Loss] = []
    private var steps: [(at: Instant, step: Step)] = []

    package init(
        caller: Party, callee: Party, over transport: SIPTransportName, conditions: LinkConditions = .clean,
        seed: UInt64 = 1
    ) {
        self.parties = [.caller: caller, .callee: callee]
        self.links = [
            .caller: VirtualLink(conditions: conditions, seed: seed),
            .callee: VirtualLink(conditions: conditions, seed: seed &+ 1),
        ]
        self.transport = transport
    }

    /// Documentation addresses (RFC 5737), one a side.
    package static func address(of side: Side) -> TransportAddress {
        switch side {
        case .caller: TransportAddress(.v4(0xC000_0201), port: 5060)
        case .callee: TransportAddress(.v4(0xC633_6402), port: 5060)
        }
    }

    /// Loses the next `count` messages of a side that match.
    package mutating func lose(_ count: Int, from side: Side, where matches: @escaping (SIPMessage) -> Bool) {
        self.losses.append(Loss(side: side, matches: matches, count: count))
    }

    package mutating func schedule(after delay: Duration, _ command: @escaping (inout TwoPartyDriver) -> Void) {
        self.enqueue(.command(command), at: self.now + delay)
    }

    /// Runs a command of a core's owner and carries out what follows.
    package mutating func command<Result>(
        _ side: Side, _ body: (inout UserAgentCore, Instant) throws -> (Result, [UserAgentAction])
    ) rethrows -> Result? {
        guard case .agent(var core) = self.parties[side] else { return nil }
        let (result, actions) = try body(&core, self.now)
        self.parties[side] = .agent(core)
        self.carryOut(actions, by: side)
        return result
    }

    package mutating func command(_ side: Side, _ body: (inout UserAgentCore, Instant) -> [UserAgentAction]) {
        _ = self.command(side) { core, now in ((), body(&core, now)) }
    }

    /// Sends a message that a script did not send in answer to another: the first of a call, or one that comes unasked.
    package mutating func send(_ message: SIPMessage, from side: Side) {
        self.send(message, from: side, to: nil)
    }

    package func counts(of side: Side) -> UserAgentCounts? {
        guard case .agent(let core) = self.parties[side] else { return nil }
        return core.counts
    }

    /// Runs until nothing is left to happen, or until `limit`.
    package mutating func run(until limit: Instant) {
        while let next = self.nextMoment, next <= limit {
            self.now = max(self.now, next)
            while let first = self.steps.first, first.at <= self.now {
                self.steps.removeFirst()
                self.take(first.step)
            }
            for side in [Side.caller, .callee] {
                guard case .agent(var core) = self.parties[side], let deadline = core.deadline, deadline <= self.now
                else { continue }
                self.command(side) { core, now in core.handleTimeout(at: now) }
            }
        }
        self.now = max(self.now, limit)
    }

    /// The next delivery, command or timer; nil when both parties are at rest.
    private var nextMoment: Instant? {
        let deadlines = [Side.caller, .callee].compactMap { side -> Instant? in
            guard case .agent(var core) = self.parties[side] else { return nil }
            return core.deadline
        }
        return (deadlines + [self.steps.first?.at].compactMap { $0 }).min()
    }

    private mutating func take(_ step: Step) {
        switch step {
        case .command(let command):
            command(&self)
        case .deliver(let message, let side):
            switch self.parties[side] {
            case .agent:
                let path = self.path(to: side)
                self.command(side) { core, now in core.receive(message, from: path, at: now) }
            case .script(let script):
                for answer in script(message) { self.send(answer, from: side, to: nil) }
            case nil:
                break
            }
        }
    }

    private mutating func carryOut(_ actions: [UserAgentAction], by side: Side) {
        for action in actions {
            switch action {
            case .send(let bytes, _, let destination):
                // What arrives is what was written, parsed again.
                guard let message = try? MessageParser.parse(bytes) else {
                    self.ladder.note("an unreadable message was sent", at: side, self.now)
                    continue
                }
                self.send(message, from: side, to: destination)
            case .event(let session, let event):
                self.ladder.add(event, at: side, self.now)
                let reaction = self.reaction
                reaction(&self, side, session, event)
            case .registration(_, let event):
                self.ladder.note("registration: \(Self.text(of: event))", at: side, self.now)
            case .outcome(_, let outcome):
                self.ladder.note("outcome: \(Self.text(of: outcome))", at: side, self.now)
            }
        }
    }

    private mutating func send(_ message: SIPMessage, from side: Side, to destination: Destination?) {
        var arrivals =
            self.transport.isReliable
            ? [self.links[side]?.carryStream(sentAt: self.now)].compactMap { $0 }
            : self.links[side]?.carryDatagram(sentAt: self.now) ?? []
        let loss = self.losses.firstIndex { $0.side == side && $0.count > 0 && $0.matches(message) }
        if let loss {
            self.losses[loss].count -= 1
            arrivals = []
        }
        self.ladder.add(message, from: side, to: destination, isLost: arrivals.isEmpty, at: self.now)
        for arrival in arrivals { self.enqueue(.deliver(message, to: side.other), at: arrival) }
    }

    /// Keeps the steps in order of time, equal times in order of their arrival here.
    private mutating func enqueue(_ step: Step, at instant: Instant) {
        let index = self.steps.firstIndex { $0.at > instant } ?? self.steps.endIndex
        self.steps.insert((instant, step), at: index)
    }

    private func path(to side: Side) -> TransportPath {
        TransportPath(
            transport: self.transport, local: Self.address(of: side), remote: Self.address(of: side.other),
            connection: self.transport.isReliable ? ConnectionID(number: 1) : nil)
    }

    private static func text(of event: RegistrationEvent) -> String {
        switch event {
        case .registered(let lifetime): "bound for \(lifetime)"
        case .failed(let failure, let pause): "\(failure), again in \(pause.inMilliseconds) ms"
        case .unregistered: "given up"
        }
    }

    private static func text(of outcome: RequestOutcome) -> String {
        switch outcome {
        case .answered(let response): "\(response.status) \(response.reason)"
        case .timedOut: "timed out"
        case .transportFailed: "transport failed"
        }
    }
}
