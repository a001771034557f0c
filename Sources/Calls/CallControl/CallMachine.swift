import Timekeeping

/// The life of one call, from the order or the INVITE to the record. Sans-IO: inputs with `now`, actions out.
///
/// ```
///  outbound:  idle ─ start ─▶ queued ─ permit ─▶ calling ─ 200 ─▶ connected ─┐
///                               ▲    next PoP,     │                         │
///                               │    another try   │                         │
///                               └── Retry-After ───┤ cancel, failure         │ BYE, hang-up, bot, limit, transfer
///                                                  ▼                         ▼
///                                                closing ◀───────────────────┘
///  inbound:   idle ─ offer ─▶ ringing ─ bot ready ──────────────▶ connected ─ …
///                               │  │                                  ▲
///                               │  └─ bot ready, early ─▶ early ── bot answers
///                               └─ CANCEL, reject ─▶ closing ◀─ CANCEL, limit ─┘
///  both:      closing ─ media and signalling done, or its deadline ─▶ ended
/// ```
///
/// What happens within `connected` and leaves the call alive has machines of its own: `HoldMachine`, `TransferMachine`.
///
/// Every path out of `calling`, `ringing` and `connected` ends the SIP session, stops media (which closes the bot and
/// finalises the recording) and writes the record, in that order; `closing` has a deadline of its own, so nothing that
/// fails to report can keep a call alive.
package struct CallMachine: Sendable {
    package enum BotPhase: Hashable, Sendable {
        case starting
        case ready
    }

    /// What still has to report before the record can be written.
    package struct Outstanding: OptionSet, Hashable, Sendable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }
        package static let media = Outstanding(rawValue: 1)
        package static let signalling = Outstanding(rawValue: 2)
    }

    package enum State: Hashable, Sendable {
        case idle
        /// Waits for the trunk's pacer. `bot` is nil before the first attempt: nothing has been started yet.
        case queued(attempt: Int, bot: BotPhase?)
        /// The INVITE of this attempt is out.
        case calling(attempt: Int, bot: BotPhase)
        /// An inbound call rings until its bot is ready.
        case ringing
        /// An inbound call hears its bot in early media and waits for the bot to answer it.
        case early
        case connected(bot: BotPhase)
        /// The end is decided; media and signalling still have to report.
        case closing(EndCause, Outstanding)
        case ended(EndCause)
    }

    package enum Timer: Hashable, Sendable {
        /// No provisional response: this point of presence does not answer.
        case firstResponse
        case ring
        /// Neither answered nor refused, the wait for the trunk's pace included.
        case setup
        case botStart
        case maximumDuration
        case closing
    }

    package private(set) var state: State = .idle
    private var timers = TimerTable<Timer>()
    private var limits: CallLimits
    /// How often the carrier has asked to be called again later, and was.
    private var postponements = 0
    /// How often the same call was tried again on account of an answer: a redirect, a narrower offer.
    private var repeats = 0

    package init(limits: CallLimits) {
        self.limits = limits
    }

    package var deadline: Instant? { self.timers.deadline }

    /// The name of where this attempt goes was looked up: only now the INVITE leaves, and its first response is awaited.
    ///
    /// - Parameter count: the further servers of the name, each worth an attempt of its own.
    package mutating func located(furtherServers count: Int, at now: Instant) {
        self.limits.attemptsMax += count
        guard case .calling = self.state else { return }
        self.timers.arm(.firstResponse, at: now + self.limits.firstResponse)
    }
}

/// The deadlines of one call, from its trunk and its bot.
package struct CallLimits: Hashable, Sendable {
    /// From the INVITE to the first response of any kind; then the next point of presence is tried.
    package var firstResponse: Duration = .seconds(5)
    /// From the order to the answer, the wait for the trunk's pace included.
    package var setup: Duration = .seconds(3_600)
    /// From the INVITE to the answer.
    package var ring: Duration = .seconds(60)
    /// From the start of the bot until it is ready.
    package var botStart: Duration = .seconds(10)
    /// From the answer to a BYE of ours, whatever happens.
    package var maximumDuration: Duration = .seconds(3_600)
    /// From the decision to end until the record is written without further waiting.
    package var closing: Duration = .seconds(5)
    /// How many points of presence there are to try; grows by the further servers of their names.
    package var attemptsMax: Int = 1
    /// How often the call goes back in line because every point of presence was busy and named a time (Retry-After).
    package var postponementsMax: Int = 3
    /// How often the call goes back in line for another INVITE because an answer asked for it.
    package var repeatsMax: Int = 5
    /// Whether an inbound call is given to its bot in early media, for the bot to answer.
    package var startsEarly: Bool = false

    package init() {}
}

extension CallMachine {
    package enum Action: Hashable, Sendable {
        /// Ask the pacer for leave to send one new-dialog INVITE.
        case requestPermit
        /// Open the media session and start the bot: once, before the first INVITE.
        case startMediaAndBot
        case sendInvite(attempt: Int)
        /// Forget the transaction of this attempt: its answer no longer counts.
        case abandonInvite
        case cancelInvite(EndCause)
        case sendRinging
        /// 183 with our answer to the offer; media begins.
        case sendEarlyMedia
        case answerInvite
        case rejectInvite(EndCause)
        /// Let the bot's audio out and tell the bot that the call is answered.
        case releaseBotAudio
        case sendBye(EndCause)
        case stopMedia(EndCause)
        case withdrawPermitRequest
        case finish(EndCause)
    }

    // MARK: Beginning

    /// An order to call out.
    package mutating func start(at now: Instant) -> [Action] {
        precondition(self.state == .idle, "a call starts once")
        self.timers.arm(.setup, at: now + self.limits.setup)
        self.state = .queued(attempt: 0, bot: nil)
        return [.requestPermit]
    }

    /// An INVITE came in and the route accepted it.
    package mutating func offer(at now: Instant) -> [Action] {
        precondition(self.state == .idle, "a call starts once")
        self.state = .ringing
        self.timers.arm(.botStart, at: now + self.limits.botStart)
        return [.startMediaAndBot, .sendRinging]
    }

    /// The pacer allows one INVITE now.
    package mutating func permitGranted(at now: Instant) -> [Action] {
        guard case .queued(let attempt, let bot) = self.state else { return [] }
        self.timers.arm(.firstResponse, at: now + self.limits.firstResponse)
        if self.timers.deadline(of: .ring) == nil { self.timers.arm(.ring, at: now + self.limits.ring) }
        self.state = .calling(attempt: attempt, bot: bot ?? .starting)
        guard bot == nil else { return [.sendInvite(attempt: attempt)] }
        self.timers.arm(.botStart, at: now + self.limits.botStart)
        return [.startMediaAndBot, .sendInvite(attempt: attempt)]
    }

    // MARK: The bot

    package mutating func botReady(at now: Instant) -> [Action] {
        self.timers.disarm(.botStart)
        switch self.state {
        case .queued(let attempt, .some):
            self.state = .queued(attempt: attempt, bot: .ready)
            return []
        case .calling(let attempt, _):
            self.state = .calling(attempt: attempt, bot: .ready)
            return []
        case .ringing where self.limits.startsEarly:
            self.state = .early
            self.timers.arm(.ring, at: now + self.limits.ring)
            return [.sendEarlyMedia]
        case .ringing:
            return self.answer(at: now)
        case .connected:
            self.state = .connected(bot: .ready)
            return []
        case .idle, .queued, .early, .closing, .ended:
            return []
        }
    }

    /// The bot answers the call that it was given in early media.
    package mutating func botAnswers(at now: Instant) -> [Action] {
        guard self.state == .early else { return [] }
        return self.answer(at: now)
    }

    private mutating func answer(at now: Instant) -> [Action] {
        self.state = .connected(bot: .ready)
        self.timers.disarmAll()
        self.timers.arm(.maximumDuration, at: now + self.limits.maximumDuration)
        return [.answerInvite, .releaseBotAudio]
    }

    // MARK: Signalling, outbound

    /// A provisional response of any kind, 100 included.
    package mutating func provisional() -> [Action] {
        self.timers.disarm(.firstResponse)
        return []
    }

    package mutating func answered(at now: Instant) -> [Action] {
        switch self.state {
        case .calling(_, let bot):
            self.timers.disarm(.firstResponse)
            self.timers.disarm(.ring)
            self.timers.disarm(.setup)
            self.timers.arm(.maximumDuration, at: now + self.limits.maximumDuration)
            self.state = .connected(bot: bot)
            return [.releaseBotAudio]
        case .closing(let cause, _):
            // The 200 crossed our CANCEL (RFC 3261 section 9.1): the call exists and has to be hung up.
            return [.sendBye(cause)]
        case .idle, .queued, .ringing, .early, .connected, .ended:
            return []
        }
    }

    /// The answer asks for another INVITE of the same call: to another address (3xx), or with another offer (488). It
    /// costs a permit as any INVITE does. With `cause` the call ends when it has been tried too often.
    package mutating func tryAgain(orEndWith cause: EndCause, at now: Instant) -> [Action] {
        guard case .calling(let attempt, let bot) = self.state, self.repeats < self.limits.repeatsMax else {
            return self.attemptFailed(cause, triesNext: false, at: now)
        }
        self.repeats += 1
        self.timers.disarm(.firstResponse)
        self.state = .queued(attempt: attempt, bot: bot)
        return [.requestPermit]
    }

    /// Whether a point of presence is left that this round of attempts has not tried.
    package var hasUntriedRoute: Bool {
        guard case .calling(let attempt, _) = self.state else { return false }
        return attempt + 1 < self.limits.attemptsMax
    }

    /// The attempt failed: a final response, a time-out, or no connection.
    ///
    /// - Parameters:
    ///   - triesNext: whether this kind of failure is worth the next point of presence.
    ///   - namesTime: whether the carrier said when to try again. The pacer keeps that time; the call waits in its line.
    package mutating func attemptFailed(
        _ cause: EndCause, triesNext: Bool, namesTime: Bool = false, at now: Instant
    ) -> [Action] {
        switch self.state {
        case .calling(let attempt, let bot):
            guard triesNext else { return [.stopMedia(cause)] + self.close(cause, waitingFor: .media, at: now) }
            // The wait is the carrier's wish and no ringing: the ring deadline begins again with the next INVITE.
            if namesTime { self.timers.disarm(.ring) }
            if self.hasUntriedRoute {
                self.timers.disarm(.firstResponse)
                self.state = .queued(attempt: attempt + 1, bot: bot)
                return [.requestPermit]
            }
            guard namesTime, self.postponements < self.limits.postponementsMax else {
                return [.stopMedia(cause)] + self.close(cause, waitingFor: .media, at: now)
            }
            self.postponements += 1
            self.timers.disarm(.firstResponse)
            self.state = .queued(attempt: 0, bot: bot)
            return [.requestPermit]
        case .closing(let decided, let outstanding):
            return self.close(decided, waitingFor: outstanding.subtracting(.signalling), at: now)
        case .idle, .queued, .ringing, .early, .connected, .ended:
            return []
        }
    }

    // MARK: Endings

    /// The SIP session is over: a BYE came, our BYE was answered, the dialog failed, or the caller gave up.
    ///
    /// A CANCEL can cross our 200: the call is then `connected` here although it never was, and ends all the same.
    package mutating func signallingEnded(_ cause: EndCause, at now: Instant) -> [Action] {
        switch self.state {
        case .connected, .ringing, .early, .calling:
            return [.stopMedia(cause)] + self.close(cause, waitingFor: .media, at: now)
        case .closing(let decided, let outstanding):
            return self.close(decided, waitingFor: outstanding.subtracting(.signalling), at: now)
        case .idle, .queued, .ended:
            return []
        }
    }

    /// Media has stopped and reported; nothing of it is left.
    package mutating func mediaEnded(at now: Instant) -> [Action] {
        switch self.state {
        case .idle, .ended:
            return []
        case .queued, .calling, .ringing, .early, .connected:
            // Nobody asked it to stop. The call cannot go on without audio.
            let cause = EndCause(.internalFault, by: .gateway, sentence: "The media session ended by itself.")
            return self.end(cause, at: now) + self.mediaEnded(at: now)
        case .closing(let cause, let outstanding):
            return self.close(cause, waitingFor: outstanding.subtracting(.media), at: now)
        }
    }

    /// Ends the call from wherever it is: the bot, an operator, a limit, a fault or a shutdown wants it.
    package mutating func end(_ cause: EndCause, at now: Instant) -> [Action] {
        switch self.state {
        case .idle:
            return self.close(cause, waitingFor: [], at: now)
        case .queued(_, let bot):
            guard bot != nil else { return [.withdrawPermitRequest] + self.close(cause, waitingFor: [], at: now) }
            return [.withdrawPermitRequest, .stopMedia(cause)] + self.close(cause, waitingFor: .media, at: now)
        case .calling:
            return [.cancelInvite(cause), .stopMedia(cause)]
                + self.close(cause, waitingFor: [.media, .signalling], at: now)
        case .ringing, .early:
            return [.rejectInvite(cause), .stopMedia(cause)] + self.close(cause, waitingFor: .media, at: now)
        case .connected:
            return [.sendBye(cause), .stopMedia(cause)]
                + self.close(cause, waitingFor: [.media, .signalling], at: now)
        case .closing, .ended:
            return []
        }
    }

    /// Media could not be opened; there is nothing to stop.
    package mutating func mediaUnavailable(_ cause: EndCause, at now: Instant) -> [Action] {
        switch self.state {
        case .calling, .queued:
            return self.close(cause, waitingFor: [], at: now)
        case .ringing:
            return [.rejectInvite(cause)] + self.close(cause, waitingFor: [], at: now)
        case .idle, .early, .connected, .closing, .ended:
            return []
        }
    }

    /// Takes one timer that is due; call again until `deadline` lies ahead.
    package mutating func handleTimeout(at now: Instant) -> [Action] {
        guard let timer = self.timers.popDue(at: now) else { return [] }
        switch timer {
        case .firstResponse:
            // At the last point of presence the ring deadline, or the transaction's own, decides.
            guard self.hasUntriedRoute else { return [] }
            let cause = EndCause(
                .unreachable, by: .carrier,
                sentence: "The carrier sent no response within \(self.limits.firstResponse.components.seconds) s.",
                remedy: "Check that the source address is allowed on the trunk and that signalling is not filtered.")
            return [.abandonInvite] + self.attemptFailed(cause, triesNext: true, at: now)
        case .ring:
            return self.end(.noAnswer(after: self.limits.ring), at: now)
        case .setup:
            return self.end(.setupLimit(self.limits.setup), at: now)
        case .botStart:
            return self.end(
                .botFailure("The bot was not ready within \(self.limits.botStart.components.seconds) s."), at: now)
        case .maximumDuration:
            return self.end(.maximumDuration(self.limits.maximumDuration), at: now)
        case .closing:
            guard case .closing(let cause, _) = self.state else { return [] }
            return self.close(cause, waitingFor: [], at: now)
        }
    }

    private mutating func close(_ cause: EndCause, waitingFor outstanding: Outstanding, at now: Instant) -> [Action] {
        if outstanding.isEmpty {
            self.timers.disarmAll()
            self.state = .ended(cause)
            return [.finish(cause)]
        }
        if self.timers.deadline(of: .closing) == nil {
            self.timers.disarmAll()
            self.timers.arm(.closing, at: now + self.limits.closing)
        }
        self.state = .closing(cause, outstanding)
        return []
    }
}
