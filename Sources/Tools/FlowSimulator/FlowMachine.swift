import Timekeeping

/// What a flow wants done, in order.
package enum FlowAction: Hashable, Sendable {
    case entered(StepName)
    /// Play this prompt from its start; `promptFinished` is owed when it ends.
    case play(prompt: String)
    /// Send these digits; `digitsFinished` is owed when the last has ended.
    case press([Digit])
    /// Play the ringing tone until told otherwise.
    case ring
    /// Send back what the caller says.
    case echo
    /// Send silence.
    case beSilent
    case gathered(StepName, entry: String)
    case hangUp(cause: UInt8)
}

/// One call's way through a flow.
///
/// ```
///            ┌────────────── next / branch ───────────────┐
///            ▼                                             │
///  idle ─▶ saying ── promptFinished ──▶ (next step) ───────┤
///          pressing ── digitsFinished ────────────────────▶┤
///          prompting ── digit or promptFinished ─▶ gathering ── full, terminator, timeout ──┤
///          listening ── timeout ──────────────────────────▶┤
///          ringing ── timeout ─▶ agent speaks, joined ── timeout ─▶┘
///                                   any step without a next ─▶ finished
/// ```
package struct FlowMachine: Sendable {
    private enum State: Hashable, Sendable {
        case idle
        case saying(FlowStep.Say)
        case pressing(FlowStep.Press)
        /// The gather step's prompt plays and no digit has come.
        case prompting(FlowStep.Gather, Attempt)
        case gathering(FlowStep.Gather, Attempt, until: Instant)
        case listening(FlowStep.Listen, until: Instant)
        case ringing(FlowStep.Connect, FlowStep.Agent, until: Instant)
        case joined(FlowStep.Connect, until: Instant)
        case finished
    }

    private struct Attempt: Hashable, Sendable {
        var step: StepName
        var number = 1
        var entry = ""
    }

    private let flow: Flow
    private var state: State = .idle

    package init(flow: Flow) {
        self.flow = flow
    }

    package var isFinished: Bool { self.state == .finished }
    package var isIdle: Bool { self.state == .idle }

    /// When `handleTimeout` is owed; nil while a prompt plays or nothing runs.
    package var deadline: Instant? {
        switch self.state {
        case .idle, .saying, .pressing, .prompting, .finished: nil
        case .gathering(_, _, let until), .listening(_, let until), .ringing(_, _, let until), .joined(_, let until):
            until
        }
    }

    /// The call is answered: enters the first step.
    package mutating func start(at now: Instant) -> [FlowAction] {
        guard case .idle = self.state else { return [] }
        return self.enter(self.flow.start, at: now)
    }

    /// The caller is gone: nothing happens any more.
    package mutating func stop() {
        self.state = .finished
    }

    package mutating func promptFinished(at now: Instant) -> [FlowAction] {
        switch self.state {
        case .saying(let say):
            return self.enter(say.next, at: now)
        case .prompting(let gather, let attempt):
            self.state = .gathering(gather, attempt, until: now + gather.timeout)
            return [.beSilent]
        case .joined:
            return [.beSilent]
        case .idle, .pressing, .gathering, .listening, .ringing, .finished:
            return []
        }
    }

    package mutating func digitsFinished(at now: Instant) -> [FlowAction] {
        guard case .pressing(let press) = self.state else { return [] }
        return self.enter(press.next, at: now)
    }

    package mutating func digit(_ digit: Digit, at now: Instant) -> [FlowAction] {
        switch self.state {
        case .prompting(let gather, let attempt):
            return [.beSilent] + self.collect(digit, gather, attempt, at: now)
        case .gathering(let gather, let attempt, _):
            return self.collect(digit, gather, attempt, at: now)
        case .idle, .saying, .pressing, .listening, .ringing, .joined, .finished:
            return []
        }
    }

    package mutating func handleTimeout(at now: Instant) -> [FlowAction] {
        guard let deadline = self.deadline, deadline <= now else { return [] }
        switch self.state {
        case .gathering(let gather, let attempt, _):
            return self.complete(gather, attempt, at: now)
        case .listening(let listen, _):
            return self.enter(listen.next, at: now)
        case .ringing(let connect, let agent, _):
            self.state = .joined(connect, until: now + connect.duration)
            return [agent.prompt.map { .play(prompt: $0) } ?? .beSilent]
        case .joined(let connect, _):
            return self.enter(connect.next, at: now)
        case .idle, .saying, .pressing, .prompting, .finished:
            return []
        }
    }

    private mutating func enter(_ name: StepName?, at now: Instant) -> [FlowAction] {
        guard let name, let step = self.flow.steps[name] else { return self.hangUp(cause: 16) }
        switch step {
        case .say(let say):
            self.state = .saying(say)
            return [.entered(name), .play(prompt: say.prompt)]
        case .gather(let gather):
            return [.entered(name)] + self.prompt(gather, Attempt(step: name), at: now)
        case .press(let press):
            self.state = .pressing(press)
            return [.entered(name), .press(press.digits)]
        case .listen(let listen):
            self.state = .listening(listen, until: now + listen.duration)
            return [.entered(name), .beSilent]
        case .connect(let connect):
            guard let agent = connect.agent else {
                self.state = .joined(connect, until: now + connect.duration)
                return [.entered(name), .echo]
            }
            self.state = .ringing(connect, agent, until: now + agent.ringing)
            return [.entered(name), .ring]
        case .hangUp(let hangUp):
            return [.entered(name)] + self.hangUp(cause: hangUp.cause)
        }
    }

    private mutating func prompt(_ gather: FlowStep.Gather, _ attempt: Attempt, at now: Instant) -> [FlowAction] {
        guard let prompt = gather.prompt else {
            self.state = .gathering(gather, attempt, until: now + gather.timeout)
            return [.beSilent]
        }
        self.state = .prompting(gather, attempt)
        return [.play(prompt: prompt)]
    }

    private mutating func collect(
        _ digit: Digit, _ gather: FlowStep.Gather, _ attempt: Attempt, at now: Instant
    ) -> [FlowAction] {
        var attempt = attempt
        if digit == gather.terminator { return self.complete(gather, attempt, at: now) }
        attempt.entry += digit.description
        if attempt.entry.count == gather.digits.upperBound { return self.complete(gather, attempt, at: now) }
        self.state = .gathering(gather, attempt, until: now + gather.timeout)
        return []
    }

    private mutating func complete(
        _ gather: FlowStep.Gather, _ attempt: Attempt, at now: Instant
    ) -> [FlowAction] {
        let actions = [FlowAction.gathered(attempt.step, entry: attempt.entry)]
        let isLongEnough = attempt.entry.count >= gather.digits.lowerBound
        if isLongEnough, let branch = gather.branches[attempt.entry] ?? gather.anyEntry {
            return actions + self.enter(branch, at: now)
        }
        if attempt.number < gather.tries {
            let again = Attempt(step: attempt.step, number: attempt.number + 1)
            return actions + self.prompt(gather, again, at: now)
        }
        return actions + self.enter(gather.otherwise, at: now)
    }

    private mutating func hangUp(cause: UInt8) -> [FlowAction] {
        self.state = .finished
        return [.hangUp(cause: cause)]
    }
}
