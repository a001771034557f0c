import AudioFiles
import BotProtocol
import MediaPlane
import Timekeeping

/// What remains of a call: who, when, how it went, why it ended. Written once, when nothing of the call is left.
package struct CallRecord: Sendable {
    /// The moments of a call, each nil when it never came.
    package struct Moments: Sendable {
        package var created: Instant
        /// The first INVITE left, or the caller's arrived.
        package var invited: Instant?
        package var ringing: Instant?
        /// Audio began to flow before the answer.
        package var earlyMedia: Instant?
        package var answered: Instant?
        package var botReady: Instant?
        package var ended: Instant?

        package init(created: Instant) {
            self.created = created
        }
    }

    package var identifier: CallIdentifier
    package var direction: CallDirection
    package var trunk: String
    /// Nil for the leg of a bridge.
    package var bot: String?
    /// The call whose far end this leg was joined with.
    package var legOf: CallIdentifier?
    /// The number that the far end was given to, or was to be given to.
    package var transferredTo: String?
    package var from: String
    package var to: String
    package var anchor: WallClockAnchor
    package var moments: Moments
    /// The carrier's points of presence that were tried, in order.
    package var pointsOfPresence: [String] = []
    package var sipCallID: String?
    package var transport: String?
    /// `X-Exotel-*` of the INVITE or of the answer: the carrier's own names for the call.
    package var carrierHeaders: [CarrierHeader] = []
    package var codec: String?
    /// The SRTP suite; nil for plain RTP.
    package var securitySuite: String?
    package var localMedia: String?
    package var remoteMedia: String?
    package var media: MediaReport?
    package var cause: EndCause?

    package init(
        identifier: CallIdentifier, direction: CallDirection, trunk: String, bot: String?, from: String, to: String,
        anchor: WallClockAnchor, created: Instant
    ) {
        self.identifier = identifier
        self.direction = direction
        self.trunk = trunk
        self.bot = bot
        self.from = from
        self.to = to
        self.anchor = anchor
        self.moments = Moments(created: created)
    }

    /// From the answer to the end; nil when it was never answered.
    package var duration: Duration? {
        guard let answered = self.moments.answered, let ended = self.moments.ended else { return nil }
        return answered.duration(to: ended)
    }
}

/// Where records go. An implementation keeps what it was given, even when the process is killed right after.
package protocol CallRecordStore: Sendable {
    /// Leaves word of a call that is alive, as far as it is known; a later note replaces an earlier one. Should the
    /// process be killed, the call's record is made of it. Never waits: a caller may be waiting for the call's answer.
    func note(_ record: CallRecord) throws(CallRecordStoreError)

    /// Keeps the record of a call that is over.
    func store(_ record: CallRecord) async throws(CallRecordStoreError)
}

/// Why a record could not be kept.
package enum CallRecordStoreError: Error, Hashable, Sendable {
    /// The file cannot be opened or written: `code` is the system's errno.
    case fileUnusable(path: String, code: Int32)
    /// So many records wait for the disk that no more is taken.
    case tooManyWaiting(Int)

    /// What happened, for a person.
    package var sentence: String {
        switch self {
        case .fileUnusable(let path, let code): "\(path) cannot be written: \(SystemFault(code: code).reason)."
        case .tooManyWaiting(let count): "\(count) records wait for the disk already."
        }
    }
}
