import SIPSyntax

/// What a response names its client transaction by (RFC 3261 section 17.1.3).
package struct ClientTransactionKey: Hashable, Sendable {
    package let branch: String
    package let method: Method

    package init(branch: String, method: Method) {
        self.branch = branch.lowercased()
        self.method = method
    }

    /// Of a response, or of a request of ours.
    package init(via: Via, cSeq: CSeq) {
        self.init(branch: via.branch ?? "", method: cSeq.method)
    }
}

/// What a request names its server transaction by (RFC 3261 section 17.2.3). ACK has the key of its INVITE.
package enum ServerTransactionKey: Hashable, Sendable {
    /// The top Via's branch begins with the magic cookie and is unique with the sent-by.
    case branch(String, sentBy: String, method: Method)
    /// A request by RFC 2543: everything that its retransmission repeats.
    case legacy(LegacyTransactionKey)

    package init(_ request: RequestHead) {
        let method = request.cSeq.method == .ack ? .invite : request.cSeq.method
        if request.via.hasMagicCookie, let branch = request.via.branch {
            self = .branch(branch.lowercased(), sentBy: request.via.sentBy, method: method)
        } else {
            self = .legacy(LegacyTransactionKey(request, method: method))
        }
    }

    /// The key of the INVITE that a CANCEL with this key is after (RFC 3261 section 9.2).
    package var ofCancelledInvite: ServerTransactionKey {
        switch self {
        case .branch(let branch, let sentBy, _):
            return .branch(branch, sentBy: sentBy, method: .invite)
        case .legacy(var key):
            key.method = .invite
            return .legacy(key)
        }
    }
}

/// The fields that tell RFC 2543 transactions apart: Request-URI, From tag, Call-ID, CSeq and the top Via.
///
/// The To tag is left out: an ACK has the one that the response gave, which its INVITE could not have.
package struct LegacyTransactionKey: Hashable, Sendable {
    let requestURI: String
    let fromTag: String?
    let callID: CallID
    let cSeqNumber: UInt32
    let via: String
    var method: Method

    init(_ request: RequestHead, method: Method) {
        self.requestURI = request.uri.description
        self.fromTag = request.from.tag
        self.callID = request.callID
        self.cSeqNumber = request.cSeq.number
        self.via = "\(request.via.transport) \(request.via.sentBy) \(request.via.branch ?? "")"
        self.method = method
    }
}

/// What two branches of one forked request have in common (RFC 3261 section 8.2.2.2).
struct MergeKey: Hashable, Sendable {
    let fromTag: String?
    let callID: CallID
    let cSeq: CSeq

    /// Nil for a request within a dialog: only requests without To tag can be merged.
    init?(_ request: RequestHead) {
        guard request.to.tag == nil, request.cSeq.method != .ack, request.cSeq.method != .cancel else { return nil }
        self.fromTag = request.from.tag
        self.callID = request.callID
        self.cSeq = request.cSeq
    }
}

extension Via {
    /// Host and port as they are compared; an absent port is the transport's own.
    var sentBy: String {
        "\(self.host):\(self.port ?? self.transport.transportName?.defaultPort ?? 5060)"
    }
}
