import Addressing
import SIPSyntax
import SIPTransaction
import SIPUserAgent
import Testing
import Timekeeping

/// A generator that counts: names are unlike each other, and the same at each run.
struct CountingGenerator: RandomNumberGenerator, Sendable {
    private var number: UInt64 = 0

    mutating func next() -> UInt64 {
        self.number += 1
        return self.number &* 0x9E37_79B9_7F4A_7C15
    }
}

/// A core with the wire at its other end: requests are written as text, and what it sends is kept.
struct Wire {
    static let ours = TransportAddress(.v4(0xC000_0201), port: 5060)
    static let peer = TransportAddress(.v4(0xC633_6402), port: 5060)
    static let sdp = "v=0\r\ns=-\r\n"

    var core: UserAgentCore
    var now = Instant.origin
    let transport: SIPTransportName
    /// All actions so far, and where the reading of them stands.
    private(set) var actions: [UserAgentAction] = []
    private var readCount = 0

    init(over transport: SIPTransportName = .tcp, _ change: (inout UserAgentConfiguration) -> Void = { _ in }) {
        var configuration = UserAgentConfiguration()
        change(&configuration)
        self.core = UserAgentCore(configuration: configuration, random: CountingGenerator())
        self.transport = transport
    }

    func path(
        from remote: TransportAddress = Self.peer, connection: UInt64 = 1, over transport: SIPTransportName? = nil
    ) -> TransportPath {
        let transport = transport ?? self.transport
        return TransportPath(
            transport: transport, local: Self.ours, remote: remote,
            connection: transport.isReliable ? ConnectionID(number: connection) : nil)
    }

    /// A request of the peer; `lines` stand between the start line and Content-Length.
    static func request(
        _ method: String, uri: String = "sip:bob@192.0.2.1:5060", branch: String = "z9hG4bK1", toTag: String? = nil,
        fromTag: String = "far", callID: String = "call@far", sequence: Int = 1, lines: [String] = [],
        body: String = ""
    ) -> String {
        let head = [
            "\(method) \(uri) SIP/2.0", "Via: SIP/2.0/TCP 198.51.100.2:5060;branch=\(branch)", "Max-Forwards: 70",
            "From: <sip:alice@far.example.com>;tag=\(fromTag)",
            "To: <sip:bob@192.0.2.1>" + (toTag.map { ";tag=\($0)" } ?? ""), "Call-ID: \(callID)",
            "CSeq: \(sequence) \(method)",
        ]
        return (head + lines + ["Content-Length: \(body.utf8.count)", "", ""]).joined(separator: "\r\n") + body
    }

    static func invite(
        branch: String = "z9hG4bK1", toTag: String? = nil, fromTag: String = "far", callID: String = "call@far",
        sequence: Int = 1, lines: [String] = [], body: String = Wire.sdp
    ) -> String {
        self.request(
            "INVITE", branch: branch, toTag: toTag, fromTag: fromTag, callID: callID, sequence: sequence,
            lines: ["Contact: <sip:alice@198.51.100.2:5060;transport=tcp>"]
                + (body.isEmpty ? [] : ["Content-Type: application/sdp"]) + lines,
            body: body)
    }

    mutating func receive(_ text: String, from path: TransportPath? = nil, _ source: RequestSource = .known) throws {
        let message = try MessageParser.parse(Array(text.utf8))
        self.actions += self.core.receive(message, from: path ?? self.path(), source, at: self.now)
    }

    mutating func receiveMalformed(_ text: String) {
        do {
            _ = try MessageParser.parse(Array(text.utf8))
            Issue.record("the message was read")
        } catch {
            guard let request = error.request else { return }
            self.actions += self.core.receiveMalformed(request, from: self.path())
        }
    }

    /// Answers the last request that the core sent.
    mutating func answer(
        _ status: StatusCode, _ request: Request, toTag: String = "far", lines: [String] = [], sdp: String = ""
    ) throws {
        var headers = Headers()
        for name in [HeaderName.via, .from, .callID, .cSeq] {
            for value in request.headers.all(name) { headers.add(name, value) }
        }
        var to = try request.headers.to
        if to.tag == nil { to.setTag(try Token(toTag)) }
        headers.add(.to, to)
        for line in lines {
            let parts = line.split(separator: ":", maxSplits: 1)
            headers.add(try HeaderName(parts[0]), try HeaderValue(parts[1]))
        }
        let response = Response(status: status, headers: headers, body: Array(sdp.utf8))
        self.actions += self.core.receive(.response(response), from: self.path(), at: self.now)
    }

    mutating func command(_ body: (inout UserAgentCore, Instant) -> [UserAgentAction]) {
        self.actions += body(&self.core, self.now)
    }

    mutating func place(_ change: (inout OutgoingInvite) -> Void = { _ in }) throws -> SessionID {
        let uri = try SIPURI(user: "bob", host: .ip(Self.peer.address), port: 5060)
        let ours = AdvertisedAddress(Self.ours)
        var call = OutgoingInvite(
            requestURI: uri, from: NameAddress(uri: try SIPURI(user: "alice", host: ours.host)),
            to: NameAddress(uri: uri), advertised: ours,
            destination: Destination(transport: self.transport, host: uri.host, port: 5060),
            offer: Array(Self.sdp.utf8))
        change(&call)
        let (session, actions) = try self.core.invite(call, at: self.now)
        self.actions += actions
        return session
    }

    /// Lets time pass, timers included.
    mutating func wait(_ duration: Duration) {
        let end = self.now + duration
        while let deadline = self.core.deadline, deadline <= end {
            self.now = max(self.now, deadline)
            self.actions += self.core.handleTimeout(at: self.now)
        }
        self.now = end
    }

    // MARK: - What came out

    /// What happened since the last call of this: methods, statuses and events in order.
    mutating func news() -> [String] {
        defer { self.readCount = self.actions.count }
        return self.actions[self.readCount...].map { action in
            switch action {
            case .send(_, .request(let request), _): request.method.rawValue
            case .send(_, .response(let response), _): "\(response.status)"
            case .event(_, let event): Self.name(of: event)
            case .registration(_, .registered(let lifetime)): "registered for \(lifetime)"
            case .registration(_, .failed(let failure, _)): "registration failed: \(failure)"
            case .registration(_, .unregistered): "unregistered"
            case .outcome(_, .answered(let response)): "outcome \(response.status)"
            case .outcome(_, .timedOut): "outcome timed out"
            case .outcome(_, .transportFailed): "outcome transport failed"
            }
        }
    }

    var lastRequest: Request? {
        self.sent.last { if case .request = $0.message { true } else { false } }.flatMap {
            if case .request(let request) = $0.message { request } else { nil }
        }
    }

    var lastResponse: Response? {
        self.sent.last { if case .response = $0.message { true } else { false } }.flatMap {
            if case .response(let response) = $0.message { response } else { nil }
        }
    }

    var sent: [(message: SIPMessage, destination: Destination)] {
        self.actions.compactMap { action in
            if case .send(_, let message, let destination) = action { (message, destination) } else { nil }
        }
    }

    var sessions: [SessionID] {
        self.actions.compactMap { if case .event(let id, .incoming) = $0 { id } else { nil } }
    }

    var endReason: EndReason? {
        for action in self.actions.reversed() {
            switch action {
            case .event(_, .failed(let reason)), .event(_, .ended(let reason)): return reason
            case .event, .send, .outcome, .registration: continue
            }
        }
        return nil
    }

    private static func name(of event: ReferralEvent) -> String {
        switch event {
        case .accepted: "accepted"
        case .progress(let fragment): "progress \(fragment.status)"
        case .ended(.succeeded(let fragment)): "succeeded \(fragment.status)"
        case .ended(.failed(let fragment)): "failed \(fragment.status)"
        case .ended(.refused(let response)): "refused \(response.status)"
        case .ended(.unreported): "unreported"
        case .ended(.timedOut): "timed out"
        case .ended(.transportFailed): "transport failed"
        case .ended(.callEnded): "call ended"
        case .ended(.notSent): "not sent"
        }
    }

    private static func name(of event: SessionEvent) -> String {
        switch event {
        case .incoming: "incoming"
        case .provisional: "provisional"
        case .earlyMedia(let media): media.isAnswer ? "early answer" : "early media"
        case .answered: "answered"
        case .answerOwed(let owed): "owed \(owed.occasion)"
        case .confirmed: "confirmed"
        case .offerReceived: "offer received"
        case .offerWithdrawn: "offer withdrawn"
        case .offerConfirmed: "offer confirmed"
        case .referral(let event): "referral \(Self.name(of: event))"
        case .referReceived(let refer): "refer received \(refer.target)"
        case .replacementReceived: "replacement received"
        case .info(.digit(let digit)): "digit \(digit.digit)"
        case .info(.other(let type, _)): "info \(type.headerValue)"
        case .infoAnswered(.answered(let response)): "info answered \(response.status)"
        case .infoAnswered(.timedOut): "info timed out"
        case .infoAnswered(.transportFailed): "info transport failed"
        case .infoAnswered(.notSent): "info not sent"
        case .offerAccepted(let accepted):
            switch accepted.occasion {
            case .offer: "offer accepted"
            case .refresh: "refresh answered anew"
            }
        case .offerRefused(.refused(let response)): "offer refused \(response.status)"
        case .offerRefused(.notSent): "offer not sent"
        case .failed(let reason): "failed \(reason.cause)"
        case .ended(let reason): "ended \(reason.cause)"
        }
    }
}

extension Wire {
    /// A call that came in, was answered and acknowledged; the tag is ours.
    static func established(
        over transport: SIPTransportName = .tcp, credentials: [DigestCredentials] = [],
        _ change: (inout UserAgentConfiguration) -> Void = { _ in }
    ) throws -> (wire: Wire, session: SessionID, tag: String) {
        var wire = Wire(over: transport, change)
        try wire.receive(Self.invite())
        let session = try #require(wire.sessions.first)
        let settings = wire.core.configuration.session
        wire.command { core, now in core.adopt(session, settings, credentials: credentials, at: now).1 }
        wire.command { core, now in core.answer(session, sdp: Array(Self.sdp.utf8), at: now) }
        let tag = try #require(try wire.lastResponse?.headers.to.tag)
        try wire.receive(Self.request("ACK", branch: "z9hG4bKack", toTag: tag))
        #expect(wire.news() == ["100", "incoming", "200", "confirmed"])
        return (wire, session, tag)
    }
}

extension Instant {
    static func milliseconds(_ count: Int64) -> Instant { .origin + .milliseconds(count) }
}
