import SIPSyntax
import SIPTransport
import Timekeeping

/// A message as it was seen on the wire, or as it failed to get there.
package struct ObservedMessage: Sendable {
    package enum Direction: Hashable, Sendable {
        case received
        case sent
        case notSent(TransportError)
    }

    package let direction: Direction
    /// Nil for a message that could not be read.
    package let message: SIPMessage?
    package let bytes: [UInt8]
    /// Nil for a message that found no way.
    package let path: TransportPath?
    package let at: Instant

    package init(direction: Direction, message: SIPMessage?, bytes: [UInt8], path: TransportPath?, at: Instant) {
        self.direction = direction
        self.message = message
        self.bytes = bytes
        self.path = path
        self.at = at
    }
}
