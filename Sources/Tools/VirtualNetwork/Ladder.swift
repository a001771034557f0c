import SIPSyntax
import SIPUserAgent
import Timekeeping

/// What happened between two parties, as text: one line a message or event, time first, the caller on the left.
package struct Ladder: Sendable {
    package enum Side: String, Hashable, Sendable {
        case caller
        case callee

        package var other: Side {
            switch self {
            case .caller: .callee
            case .callee: .caller
            }
        }
    }

    private enum Entry: Sendable {
        case message(String, from: Side, isLost: Bool)
        case note(String, at: Side)
    }

    private var entries: [(at: Instant, entry: Entry)] = []

    package init() {}

    /// Whether destinations and Request-URIs are shown: what a flow about routing is about.
    package var showsRouting = false

    package mutating func add(
        _ message: SIPMessage, from side: Side, to destination: Destination?, isLost: Bool, at now: Instant
    ) {
        var text = Self.text(of: message)
        if self.showsRouting, case .request(let request) = message {
            text += " \(request.uri)"
            let routes = request.headers.all(.route).map(\.text)
            if !routes.isEmpty { text += " Route: \(routes.joined(separator: ", "))" }
            if let destination { text += " => \(Self.text(of: destination))" }
        }
        self.entries.append((now, .message(text, from: side, isLost: isLost)))
    }

    package mutating func add(_ event: SessionEvent, at side: Side, _ now: Instant) {
        self.note(Self.text(of: event), at: side, now)
    }

    package mutating func note(_ text: String, at side: Side, _ now: Instant) {
        self.entries.append((now, .note(text, at: side)))
    }

    package var text: String {
        var lines = ["     time  caller" + String(repeating: " ", count: Self.width - 12) + "callee"]
        for (now, entry) in self.entries {
            let time = Self.time(now)
            switch entry {
            case .message(let text, .caller, let isLost):
                lines.append("\(time)  |-- \(Self.padded("\(text) "))\(isLost ? "x " : "->")|")
            case .message(let text, .callee, let isLost):
                lines.append("\(time)  |\(isLost ? " x" : "<-")\(Self.padded("- \(text) "))---|")
            case .note(let text, .caller):
                lines.append("\(time)  * \(text)")
            case .note(let text, .callee):
                lines.append(
                    "\(time)  " + String(repeating: " ", count: max(1, Self.width - text.count - 2)) + "\(text) *")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func text(of message: SIPMessage) -> String {
        let isDescription = (try? message.headers.contentType)?.matches(.sdp) ?? false
        let body = message.body.isEmpty ? "" : isDescription ? " (sdp)" : " (body)"
        switch message {
        case .request(let request):
            return "\(request.method) \(Self.sequence(of: message))\(body)"
        case .response(let response):
            let method = (try? response.headers.cSeq.method.rawValue) ?? "?"
            return "\(response.status) \(response.reason) to \(method) \(Self.sequence(of: message))\(body)"
        }
    }

    private static func sequence(of message: SIPMessage) -> String {
        (try? message.headers.cSeq.number).map { String($0) } ?? "?"
    }

    private static func text(of destination: Destination) -> String {
        let connection = destination.path?.connection.map { " on \($0)" } ?? ""
        return "\(destination.transport.rawValue) \(destination.host):\(destination.port)\(connection)"
    }

    private static func text(of event: SessionEvent) -> String {
        switch event {
        case .incoming: "incoming"
        case .provisional(let response): "provisional \(response.status)"
        case .earlyMedia(let media): "early media\(media.isAnswer ? ", the answer" : "")"
        case .answered: "answered"
        case .answerOwed(let owed): "answer owed to the \(Self.text(of: owed.occasion))"
        case .confirmed: "confirmed"
        case .offerReceived: "offer received"
        case .offerWithdrawn: "offer withdrawn"
        case .offerConfirmed: "offer confirmed"
        case .referral(let event): "referral \(Self.text(of: event))"
        case .referReceived(let refer):
            "refer received: \(refer.target)\(refer.replaces == nil ? "" : " with Replaces")"
        case .replacementReceived: "replacement received"
        case .info(.digit(let digit)): "digit \(digit.digit)"
        case .info(.other(let type, _)): "info of \(type.headerValue)"
        case .infoAnswered(let outcome): "info \(Self.text(of: outcome))"
        case .offerAccepted: "offer accepted"
        case .offerRefused(.refused(let response)): "offer refused: \(response.status)"
        case .offerRefused(.notSent): "offer not sent"
        case .failed(let reason): "failed: \(reason.sentence)"
        case .ended(let reason): "ended: \(reason.sentence)"
        }
    }

    private static func text(of event: ReferralEvent) -> String {
        switch event {
        case .accepted: "accepted"
        case .progress(let fragment): "progress: \(fragment.status) \(fragment.reason)"
        case .ended(.succeeded(let fragment)): "succeeded: \(fragment.status) \(fragment.reason)"
        case .ended(.failed(let fragment)): "failed: \(fragment.status) \(fragment.reason)"
        case .ended(.refused(let response)): "refused: \(response.status) \(response.reason)"
        case .ended(.unreported): "ended without report"
        case .ended(.timedOut): "timed out"
        case .ended(.transportFailed): "could not be sent"
        case .ended(.callEnded): "ended with the call"
        case .ended(.notSent): "was not sent"
        }
    }

    private static func text(of outcome: InfoOutcome) -> String {
        switch outcome {
        case .answered(let response): "answered \(response.status)"
        case .timedOut: "timed out"
        case .transportFailed: "could not be sent"
        case .notSent: "was not sent"
        }
    }

    private static func text(of occasion: OwedAnswer.Occasion) -> String {
        switch occasion {
        case .call: "call"
        case .offerRequest: "request for an offer"
        case .provisional: "provisional"
        }
    }

    /// Seconds with three decimals, nine characters wide.
    private static func time(_ now: Instant) -> String {
        let milliseconds = Instant.origin.duration(to: now).inMilliseconds
        let fraction = String(milliseconds % 1000)
        let text = "\(milliseconds / 1000)." + String(repeating: "0", count: 3 - fraction.count) + fraction
        return String(repeating: " ", count: max(0, 9 - text.count)) + text
    }

    /// Fills up with the arrow's shaft; a longer text makes a longer line.
    private static func padded(_ text: String) -> String {
        text + String(repeating: "-", count: max(1, Self.width - 7 - text.count))
    }

    /// From the one bar to the other, both included.
    private static let width = 64
}
