import SIPSyntax
import SIPTransaction
import Timekeeping

/// Our reliable provisional answers to one INVITE (RFC 3262 section 3): one on the wire until its PRACK comes, the others
/// in order behind it, and a 2xx held back while a session description is not acknowledged.
///
///   idle ──first──▶ outstanding ──PRACK──▶ outstanding with the next, or idle; then the held 2xx
///                     │     │ T1, doubling: send again
///                     │     └──64·T1──▶ given up: the INVITE is refused
///                     └──2xx──▶ answered
package struct ReliableProvisionals: Sendable {
    package struct Outstanding: Sendable {
        package var response: Response
        package var pause: Duration
        package var next: Instant
        package var end: Instant
        /// Responses without a number yet.
        package var queue: [Response]
        /// Whether the owner's 2xx waits.
        package var holdsAnswer: Bool
    }

    package enum State: Sendable {
        case idle
        case outstanding(Outstanding)
        /// The 2xx is on its way. The PRACK of what was outstanding may still come.
        case answered(Response?)
    }

    package enum Action: Sendable {
        case send(Response)
        case sendAnswer
        /// No PRACK within 64·T1.
        case giveUp
    }

    package private(set) var state = State.idle
    /// The number of the last response sent; nil before the first.
    package private(set) var lastNumber: UInt32?
    private let timings: TransactionTimings
    private let countMax: Int

    package init(timings: TransactionTimings, countMax: Int) {
        self.timings = timings
        self.countMax = countMax
    }

    package var deadline: Instant? {
        switch self.state {
        case .idle, .answered: nil
        case .outstanding(let outstanding): min(outstanding.next, outstanding.end)
        }
    }

    /// The response that waits for its PRACK.
    package var outstanding: Response? {
        if case .outstanding(let outstanding) = self.state { outstanding.response } else { nil }
    }

    /// Whether a 2xx must wait: a description that no PRACK acknowledged is on the wire or in the queue.
    private var mustHoldAnswer: Bool {
        guard case .outstanding(let outstanding) = self.state else { return false }
        return !outstanding.response.body.isEmpty || outstanding.queue.contains { !$0.body.isEmpty }
    }

    /// Takes a response to be sent in its turn. Beyond `countMax` that wait it is dropped: the next one says more.
    package mutating func send(_ response: Response, firstNumber: UInt32, at now: Instant) -> [Action] {
        switch self.state {
        case .idle:
            return [self.start(response, queue: [], holdsAnswer: false, firstNumber, at: now)]
        case .outstanding(var outstanding):
            guard outstanding.queue.count < self.countMax else { return [] }
            outstanding.queue.append(response)
            self.state = .outstanding(outstanding)
            return []
        case .answered:
            return []
        }
    }

    /// The owner answers 2xx: now, or once the descriptions before it are acknowledged.
    package mutating func answer() -> [Action] {
        if self.mustHoldAnswer, case .outstanding(var outstanding) = self.state {
            outstanding.holdsAnswer = true
            self.state = .outstanding(outstanding)
            return []
        }
        self.state = .answered(self.outstanding)
        return [.sendAnswer]
    }

    /// Whether one more would be dropped.
    package var isFull: Bool {
        if case .outstanding(let outstanding) = self.state { outstanding.queue.count >= self.countMax } else { false }
    }

    /// Nil when nothing waits for this number: the PRACK is answered 481.
    package mutating func acknowledge(_ number: UInt32, at now: Instant) -> (response: Response, actions: [Action])? {
        guard number == self.lastNumber else { return nil }
        if case .answered(let response?) = self.state {
            self.state = .answered(nil)
            return (response, [])
        }
        guard case .outstanding(let outstanding) = self.state else { return nil }
        self.state = .idle
        var actions: [Action] = []
        if let next = outstanding.queue.first {
            actions.append(
                self.start(
                    next, queue: Array(outstanding.queue.dropFirst()), holdsAnswer: outstanding.holdsAnswer, number,
                    at: now))
            if outstanding.holdsAnswer, !self.mustHoldAnswer { actions = self.answer() }
        } else if outstanding.holdsAnswer {
            actions = self.answer()
        }
        return (outstanding.response, actions)
    }

    package mutating func handleTimeout(at now: Instant) -> [Action] {
        guard case .outstanding(var outstanding) = self.state else { return [] }
        if outstanding.end <= now {
            self.state = .idle
            return [.giveUp]
        }
        guard outstanding.next <= now else { return [] }
        outstanding.pause = outstanding.pause * 2
        outstanding.next = now + outstanding.pause
        self.state = .outstanding(outstanding)
        return [.send(outstanding.response)]
    }

    private mutating func start(
        _ response: Response, queue: [Response], holdsAnswer: Bool, _ firstNumber: UInt32, at now: Instant
    ) -> Action {
        let number = self.lastNumber.map { $0 + 1 } ?? firstNumber
        self.lastNumber = number
        var response = response
        response.headers.add(.require, [Token.reliableProvisionals])
        response.headers.add(.rSeq, number)
        self.state = .outstanding(
            Outstanding(
                response: response, pause: self.timings.roundTrip, next: now + self.timings.roundTrip,
                end: now + self.timings.transactionLifetime, queue: queue, holdsAnswer: holdsAnswer))
        return .send(response)
    }
}
