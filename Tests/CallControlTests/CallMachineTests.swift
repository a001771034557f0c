import CallControl
import Testing
import Timekeeping

/// Whole lives of calls in virtual time. The rule behind all: every exit path ends the SIP session, stops media and
/// finishes exactly once.
@Suite struct CallMachineTests {
    private static let start = Instant.origin

    private static func limits(attempts: Int = 1) -> CallLimits {
        var limits = CallLimits()
        limits.attemptsMax = attempts
        limits.ring = .seconds(30)
        limits.maximumDuration = .seconds(600)
        return limits
    }

    /// An outbound call whose INVITE is out.
    private static func calling(attempts: Int = 1) -> CallMachine {
        var machine = CallMachine(limits: Self.limits(attempts: attempts))
        #expect(machine.start(at: Self.start) == [.requestPermit])
        #expect(machine.permitGranted(at: Self.start) == [.startMediaAndBot, .sendInvite(attempt: 0)])
        return machine
    }

    private static func connected() -> CallMachine {
        var machine = Self.calling()
        #expect(machine.provisional() == [])
        #expect(machine.botReady(at: Self.start) == [])
        #expect(machine.answered(at: Self.start + .seconds(2)) == [.releaseBotAudio])
        return machine
    }

    @Test func outboundCallHungUpByTheBot() {
        var machine = Self.connected()
        let cause = EndCause.hangup(by: .bot, reason: "done")
        let now = Self.start + .seconds(10)
        #expect(machine.end(cause, at: now) == [.sendBye(cause), .stopMedia(cause)])
        #expect(machine.end(.shutdown, at: now) == [], "a cause is decided once")
        #expect(machine.mediaEnded(at: now) == [])
        #expect(machine.signallingEnded(.hangup(by: .gateway), at: now) == [.finish(cause)])
        #expect(machine.state == .ended(cause))
        #expect(machine.deadline == nil)
    }

    @Test func remoteHangupStopsMediaAndNeedsNoBye() {
        var machine = Self.connected()
        let cause = EndCause.hangup(by: .remote)
        #expect(machine.signallingEnded(cause, at: Self.start + .seconds(3)) == [.stopMedia(cause)])
        #expect(machine.mediaEnded(at: Self.start + .seconds(3)) == [.finish(cause)])
    }

    @Test func theMaximumDurationCountsFromTheAnswer() {
        var machine = Self.connected()
        #expect(machine.deadline == Self.start + .seconds(602))
        let cause = EndCause.maximumDuration(.seconds(600))
        #expect(machine.handleTimeout(at: Self.start + .seconds(602)) == [.sendBye(cause), .stopMedia(cause)])
    }

    /// Another target is another INVITE: it waits for its permit, and is no further point of presence.
    @Test func redirectedCallWaitsForItsPermit() {
        var machine = Self.calling(attempts: 2)
        #expect(machine.tryAgain(orEndWith: .redirectLimit, at: Self.start) == [.requestPermit])
        #expect(machine.permitGranted(at: Self.start) == [.sendInvite(attempt: 0)])
        var connected = Self.connected()
        #expect(connected.tryAgain(orEndWith: .redirectLimit, at: Self.start) == [])
    }

    /// A BYE that nobody answers and media that never reports cannot keep the call alive.
    @Test func closingHasADeadline() throws {
        var machine = Self.connected()
        let cause = EndCause.hangup(by: .operatorRequest)
        #expect(machine.end(cause, at: Self.start + .seconds(4)) == [.sendBye(cause), .stopMedia(cause)])
        let deadline = try #require(machine.deadline)
        #expect(deadline == Self.start + .seconds(9))
        #expect(machine.handleTimeout(at: deadline) == [.finish(cause)])
    }

    @Test func ringDeadlineCancels() {
        var machine = Self.calling()
        #expect(machine.provisional() == [])
        #expect(machine.botReady(at: Self.start) == [])
        let cause = EndCause.noAnswer(after: .seconds(30))
        #expect(machine.handleTimeout(at: Self.start + .seconds(30)) == [.cancelInvite(cause), .stopMedia(cause)])
        #expect(machine.mediaEnded(at: Self.start + .seconds(30)) == [])
        #expect(
            machine.attemptFailed(.hangup(by: .remote), triesNext: true, at: Self.start + .seconds(31))
                == [.finish(cause)])
    }

    /// RFC 3261 section 9.1: a 2xx may cross the CANCEL; the dialog then exists and needs a BYE.
    @Test func answerThatCrossesACancelIsHungUp() {
        var machine = Self.calling()
        let cause = EndCause.hangup(by: .operatorRequest)
        #expect(machine.end(cause, at: Self.start) == [.cancelInvite(cause), .stopMedia(cause)])
        #expect(machine.answered(at: Self.start) == [.sendBye(cause)])
        #expect(machine.mediaEnded(at: Self.start) == [])
        #expect(machine.signallingEnded(.hangup(by: .remote), at: Self.start) == [.finish(cause)])
    }

    @Test func silentPointOfPresenceIsLeftForTheNext() {
        var machine = Self.calling(attempts: 2)
        #expect(machine.handleTimeout(at: Self.start + .seconds(5)) == [.abandonInvite, .requestPermit])
        #expect(machine.botReady(at: Self.start + .seconds(5)) == [])
        #expect(machine.permitGranted(at: Self.start + .seconds(6)) == [.sendInvite(attempt: 1)])
        // The ring deadline covers the whole call, not each attempt.
        #expect(machine.provisional() == [])
        #expect(machine.deadline == Self.start + .seconds(30))
    }

    /// A look-up of 4 s is not the carrier's: it has its 5 s from the INVITE on, and the name's further servers are attempts.
    @Test func aLookUpTakesNothingOfTheCarriersTime() {
        var machine = Self.calling()
        #expect(machine.botReady(at: Self.start) == [])
        machine.located(furtherServers: 1, at: Self.start + .seconds(4))
        #expect(machine.hasUntriedRoute)
        #expect(machine.deadline == Self.start + .seconds(9))
        #expect(machine.handleTimeout(at: Self.start + .seconds(9)) == [.abandonInvite, .requestPermit])
        // A call that was ended meanwhile awaits no response.
        var ended = Self.calling()
        let cause = EndCause.hangup(by: .operatorRequest)
        #expect(ended.end(cause, at: Self.start) == [.cancelInvite(cause), .stopMedia(cause)])
        ended.located(furtherServers: 0, at: Self.start)
        #expect(ended.deadline == Self.start + .seconds(5), "that of closing")
        #expect(ended.handleTimeout(at: Self.start + .seconds(5)) == [.finish(cause)])
    }

    @Test func failureThatIsWorthANewAttemptAsksForAPermitAgain() {
        let busy = EndCause(.rejected, by: .carrier, status: 503, sentence: "503")
        var machine = Self.calling(attempts: 2)
        #expect(machine.attemptFailed(busy, triesNext: true, at: Self.start) == [.requestPermit])
        #expect(machine.permitGranted(at: Self.start) == [.sendInvite(attempt: 1)])
        #expect(machine.attemptFailed(busy, triesNext: true, at: Self.start) == [.stopMedia(busy)])
        #expect(machine.mediaEnded(at: Self.start) == [.finish(busy)])
    }

    /// RFC 3261 section 21.5.4: a 503 that names a time is asked again then, first of all points of presence, so often and
    /// no more. The ring deadline counts anew, as nothing rang meanwhile.
    @Test func aCarrierThatNamesATimeIsCalledAgain() {
        let busy = EndCause(.rejected, by: .carrier, status: 503, sentence: "503")
        var machine = Self.calling(attempts: 2)
        #expect(machine.attemptFailed(busy, triesNext: true, namesTime: true, at: Self.start) == [.requestPermit])
        #expect(machine.permitGranted(at: Self.start) == [.sendInvite(attempt: 1)])
        #expect(machine.botReady(at: Self.start) == [])
        var now = Self.start
        for _ in 0..<3 {
            #expect(machine.attemptFailed(busy, triesNext: true, namesTime: true, at: now) == [.requestPermit])
            #expect(
                machine.deadline == Self.start + .seconds(3_600), "it waits for the pacer, and no longer than it may")
            now = now + .seconds(100)
            #expect(machine.permitGranted(at: now) == [.sendInvite(attempt: 0)])
            #expect(machine.provisional() == [])
            #expect(machine.deadline == now + .seconds(30))
            #expect(machine.attemptFailed(busy, triesNext: true, namesTime: true, at: now) == [.requestPermit])
            #expect(machine.permitGranted(at: now) == [.sendInvite(attempt: 1)])
        }
        #expect(machine.attemptFailed(busy, triesNext: true, namesTime: true, at: now) == [.stopMedia(busy)])
        #expect(machine.mediaEnded(at: now) == [.finish(busy)])
    }

    /// The pacer keeps the named time for every point of presence; a call that waits for it is not one that nobody answers.
    @Test func aNamedTimeBeforeTheNextPointOfPresenceIsNoRinging() {
        let busy = EndCause(.rejected, by: .carrier, status: 503, sentence: "503")
        var machine = Self.calling(attempts: 2)
        #expect(machine.botReady(at: Self.start) == [])
        #expect(machine.attemptFailed(busy, triesNext: true, namesTime: true, at: Self.start) == [.requestPermit])
        #expect(machine.deadline == Self.start + .seconds(3_600), "it waits for the pacer, and no longer than it may")
        let later = Self.start + .seconds(100)
        #expect(machine.permitGranted(at: later) == [.sendInvite(attempt: 1)])
        #expect(machine.provisional() == [])
        #expect(machine.deadline == later + .seconds(30))
    }

    @Test func businessOutcomeIsNotRetried() {
        let busy = EndCause(.rejected, by: .remote, status: 486, sentence: "486")
        var machine = Self.calling(attempts: 3)
        #expect(machine.attemptFailed(busy, triesNext: false, at: Self.start) == [.stopMedia(busy)])
    }

    @Test func botThatIsNotReadyInTimeEndsTheCall() {
        var machine = Self.calling()
        #expect(machine.provisional() == [])
        #expect(machine.answered(at: Self.start + .seconds(1)) == [.releaseBotAudio])
        let actions = machine.handleTimeout(at: Self.start + .seconds(10))
        guard case .closing(let cause, _) = machine.state else {
            Issue.record("the call goes on without a bot")
            return
        }
        #expect(cause.kind == .botFailure)
        #expect(actions == [.sendBye(cause), .stopMedia(cause)])
    }

    @Test func inboundCallRingsUntilItsBotIsReady() {
        var machine = CallMachine(limits: Self.limits())
        #expect(machine.offer(at: Self.start) == [.startMediaAndBot, .sendRinging])
        #expect(machine.botReady(at: Self.start + .seconds(1)) == [.answerInvite, .releaseBotAudio])
        #expect(machine.state == .connected(bot: .ready))
        #expect(machine.deadline == Self.start + .seconds(601))
    }

    // MARK: Early media, another try, and the limits before the answer

    private static func early() -> CallMachine {
        var limits = Self.limits()
        limits.startsEarly = true
        var machine = CallMachine(limits: limits)
        #expect(machine.offer(at: Self.start) == [.startMediaAndBot, .sendRinging])
        #expect(machine.botReady(at: Self.start + .seconds(1)) == [.sendEarlyMedia])
        #expect(machine.state == .early)
        return machine
    }

    /// The bot talks in early media and answers when it likes.
    @Test func aBotInEarlyMediaAnswersItself() {
        var machine = Self.early()
        #expect(machine.botAnswers(at: Self.start + .seconds(5)) == [.answerInvite, .releaseBotAudio])
        #expect(machine.deadline == Self.start + .seconds(605))
        #expect(machine.botAnswers(at: Self.start + .seconds(6)) == [], "an answered call is answered once")
    }

    /// A bot that never answers does not keep the caller for longer than a call may ring.
    @Test func earlyMediaHasTheRingDeadline() {
        var machine = Self.early()
        #expect(machine.deadline == Self.start + .seconds(31))
        let cause = EndCause.noAnswer(after: .seconds(30))
        #expect(
            machine.handleTimeout(at: Self.start + .seconds(31)) == [.rejectInvite(cause), .stopMedia(cause)])
    }

    @Test func aCallerMayGiveUpInEarlyMedia() {
        var machine = Self.early()
        let cause = EndCause(.cancelled, by: .remote, sentence: "gave up")
        #expect(machine.signallingEnded(cause, at: Self.start + .seconds(2)) == [.stopMedia(cause)])
        #expect(machine.botAnswers(at: Self.start + .seconds(2)) == [])
        #expect(machine.mediaEnded(at: Self.start + .seconds(2)) == [.finish(cause)])
    }

    /// A bot's `answer` means nothing on a call that is not its to answer.
    @Test func onlyEarlyCallsAreTheBotsToAnswer() {
        var outbound = Self.calling()
        #expect(outbound.botAnswers(at: Self.start) == [])
        var ringing = CallMachine(limits: Self.limits())
        _ = ringing.offer(at: Self.start)
        #expect(ringing.botAnswers(at: Self.start) == [])
        #expect(ringing.state == .ringing)
    }

    /// Every further INVITE costs a permit, goes to the same point of presence, and has a bound; the ring deadline of the
    /// first counts for all.
    @Test func anotherTryIsBounded() {
        var machine = Self.calling(attempts: 2)
        #expect(machine.botReady(at: Self.start) == [])
        let cause = EndCause.redirectLimit
        for _ in 0..<5 {
            #expect(machine.provisional() == [])
            #expect(machine.tryAgain(orEndWith: cause, at: Self.start) == [.requestPermit])
            #expect(machine.deadline == Self.start + .seconds(30))
            #expect(machine.permitGranted(at: Self.start + .seconds(1)) == [.sendInvite(attempt: 0)])
        }
        #expect(machine.tryAgain(orEndWith: cause, at: Self.start) == [.stopMedia(cause)])
        #expect(machine.mediaEnded(at: Self.start) == [.finish(cause)])
    }

    /// A call that waits for its trunk's pace does not wait for ever.
    @Test func theSetupLimitCountsFromTheOrder() {
        var machine = CallMachine(limits: Self.limits())
        #expect(machine.start(at: Self.start) == [.requestPermit])
        let due = Self.start + .seconds(3_600)
        #expect(machine.deadline == due)
        let cause = EndCause.setupLimit(.seconds(3_600))
        #expect(machine.handleTimeout(at: due) == [.withdrawPermitRequest, .finish(cause)])
    }

    @Test func theSetupLimitEndsWithTheAnswer() {
        var machine = Self.connected()
        #expect(machine.deadline == Self.start + .seconds(602), "only the maximum duration is left")
        #expect(machine.handleTimeout(at: Self.start + .seconds(601)) == [])
    }

    @Test func inboundCallerMayGiveUp() {
        var machine = CallMachine(limits: Self.limits())
        _ = machine.offer(at: Self.start)
        let cause = EndCause(.cancelled, by: .remote, sentence: "gave up")
        #expect(machine.signallingEnded(cause, at: Self.start) == [.stopMedia(cause)])
        #expect(machine.botReady(at: Self.start) == [], "a bot that comes too late answers nothing")
        #expect(machine.mediaEnded(at: Self.start) == [.finish(cause)])
    }

    /// The CANCEL was on its way while the bot became ready: the answer went nowhere, and nobody is left to hang up.
    @Test func cancelThatCrossesTheAnswerEndsTheCall() {
        var machine = CallMachine(limits: Self.limits())
        _ = machine.offer(at: Self.start)
        #expect(machine.botReady(at: Self.start) == [.answerInvite, .releaseBotAudio])
        let cause = EndCause(.cancelled, by: .remote, sentence: "gave up")
        #expect(machine.signallingEnded(cause, at: Self.start) == [.stopMedia(cause)])
        #expect(machine.mediaEnded(at: Self.start) == [.finish(cause)])
    }

    @Test func inboundCallWhoseBotFailsIsRejected() {
        var machine = CallMachine(limits: Self.limits())
        _ = machine.offer(at: Self.start)
        let cause = EndCause.botFailure("exit 1")
        #expect(machine.end(cause, at: Self.start) == [.rejectInvite(cause), .stopMedia(cause)])
        #expect(machine.mediaEnded(at: Self.start) == [.finish(cause)])
    }

    @Test func withoutMediaACallEndsAtOnce() {
        let cause = EndCause(.capacity, by: .gateway, sentence: "ports")
        var inbound = CallMachine(limits: Self.limits())
        _ = inbound.offer(at: Self.start)
        #expect(inbound.mediaUnavailable(cause, at: Self.start) == [.rejectInvite(cause), .finish(cause)])
        var outbound = Self.calling()
        #expect(outbound.mediaUnavailable(cause, at: Self.start) == [.finish(cause)])
    }

    @Test func hangUpInTheWaitingLineTakesThePlaceBack() {
        var machine = CallMachine(limits: Self.limits())
        _ = machine.start(at: Self.start)
        let cause = EndCause.hangup(by: .operatorRequest)
        #expect(machine.end(cause, at: Self.start) == [.withdrawPermitRequest, .finish(cause)])
        #expect(machine.permitGranted(at: Self.start) == [])
    }

    @Test func mediaThatEndsByItselfEndsTheCall() {
        var machine = Self.connected()
        let actions = machine.mediaEnded(at: Self.start + .seconds(3))
        guard case .closing(let cause, .signalling) = machine.state else {
            Issue.record("the call goes on without media")
            return
        }
        #expect(cause.kind == .internalFault)
        #expect(actions == [.sendBye(cause), .stopMedia(cause)])
    }

    /// Whatever order inputs come in, a call finishes exactly once and sends at most one BYE.
    @Test(arguments: 0..<200)
    func anyOrderOfInputsFinishesOnce(seed: Int) {
        var limits = Self.limits(attempts: 2)
        limits.startsEarly = seed.isMultiple(of: 3)
        var machine = CallMachine(limits: limits)
        var generator = SeededGenerator(state: UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 &+ 1)
        var actions: [CallMachine.Action] =
            seed.isMultiple(of: 2) ? machine.start(at: Self.start) : machine.offer(at: Self.start)
        var now = Self.start
        for _ in 0..<40 {
            now += .milliseconds(Int.random(in: 0...3_000, using: &generator))
            while let deadline = machine.deadline, deadline <= now { actions += machine.handleTimeout(at: deadline) }
            switch Int.random(in: 0..<11, using: &generator) {
            case 0: actions += machine.permitGranted(at: now)
            case 1: actions += machine.botReady(at: now)
            case 2: actions += machine.provisional()
            case 3: actions += machine.answered(at: now)
            case 4: actions += machine.attemptFailed(.hangup(by: .carrier), triesNext: true, at: now)
            case 5: actions += machine.signallingEnded(.hangup(by: .remote), at: now)
            case 6: actions += machine.end(.hangup(by: .bot), at: now)
            case 7: actions += machine.mediaEnded(at: now)
            case 8: actions += machine.botAnswers(at: now)
            case 9: actions += machine.tryAgain(orEndWith: .redirectLimit, at: now)
            default: actions += machine.provisional()
            }
        }
        actions += machine.end(.shutdown, at: now)
        while let deadline = machine.deadline { actions += machine.handleTimeout(at: deadline) }
        let finishes = actions.filter { if case .finish = $0 { true } else { false } }
        let starts = actions.filter { $0 == .startMediaAndBot }
        let stops = actions.filter { if case .stopMedia = $0 { true } else { false } }
        #expect(finishes.count == 1)
        #expect(starts.count == stops.count, "what was started is stopped")
        guard case .ended = machine.state else {
            Issue.record("still \(machine.state)")
            return
        }
    }
}

/// SplitMix64: the same sequence for the same seed, for tests only.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = self.state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
