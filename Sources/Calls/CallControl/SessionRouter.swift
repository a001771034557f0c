import SIPUserAgent
import Synchronization

/// Finds the call of a SIP session's event.
///
/// The endpoint names a session only once its INVITE is on the way, so the first events of a session can come before its
/// call has claimed it. They wait here, in order, for at most `unclaimedMax` sessions of `waitingMax` events each.
/// Whoever starts a session claims or forgets it.
package final class SessionRouter: Sendable {
    package typealias Receiver = @Sendable (SessionNotice) -> Void

    static let unclaimedMax = 4_000
    static let waitingMax = 64

    private struct Routes {
        var incoming: (@Sendable (SessionID, IncomingInvite) -> Void)?
        var receivers: [SessionID: Receiver] = [:]
        var waiting: [SessionID: [SessionNotice]] = [:]
    }

    private let routes = Mutex(Routes())

    package init() {}

    /// Gives INVITEs that come in to `receiver`, which must only enqueue. Without one they wait for the user agent's
    /// set-up limit.
    package func receiveIncoming(_ receiver: @escaping @Sendable (SessionID, IncomingInvite) -> Void) {
        self.routes.withLock { $0.incoming = receiver }
    }

    /// How many sessions have a call; 0 when every call is over.
    package var count: Int { self.routes.withLock { $0.receivers.count } }

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
                routes.incoming?(session, invite)
            } else if let receiver = routes.receivers[session] {
                receiver(notice)
                if notice.isTerminal { routes.receivers[session] = nil }
            } else if routes.waiting[session] != nil || routes.waiting.count < Self.unclaimedMax {
                let isFull = routes.waiting[session, default: []].count >= Self.waitingMax
                if !isFull || notice.isTerminal { routes.waiting[session, default: []].append(notice) }
            }
        }
    }

    /// Gives the session up: nobody will claim it, or its call no longer listens.
    package func forget(_ session: SessionID) {
        self.routes.withLock { routes in
            routes.receivers[session] = nil
            routes.waiting[session] = nil
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
