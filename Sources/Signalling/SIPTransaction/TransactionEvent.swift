import SIPSyntax

/// What the transactions want done or have to tell their user, in order.
package enum TransactionEvent: Hashable, Sendable {
    case send(SIPMessage, to: Destination)
    /// A response for the request that the key names: every provisional one, each 2xx to INVITE however often it comes,
    /// and any other final one once.
    case response(ClientTransactionKey, Response)
    /// No answer within timer B or F.
    case timedOut(ClientTransactionKey)
    /// The request could not be sent, or its connection was lost before any answer.
    case unreachable(ClientTransactionKey)
    /// The client transaction is gone; always the last event with its key.
    case clientEnded(ClientTransactionKey)
    /// No ACK came for a 3xx-6xx within timer H.
    case ackMissing(ServerTransactionKey)
    /// The server transaction is gone; always the last event with its key.
    case serverEnded(ServerTransactionKey)
}

/// What the table makes of a request. Each request has its top Via filled in (RFC 3261 section 18.2.1, RFC 3581).
package enum RequestArrival: Hashable, Sendable {
    /// A new transaction: its user must answer it.
    case new(ServerTransactionKey, Request, RequestHead)
    /// A new transaction for a request that already came by another way: the answer is 482.
    case merged(ServerTransactionKey, Request, RequestHead)
    /// The ACK of a 2xx. It has no transaction and gets no answer.
    case acknowledgement(Request, RequestHead)
    /// A retransmission or an ACK that the transactions dealt with.
    case absorbed
    /// The table is full, or its user turned the request away: the answer is sent without state to the destination.
    case refused(Request, RequestHead, Destination)
}

package enum TransactionError: Error, Hashable, Sendable {
    /// `countMax` transactions are live.
    case tableFull
    /// The request's own head cannot be read back: a fault of its maker.
    case malformedRequest
}
