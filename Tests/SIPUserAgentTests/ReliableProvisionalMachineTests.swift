import SIPSyntax
import SIPTransaction
import SIPUserAgent
import Testing
import Timekeeping

/// Our reliable provisional answers by themselves (RFC 3262 section 3), in virtual time.
@Suite struct ReliableProvisionalMachineTests {
    private static let ringing = Response(status: .ringing, headers: Headers())
    private static let progress = Response(
        status: .sessionProgress, headers: Headers(), body: Array("v=0\r\n".utf8))

    private func machine(_ countMax: Int = 8) -> ReliableProvisionals {
        ReliableProvisionals(timings: .standard, countMax: countMax)
    }

    /// What a PRACK with this number brings, in short.
    private func acknowledge(_ number: UInt32, _ machine: inout ReliableProvisionals, at now: Instant = .origin)
        -> [String]?
    {
        machine.acknowledge(number, at: now).map { self.words($0.actions) }
    }

    private func send(_ response: Response, _ firstNumber: UInt32, _ machine: inout ReliableProvisionals) -> [String] {
        self.words(machine.send(response, firstNumber: firstNumber, at: .origin))
    }

    private func answer(_ machine: inout ReliableProvisionals) -> [String] { self.words(machine.answer()) }

    /// What is asked for, in short: the number of what is sent, or the word for the rest.
    private func words(_ actions: [ReliableProvisionals.Action]) -> [String] {
        actions.map { action in
            switch action {
            case .send(let response):
                "\(response.status) \(((try? response.headers.rSeq) ?? nil).map(String.init) ?? "without a number")"
            case .sendAnswer: "answer"
            case .giveUp: "give up"
            }
        }
    }

    /// Numbers begin where they are told and rise by one, and each response names 100rel in Require.
    @Test func numbersRise() throws {
        var machine = self.machine()
        #expect(machine.deadline == nil && machine.outstanding == nil && machine.lastNumber == nil)
        #expect(self.send(Self.ringing, 41, &machine) == ["180 41"])
        #expect(try machine.outstanding?.headers.require == [.reliableProvisionals])
        #expect(self.send(Self.progress, 99, &machine) == [])
        #expect(self.acknowledge(40, &machine) == nil && self.acknowledge(42, &machine) == nil)
        let first = machine.acknowledge(41, at: .origin)
        #expect(first?.response.status == .ringing && first.map { self.words($0.actions) } == ["183 42"])
        let second = machine.acknowledge(42, at: .origin)
        #expect(second?.response.status == .sessionProgress && second?.actions.isEmpty == true)
        #expect(self.acknowledge(42, &machine) == nil && machine.deadline == nil)
        #expect(self.send(Self.ringing, 7, &machine) == ["180 43"])
    }

    /// Again at T1, ever twice as late without T2's bound, until 64·T1.
    @Test func sentAgainUntilGivenUp() {
        var machine = self.machine()
        _ = machine.send(Self.ringing, firstNumber: 1, at: .origin)
        var resends: [Int64] = []
        var end: Int64?
        while let deadline = machine.deadline {
            let time = Instant.origin.duration(to: deadline).inMilliseconds
            let actions = self.words(machine.handleTimeout(at: deadline))
            if actions == ["180 1"] { resends.append(time) }
            if actions == ["give up"] { end = time }
        }
        #expect(resends == [500, 1_500, 3_500, 7_500, 15_500, 31_500] && end == 32_000)
    }

    /// The clock of the next begins with its own sending.
    @Test func eachHasItsOwnClock() {
        var machine = self.machine()
        _ = machine.send(Self.ringing, firstNumber: 1, at: .origin)
        _ = machine.send(Self.ringing, firstNumber: 1, at: .origin)
        #expect(self.acknowledge(1, &machine, at: .milliseconds(10_000)) == ["180 2"])
        #expect(machine.deadline == .milliseconds(10_500))
        let early = machine.handleTimeout(at: .milliseconds(10_499))
        #expect(early.isEmpty)
    }

    /// Beyond `countMax` that wait, one more is dropped; whoever asks before knows.
    @Test func queueIsBounded() {
        var machine = self.machine(2)
        for _ in 0..<5 { _ = machine.send(Self.ringing, firstNumber: 1, at: .origin) }
        #expect(machine.isFull)
        var number: UInt32 = 0
        while machine.outstanding != nil {
            number += 1
            guard self.acknowledge(number, &machine) != nil else { break }
        }
        #expect(number == 3 && !machine.isFull)
    }

    /// A 2xx waits while a description has no PRACK, on the wire or in the queue, and not for ringing alone.
    @Test func answerWaitsForDescriptions() {
        var ringing = self.machine()
        _ = ringing.send(Self.ringing, firstNumber: 1, at: .origin)
        #expect(self.answer(&ringing) == ["answer"])
        var onTheWire = self.machine()
        _ = onTheWire.send(Self.progress, firstNumber: 1, at: .origin)
        #expect(self.answer(&onTheWire) == [])
        #expect(self.acknowledge(1, &onTheWire) == ["answer"])
        var queued = self.machine()
        for response in [Self.ringing, Self.progress, Self.ringing] {
            _ = queued.send(response, firstNumber: 1, at: .origin)
        }
        #expect(self.answer(&queued) == [])
        #expect(self.acknowledge(1, &queued) == ["183 2"])
        // Once the description is acknowledged, ringing that waits behind it is not news any more.
        #expect(self.acknowledge(2, &queued) == ["answer"])
    }

    /// After the 2xx nothing is sent or sent again, but the PRACK of what was outstanding is still good, once.
    @Test func lateAcknowledgementIsGood() throws {
        var machine = self.machine()
        _ = machine.send(Self.ringing, firstNumber: 5, at: .origin)
        _ = machine.answer()
        #expect(machine.deadline == nil)
        let late =
            machine.handleTimeout(at: .milliseconds(60_000)) + machine.send(Self.ringing, firstNumber: 5, at: .origin)
        #expect(late.isEmpty)
        #expect(self.acknowledge(5, &machine) == [])
        #expect(self.acknowledge(5, &machine) == nil)
    }
}
