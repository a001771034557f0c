package import SIPUserAgent
import Synchronization

/// Finds the call of a SIP session's event.
///
/// The endpoint names a session only once its INVITE is on the way, so the first events of a session can come before its
/// call has claimed it. They wait here, in order, for at most `unclaimedMax` sessions of `waitingMax` events each.
/// Whoever starts a session claims or forgets it.
package final class SessionRouter: Sendable {
    package typealias Receiver = @Sendable (SessionEvent) -> Void

    static let unclaimedMax = 4_000
    static let waitingMax = 64

    private struct Routes {
        var receivers: [SessionID: Receiver] = [:]
        var waiting: [SessionID: [SessionEvent]] = [:]
    }

    private let routes = Mutex(Routes())

    package init() {}

    /// How many sessions have a call; 0 when every call is over.
    package var count: Int { self.routes.withLock { $0.receivers.count } }

    /// Gives the events of `session` to `receiver`, those that waited first.
    ///
    /// `receiver` is called under the router's lock, so that no event overtakes another: it must only enqueue.
    package func claim(_ session: SessionID, _ receiver: @escaping Receiver) {
        self.routes.withLock { routes in
            let waiting = routes.waiting.removeValue(forKey: session) ?? []
            for event in waiting { receiver(event) }
            if !waiting.contains(where: \.isTerminal) { routes.receivers[session] = receiver }
        }
    }

    /// Delivers an event, or keeps it for the call that will claim the session.
    package func deliver(_ event: SessionEvent, of session: SessionID) {
        self.routes.withLock { routes in
            if let receiver = routes.receivers[session] {
                receiver(event)
                if event.isTerminal { routes.receivers[session] = nil }
            } else if routes.waiting[session] != nil || routes.waiting.count < Self.unclaimedMax {
                let isFull = routes.waiting[session, default: []].count >= Self.waitingMax
                if !isFull || event.isTerminal { routes.waiting[session, default: []].append(event) }
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

extension SessionEvent {
    /// Whether the session is over with this event.
    package var isTerminal: Bool {
        switch self {
        case .failed, .ended: true
        case .incoming, .provisional, .answered, .confirmed, .offerReceived, .offerConfirmed: false
        }
    }
}
