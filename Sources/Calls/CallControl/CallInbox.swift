import Addressing
import BotTransports
import MediaPlane
import SIPEndpoint
import SIPUserAgent
import Synchronization

/// What can happen to a call, in the order in which it happened.
package enum CallInput: Sendable {
    /// The pacer allows the next INVITE.
    case permit
    /// The trunk's waiting line is full.
    case permitRefused
    /// The name of an attempt's point of presence was looked up.
    case located(attempt: Int, Result<[TransportAddress], UnknownServers>)
    case signalling(SessionID, SessionNotice)
    case media(MediaEvent)
    case botConnected(ConnectedBot)
    case botUnreachable(BotConnectionError)
    /// Somebody wants the live call changed: the API, or another call.
    case wish(CallWish)
    /// The leg that this call's far end is to speak with tells how it fares.
    case leg(CallIdentifier, LegNotice)
    /// The call that the far end asked for by REFER tells how it fares.
    case referred(CallIdentifier, LegNotice)
    /// Somebody wants the call to end.
    case end(EndCause)
    /// The machine's deadline has come.
    case alarm

    /// Whether the call's life depends on it. Each comes once, or once an attempt; `end` has a bound of its own.
    fileprivate var isVital: Bool {
        switch self {
        case .permit, .permitRefused, .located, .botConnected, .botUnreachable: true
        case .signalling(_, let notice): notice.isTerminal
        case .media(let event):
            switch event {
            case .ended: true
            case .botReady, .botHangup, .botWish, .digitsForSignalling, .botFailed, .botOverflow, .botMessageIgnored,
                .promptMissing,
                .dtmfReceived, .dtmfSent,
                .firstPacketReceived,
                .firstAudioSent, .mediaTimeout, .silence:
                false
            }
        case .leg(_, let notice), .referred(_, let notice):
            switch notice {
            case .answered, .ended: true
            case .ringing: false
            }
        case .end, .alarm, .wish: false
        }
    }

    /// Whether it asks for the call's end, as a bot or an operator may do again and again.
    fileprivate var asksForTheEnd: Bool {
        switch self {
        case .end: true
        case .media(let event):
            switch event {
            case .botHangup, .botFailed, .mediaTimeout: true
            case .botReady, .botWish, .digitsForSignalling, .botOverflow, .botMessageIgnored, .promptMissing,
                .dtmfReceived, .dtmfSent,
                .firstPacketReceived,
                .firstAudioSent, .silence, .ended:
                false
            }
        case .permit, .permitRefused, .located, .signalling, .botConnected, .botUnreachable, .wish, .leg, .referred,
            .alarm:
            false
        }
    }
}

/// A call's bounded line of inputs, which any thread may post to.
///
/// Two bounds: what is only worth telling is dropped when `countMax` inputs wait, and wishes to end the call, which come
/// again and again from a bot gone wild, have `endReserve` places more. What the call's life depends on is never dropped.
package struct CallInbox: Sendable {
    package static let countMax = 1_024
    package static let endReserve = 64

    private let continuation: AsyncStream<CallInput>.Continuation
    private let waiting = Waiting()

    private final class Waiting: Sendable {
        let count = Atomic<Int>(0)
        let isFinished = Atomic<Bool>(false)
    }

    package static func make() -> (inbox: CallInbox, inputs: AsyncStream<CallInput>) {
        // The bounds are kept by `post`, which knows what may be dropped.
        let (inputs, continuation) = AsyncStream.makeStream(of: CallInput.self, bufferingPolicy: .unbounded)
        return (CallInbox(continuation: continuation), inputs)
    }

    private init(continuation: AsyncStream<CallInput>.Continuation) {
        self.continuation = continuation
    }

    package func post(_ input: CallInput) {
        let limit =
            if input.isVital { Int.max } else if input.asksForTheEnd { Self.countMax + Self.endReserve } else {
                Self.countMax
            }
        let count = self.waiting.count.add(1, ordering: .relaxed).newValue
        guard count <= limit else {
            self.waiting.count.subtract(1, ordering: .relaxed)
            return
        }
        self.continuation.yield(input)
    }

    /// An input has been taken out of the line.
    package func noteTaken() {
        self.waiting.count.subtract(1, ordering: .relaxed)
    }

    /// Whether the call is over, and nothing that is posted is read any more.
    package var isFinished: Bool { self.waiting.isFinished.load(ordering: .relaxed) }

    package func finish() {
        self.waiting.isFinished.store(true, ordering: .relaxed)
        self.continuation.finish()
    }
}
