import Addressing
import SIPSyntax
import TLS

/// Why a message could not be sent, or a connection ended. `sentence` goes into logs and call records.
package enum TransportError: Error, Hashable, Sendable {
    case nameNotFound(HostName, reason: String)
    case lookupTimedOut(HostName)
    /// No name server gave an answer that could be used.
    case lookupFailed(HostName, reason: String)
    case connectFailed(TransportAddress, reason: String)
    case connectTimedOut(TransportAddress)
    case handshakeFailed(TransportAddress, TLSError)
    case handshakeTimedOut(TransportAddress)
    /// The peer is to be reached over TLS, and its profile has no context for that.
    case tlsNotConfigured(Host)
    /// A listener for TLS has no certificate.
    case listenerWithoutCertificate(TransportAddress)
    case bindFailed(SIPTransportName, TransportAddress, reason: String)
    /// No UDP listener has an address of the family that the peer's address has.
    case noDatagramSocket(to: TransportAddress)
    case writeFailed(TransportAddress, reason: String)
    /// The peer takes less than is sent to it.
    case writeBufferFull(TransportAddress)
    case closedByPeer(TransportAddress)
    case connectionLost(TransportAddress, reason: String)
    /// A ping stayed unanswered.
    case pongMissing(TransportAddress)
    case messageTimedOut(TransportAddress)
    case idleTimedOut(TransportAddress)
    /// The stream cannot be cut into messages.
    case unframeable(TransportAddress)
    case tooManyConnections
    /// A stranger sent more than strangers may.
    case notHeard(TransportAddress)
    case tooManyWaiting(Host)
    /// `close` was called.
    case closed
}

extension TransportError {
    /// A connection that was open went down under the message; without it the peer was never reached.
    package var isLossOfConnection: Bool {
        switch self {
        case .closedByPeer, .connectionLost, .writeFailed: true
        case .nameNotFound, .lookupTimedOut, .lookupFailed, .connectFailed, .connectTimedOut, .handshakeFailed,
            .handshakeTimedOut, .tlsNotConfigured, .listenerWithoutCertificate, .bindFailed, .noDatagramSocket,
            .writeBufferFull, .pongMissing, .messageTimedOut, .idleTimedOut, .unframeable, .tooManyConnections,
            .notHeard, .tooManyWaiting, .closed:
            false
        }
    }
}

extension TransportError {
    /// What happened, for a person.
    package var sentence: String {
        switch self {
        case .nameNotFound(let name, let reason): "The name \(name) has no address: \(reason)."
        case .lookupTimedOut(let name): "Looking up the name \(name) took too long."
        case .lookupFailed(let name, let reason): "The name \(name) could not be looked up: \(reason)."
        case .connectFailed(let peer, let reason): "No connection to \(peer): \(reason)."
        case .connectTimedOut(let peer): "No connection to \(peer): it did not answer in time."
        case .handshakeFailed(let peer, let error): "No TLS session with \(peer). \(error)"
        case .handshakeTimedOut(let peer): "No TLS session with \(peer): the handshake took too long."
        case .tlsNotConfigured(let host): "\(host) is to be reached over TLS, but no TLS is configured for it."
        case .listenerWithoutCertificate(let address): "The TLS listener on \(address) has no certificate."
        case .bindFailed(let transport, let address, let reason):
            "Cannot listen on \(address) for \(transport.rawValue): \(reason)."
        case .noDatagramSocket(let peer): "There is no UDP listener from which \(peer) can be reached."
        case .writeFailed(let peer, let reason): "A message could not be sent to \(peer): \(reason)."
        case .writeBufferFull(let peer): "\(peer) takes its messages too slowly."
        case .closedByPeer(let peer): "\(peer) closed the connection."
        case .connectionLost(let peer, let reason): "The connection to \(peer) was lost: \(reason)."
        case .pongMissing(let peer): "\(peer) did not answer a keep-alive."
        case .messageTimedOut(let peer): "\(peer) began a message and did not end it in time."
        case .idleTimedOut(let peer): "\(peer) was silent for too long."
        case .unframeable(let peer): "\(peer) sent a stream in which no message can be found."
        case .tooManyConnections: "There are too many connections already."
        case .notHeard(let peer): "\(peer) sent too much and is not heard."
        case .tooManyWaiting(let host): "Too many messages wait for a connection to \(host)."
        case .closed: "The transport was shut down."
        }
    }
}
