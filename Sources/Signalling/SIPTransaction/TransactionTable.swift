import SIPSyntax
import Timekeeping

/// All live transactions of one user agent, both roles, with their messages.
///
/// Requests and responses are matched as RFC 3261 sections 17.1.3 and 17.2.3 say, those of RFC 2543 peers included. The
/// table holds at most `countMax` transactions; beyond it requests of ours are refused with an error and those of peers
/// are handed back as `refused`, to be answered 503 without state.
package struct TransactionTable: Sendable {
    struct ClientEntry: Sendable {
        enum Resending: Hashable, Sendable {
            case not
            /// The connection whose loss was the cause, where it is known.
            case after(ConnectionID?)
        }

        enum Machine: Sendable {
            case invite(InviteClientTransaction)
            case nonInvite(NonInviteClientTransaction)
        }

        var machine: Machine
        var request: Request
        var destination: Destination
        /// The ACK of a 3xx-6xx, kept for the retransmissions of that response.
        var acknowledgement: Request?
        /// Whether the request was sent a second time because its connection went down.
        var resending = Resending.not
        /// The same request for UDP, while it is tried over TCP for its length.
        var datagramForm: (request: Request, destination: Destination)?
    }

    struct ServerEntry: Sendable {
        enum Machine: Sendable {
            case invite(InviteServerTransaction)
            case nonInvite(NonInviteServerTransaction)
        }

        var machine: Machine
        let request: Request
        let destination: Destination
        let mergeKey: MergeKey?
        /// What was answered last.
        var response: Response?
    }

    enum AnyKey: Hashable, Sendable {
        case client(ClientTransactionKey)
        case server(ServerTransactionKey)
    }

    let timings: TransactionTimings
    package let countMax: Int
    var clients: [ClientTransactionKey: ClientEntry] = [:]
    var servers: [ServerTransactionKey: ServerEntry] = [:]
    /// The transactions that a merged request would meet.
    var merges: [MergeKey: ServerTransactionKey] = [:]
    var deadlines = DeadlineQueue<AnyKey>()

    package init(timings: TransactionTimings, countMax: Int) {
        self.timings = timings
        self.countMax = countMax
    }

    package var count: Int { self.clients.count + self.servers.count }

    package var isFull: Bool { self.count >= self.countMax }

    /// When `handleTimeout` is due next; nil when no timer runs.
    package var deadline: Instant? {
        mutating get { self.deadlines.deadline }
    }

    package mutating func handleTimeout(at now: Instant) -> [TransactionEvent] {
        var events: [TransactionEvent] = []
        while let key = self.deadlines.popDue(at: now) {
            switch key {
            case .client(let key): events += self.handleClientTimeout(key, at: now)
            case .server(let key): events += self.handleServerTimeout(key, at: now)
            }
        }
        return events
    }

    /// A message that was to be sent was not.
    ///
    /// A request's transaction ends at once (RFC 3261 section 17.1.4). A response's goes on: the peer's retransmission
    /// may come by a way that works, and its timers end it if none does.
    package mutating func transportFailed(_ message: SIPMessage, at now: Instant) -> [TransactionEvent] {
        guard case .request(let request) = message, request.method != .ack, let head = try? RequestHead(request) else {
            return []
        }
        let key = ClientTransactionKey(via: head.via, cSeq: head.cSeq)
        if let (request, destination) = self.clients[key]?.datagramForm {
            // Nobody listens on TCP there: a long datagram is the only way (RFC 3261 section 18.1.1).
            self.begin(key, request, destination, at: now)
            return [.send(.request(request), to: destination)]
        }
        return self.clientUnreachable(key)
    }

    /// The connection that took a request went down before any answer came, or while it took it.
    ///
    /// The request may never have arrived: a peer that closes an idle connection does so while we write. It is sent once
    /// more over another connection, the same to its last bit, so that a peer that has it takes it for a retransmission
    /// (RFC 3261 section 17.2.3). An INVITE that may have begun a call is not: another server behind the same name would
    /// ring a second time.
    ///
    /// - Parameter connection: nil where it is not known. One loss is often told twice, and counts once.
    package mutating func connectionLost(
        _ connection: ConnectionID?, carrying request: Request
    ) -> [TransactionEvent] {
        guard request.method != .ack, let head = try? RequestHead(request) else { return [] }
        return self.sendAgain(ClientTransactionKey(via: head.via, cSeq: head.cSeq), after: connection)
    }

    private mutating func sendAgain(
        _ key: ClientTransactionKey, after connection: ConnectionID?
    ) -> [TransactionEvent] {
        guard var entry = self.clients[key], entry.machine.isUnanswered else { return [] }
        if let connection, entry.resending == .after(connection) { return [] }
        guard entry.resending == .not, entry.mayBeResent else { return self.clientUnreachable(key) }
        entry.resending = .after(connection)
        entry.destination.path = nil
        self.clients[key] = entry
        return [.send(.request(entry.request), to: entry.destination)]
    }

    /// A connection is gone: requests that it carried without any answer so far are sent again or end; the others lose
    /// their way only.
    package mutating func connectionClosed(_ connection: ConnectionID) -> [TransactionEvent] {
        var events: [TransactionEvent] = []
        for (key, entry) in self.clients where entry.destination.path?.connection == connection {
            if entry.machine.isUnanswered {
                events += self.sendAgain(key, after: connection)
            } else {
                self.clients[key]?.destination.path = nil
            }
        }
        return events
    }
}

extension TransactionTable.ClientEntry {
    /// Everything but an INVITE outside a dialog.
    fileprivate var mayBeResent: Bool {
        guard self.request.method == .invite else { return true }
        return (try? self.request.headers.to.tag) != nil
    }
}

extension TransactionTable.ClientEntry.Machine {
    var deadline: Instant? {
        switch self {
        case .invite(let machine): machine.deadline
        case .nonInvite(let machine): machine.deadline
        }
    }

    var isTerminated: Bool {
        switch self {
        case .invite(let machine): machine.state == .terminated
        case .nonInvite(let machine): machine.state == .terminated
        }
    }

    /// Not even a provisional response has come.
    var isUnanswered: Bool {
        switch self {
        case .invite(let machine):
            if case .calling = machine.state { true } else { false }
        case .nonInvite(let machine):
            if case .trying = machine.state { true } else { false }
        }
    }
}

extension TransactionTable.ServerEntry.Machine {
    var deadline: Instant? {
        switch self {
        case .invite(let machine): machine.deadline
        case .nonInvite(let machine): machine.deadline
        }
    }

    var isTerminated: Bool {
        switch self {
        case .invite(let machine): machine.state == .terminated
        case .nonInvite(let machine): machine.state == .terminated
        }
    }
}
