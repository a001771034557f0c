import SIPUserAgent
import Synchronization

/// Finds the call of a SIP session's event.
///
/// The endpoint names a session only once its INVITE is on the way, so the first events of a session can come before its
/// call has claimed it. They wait here, in order, for at most `unclaimedMax` sessions of `waitingMax` events each.
/// Whoever starts a session claims or declines it. A session that was given up before its end is remembered until that
/// end comes, so that its last words wait for nobody.
package final class SessionRouter: Sendable {
    package typealias Receiver = @Sendable (SessionNotice) -> Void

    package static let unclaimedMax = 4_000
    package static let waitingMax = 64

    private struct Routes {
        var incoming: (@Sendable (SessionID, IncomingInvite) -> Bool)?
        var receivers: [SessionID: Receiver] = [:]
        var waiting: [SessionID: [SessionNotice]] = [:]
        /// Sessions that are not over and whose events nobody wants; as many as the user agent has sessions at most.
        var unwanted: Set<SessionID> = []
    }

    private let routes = Mutex(Routes())

    package init() {}

    /// Gives INVITEs that come in to `receiver`, which must only enqueue, and says whether it could. One that nobody takes
    /// waits for the user agent's set-up limit.
    package func receiveIncoming(_ receiver: @escaping @Sendable (SessionID, IncomingInvite) -> Bool) {
        self.routes.withLock { $0.incoming = receiver }
    }

    /// How many sessions have a call; 0 when every call is over.
    package var count: Int { self.routes.withLock { $0.receivers.count } }

    /// How many sessions are remembered without a call; 0 when no call is being set up or torn down.
    package var unclaimedCount: Int { self.routes.withLock { $0.waiting.count + $0.unwanted.count } }

    /// Gives the events of `session` to `receiver`, those that waited first.
    ///
    /// `receiver` is called under the router's lock, so that no event overtakes another: it must only enqueue.
    package func claim(_ session: SessionID, _ receiver: @escaping Receiver) {
        self.routes.withLock { routes in
            let waiting = routes.waiting.removeValue(forKey: session) ?? []
            for notice in waiting { receiver(notice) }
            if !waiting.contains(where: \.isTerminal) { routes.receivers[session] = receiver }
        }
    }

    /// Delivers a notice, or keeps it for the call that will claim the session.
    package func deliver(_ notice: SessionNotice, of session: SessionID) {
        self.routes.withLock { routes in
            if case .event(.incoming(let invite)) = notice {
                if routes.incoming?(session, invite) != true { routes.unwanted.insert(session) }
            } else if let receiver = routes.receivers[session] {
                receiver(notice)
                if notice.isTerminal { routes.receivers[session] = nil }
            } else if routes.unwanted.contains(session) {
                if notice.isTerminal { routes.unwanted.remove(session) }
            } else if routes.waiting[session] != nil || routes.waiting.count < Self.unclaimedMax {
                let isFull = routes.waiting[session, default: []].count >= Self.waitingMax
                if !isFull || notice.isTerminal { routes.waiting[session, default: []].append(notice) }
            }
        }
    }

    /// The call that claimed the session no longer listens.
    package func forget(_ session: SessionID) {
        self.routes.withLock { routes in
            // Without a receiver the session is over already.
            if routes.receivers.removeValue(forKey: session) != nil { routes.unwanted.insert(session) }
        }
    }

    /// No call will claim the session.
    package func decline(_ session: SessionID) {
        self.routes.withLock { routes in
            let waiting = routes.waiting.removeValue(forKey: session) ?? []
            if !waiting.contains(where: \.isTerminal) { routes.unwanted.insert(session) }
        }
    }
}

/// What a call is told about its session.
package enum SessionNotice: Sendable {
    case event(SessionEvent)
    /// Why the terminal event that follows says that the transport failed: a sentence.
    case transportFault(String)

    /// Whether the session is over with this notice.
    package var isTerminal: Bool {
        switch self {
        case .event(.failed), .event(.ended): true
        case .event, .transportFault: false
        }
    }
}
