/// Whether this side sends and whether it listens (RFC 3264 section 5.1), seen from here.
package enum WireDirection: Hashable, Sendable {
    case sendAndReceive
    case sendOnly
    case receiveOnly
    case inactive

    package var sends: Bool {
        switch self {
        case .sendAndReceive, .sendOnly: true
        case .receiveOnly, .inactive: false
        }
    }

    package var receives: Bool {
        switch self {
        case .sendAndReceive, .receiveOnly: true
        case .sendOnly, .inactive: false
        }
    }
}
