import SIPSyntax
import Timekeeping

/// All live transactions of one user agent, both roles, with their messages.
///
/// Requests and responses are matched as RFC 3261 sections 17.1.3 and 17.2.3 say, those of RFC 2543 peers included. The
/// table holds at most `countMax` transactions; beyond it requests of ours are refused with an error and those of peers
/// are handed back as `refused`, to be answered 503 without state.
package struct TransactionTable: Sendable {
    struct ClientEntry: Sendable {
        enum Machine: Sendable {
            case invite(InviteClientTransaction)
            case nonInvite(NonInviteClientTransaction)
        }

        var machine: Machine
        let request: Request
        var destination: Destination
        /// The ACK of a 3xx-6xx, kept for the retransmissions of that response.
        var acknowledgement: Request?
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
    package mutating func transportFailed(_ message: SIPMessage) -> [TransactionEvent] {
        guard case .request(let request) = message, request.method != .ack, let head = try? RequestHead(request) else {
            return []
        }
        return self.clientUnreachable(ClientTransactionKey(via: head.via, cSeq: head.cSeq))
    }

    /// A connection is gone: requests that it carried without any answer so far end; the others lose their way only.
    package mutating func connectionClosed(_ connection: ConnectionID) -> [TransactionEvent] {
        var events: [TransactionEvent] = []
        for (key, entry) in self.clients where entry.destination.path?.connection == connection {
            if entry.machine.isUnanswered {
                events += self.clientUnreachable(key)
            } else {
                self.clients[key]?.destination.path = nil
            }
        }
        return events
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
