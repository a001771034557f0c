import BotTransports
import MediaPlane
import SIPUserAgent

/// What can happen to a call, in the order in which it happened.
enum CallInput: Sendable {
    /// The pacer allows the next INVITE.
    case permit
    /// The trunk's waiting line is full.
    case permitRefused
    case signalling(SessionID, SessionNotice)
    case media(MediaEvent)
    case botConnected(ConnectedBot)
    case botUnreachable(BotConnectionError)
    /// Somebody wants the call to end.
    case end(EndCause)
    /// The machine's deadline has come.
    case alarm
}

/// A call's bounded line of inputs, which any thread may post to.
///
/// A call takes its inputs in microseconds, so the bound is met only when something runs wild. What is dropped then
/// costs nothing that lasts: the machine's own deadlines end a call whose events are missing.
struct CallInbox: Sendable {
    static let countMax = 1_024

    private let continuation: AsyncStream<CallInput>.Continuation

    static func make() -> (inbox: CallInbox, inputs: AsyncStream<CallInput>) {
        let (inputs, continuation) = AsyncStream.makeStream(
            of: CallInput.self, bufferingPolicy: .bufferingOldest(Self.countMax))
        return (CallInbox(continuation: continuation), inputs)
    }

    func post(_ input: CallInput) {
        self.continuation.yield(input)
    }

    func finish() {
        self.continuation.finish()
    }
}
