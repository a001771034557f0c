import Addressing
import Glibc
import NIOCore

extension TransportError {
    /// A connection that could not be made.
    init(connecting error: any Error, to peer: TransportAddress) {
        switch error {
        case let error as TransportError: self = error
        case ChannelError.connectTimeout: self = .connectTimedOut(peer)
        default: self = .connectFailed(peer, reason: Self.reason(error))
        }
    }

    /// A message that was not taken.
    init(writing error: any Error, to peer: TransportAddress) {
        switch error {
        case let error as TransportError: self = error
        case ChannelError.ioOnClosedChannel, ChannelError.alreadyClosed, ChannelError.eof: self = .closedByPeer(peer)
        default: self = .writeFailed(peer, reason: Self.reason(error))
        }
    }

    /// A connection that was open.
    init(losing error: any Error, to peer: TransportAddress) {
        switch error {
        case let error as TransportError: self = error
        default: self = .connectionLost(peer, reason: Self.reason(error))
        }
    }

    /// The kernel's reason as a clause.
    static func reason(_ error: any Error) -> String {
        guard let error = error as? IOError else { return "\(error)" }
        return switch error.errnoCode {
        case ECONNREFUSED: "the connection was refused"
        case ECONNRESET, EPIPE: "the connection was reset"
        case ETIMEDOUT: "the peer does not answer"
        case EHOSTUNREACH, ENETUNREACH: "there is no route to it"
        case EADDRINUSE: "the address is in use"
        case EADDRNOTAVAIL: "no interface has the local address"
        case EACCES, EPERM: "it is not permitted"
        case EMSGSIZE: "the message is too long for a datagram"
        case EMFILE, ENFILE: "there is no file descriptor left"
        default: error.description
        }
    }
}
