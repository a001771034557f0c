import SIPSyntax
import SIPTransaction
import Timekeeping

/// INFO within a call, both ways (RFC 6086, RFC 2976).
extension UserAgentCore {
    /// Sends an INFO, after those that wait. Each gets one `infoAnswered` while the call lives.
    package mutating func sendInfo(_ id: SessionID, _ info: OutgoingInfo, at now: Instant) -> [UserAgentAction] {
        guard var session = self.sessions[id] else { return [] }
        guard session.isEstablished else { return [.event(id, .infoAnswered(.notSent))] }
        let (isTaken, next) = session.infos.submit(info)
        guard isTaken else { return [.event(id, .infoAnswered(.notSent))] }
        self.store(session)
        var actions: [UserAgentAction] = []
        if let next { self.send(next, on: id, at: now, into: &actions) }
        return actions
    }

    /// The INFO on the way is over: its owner is told, and the next one goes.
    mutating func infoDone(
        _ id: SessionID, _ outcome: InfoOutcome, at now: Instant, into actions: inout [UserAgentAction]
    ) {
        guard var session = self.sessions[id] else { return }
        actions.append(.event(id, .infoAnswered(outcome)))
        let next = session.infos.done()
        self.store(session)
        if let next { self.send(next, on: id, at: now, into: &actions) }
    }

    private mutating func send(
        _ info: OutgoingInfo, on id: SessionID, at now: Instant, into actions: inout [UserAgentAction]
    ) {
        let fields = info.headers + [Headers.Field(name: .contentType, value: info.contentType.headerValue)]
        let key = self.sendInDialog(
            .info, on: id, extra: fields, body: info.body, for: .info(id), at: now, into: &actions)
        if key == nil { self.infoDone(id, .notSent, at: now, into: &actions) }
    }

    /// The peer's INFO. A digit is told and answered 200; a package is none of ours (469); a body of another type is
    /// 415, as for any request (RFC 3261 section 8.2.3), unless its handling is optional; none at all is 200.
    mutating func receiveInfo(
        _ request: Request, _ key: ServerTransactionKey, on session: Session, at now: Instant,
        into actions: inout [UserAgentAction]
    ) {
        func answer(_ status: StatusCode, _ fields: [Headers.Field] = []) {
            self.respond(status, fields, to: request, key, at: now, into: &actions)
        }
        guard !request.headers.contains(.infoPackage) else {
            answer(.badInfoPackage, [Headers.Field(name: .recvInfo, value: HeaderValue(trusted: ""))])
            return
        }
        guard !request.body.isEmpty else {
            answer(.ok)
            return
        }
        guard let type = try? request.headers.contentType else {
            answer(.badRequest)
            return
        }
        let digit: DTMFBody?
        do {
            digit = try DTMFBody(request.body, type: type)
        } catch {
            answer(.badRequest)
            return
        }
        if let digit {
            answer(.ok)
            actions.append(.event(session.id, .info(.digit(digit))))
        } else if request.headers.contentIsOptional {
            answer(.ok)
            actions.append(.event(session.id, .info(.other(contentType: type, body: request.body))))
        } else {
            let accept = [MediaType.dtmfRelay, .dtmf].headerValue
            answer(.unsupportedMediaType, [Headers.Field(name: .accept, value: accept)])
        }
    }
}
