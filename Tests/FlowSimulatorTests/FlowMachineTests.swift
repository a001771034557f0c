import FlowSimulator
import Testing
import Timekeeping

/// The flow's machine in virtual time: what it asks for, and when.
@Suite struct FlowMachineTests {
    private static let one = Digit(event: 1)
    private let now = Instant.origin

    private func machine(_ steps: [String: FlowStep], start: String) -> FlowMachine {
        let named = Dictionary(uniqueKeysWithValues: steps.map { (StepName($0.key), $0.value) })
        return FlowMachine(flow: Flow(start: StepName(start), steps: named))
    }

    private func gather(_ change: (inout FlowStep.Gather) -> Void = { _ in }) -> FlowStep {
        var gather = FlowStep.Gather()
        gather.prompt = "menu"
        gather.branches = ["1": StepName("one")]
        gather.otherwise = StepName("sorry")
        change(&gather)
        return .gather(gather)
    }

    private func digit(_ character: Character) throws -> Digit {
        try #require(Digit(character))
    }

    @Test func saysAndHangsUpWithoutNext() {
        var flow = self.machine(["hello": .say(.init(prompt: "hello", next: nil))], start: "hello")
        #expect(flow.start(at: self.now) == [.entered(StepName("hello")), .play(prompt: "hello")])
        #expect(flow.deadline == nil)
        #expect(flow.promptFinished(at: self.now) == [.hangUp(cause: 16)])
        #expect(flow.isFinished)
    }

    @Test func startsOnce() {
        var flow = self.machine(["hello": .say(.init(prompt: "hello", next: nil))], start: "hello")
        _ = flow.start(at: self.now)
        #expect(flow.start(at: self.now).isEmpty)
    }

    /// A digit cuts the prompt short and takes the branch.
    @Test func digitDuringThePromptTakesItsBranch() throws {
        var flow = self.machine(
            ["menu": self.gather(), "one": .listen(.init(duration: .seconds(3), next: nil))], start: "menu")
        #expect(flow.start(at: self.now) == [.entered(StepName("menu")), .play(prompt: "menu")])
        #expect(
            flow.digit(try self.digit("1"), at: self.now) == [
                .beSilent, .gathered(StepName("menu"), entry: "1"), .entered(StepName("one")), .beSilent,
            ])
        #expect(flow.deadline == self.now + .seconds(3))
        #expect(flow.handleTimeout(at: self.now + .seconds(2)).isEmpty)
        #expect(flow.handleTimeout(at: self.now + .seconds(3)) == [.hangUp(cause: 16)])
    }

    @Test func silenceRepeatsTheStepThenGoesElsewhere() {
        var flow = self.machine(
            ["menu": self.gather { $0.tries = 2 }, "sorry": .hangUp(.init(cause: 19))], start: "menu")
        _ = flow.start(at: self.now)
        #expect(flow.promptFinished(at: self.now) == [.beSilent])
        #expect(flow.deadline == self.now + .seconds(5))
        let later = self.now + .seconds(5)
        #expect(flow.handleTimeout(at: later) == [.gathered(StepName("menu"), entry: ""), .play(prompt: "menu")])
        _ = flow.promptFinished(at: later)
        #expect(
            flow.handleTimeout(at: later + .seconds(5)) == [
                .gathered(StepName("menu"), entry: ""), .entered(StepName("sorry")), .hangUp(cause: 19),
            ])
    }

    @Test func entryWithoutBranchGoesElsewhere() throws {
        var flow = self.machine(["menu": self.gather(), "sorry": .hangUp(.init())], start: "menu")
        _ = flow.start(at: self.now)
        let actions = flow.digit(try self.digit("9"), at: self.now)
        #expect(actions.contains(.gathered(StepName("menu"), entry: "9")))
        #expect(actions.contains(.entered(StepName("sorry"))))
    }

    /// Four to six digits end at the sixth, at the terminator, or at the pause after the fourth.
    @Test(arguments: [
        ("123456", "123456", true), ("1234#", "1234", true), ("1234", "1234", false), ("123#", "123", true),
    ])
    func collectsDigits(pressed: String, entry: String, endsAtOnce: Bool) throws {
        var flow = self.machine(
            [
                "menu": self.gather {
                    $0.digits = 4...6
                    $0.terminator = Digit("#")
                    $0.branches = [:]
                    $0.anyEntry = StepName("any")
                }, "any": .hangUp(.init(cause: 17)), "sorry": .hangUp(.init(cause: 18)),
            ], start: "menu")
        _ = flow.start(at: self.now)
        var actions: [FlowAction] = []
        for character in pressed { actions += flow.digit(try self.digit(character), at: self.now) }
        #expect(flow.isFinished == endsAtOnce)
        if !endsAtOnce { actions += flow.handleTimeout(at: try #require(flow.deadline)) }
        #expect(actions.contains(.gathered(StepName("menu"), entry: entry)))
        #expect(actions.last == .hangUp(cause: entry.count >= 4 ? 17 : 18))
    }

    /// Each digit begins the wait anew.
    @Test func digitRenewsTheTimeout() throws {
        var flow = self.machine(["menu": self.gather { $0.digits = 2...2 }, "sorry": .hangUp(.init())], start: "menu")
        _ = flow.start(at: self.now)
        _ = flow.promptFinished(at: self.now)
        _ = flow.digit(try self.digit("1"), at: self.now + .seconds(4))
        #expect(flow.deadline == self.now + .seconds(9))
    }

    @Test func agentRingsAnswersSpeaksAndListens() {
        let agent = FlowStep.Agent(ringing: .seconds(2), prompt: "agent")
        var flow = self.machine(
            ["agent": .connect(.init(agent: agent, duration: .seconds(10), next: nil))], start: "agent")
        #expect(flow.start(at: self.now) == [.entered(StepName("agent")), .ring])
        let answered = self.now + .seconds(2)
        #expect(flow.handleTimeout(at: answered) == [.play(prompt: "agent")])
        #expect(flow.promptFinished(at: answered + .seconds(1)) == [.beSilent])
        #expect(flow.handleTimeout(at: answered + .seconds(10)) == [.hangUp(cause: 16)])
    }

    @Test func echoLastsForItsDuration() {
        var flow = self.machine(
            [
                "echo": .connect(.init(agent: nil, duration: .seconds(4), next: StepName("bye"))),
                "bye": .say(.init(prompt: "bye", next: nil)),
            ], start: "echo")
        #expect(flow.start(at: self.now) == [.entered(StepName("echo")), .echo])
        #expect(
            flow.handleTimeout(at: self.now + .seconds(4)) == [.entered(StepName("bye")), .play(prompt: "bye")])
    }

    @Test func pressesKeysThenGoesOn() throws {
        let digits = [try self.digit("4"), try self.digit("2")]
        var flow = self.machine(
            ["press": .press(.init(digits: digits, next: StepName("end"))), "end": .hangUp(.init())], start: "press")
        #expect(flow.start(at: self.now) == [.entered(StepName("press")), .press(digits)])
        #expect(flow.digitsFinished(at: self.now) == [.entered(StepName("end")), .hangUp(cause: 16)])
    }

    /// Nothing happens after the caller has gone, and nothing that belongs to another state is taken.
    @Test func ignoresWhatDoesNotBelong() throws {
        var flow = self.machine(["hello": .say(.init(prompt: "hello", next: nil))], start: "hello")
        #expect(flow.promptFinished(at: self.now).isEmpty)
        _ = flow.start(at: self.now)
        #expect(flow.digit(try self.digit("1"), at: self.now).isEmpty)
        #expect(flow.digitsFinished(at: self.now).isEmpty)
        flow.stop()
        #expect(flow.promptFinished(at: self.now).isEmpty)
        #expect(flow.handleTimeout(at: self.now + .seconds(100)).isEmpty)
    }
}
