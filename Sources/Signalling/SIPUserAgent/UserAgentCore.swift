import SIPSyntax
import SIPTransaction
import Timekeeping

/// A SIP user agent without sockets and clock: messages, commands and instants go in; actions and the next deadline
/// come out (RFC 3261 sections 8, 9, 11 to 15).
///
/// The driver feeds every message that its transports parse to `receive`, every failure to `transportFailed` and
/// `connectionClosed`, calls `handleTimeout` when `deadline` has come, and carries out the returned actions in order.
///
/// A call that we place:
///
///     invite ──▶ provisional*, earlyMedia* ──▶ answered (the ACK is sent) ──▶ offerReceived*, offer* ──▶ ended
///                     └─────────▶ failed
///
/// A call that comes in (100 is sent at once):
///
///     incoming ──▶ ring, progress* ──▶ answer ──▶ confirmed ──▶ offerReceived*, offer* ──▶ ended
///         └──────────────┴─────────▶ reject ──▶ failed
///
/// `hangUp` is the one way out for the owner and is right in each state: CANCEL (kept back until a 1xx), 480, or BYE.
/// The terminal event follows when the peer has answered, or 64·T1 later; media need not wait for it. Commands for a
/// session that is gone, or that its state has no place for, do nothing: races with the peer are normal.
package struct UserAgentCore: Sendable {
    package let configuration: UserAgentConfiguration
    /// Whether new calls are refused, both ways.
    package private(set) var isDraining = false

    let requests: RequestFactory
    let responses: ResponseFactory
    var identifiers: IdentifierSource
    var transactions: TransactionTable
    var sessions: [SessionID: Session] = [:]
    var dialogs: [DialogID: SessionID] = [:]
    /// What our requests are for; CANCEL and the BYE of a surplus answer are for nobody.
    var purposes: [ClientTransactionKey: RequestPurpose] = [:]
    var acknowledgements: [ClientTransactionKey: Acknowledgements] = [:]
    /// The sessions of INVITE server transactions, re-INVITEs included.
    var invitedSessions: [ServerTransactionKey: SessionID] = [:]
    /// Calls of peers that have no ACK yet.
    private var halfOpen: Set<SessionID> = []
    var gate: CallGate
    package internal(set) var refusals = UserAgentRefusals()
    /// Drawn when the first stateless answer needs a tag.
    var statelessTags: StatelessTags?
    /// Requests with credentials that were sent for one of the user's, by the latest transaction.
    /// Requests on the way that somebody waits for, as they may have to go again: on a stream a transaction is gone with its
    /// final answer.
    var sentRequests: [ClientTransactionKey: (request: Request, destination: Destination)] = [:]
    var authorizedTries: [ClientTransactionKey: Int] = [:]
    /// What requests outside any dialog know of whom they must name themselves to.
    var requestDigests: [RequestID: DigestClient] = [:]
    var registrations: [RequestID: RegistrationEntry] = [:]
    var registrationDeadlines = DeadlineQueue<RequestID>()
    private var deadlines = DeadlineQueue<SessionID>()
    private var lastNumber: UInt64 = 0

    enum RequestPurpose: Sendable {
        case invite(SessionID)
        case bye(SessionID)
        case options(RequestID)
        case refer(SessionID)
        case notify(SessionID)
        case info(SessionID)
        case register(RequestID)
        /// Our re-INVITE or UPDATE.
        case offer(SessionID)
        case prack(SessionID)
    }

    package init(configuration: UserAgentConfiguration, random: any RandomNumberGenerator & Sendable) {
        self.configuration = configuration
        self.requests = RequestFactory(product: configuration.product)
        self.responses = ResponseFactory(product: configuration.product)
        self.identifiers = IdentifierSource(random)
        self.gate = CallGate(configuration.overload)
        self.transactions = TransactionTable(
            timings: configuration.timings, countMax: configuration.transactionsMax)
    }

    package var counts: UserAgentCounts {
        UserAgentCounts(
            transactions: self.transactions.count, dialogs: self.dialogs.count, sessions: self.sessions.count)
    }

    /// Refuses new calls from now on: those of peers with 503, ours with an error. Live ones go on.
    package mutating func drain() {
        self.isDraining = true
    }

    /// Calls of peers that have no ACK yet, whether they were answered or not.
    package var halfOpenCount: Int { self.halfOpen.count }

    /// A message from the wire. A request's answers go where RFC 3261 section 18.2.2 says; a response that nothing
    /// waits for is dropped.
    package mutating func receive(
        _ message: SIPMessage, from path: TransportPath, _ source: RequestSource = .known, at now: Instant
    ) -> [UserAgentAction] {
        var actions: [UserAgentAction] = []
        switch message {
        case .request(let request):
            self.receive(request, from: path, source, at: now, into: &actions)
        case .response(let response):
            // A response with a second Via is somebody else's (section 8.1.3.3).
            guard let vias = try? response.headers.vias, vias.count == 1 else { return [] }
            let events = self.transactions.receive(response, from: path, at: now)
            self.carryOut(events, from: path, at: now, into: &actions)
        }
        return actions
    }

    /// The message could not be sent. Its transaction ends as RFC 3261 section 17.1.4 says.
    package mutating func transportFailed(_ message: SIPMessage, at now: Instant) -> [UserAgentAction] {
        var actions: [UserAgentAction] = []
        self.carryOut(self.transactions.transportFailed(message, at: now), from: nil, at: now, into: &actions)
        return actions
    }

    /// The connection that took a request went down before any answer. Sent once more over another, where that is safe.
    package mutating func connectionLost(
        _ connection: ConnectionID?, carrying request: Request, at now: Instant
    ) -> [UserAgentAction] {
        var actions: [UserAgentAction] = []
        self.carryOut(
            self.transactions.connectionLost(connection, carrying: request), from: nil, at: now, into: &actions)
        return actions
    }

    /// A connection is gone. Calls live on: their next request goes by a new one. A request that the connection carried
    /// without any answer so far has failed.
    package mutating func connectionClosed(_ connection: ConnectionID, at now: Instant) -> [UserAgentAction] {
        for id in self.sessions.keys { self.sessions[id]?.connectionClosed(connection) }
        var actions: [UserAgentAction] = []
        self.carryOut(self.transactions.connectionClosed(connection), from: nil, at: now, into: &actions)
        return actions
    }

    /// The calls that live on a connection.
    package func sessions(on connection: ConnectionID) -> [SessionID] {
        self.sessions.values.filter { $0.dialog?.lives(on: connection) == true }.map(\.id)
    }

    /// Where a live call that has lost its connection will dial; nil for one that is over, or is connected.
    package func destinationToRedial(of id: SessionID) -> Destination? {
        self.sessions[id]?.dialog?.destinationToRedial
    }

    /// When `handleTimeout` is due next; nil when no timer runs.
    package var deadline: Instant? {
        mutating get {
            [self.transactions.deadline, self.deadlines.deadline, self.registrationDeadlines.deadline].compactMap { $0 }
                .min()
        }
    }

    package mutating func handleTimeout(at now: Instant) -> [UserAgentAction] {
        var actions: [UserAgentAction] = []
        self.carryOut(self.transactions.handleTimeout(at: now), from: nil, at: now, into: &actions)
        while let id = self.deadlines.popDue(at: now) {
            guard let session = self.sessions[id] else { continue }
            self.handleTimeout(of: session, at: now, into: &actions)
        }
        self.handleRegistrationTimeouts(at: now, into: &actions)
        return actions
    }

    // MARK: - The session table

    mutating func nextNumber() -> UInt64 {
        self.lastNumber += 1
        return self.lastNumber
    }

    /// Puts a changed session back and sets its deadline. One that has ended meanwhile stays gone.
    mutating func store(_ session: Session) {
        guard self.sessions[session.id] != nil else { return }
        self.insert(session)
    }

    mutating func insert(_ session: Session) {
        self.sessions[session.id] = session
        self.deadlines.set(session.id, to: session.deadline)
        if session.isHalfOpen { self.halfOpen.insert(session.id) } else { self.halfOpen.remove(session.id) }
    }

    /// Ends a session: its id, its dialog and its deadline are gone, and its owner is told.
    mutating func remove(_ session: Session, _ cause: EndReason.Cause, _ evidence: Evidence) -> [UserAgentAction] {
        guard self.sessions.removeValue(forKey: session.id) != nil else { return [] }
        self.deadlines.remove(session.id)
        self.halfOpen.remove(session.id)
        for dialog in session.dialogIDs { self.dialogs[dialog] = nil }
        let reason = EndReason(
            cause: cause, status: evidence.status, response: evidence.response, request: evidence.request)
        return [.event(session.id, session.wasAnswered ? .ended(reason) : .failed(reason))]
    }

    private mutating func handleTimeout(of session: Session, at now: Instant, into actions: inout [UserAgentAction]) {
        var session = session
        for action in session.reinvite.handleTimeout(at: now) {
            self.perform(action, on: &session, at: now, into: &actions)
        }
        self.handleReferralTimeout(of: &session, at: now, into: &actions)
        self.handleOfferTimeout(of: &session, at: now, into: &actions)
        guard self.sessions[session.id] != nil else { return }
        switch session.leg {
        case .caller(var leg):
            let steps = leg.machine.handleTimeout(at: now)
            session.leg = .caller(leg)
            self.perform(steps, on: session, evidence: Evidence(status: .requestTimeout), at: now, into: &actions)
        case .callee(var leg):
            let steps = leg.machine.handleTimeout(at: now)
            session.leg = .callee(leg)
            self.perform(steps, on: session, evidence: Evidence(status: .requestTimeout), at: now, into: &actions)
        }
    }
}
