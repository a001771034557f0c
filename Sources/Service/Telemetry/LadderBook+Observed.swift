import SIPEndpoint
import SIPSyntax

extension LadderBook {
    /// Notes a message that the endpoint saw.
    package func note(_ observed: ObservedMessage) {
        guard let message = observed.message else { return }
        let peer = observed.path.map { "\($0.transport.rawValue) \($0.remote)" } ?? "nowhere"
        switch observed.direction {
        case .received: self.note(message, .received, peer: peer, at: observed.at)
        case .sent: self.note(message, .sent, peer: peer, at: observed.at)
        case .notSent: self.note(message, .notSent, peer: peer, at: observed.at)
        }
    }
}
