import Addressing
import SIPSyntax
import Timekeeping

extension TransactionTable {
    /// Sends a request in a new transaction. ACKs to 2xx have none and are not sent this way.
    ///
    /// BYE and CANCEL may use half as much again as `countMax`, so that a full table can still be emptied.
    package mutating func send(_ request: Request, to destination: Destination, at now: Instant)
        throws(TransactionError) -> (ClientTransactionKey, [TransactionEvent])
    {
        precondition(request.method != .ack, "an ACK has no transaction of its own")
        let endsCall = request.method == .bye || request.method == .cancel
        guard self.count < (endsCall ? self.countMax + self.countMax / 2 : self.countMax) else { throw .tableFull }
        guard let head = try? RequestHead(request) else { throw .malformedRequest }
        let key = ClientTransactionKey(via: head.via, cSeq: head.cSeq)
        guard let (streamRequest, streamDestination) = Self.streamForm(of: request, to: destination) else {
            self.begin(key, request, destination, at: now)
            return (key, [.send(.request(request), to: destination)])
        }
        self.begin(key, streamRequest, streamDestination, at: now)
        self.clients[key]?.datagramForm = (request, destination)
        return (key, [.send(.request(streamRequest), to: streamDestination)])
    }

    /// Starts the transaction's machine, in place of one whose transport did not work.
    mutating func begin(_ key: ClientTransactionKey, _ request: Request, _ destination: Destination, at now: Instant) {
        let isReliable = destination.transport.isReliable
        let machine: ClientEntry.Machine =
            request.method == .invite
            ? .invite(InviteClientTransaction(timings: self.timings, isReliable: isReliable, at: now))
            : .nonInvite(NonInviteClientTransaction(timings: self.timings, isReliable: isReliable, at: now))
        self.clients[key] = ClientEntry(machine: machine, request: request, destination: destination)
        self.deadlines.set(.client(key), to: machine.deadline)
    }

    /// The same request for TCP, when it is too long for a datagram: within 200 bytes of an unknown path's MTU it would be
    /// cut into fragments, which networks lose (RFC 3261 section 18.1.1). Nil for a request that may go as it is.
    private static func streamForm(of request: Request, to destination: Destination) -> (Request, Destination)? {
        guard destination.transport == .udp, request.method != .cancel,
            SIPMessage.request(request).encoded().count > Self.datagramLengthMax
        else { return nil }
        var request = request
        guard (try? request.headers.setTopViaTransport(.tcp)) != nil else { return nil }
        var destination = destination
        destination.transport = .tcp
        if let remote = destination.path?.remote {
            destination.host = .ip(remote.address)
            destination.port = remote.port
        }
        destination.path = nil
        return (request, destination)
    }

    private static var datagramLengthMax: Int { 1_300 }

    /// A response from the wire. One without a transaction is dropped (RFC 6026 section 8.11).
    package mutating func receive(_ response: Response, from path: TransportPath, at now: Instant) -> [TransactionEvent]
    {
        guard let via = try? response.headers.topVia, let cSeq = try? response.headers.cSeq else { return [] }
        let key = ClientTransactionKey(via: via, cSeq: cSeq)
        guard var entry = self.clients[key] else { return [] }
        if entry.destination.path == nil, path.connection != nil { entry.destination.path = path }
        var events: [TransactionEvent] = []
        switch entry.machine {
        case .invite(var machine):
            for action in machine.receive(response.status, at: now) {
                switch action {
                case .passUp: events.append(.response(key, response))
                case .sendACK: events += entry.acknowledge(response)
                case .sendRequest, .timedOut: break
                }
            }
            entry.machine = .invite(machine)
        case .nonInvite(var machine):
            if machine.receive(response.status, at: now).contains(.passUp) { events.append(.response(key, response)) }
            entry.machine = .nonInvite(machine)
        }
        return events + self.store(entry, key)
    }

    /// The request of a live transaction, and where it goes: what a CANCEL repeats.
    package func request(of key: ClientTransactionKey) -> (request: Request, destination: Destination)? {
        self.clients[key].map { ($0.request, $0.destination) }
    }

    /// Ends a transaction that nobody waits for any more.
    package mutating func abandon(_ key: ClientTransactionKey) -> [TransactionEvent] {
        guard self.clients.removeValue(forKey: key) != nil else { return [] }
        self.deadlines.remove(.client(key))
        return [.clientEnded(key)]
    }

    mutating func clientUnreachable(_ key: ClientTransactionKey) -> [TransactionEvent] {
        guard self.clients[key] != nil else { return [] }
        return [.unreachable(key)] + self.abandon(key)
    }

    mutating func handleClientTimeout(_ key: ClientTransactionKey, at now: Instant) -> [TransactionEvent] {
        guard var entry = self.clients[key] else { return [] }
        let again = TransactionEvent.send(.request(entry.request), to: entry.destination)
        var events: [TransactionEvent] = []
        switch entry.machine {
        case .invite(var machine):
            let actions = machine.handleTimeout(at: now)
            if actions.contains(.sendRequest) { events.append(again) }
            if actions.contains(.timedOut) { events.append(.timedOut(key)) }
            entry.machine = .invite(machine)
        case .nonInvite(var machine):
            let actions = machine.handleTimeout(at: now)
            if actions.contains(.sendRequest) { events.append(again) }
            if actions.contains(.timedOut) { events.append(.timedOut(key)) }
            entry.machine = .nonInvite(machine)
        }
        return events + self.store(entry, key)
    }

    private mutating func store(_ entry: ClientEntry, _ key: ClientTransactionKey) -> [TransactionEvent] {
        if entry.machine.isTerminated { return self.abandon(key) }
        self.clients[key] = entry
        self.deadlines.set(.client(key), to: entry.machine.deadline)
        return []
    }
}

extension TransactionTable.ClientEntry {
    /// Sends the ACK of a 3xx-6xx, the same one for each retransmission of the response.
    fileprivate mutating func acknowledge(_ response: Response) -> [TransactionEvent] {
        let acknowledgement = self.acknowledgement ?? Self.acknowledgement(of: response, to: self.request)
        self.acknowledgement = acknowledgement
        return [.send(.request(acknowledgement), to: self.destination)]
    }

    /// RFC 3261 section 17.1.1.3: the INVITE's Request-URI, top Via, From, Call-ID, CSeq number and Route; the To of
    /// the response.
    private static func acknowledgement(of response: Response, to invite: Request) -> Request {
        var headers = Headers()
        if let via = invite.headers.first(.via) { headers.add(.via, via) }
        headers.add(.maxForwards, UInt32(70))
        // Credentials too, as section 22.1 says of every ACK.
        for name in [HeaderName.route, .authorization, .proxyAuthorization, .from] {
            for value in invite.headers.all(name) { headers.add(name, value) }
        }
        if let to = response.headers.first(.to) { headers.add(.to, to) }
        if let callID = invite.headers.first(.callID) { headers.add(.callID, callID) }
        if let cSeq = try? invite.headers.cSeq { headers.add(.cSeq, CSeq(number: cSeq.number, method: .ack)) }
        return Request(method: .ack, uri: invite.uri, headers: headers)
    }
}
