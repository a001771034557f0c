import SIPSyntax
import SIPTransaction
import Timekeeping

/// One registration with what its requests repeat: Call-ID and From tag stay, CSeq counts (RFC 3261 section 10.2).
struct RegistrationEntry: Sendable {
    var machine: Registration
    let order: OutgoingRegistration
    let callID: CallID
    let tag: Token
    var sequence: UInt32 = 0
    /// The REGISTER on the way; a late answer to an older one counts for nothing.
    var current: ClientTransactionKey?
}

/// REGISTER, for trunks that want to know where we are.
extension UserAgentCore {
    /// Registrations at once.
    package static let registrationsMax = 64

    /// Registers, and keeps the binding until `unregister`. Events come with the returned id.
    package mutating func register(_ order: OutgoingRegistration, at now: Instant)
        throws(UserAgentError) -> (RequestID, [UserAgentAction])
    {
        guard self.registrations.count < Self.registrationsMax else { throw .registrationsExhausted }
        let id = RequestID(number: self.nextNumber())
        let seconds = UInt32(clamping: order.lifetime.components.seconds)
        let range = Registration.secondsRange
        let asked = min(max(seconds, range.lowerBound), range.upperBound)
        let entry = RegistrationEntry(
            machine: Registration(seconds: asked, backoffMax: order.backoffMax), order: order,
            callID: self.identifiers.callID(at: order.advertised.host), tag: self.identifiers.tag())
        self.registrations[id] = entry
        self.requestDigests[id] = DigestClient(credentials: order.credentials)
        var actions: [UserAgentAction] = []
        self.drive(id, at: now, into: &actions) { machine, _ in machine.start() }
        return (id, actions)
    }

    /// Removes the binding. The last event, `unregistered`, comes with the answer or 64·T1 later.
    package mutating func unregister(_ id: RequestID, at now: Instant) -> [UserAgentAction] {
        var actions: [UserAgentAction] = []
        self.drive(id, at: now, into: &actions) { machine, _ in machine.stop() }
        return actions
    }

    mutating func registrationAnswered(
        _ id: RequestID, _ key: ClientTransactionKey, _ response: Response, at now: Instant,
        into actions: inout [UserAgentAction]
    ) {
        guard let entry = self.registrations[id], entry.current == key else { return }
        let granted = response.headers.granted(to: entry.order.contact)
        let minimum = try? response.headers.minExpires
        let retryAfter = (try? response.headers.retryAfter)?.delay
        self.drive(id, at: now, into: &actions) { machine, jitter in
            machine.receive(
                response.status, granted: granted, minimum: minimum, retryAfter: retryAfter, jitter: jitter, at: now)
        }
    }

    mutating func registrationFailed(
        _ id: RequestID, _ failure: RegistrationFailure, at now: Instant, into actions: inout [UserAgentAction]
    ) {
        self.drive(id, at: now, into: &actions) { machine, jitter in
            machine.failed(failure, jitter: jitter, at: now)
        }
    }

    mutating func handleRegistrationTimeouts(at now: Instant, into actions: inout [UserAgentAction]) {
        while let id = self.registrationDeadlines.popDue(at: now) {
            self.drive(id, at: now, into: &actions) { machine, _ in machine.handleTimeout(at: now) }
        }
    }

    private mutating func drive(
        _ id: RequestID, at now: Instant, into actions: inout [UserAgentAction],
        _ input: (inout Registration, Double) -> [Registration.Action]
    ) {
        guard var entry = self.registrations[id] else { return }
        let steps = input(&entry.machine, self.identifiers.fraction())
        self.registrations[id] = entry
        self.registrationDeadlines.set(id, to: entry.machine.deadline)
        for step in steps {
            switch step {
            case .send(let seconds):
                self.sendRegister(id, seconds, at: now, into: &actions)
            case .report(let event):
                if event == .unregistered { self.removeRegistration(id) }
                actions.append(.registration(id, event))
            }
        }
    }

    private mutating func removeRegistration(_ id: RequestID) {
        self.registrations[id] = nil
        self.requestDigests[id] = nil
        self.registrationDeadlines.remove(id)
    }

    private mutating func sendRegister(
        _ id: RequestID, _ seconds: UInt32, at now: Instant, into actions: inout [UserAgentAction]
    ) {
        guard var entry = self.registrations[id] else { return }
        entry.sequence += 1
        let request = self.requests.register(entry, seconds: seconds, branch: self.identifiers.branch())
        self.registrations[id] = entry
        do {
            let key = try self.send(request, to: entry.order.destination, for: .register(id), at: now, into: &actions)
            self.registrations[id]?.current = key
        } catch {
            self.registrationFailed(id, .noRoom, at: now, into: &actions)
        }
    }
}

extension RequestFactory {
    fileprivate func register(_ entry: RegistrationEntry, seconds: UInt32, branch: Token) -> Request {
        let order = entry.order
        var headers = Headers()
        headers.add(
            .via,
            Via(
                transport: order.destination.transport.viaTransport, host: order.advertised.host,
                port: order.advertised.port, branch: branch))
        headers.add(.maxForwards, UInt32(70))
        var from = order.addressOfRecord
        from.setTag(entry.tag)
        headers.add(.from, from)
        headers.add(.to, order.addressOfRecord)
        headers.add(.callID, entry.callID)
        headers.add(.cSeq, CSeq(number: entry.sequence, method: .register))
        headers.add(.contact, NameAddress(uri: order.contact))
        headers.add(.expires, seconds)
        if let product { headers.add(.userAgent, product) }
        return Request(method: .register, uri: .sip(order.registrar.asRequestURI), headers: headers)
    }
}

extension Headers {
    /// How long a 2xx to REGISTER keeps our binding: its Contact's `expires`, else Expires (section 10.2.4).
    fileprivate func granted(to contact: SIPURI) -> UInt32? {
        let contacts = (try? self.contacts) ?? []
        let own = contacts.first { $0.uri.sip?.user == contact.user && $0.uri.sip?.host == contact.host }
        let seconds = (own ?? contacts.first)?.parameters["expires"].flatMap { UInt32($0) }
        return seconds ?? (try? self.expires)
    }
}
