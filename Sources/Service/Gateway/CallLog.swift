import BotProtocol
import CallControl
import Logging
import Timekeeping

/// What the log says of calls: one line an event, the call's id beside it, never a key or a token.
enum CallLog {
    static func note(_ event: CallEvent, of call: CallIdentifier, in logger: Logger) {
        let metadata: Logger.Metadata = ["call": "\(call)"]
        switch event {
        case .invited(let peer): logger.info("INVITE, \(peer)", metadata: metadata)
        case .ringing(let status): logger.info("ringing, \(status)", metadata: metadata)
        case .earlyMedia(let status): logger.info("early media, \(status)", metadata: metadata)
        case .answered: logger.info("answered", metadata: metadata)
        case .held(let party): logger.info("on hold, by \(party.rawValue)", metadata: metadata)
        case .resumed(let party): logger.info("no longer on hold by \(party.rawValue)", metadata: metadata)
        case .transfer(let progress): logger.info("transfer \(progress.words)", metadata: metadata)
        case .botReady(let hertz): logger.info("bot ready at \(hertz) Hz", metadata: metadata)
        case .digitReceived(let digit): logger.info("digit \(digit) received", metadata: metadata)
        case .digitSent(let digit): logger.info("digit \(digit) sent", metadata: metadata)
        case .firstAudioReceived: logger.debug("first packet received", metadata: metadata)
        case .firstAudioSent: logger.debug("first audio sent", metadata: metadata)
        case .note(let sentence): logger.notice("\(sentence)", metadata: metadata)
        case .ended(let record): logger.info("ended: \(Self.summary(of: record))", metadata: metadata)
        }
    }

    private static func summary(of record: CallRecord) -> String {
        guard let cause = record.cause else { return "no cause" }
        let duration = record.duration.map { " after \($0.inMilliseconds) ms" } ?? ""
        return "\(cause.kind.word) by \(cause.party.rawValue)\(duration). \(cause.sentence)"
    }
}
