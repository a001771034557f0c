import SIPSyntax
import Timekeeping

/// A message as it was on the wire, without its secrets.
package struct TracedMessage: Hashable, Sendable {
    package let instant: Instant
    package let arrow: SIPLadder.Arrow
    package let path: TransportPath
    package let bytes: [UInt8]

    package init(instant: Instant, arrow: SIPLadder.Arrow, path: TransportPath, bytes: [UInt8]) {
        self.instant = instant
        self.arrow = arrow
        self.path = path
        self.bytes = bytes
    }
}
