import BotProtocol

/// What happens on a call, for whoever watches: the command line, logs, metrics.
package enum CallEvent: Sendable {
    /// An INVITE left for this point of presence, or came in from this peer.
    case invited(String)
    case ringing(status: Int)
    /// Audio flows before the answer.
    case earlyMedia(status: Int)
    case answered
    case held(by: BotHoldParty)
    case resumed(by: BotHoldParty)
    case transfer(BotTransferProgress)
    case botReady(hertz: Int32)
    case digitReceived(DTMFDigit)
    case digitSent(DTMFDigit)
    case firstAudioReceived
    case firstAudioSent
    /// A sentence worth a line in the log: an overflow, a refused prompt, a point of presence given up.
    case note(String)
    case ended(CallRecord)
}
