import SIPSyntax
import SIPTransaction
import Timekeeping

extension UserAgentCore {
    /// Sends a request of ours within a session's dialog. Nil when there is no dialog or no room for a transaction.
    mutating func sendInDialog(
        _ method: Method, on id: SessionID, extra: [Headers.Field], body: [UInt8] = [], for purpose: RequestPurpose,
        at now: Instant, into actions: inout [UserAgentAction]
    ) -> ClientTransactionKey? {
        guard var session = self.sessions[id], var dialog = session.dialog else { return nil }
        var (request, destination) = self.requests.request(
            method, in: dialog, sequence: dialog.nextSequence(), branch: self.identifiers.branch(), extra: extra)
        request.body = body
        session.dialog = dialog
        self.store(session)
        return try? self.send(request, to: destination, for: purpose, at: now, into: &actions)
    }
}
