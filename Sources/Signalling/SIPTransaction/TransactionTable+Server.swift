import SIPSyntax
import Timekeeping

extension TransactionTable {
    /// A request from the wire. Throws what makes its head unreadable, which is the peer's 400.
    ///
    /// - Parameter admits: asked before a transaction begins; a request that it turns away is `refused`.
    package mutating func receive(
        _ request: Request, from path: TransportPath, at now: Instant,
        admitting admits: (RequestHead) -> Bool = { _ in true }
    ) throws(SIPSyntaxError) -> (RequestArrival, [TransactionEvent]) {
        var request = request
        try request.headers.fillTopVia(source: path.remote)
        let head = try RequestHead(request)
        let key = ServerTransactionKey(head)
        if self.servers[key] != nil { return self.receiveAgain(request, head, key, at: now) }
        if head.cSeq.method == .ack { return (.acknowledgement(request, head), []) }

        let destination = ResponseRoute.destination(for: head.via, from: path)
        guard !self.isFull, admits(head) else { return (.refused(request, head, destination), []) }
        let mergeKey = MergeKey(head)
        let isMerged = mergeKey.map { self.merges[$0] != nil } ?? false
        let isReliable = path.transport.isReliable
        let machine: ServerEntry.Machine =
            request.method == .invite
            ? .invite(InviteServerTransaction(timings: self.timings, isReliable: isReliable))
            : .nonInvite(NonInviteServerTransaction(timings: self.timings, isReliable: isReliable))
        self.servers[key] = ServerEntry(
            machine: machine, request: request, destination: destination, mergeKey: isMerged ? nil : mergeKey)
        if isMerged { return (.merged(key, request, head), []) }
        if let mergeKey { self.merges[mergeKey] = key }
        return (.new(key, request, head), [])
    }

    /// The user answers. A response that the transaction's state has no place for, or to one that is gone, is not sent.
    package mutating func respond(_ response: Response, to key: ServerTransactionKey, at now: Instant)
        -> [TransactionEvent]
    {
        guard var entry = self.servers[key] else { return [] }
        let isSent: Bool
        switch entry.machine {
        case .invite(var machine):
            isSent = machine.respond(response.status, at: now).contains(.sendResponse)
            entry.machine = .invite(machine)
        case .nonInvite(var machine):
            isSent = machine.respond(response.status, at: now).contains(.sendResponse)
            entry.machine = .nonInvite(machine)
        }
        guard isSent else { return [] }
        entry.response = response
        return [.send(.response(response), to: entry.destination)] + self.store(entry, key)
    }

    /// The INVITE transaction that a CANCEL is after, if it lives.
    package func inviteKey(cancelledBy cancel: RequestHead) -> ServerTransactionKey? {
        let key = ServerTransactionKey(cancel).ofCancelledInvite
        return self.servers[key] == nil ? nil : key
    }

    /// The request of a live transaction.
    package func request(of key: ServerTransactionKey) -> Request? {
        self.servers[key]?.request
    }

    mutating func handleServerTimeout(_ key: ServerTransactionKey, at now: Instant) -> [TransactionEvent] {
        guard var entry = self.servers[key] else { return [] }
        var events: [TransactionEvent] = []
        switch entry.machine {
        case .invite(var machine):
            for action in machine.handleTimeout(at: now) {
                switch action {
                case .sendResponse: events += entry.repeatResponse()
                case .ackMissing: events.append(.ackMissing(key))
                case .passUpACK: break
                }
            }
            entry.machine = .invite(machine)
        case .nonInvite(var machine):
            machine.handleTimeout(at: now)
            entry.machine = .nonInvite(machine)
        }
        return events + self.store(entry, key)
    }

    /// A retransmission, or the ACK of an INVITE's 3xx-6xx.
    private mutating func receiveAgain(
        _ request: Request, _ head: RequestHead, _ key: ServerTransactionKey, at now: Instant
    ) -> (RequestArrival, [TransactionEvent]) {
        guard var entry = self.servers[key] else { return (.absorbed, []) }
        let isACK = head.cSeq.method == .ack
        switch entry.machine {
        case .invite(var machine):
            let actions =
                isACK ? machine.receiveACK(at: now) : machine.receiveInviteAgain(hasResponse: entry.response != nil)
            entry.machine = .invite(machine)
            if actions.contains(.passUpACK) { return (.acknowledgement(request, head), []) }
            let events = actions.contains(.sendResponse) ? entry.repeatResponse() : []
            return (.absorbed, events + self.store(entry, key))
        case .nonInvite(let machine):
            let isSent = !machine.receiveRequestAgain().isEmpty
            return (.absorbed, isSent ? entry.repeatResponse() : [])
        }
    }

    private mutating func store(_ entry: ServerEntry, _ key: ServerTransactionKey) -> [TransactionEvent] {
        if entry.machine.isTerminated {
            self.servers[key] = nil
            if let mergeKey = entry.mergeKey { self.merges[mergeKey] = nil }
            self.deadlines.remove(.server(key))
            return [.serverEnded(key)]
        }
        self.servers[key] = entry
        self.deadlines.set(.server(key), to: entry.machine.deadline)
        return []
    }
}

extension TransactionTable.ServerEntry {
    fileprivate func repeatResponse() -> [TransactionEvent] {
        self.response.map { [.send(.response($0), to: self.destination)] } ?? []
    }
}
