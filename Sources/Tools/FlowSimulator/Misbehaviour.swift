/// What the simulator does wrong on purpose: each part is one key of the YAML and one option of the command line.
package struct Misbehaviour: Hashable, Sendable {
    /// The parts, as the YAML spells them.
    package enum Key: String, Hashable, Sendable, CaseIterable {
        case refuse, noResponse, noAnswer, recordRouteTCPContactTLS, earlyMedia, forks, redirect, challenge, glare, bye
        case idleClose, repeats, trying, hold, sessionTimer, refer, sendRefer, media, network
    }

    package var refusal: Refusal?
    package var noResponse: NoResponse?
    /// Rings and never answers.
    package var neverAnswers = false
    /// Record-Route says TCP while Contact says TLS, as an Exotel edge was seen to answer a TCP call.
    package var recordRouteTCPContactTLS = false
    package var earlyMedia: EarlyMedia?
    package var forks: ForkedAnswers?
    package var redirect: Redirection?
    package var challenge: Challenge?
    package var glare: Glare?
    package var bye: LateBye?
    package var idleClose: IdleClose?
    package var repeats: Repeats?
    package var trying: SlowTrying?
    package var hold: Hold?
    package var sessionTimer: SessionTimer?
    package var transfer: Transfer?
    package var transferOrder: TransferOrder?
    package var media: MediaFaults?
    package var network: LossyNetwork?

    package init() {}

    /// A fresh copy of each machine, in the order in which they see a message; copies are made last of all.
    package var misdeeds: [any Misdeed] {
        let all: [(any Misdeed)?] = [
            self.noResponse, self.challenge, self.redirect, self.trying, self.earlyMedia, self.idleClose, self.forks,
            self.glare,
            self.hold, self.sessionTimer, self.transfer, self.transferOrder, self.bye, self.media, self.repeats,
        ]
        return all.compactMap { $0 }
    }

    var promptNames: [String] { [self.earlyMedia?.prompt].compactMap { $0 } }

    /// Why the parts cannot be had together, or nil.
    package var contradiction: String? {
        let answered: [(Key, Bool)] = [
            (.earlyMedia, self.earlyMedia != nil), (.forks, self.forks.map { $0.answers > 0 } ?? false),
            (.glare, self.glare != nil),
            (.bye, self.bye != nil), (.hold, self.hold != nil), (.sessionTimer, self.sessionTimer != nil),
            (.refer, self.transfer != nil), (.sendRefer, self.transferOrder != nil), (.media, self.media != nil),
            (.network, self.network != nil),
        ]
        let first = answered.first { $0.1 }?.0.rawValue
        if let first, self.neverAnswers { return "noAnswer leaves no call for \(first) to act on" }
        if let first, self.noResponse != nil { return "noResponse leaves no call for \(first) to act on" }
        if let first, self.refusal?.isOfEveryCall == true { return "refuse leaves no call for \(first) to act on" }
        if self.bye?.moment == .beforeACK, let lost = self.repeats?.lostACKs, lost > 0 {
            return "bye: beforeACK awaits no ACK that repeats: {lostACKs} could lose"
        }
        if self.forks.map({ $0.provisionals > 0 }) == true, self.earlyMedia != nil {
            return "earlyMedia sends a 183 and no 180 that forks: {provisionals} could copy"
        }
        if self.glare != nil, self.hold != nil { return "glare and hold would cross each other; order one of them" }
        return nil
    }
}
