import SIPSyntax
import SIPTransaction
import SIPUserAgent
import Testing
import Timekeeping
import VirtualNetwork

/// One INVITE of ours that rings and answers in several places (RFC 3261 sections 12.1 and 13.2.2.4).
@Suite struct ForkedCallTests {
    private static let forks = ["one", "two", "three"].map { name in
        var fork = ScriptedCallee(contact: "<sip:\(name)@198.51.100.2:5060>")
        fork.tag = name
        return fork
    }

    /// Early media of one fork, made reliable by a number.
    private static func early(_ fork: ScriptedCallee, to invite: Request, number: UInt32? = nil) -> SIPMessage {
        let sdp = Array("v=0\r\ns=\(fork.tag)\r\n".utf8)
        guard case .response(var response) = fork.response(.sessionProgress, to: invite, sdp: sdp), let number else {
            return fork.response(.sessionProgress, to: invite, sdp: sdp)
        }
        response.headers.add(.require, [Token.reliableProvisionals])
        response.headers.add(.rSeq, number)
        return .response(response)
    }

    /// Runs a call to a forking script. `later` are messages that it sends by itself, at their times from the INVITE on.
    private func flow(
        over transport: SIPTransportName = .udp, _ name: String, hangUpAfter: Duration = .seconds(60),
        cancelAfter: Duration? = nil, atOnce: @escaping (Request) -> [SIPMessage],
        later: [(Duration, (Request) -> SIPMessage)] = []
    ) throws -> [Request] {
        let memory = ScriptMemory()
        let script: TwoPartyDriver.Script = { message in
            memory.note(message)
            guard case .request(let request) = message else { return [] }
            switch request.method {
            case .invite: return atOnce(request)
            case .ack: return []
            case .cancel:
                guard let invite = memory.requests.first else { return [] }
                // The forking proxy answers for all.
                return [
                    Self.forks[0].response(.ok, to: request), Self.forks[0].response(.requestTerminated, to: invite),
                ]
            default: return [Self.forks[0].response(.ok, to: request)]
            }
        }
        var driver = CallFlow.driver(over: transport, callee: .script(script))
        driver.reaction = CallFlow.hangingUp(.caller, after: hangUpAfter) { _, _, _, _ in }
        let session = try #require(try CallFlow.place(&driver, over: transport))
        for (time, message) in later {
            driver.schedule(after: time) { driver in
                guard let invite = memory.requests.first else { return }
                driver.send(message(invite), from: .callee)
            }
        }
        if let cancelAfter {
            driver.schedule(after: cancelAfter) { driver in
                driver.command(.caller) { core, now in core.hangUp(session, at: now) }
            }
        }
        driver.run(until: .origin + .seconds(200))
        try GoldenLadder.expect(driver.ladder, name)
        #expect(driver.counts(of: .caller) == CallFlow.empty)
        return memory.requests
    }

    /// Two forks send early media of their own, and the second answers: the call is the second's.
    @Test func earlyMediaOfTwoForks() throws {
        let requests = try self.flow(
            "forked-early-media-udp", hangUpAfter: .seconds(2),
            atOnce: { invite in Self.forks.prefix(2).map { Self.early($0, to: invite) } },
            later: [(.seconds(3), { Self.forks[1].response(.ok, to: $0, sdp: CallFlow.answer) })])
        let bye = try #require(requests.last)
        #expect(bye.method == .bye)
        #expect(try bye.headers.to.tag == "two")
    }

    /// Each fork's reliable ringing gets a PRACK of its own, in its own early dialog with its own numbers.
    @Test func eachForkIsAcknowledged() throws {
        let requests = try self.flow(
            "forked-reliable-udp", hangUpAfter: .seconds(2),
            atOnce: { invite in
                [Self.early(Self.forks[0], to: invite, number: 10), Self.early(Self.forks[1], to: invite, number: 900)]
            },
            later: [
                (.seconds(1), { Self.early(Self.forks[1], to: $0, number: 901) }),
                (.seconds(3), { Self.forks[0].response(.ok, to: $0) }),
            ])
        let pracks = requests.filter { $0.method == .prack }
        #expect(
            try pracks.map { "\(try $0.headers.to.tag ?? "") \($0.headers.first(.rAck)?.text ?? "")" }
                == ["one 10 1 INVITE", "two 900 1 INVITE", "two 901 1 INVITE"])
    }

    /// Answers of other forks are acknowledged and ended as long as timer M runs, 64·T1 after the first; what comes later
    /// belongs to nothing (RFC 6026 section 7.2).
    @Test(arguments: CallFlow.transports)
    func lateForksAreEndedUntilTimerM(transport: SIPTransportName) throws {
        let requests = try self.flow(
            over: transport, "forked-late-answers-\(transport.rawValue)",
            atOnce: { invite in [Self.forks[0].response(.ok, to: invite, sdp: CallFlow.answer)] },
            later: [
                (.seconds(20), { Self.forks[1].response(.ok, to: $0, sdp: CallFlow.answer) }),
                (.milliseconds(31_990), { Self.forks[1].response(.ok, to: $0, sdp: CallFlow.answer) }),
                (.milliseconds(32_100), { Self.forks[2].response(.ok, to: $0, sdp: CallFlow.answer) }),
            ])
        let byes = try requests.filter { $0.method == .bye }.map { try $0.headers.to.tag }
        #expect(byes == ["two", "one"])
    }

    /// A CANCEL while two forks ring: one 487 ends the call.
    @Test func cancelEndsAllForks() throws {
        _ = try self.flow(
            "forked-cancelled-udp", cancelAfter: .seconds(2),
            atOnce: { invite in Self.forks.map { $0.response(.ringing, to: invite) } })
    }

    /// A fork's answer crosses the CANCEL: acknowledged and ended by BYE, although the proxy answers 487 afterwards.
    @Test func answerCrossesTheCancel() throws {
        let requests = try self.flow(
            "forked-answer-crosses-cancel-udp", cancelAfter: .seconds(2),
            atOnce: { invite in Self.forks.map { $0.response(.ringing, to: invite) } },
            later: [(.milliseconds(2_010), { Self.forks[1].response(.ok, to: $0, sdp: CallFlow.answer) })])
        #expect(try requests.last { $0.method == .bye }?.headers.to.tag == "two")
    }

    /// A refusal of the proxy ends all early dialogs, reliable ones included.
    @Test func refusalEndsAllForks() throws {
        _ = try self.flow(
            "forked-refused-udp",
            atOnce: { invite in
                [Self.forks[0].response(.ringing, to: invite), Self.early(Self.forks[1], to: invite, number: 1)]
            },
            later: [(.seconds(5), { Self.forks[2].response(.busyHere, to: $0) })])
    }
}
