import Addressing
import SIPSyntax
import SIPTransaction
import SIPUserAgent
import Timekeeping
import VirtualNetwork

/// The parts that most call flows share.
enum CallFlow {
    static let offer = Array("v=0\r\ns=offer\r\n".utf8)
    static let answer = Array("v=0\r\ns=answer\r\n".utf8)
    static let transports: [SIPTransportName] = [.udp, .tcp]

    static func core(seed: UInt64, _ change: (inout UserAgentConfiguration) -> Void = { _ in }) -> UserAgentCore {
        var configuration = UserAgentConfiguration()
        change(&configuration)
        return UserAgentCore(configuration: configuration, random: SeededGenerator(seed: seed))
    }

    static func driver(
        over transport: SIPTransportName, conditions: LinkConditions = .clean, seed: UInt64 = 1,
        callee: TwoPartyDriver.Party? = nil
    ) -> TwoPartyDriver {
        TwoPartyDriver(
            caller: .agent(self.core(seed: 1)), callee: callee ?? .agent(self.core(seed: 2)), over: transport,
            conditions: conditions, seed: seed)
    }

    static func call(over transport: SIPTransportName) throws -> OutgoingInvite {
        let callee = TwoPartyDriver.address(of: .callee)
        let caller = AdvertisedAddress(TwoPartyDriver.address(of: .caller))
        let uri = try SIPURI(user: "bob", host: .ip(callee.address), port: callee.port)
        let from = NameAddress(uri: try SIPURI(user: "alice", host: caller.host))
        return OutgoingInvite(
            requestURI: uri, from: from, to: NameAddress(uri: uri), advertised: caller,
            destination: Destination(transport: transport, host: .ip(callee.address), port: callee.port),
            offer: self.offer)
    }

    /// A callee that rings 100 ms after the INVITE and answers after `delay`.
    static func answering(after delay: Duration) -> TwoPartyDriver.Reaction {
        { driver, side, session, event in
            guard case .incoming = event else { return }
            driver.schedule(after: .milliseconds(100)) { driver in
                driver.command(side) { core, now in core.ring(session, at: now) }
            }
            driver.schedule(after: delay) { driver in
                driver.command(side) { core, now in core.answer(session, sdp: Self.answer, at: now) }
            }
        }
    }

    /// Hangs up at one side, `delay` after the caller has its answer or the callee its ACK.
    static func hangingUp(
        _ hanging: Ladder.Side, after delay: Duration, _ first: @escaping TwoPartyDriver.Reaction
    ) -> TwoPartyDriver.Reaction {
        { driver, side, session, event in
            first(&driver, side, session, event)
            guard hanging == side, event.isBeginning else { return }
            driver.schedule(after: delay) { driver in
                driver.command(side) { core, now in core.hangUp(session, at: now) }
            }
        }
    }

    /// Places the call now.
    @discardableResult
    static func place(_ driver: inout TwoPartyDriver, over transport: SIPTransportName) throws -> SessionID? {
        let call = try self.call(over: transport)
        return try driver.command(.caller) { core, now in try core.invite(call, at: now) }
    }

    static let empty = UserAgentCounts(transactions: 0, dialogs: 0, sessions: 0)
}

extension SessionEvent {
    /// The caller has its answer, or the callee its ACK.
    fileprivate var isBeginning: Bool {
        switch self {
        case .answered, .confirmed: true
        default: false
        }
    }
}

extension SIPMessage {
    func isRequest(_ method: Method) -> Bool {
        if case .request(let request) = self { request.method == method } else { false }
    }

    func isResponse(_ status: StatusCode, to method: Method) -> Bool {
        guard case .response(let response) = self else { return false }
        return response.status == status && (try? response.headers.cSeq.method) == method
    }
}
