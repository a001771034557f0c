import SIPSyntax

/// What the driver of a core does next, in the order given.
package enum UserAgentAction: Sendable {
    /// Send these bytes, which are `message` encoded; report a failure with `transportFailed(message:at:)`.
    case send([UInt8], message: SIPMessage, to: Destination)
    /// Tell the session's owner.
    case event(SessionID, SessionEvent)
    /// A request outside any dialog is over.
    case outcome(RequestID, RequestOutcome)
    /// What happens to a registration; `unregistered` is its last.
    case registration(RequestID, RegistrationEvent)
}

/// How a request outside any dialog ended.
package enum RequestOutcome: Sendable {
    case answered(Response)
    case timedOut
    case transportFailed
}

/// Why the core refuses to start something.
package enum UserAgentError: Error, Hashable, Sendable {
    /// `UserAgentConfiguration.sessionsMax` is reached.
    case sessionsExhausted
    /// `UserAgentConfiguration.transactionsMax` is reached.
    case transactionsExhausted
    /// `UserAgentCore.registrationsMax` is reached.
    case registrationsExhausted
    /// `drain` was called: no new calls.
    case draining
    /// The request that the owner's values make cannot be read back.
    case malformedRequest
}

/// What the core holds at this moment. All are 0 when every call is over and every timer has run out.
package struct UserAgentCounts: Hashable, Sendable {
    package var transactions: Int
    package var dialogs: Int
    package var sessions: Int

    package init(transactions: Int, dialogs: Int, sessions: Int) {
        self.transactions = transactions
        self.dialogs = dialogs
        self.sessions = sessions
    }
}
