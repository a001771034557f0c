import SIPSyntax

/// The three kinds of answer that the transaction machines tell apart.
enum ResponseOutcome: Hashable, Sendable {
    case provisional
    case success
    /// 300 to 699.
    case failure
}

extension StatusCode {
    var outcome: ResponseOutcome {
        switch self.number {
        case ..<200: .provisional
        case ..<300: .success
        case _: .failure
        }
    }
}
