import BotProtocol
import CallControl
import Foundation
import Gateway

/// Prints a call's events as they come, one line each, with the time since the first.
struct CallProgress: Sendable {
    let toStandardError: Bool
    private let start = ContinuousClock.now

    func tell(_ event: CallEvent) {
        guard let text = Self.text(of: event) else { return }
        let elapsed = (ContinuousClock.now - self.start).components
        let milliseconds = elapsed.seconds * 1_000 + elapsed.attoseconds / 1_000_000_000_000_000
        let time = String(format: "%8.3f", Double(milliseconds) / 1_000)
        Output.line("\(time)  \(PlainLine.escaped(text))", toStandardError: self.toStandardError)
    }

    private static func text(of event: CallEvent) -> String? {
        switch event {
        case .invited(let peer): "calling by way of \(peer)"
        case .ringing(let status): "ringing (\(status))"
        case .earlyMedia(let status): "early media (\(status))"
        case .answered: "answered"
        case .held(let party): "on hold, by \(party.rawValue)"
        case .resumed(let party): "no longer on hold by \(party.rawValue)"
        case .transfer(let progress): "transfer \(progress.words)"
        case .botReady(let hertz): "the bot is ready, audio at \(hertz) Hz"
        case .digitReceived(let digit): "the far end pressed \(digit)"
        case .digitSent(let digit): "the bot pressed \(digit)"
        case .firstAudioReceived: "first packet from the far end"
        case .firstAudioSent: "first audio of the bot on the wire"
        case .note(let sentence): sentence
        case .ended: nil
        }
    }
}

/// Lines for a person, on standard output or standard error.
enum Output {
    static func line(_ text: String, toStandardError: Bool = false) {
        let file = toStandardError ? FileHandle.standardError : FileHandle.standardOutput
        // A reader that has gone away (a closed pipe) is no reason to end a call.
        try? file.write(contentsOf: Data((text + "\n").utf8))
    }

    /// What the command was run for, on standard output; that it could not be written is said on standard error. False
    /// then: a result that nobody got is a failure.
    static func result(_ text: String) -> Bool {
        do {
            try FileHandle.standardOutput.write(contentsOf: Data((text + "\n").utf8))
            return true
        } catch {
            Self.line(
                "trunkline: standard output cannot be written: \(error.localizedDescription)", toStandardError: true)
            return false
        }
    }
}
