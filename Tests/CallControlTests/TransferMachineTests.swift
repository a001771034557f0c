import BotProtocol
import CallControl
import Testing
import Timekeeping

/// Transfers in virtual time. The rule behind all: a transfer that fails leaves the far end with its bot, one that
/// succeeds ends the call, and no leg outlives the call that wanted it.
@Suite struct TransferMachineTests {
    private static let start = Instant.origin
    private static let target = "+918000000009"

    private static func machine(returnsToBot: Bool = false) -> TransferMachine {
        var limits = TransferLimits()
        limits.returnsToBot = returnsToBot
        return TransferMachine(limits: limits)
    }

    private static func referring(_ way: TransferMachine.Way = .refer) -> TransferMachine {
        var machine = Self.machine()
        #expect(
            machine.start(to: Self.target, by: way, at: Self.start)
                == [.report(BotTransferProgress(.trying)), .sendRefer(to: Self.target)])
        return machine
    }

    private static func dialling(returnsToBot: Bool = false) -> TransferMachine {
        var machine = Self.machine(returnsToBot: returnsToBot)
        #expect(
            machine.start(to: Self.target, by: .bridge, at: Self.start)
                == [.report(BotTransferProgress(.trying)), .dialLeg(to: Self.target)])
        return machine
    }

    private static func step(_ actions: [TransferMachine.Action]) -> [BotTransferProgress.Step] {
        actions.compactMap { if case .report(let progress) = $0 { progress.step } else { nil } }
    }

    @Test func referThatSucceedsEndsTheCall() {
        var machine = Self.referring()
        #expect(machine.referAccepted(at: Self.start) == [])
        #expect(machine.notified(status: 100, at: Self.start) == [])
        #expect(machine.notified(status: 180, at: Self.start) == [.report(BotTransferProgress(.ringing, status: 180))])
        #expect(
            machine.notified(status: 200, at: Self.start)
                == [.report(BotTransferProgress(.accepted, status: 200)), .endCall(to: Self.target)])
        #expect(machine.deadline == nil)
        #expect(machine.callEnded() == [])
    }

    @Test func referThatFailsGivesTheCallBack() {
        var machine = Self.referring()
        _ = machine.referAccepted(at: Self.start)
        #expect(Self.step(machine.notified(status: 486, at: Self.start)) == [.failed])
        #expect(machine.isIdle)
        #expect(machine.deadline == nil)
        #expect(
            Self.step(machine.start(to: Self.target, by: .refer, at: Self.start)) == [.trying], "another may be tried")
    }

    /// A NOTIFY can overtake the 202 (RFC 3515 section 2.4.4).
    @Test func aNotifyMayOvertakeTheAnswer() {
        var machine = Self.referring()
        #expect(machine.notified(status: 100, at: Self.start) == [])
        #expect(machine.state == .watching(to: Self.target))
        #expect(machine.referAccepted(at: Self.start) == [])
        #expect(machine.notified(status: 200, at: Self.start).last == .endCall(to: Self.target))
    }

    @Test func refusedReferIsTheEndOfIt() {
        var machine = Self.referring()
        #expect(Self.step(machine.referRefused(status: 603, at: Self.start)) == [.failed])
        #expect(machine.isIdle)
    }

    @Test func refusedReferBecomesABridgeWhereThatIsAllowed() {
        var machine = Self.referring(.referThenBridge)
        #expect(machine.referRefused(status: 405, at: Self.start) == [.dialLeg(to: Self.target)])
        #expect(machine.state == .dialling(to: Self.target))
    }

    /// No answer to the REFER, and no word after its acceptance, are failures.
    @Test func silenceHasDeadlines() {
        var machine = Self.referring()
        #expect(machine.deadline == Self.start + .seconds(35))
        #expect(machine.handleTimeout(at: Self.start + .seconds(34)) == [])
        #expect(Self.step(machine.handleTimeout(at: Self.start + .seconds(35))) == [.failed])
        var silent = Self.referring()
        _ = silent.referAccepted(at: Self.start + .seconds(1))
        #expect(silent.deadline == Self.start + .seconds(121))
        #expect(Self.step(silent.handleTimeout(at: Self.start + .seconds(121))) == [.failed])
        #expect(silent.isIdle)
    }

    @Test func aFarEndThatDoesNotSayHowItWentHasFailed() {
        var machine = Self.referring()
        _ = machine.referAccepted(at: Self.start)
        #expect(Self.step(machine.referUnreported()) == [.failed])
        #expect(machine.isIdle && machine.deadline == nil)
        #expect(machine.referUnreported() == [])
    }

    @Test func aBridgeJoinsWhenTheNewPartyAnswers() {
        var machine = Self.dialling()
        #expect(machine.deadline == nil, "the leg is a call with deadlines of its own")
        #expect(machine.legRinging(status: 180) == [.report(BotTransferProgress(.ringing, status: 180))])
        #expect(machine.legAnswered() == [.joinLeg, .report(BotTransferProgress(.accepted, status: 200))])
        #expect(machine.callEnded() == [.hangUpLeg])
        #expect(machine.callEnded() == [])
    }

    @Test func aLegThatIsNotAnsweredGivesTheCallBack() {
        var machine = Self.dialling()
        #expect(
            machine.legEnded(status: 486, sentence: "The callee is busy (486).")
                == [.report(BotTransferProgress(.failed, status: 486, reason: "The callee is busy (486)."))])
        #expect(machine.isIdle)
    }

    /// When the new party hangs up, the far end is hung up as well, or is the bot's again.
    @Test(arguments: [false, true]) func theNewPartyMayLeave(returnsToBot: Bool) {
        var machine = Self.dialling(returnsToBot: returnsToBot)
        _ = machine.legAnswered()
        let actions = machine.legEnded(status: nil, sentence: "The far end hung up.")
        if returnsToBot {
            #expect(
                actions == [.partLeg, .report(BotTransferProgress(.returned, reason: "The far end hung up."))])
            #expect(machine.isIdle)
        } else {
            #expect(actions == [.endCall(to: Self.target)])
            #expect(machine.state == .over)
        }
    }

    @Test func theFarEndMayHangUpAtAnyTime() {
        var dialling = Self.dialling()
        #expect(dialling.callEnded() == [.hangUpLeg])
        #expect(dialling.legEnded(status: 487, sentence: "Cancelled.") == [])
        var referring = Self.referring()
        #expect(referring.callEnded() == [])
        #expect(referring.deadline == nil)
        #expect(referring.notified(status: 200, at: Self.start) == [])
    }

    @Test func oneTransferAtATime() {
        var machine = Self.referring()
        #expect(Self.step(machine.start(to: "+1", by: .bridge, at: Self.start)) == [.failed])
        #expect(machine.state == .referring(to: Self.target, mayBridge: false))
    }

    /// Whatever comes in whatever order, a leg that was dialled is hung up or has ended, and nothing has a deadline after
    /// the end.
    @Test(arguments: 0..<100) func anyOrderLeavesNothing(seed: Int) {
        var machine = Self.machine(returnsToBot: seed.isMultiple(of: 2))
        var generator = SeededGenerator(state: UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 &+ 7)
        var legIsUp = false
        var now = Self.start
        func note(_ actions: [TransferMachine.Action]) {
            for action in actions {
                switch action {
                case .dialLeg:
                    #expect(!legIsUp)
                    legIsUp = true
                case .hangUpLeg:
                    #expect(legIsUp)
                    legIsUp = false
                case .joinLeg, .partLeg, .sendRefer, .report, .endCall:
                    break
                }
            }
        }
        for _ in 0..<60 {
            now += .milliseconds(Int.random(in: 0...20_000, using: &generator))
            if let deadline = machine.deadline, deadline <= now { note(machine.handleTimeout(at: now)) }
            switch Int.random(in: 0..<8, using: &generator) {
            case 0: note(machine.start(to: "+1", by: .referThenBridge, at: now))
            case 1: note(machine.start(to: "+1", by: .bridge, at: now))
            case 2: note(machine.referAccepted(at: now))
            case 3: note(machine.referRefused(status: 603, at: now))
            case 4: note(machine.notified(status: [100, 180, 486].randomElement(using: &generator) ?? 100, at: now))
            case 5: note(machine.legRinging(status: 180))
            case 6: note(machine.legAnswered())
            default:
                if legIsUp {
                    legIsUp = false
                    note(machine.legEnded(status: nil, sentence: "It ended."))
                }
            }
        }
        note(machine.callEnded())
        #expect(!legIsUp)
        #expect(machine.deadline == nil && machine.state == .over)
    }
}
