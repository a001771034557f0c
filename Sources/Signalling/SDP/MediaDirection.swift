/// Which way media flows, seen from the side that says it (RFC 8866 section 6.7).
package enum MediaDirection: String, Hashable, Sendable, CaseIterable {
    case sendrecv
    case sendonly
    case recvonly
    case inactive

    package init(sends: Bool, receives: Bool) {
        self =
            switch (sends, receives) {
            case (true, true): .sendrecv
            case (true, false): .sendonly
            case (false, true): .recvonly
            case (false, false): .inactive
            }
    }

    package var sends: Bool {
        switch self {
        case .sendrecv, .sendonly: true
        case .recvonly, .inactive: false
        }
    }

    package var receives: Bool {
        switch self {
        case .sendrecv, .recvonly: true
        case .sendonly, .inactive: false
        }
    }

    /// The same flow seen from the other side.
    package var reversed: MediaDirection {
        MediaDirection(sends: self.receives, receives: self.sends)
    }

    /// What both allow.
    package func intersection(_ other: MediaDirection) -> MediaDirection {
        MediaDirection(sends: self.sends && other.sends, receives: self.receives && other.receives)
    }
}
