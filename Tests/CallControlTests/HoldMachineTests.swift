import CallControl
import Testing

/// Our own hold: one offer at a time, the last wish wins, a refusal changes nothing.
@Suite struct HoldMachineTests {
    @Test func holdAndResume() {
        var machine = HoldMachine()
        #expect(machine.want(.hold) == [.sendOffer(.hold)])
        #expect(!machine.isHeld, "it holds when the far end has agreed")
        #expect(machine.offerAnswered() == [.report(.hold)])
        #expect(machine.isHeld)
        #expect(machine.want(.resume) == [.sendOffer(.resume)])
        #expect(machine.isHeld)
        #expect(machine.offerAnswered() == [.report(.resume)])
        #expect(machine.state == .settled(.resume))
    }

    @Test func aWishThatHoldsAlreadyIsOnlyReported() {
        var machine = HoldMachine()
        #expect(machine.want(.resume) == [.report(.resume)])
    }

    @Test func aRefusalKeepsWhatWas() {
        var machine = HoldMachine()
        _ = machine.want(.hold)
        #expect(machine.offered == .hold)
        #expect(machine.offerRefused() == [.report(.resume, isRefusal: true)])
        #expect(machine.state == .settled(.resume) && machine.offered == nil)
        #expect(machine.want(.hold) == [.sendOffer(.hold)], "it may be tried again")
    }

    /// Wishes that come while an offer is out are not queued: the last one counts.
    @Test func theLastWishWins() {
        var machine = HoldMachine()
        _ = machine.want(.hold)
        #expect(machine.want(.resume) == [])
        #expect(machine.want(.hold) == [])
        #expect(machine.want(.resume) == [])
        #expect(machine.offerAnswered() == [.report(.hold), .sendOffer(.resume)])
        #expect(machine.offerAnswered() == [.report(.resume)])
    }

    @Test func aRefusedOfferGivesWayToTheLastWish() {
        var machine = HoldMachine()
        _ = machine.want(.hold)
        _ = machine.want(.resume)
        #expect(machine.offerRefused() == [.report(.resume)], "which holds already")
        #expect(machine.state == .settled(.resume))
    }

    @Test func nothingComesOfAStrayAnswerOrAfterTheEnd() {
        var machine = HoldMachine()
        #expect(machine.offerAnswered() == [] && machine.offerRefused() == [])
        machine.end()
        #expect(machine.want(.hold) == [] && machine.offerAnswered() == [])
        #expect(!machine.isHeld)
    }
}
