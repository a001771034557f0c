import Addressing
import SDP
import SIPSyntax
import Timekeeping

/// One call with all that belongs to it: signalling, flow, media, and the report that grows.
///
/// Confined to the edge's event loop.
final class LiveCall {
    let key: Int
    var signalling: EdgeCall
    var flow: FlowMachine
    var destination: Destination
    var sockets: MediaSockets?
    var media: EdgeDescription?
    /// Settled, and waiting for the answer to be sent.
    var settings: MediaSettings?
    var leg: MediaLeg?
    /// The deadline of the next packet; nil before the ACK and after the end.
    var nextPacket: Instant?
    /// When the ringing ends in an answer, or a call that was placed is cancelled.
    var ringingUntil: Instant?
    /// When the call is cut; nil once it was.
    var latestEnd: Instant?
    let began: Instant
    var answered: Instant?
    var ended: Instant?
    var isReported = false
    var report: CallReport
    /// The branch under which a copy of the call's INVITE would come.
    private(set) var inviteBranch: String
    let negotiation: EdgeNegotiation
    var misdeeds: [any Misdeed]
    /// What happens to packets on their way out and on their way in.
    var networkOut: LossyNetwork?
    var networkIn: LossyNetwork?
    /// Until when the call's next INVITE is awaited after an answer that turned it away.
    var turnedAwayUntil: Instant?
    /// Tags of further dialogs that belong to this call.
    var aliases: [String] = []

    init(
        key: Int, signalling: EdgeCall, flow: Flow, destination: Destination, negotiation: EdgeNegotiation,
        report: CallReport, began: Instant, durationMax: Duration, misbehaviour: Misbehaviour = Misbehaviour()
    ) {
        self.key = key
        self.signalling = signalling
        self.flow = FlowMachine(flow: flow)
        self.destination = destination
        self.negotiation = negotiation
        self.report = report
        self.misdeeds = misbehaviour.misdeeds
        let network = misbehaviour.network
        self.networkOut = network?.way == .received ? nil : network
        self.networkIn = network?.way == .sent ? nil : network
        self.began = began
        self.latestEnd = began + durationMax
        self.inviteBranch = (try? signalling.invite.headers.topVia)?.branch ?? ""
    }

    var tag: String { self.signalling.dialog.localTag.text }

    /// The next moment at which something is owed, packets apart.
    var deadline: Instant? {
        let cut = self.ended == nil ? self.latestEnd : nil
        let misdeeds = self.ended == nil ? self.misdeeds.compactMap(\.deadline).min() : nil
        return [
            self.signalling.deadline, self.flow.deadline, self.ringingUntil, self.turnedAwayUntil, misdeeds, cut,
        ].compactMap { $0 }.min()
    }

    /// The same call came again with another INVITE.
    func renewInviteBranch() {
        self.inviteBranch = (try? self.signalling.invite.headers.topVia)?.branch ?? ""
        self.turnedAwayUntil = nil
    }

    /// Milliseconds from the answer; 0 before it.
    func sinceAnswer(_ now: Instant) -> Int {
        self.answered.map { Int($0.duration(to: now).inMilliseconds) } ?? 0
    }

    func noteOnLadder(_ message: SIPMessage, _ way: CallReport.LadderLine.Way, at now: Instant) {
        self.noteAnswer(message)
        switch way {
        case .received: self.report.messagesReceived[message.kind, default: 0] += 1
        case .sent: self.report.messagesSent[message.kind, default: 0] += 1
        }
        let elapsed = Double(self.began.duration(to: now).inNanoseconds / 1_000) / 1_000
        self.report.ladder.append(
            CallReport.LadderLine(atInMilliseconds: elapsed, way: way, message: message.summary),
            upTo: CallReport.entriesMax)
    }

    /// Keeps the header fields of the first final answer to the call's INVITE.
    private func noteAnswer(_ message: SIPMessage) {
        guard self.report.answerHeaders.isEmpty, case .response(let response) = message, response.status.isFinal,
            (try? response.headers.cSeq)?.method == .invite
        else { return }
        self.report.answerHeaders = response.headers.fields.map { field in
            CallReport.Header(name: field.name.text, value: field.value.text)
        }
    }

    func note(_ name: String, by actor: CallReport.Misdeed.Actor, _ sentence: String, at now: Instant) {
        let elapsed = Int(self.began.duration(to: now).inMilliseconds)
        self.report.misdeeds.append(
            CallReport.Misdeed(atInMilliseconds: elapsed, name: name, by: actor, what: sentence),
            upTo: CallReport.entriesMax)
    }
}

extension SIPMessage {
    /// `INVITE`, or `200 INVITE` for its answer.
    var kind: String {
        switch self {
        case .request(let request): request.method.rawValue
        case .response(let response):
            "\(response.status) \((try? response.headers.cSeq)?.method.rawValue ?? "?")"
        }
    }

    /// The start line without the version, and what a response answers.
    var summary: String {
        switch self {
        case .request(let request):
            return "\(request.method) \(request.uri)"
        case .response(let response):
            let method = (try? response.headers.cSeq)?.method.rawValue ?? "?"
            return "\(response.status) \(response.reason) (\(method))"
        }
    }
}
