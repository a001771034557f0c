import SIPTransport
import SIPUserAgent

/// What an endpoint is made from.
package struct EndpointConfiguration: Sendable {
    package var userAgent: UserAgentConfiguration
    package var transport: TransportConfiguration

    package init(userAgent: UserAgentConfiguration, transport: TransportConfiguration) {
        self.userAgent = userAgent
        self.transport = transport
    }
}

/// Whom an endpoint tells. Every handler is called on the endpoint's event loop and must not wait; what one session or one
/// connection does is told in its order.
package struct EndpointHandlers: Sendable {
    /// What happens to a session; exactly one terminal event for each.
    package var onEvent: @Sendable (SessionID, SessionEvent) -> Void
    /// Why the terminal event that follows at once says `transportFailed`.
    package var onTransportFault: @Sendable (SessionID, TransportError) -> Void
    /// Every message on the wire, for the SIP ladder.
    package var onMessage: @Sendable (ObservedMessage) -> Void
    /// What happens to a registration.
    package var onRegistration: @Sendable (RequestID, RegistrationEvent) -> Void

    package init(
        onEvent: @escaping @Sendable (SessionID, SessionEvent) -> Void,
        onTransportFault: @escaping @Sendable (SessionID, TransportError) -> Void = { _, _ in },
        onMessage: @escaping @Sendable (ObservedMessage) -> Void = { _ in },
        onRegistration: @escaping @Sendable (RequestID, RegistrationEvent) -> Void = { _, _ in }
    ) {
        self.onEvent = onEvent
        self.onTransportFault = onTransportFault
        self.onMessage = onMessage
        self.onRegistration = onRegistration
    }
}

/// What an endpoint holds at this moment; the user agent's part and the connections fall to 0 when every call is over.
package struct EndpointCounts: Hashable, Sendable {
    package let userAgent: UserAgentCounts
    /// Calls of peers that have no ACK yet.
    package let halfOpenCalls: Int
    package let refusals: UserAgentRefusals
    package let transport: TransportCounts
}
