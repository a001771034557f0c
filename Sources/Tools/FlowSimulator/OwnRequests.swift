import SIPSyntax
import Timekeeping

/// Requests that the edge sent within a dialog and that wait for their final answers; at most `countMax`.
package struct OwnRequests: Hashable, Sendable {
    private struct Pending: Hashable, Sendable {
        let request: Request
        let sequence: CSeq
        /// Nil once a provisional answer came: an INVITE is then not sent again.
        var timer: Retransmission
        var isProceeding = false
    }

    private var pending: [Pending] = []
    package static let countMax = 8

    var hasRoom: Bool { self.pending.count < Self.countMax }

    var deadline: Instant? { self.pending.map(\.timer.deadline).min() }

    mutating func add(_ request: Request, _ timer: Retransmission) {
        guard let sequence = try? request.headers.cSeq else { return }
        self.pending.append(Pending(request: request, sequence: sequence, timer: timer))
    }

    /// The request that a final response answers; nil for all other responses.
    mutating func answered(by response: Response) -> Request? {
        guard let sequence = try? response.headers.cSeq,
            let index = self.pending.firstIndex(where: { $0.sequence == sequence })
        else { return nil }
        guard response.status.isFinal else {
            self.pending[index].isProceeding = true
            return nil
        }
        return self.pending.remove(at: index).request
    }

    /// What is to be sent again; a request that had no answer for 64 T1 is forgotten.
    mutating func due(at now: Instant) -> [Request] {
        var again: [Request] = []
        for index in self.pending.indices.reversed() {
            switch self.pending[index].timer.due(at: now) {
            case .resend where !self.pending[index].isProceeding: again.append(self.pending[index].request)
            case .giveUp: self.pending.remove(at: index)
            case .resend, nil: break
            }
        }
        return again
    }
}
