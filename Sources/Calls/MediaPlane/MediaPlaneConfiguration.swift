import Addressing
import SRTP
import Timekeeping

/// What a media plane is built from; fixed for its life.
package struct MediaPlaneConfiguration: Sendable {
    /// How the media threads ask the kernel for punctuality.
    package enum Scheduling: Hashable, Sendable {
        /// SCHED_FIFO where the process may have it, a lower nice value otherwise; which of them is said in the log.
        case realtimeWherePermitted
        /// The class that the process was started with: for tests, and for machines that are shared.
        case inherited
    }

    /// Media threads, each of which owns its calls outright. Nil: one for each core but one, and at least one.
    package var threads: Int?
    /// Where sockets are bound when a request does not say.
    package var bindAddress: IPAddress = .any
    /// RTP takes even ports of this range and RTCP the odd port after it; clear of the kernel's ephemeral ports.
    package var ports: ClosedRange<UInt16> = 10_000...32_767
    /// How long a returned pair rests, so that a late packet of one call reaches no other.
    package var portRest: Duration = .seconds(5)
    /// Sessions at once, over all threads; one more is refused.
    package var sessionsMax: Int = 2_000
    package var scheduling: Scheduling = .realtimeWherePermitted
    /// Whose SRTP the calls use.
    package var srtpEngine = SRTPEngine.libcrypto

    package init() {}
}

/// Why the media plane refuses to start or to open a session.
package enum MediaPlaneError: Error, Hashable, Sendable {
    /// No even and odd pair of the range could be bound.
    case portsExhausted
    /// The process or the machine has no descriptor left.
    case descriptorsExhausted
    /// As many sessions are open as the configuration allows, or a media thread's inbox is full.
    case inboxFull
    /// The bind address is none of this machine's, or is refused to this process.
    case addressUnavailable(IPAddress, code: Int32)
    /// The range holds no even port with an odd one after it.
    case portRangeUnusable(ClosedRange<UInt16>)
    /// The kernel refused what a media thread needs.
    case threadUnavailable(code: Int32)
    /// The plane is shutting down.
    case shuttingDown
}
